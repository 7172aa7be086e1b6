//! Samples of an audio file, decoded to the last one.

use crate::facts::Level;
use crate::format::Format;
use std::io::Cursor;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{FlacReader, MpaReader, OggReader, WavReader};

/// What decoding found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoded {
    pub level: Level,
    /// Samples of each channel.
    pub samples: u64,
    /// Packets that could not be decoded.
    pub bad_packets: u64,
    /// Whether the rest was not decoded, because it was too much.
    pub is_partial: bool,
}

/// Values beyond these are not decoded: an hour of stereo at 48 kHz. A few bytes of FLAC can claim 65,535 of them.
const MAX_VALUES: u64 = 3600 * 48_000 * 2;

/// Decodes all samples. An error is the decoder's reason why it decodes none.
pub fn decode(format: Format, bytes: Vec<u8>) -> Result<Decoded, String> {
    let stream =
        MediaSourceStream::new(Box::new(Cursor::new(bytes)), symphonia::core::io::MediaSourceStreamOptions::default());
    let mut reader = reader(format, stream).map_err(|err| err.to_string())?;
    let track = reader.default_track(TrackType::Audio).ok_or("it has no track")?;
    let id = track.id;
    let Some(CodecParameters::Audio(parameters)) = track.codec_params.as_ref() else {
        return Err("its codec is not known".to_owned());
    };
    let options = AudioDecoderOptions::default();
    let made = symphonia::default::get_codecs().make_audio_decoder(parameters, &options);
    let mut decoder = made.map_err(|err| err.to_string())?;
    let mut result = Decoded { level: Level::default(), samples: 0, bad_packets: 0, is_partial: false };
    let mut values: Vec<f32> = Vec::new();
    // At the end of a file that is cut off there is an error.
    while let Ok(Some(packet)) = reader.next_packet() {
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let channels = buffer.num_planes();
                result.samples += buffer.frames() as u64;
                buffer.copy_to_vec_interleaved(&mut values);
                result.level.add(&values, channels);
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => result.bad_packets += 1,
            Err(err) => return Err(err.to_string()),
        }
        if result.level.values > MAX_VALUES {
            result.is_partial = true;
            break;
        }
    }
    Ok(result)
}

fn reader(format: Format, stream: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>, Error> {
    let options = FormatOptions::default();
    Ok(match format {
        Format::Wav => Box::new(WavReader::try_new(stream, options)?),
        Format::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Format::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
        _ => Box::new(OggReader::try_new(stream, options)?),
    })
}

impl Level {
    /// Adds values, the channels one after the other.
    fn add(&mut self, values: &[f32], channels: usize) {
        /// As loud as 16 bits can be, less a few for rounding.
        const FULL: f32 = 0.9995;
        /// A peak that touches full scale is right. Several in a row are cut off.
        const LEAST_RUN: u64 = 3;
        self.values += values.len() as u64;
        for channel in 0..channels {
            let mut run = 0;
            for value in values.iter().skip(channel).step_by(channels).map(|value| value.abs()) {
                self.peak = self.peak.max(value);
                run = if value >= FULL { run + 1 } else { 0 };
                self.clipped += match run {
                    0..LEAST_RUN => 0,
                    LEAST_RUN => LEAST_RUN,
                    _ => 1,
                };
            }
        }
    }
}
