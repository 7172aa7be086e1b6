//! Reads a file to its end, whatever its format.

use crate::audio::{flac, mp3, ogg, samples, wav};
use crate::facts::{Audio, Level, Media};
use crate::fault::Fault;
use crate::format::Format;
use crate::model::{glb, obj, ply, stl};
use crate::source::{Source, Window};
use crate::text;
use crate::video::{apng, gif, matroska, mp4, webp};
use comfycheck_sdk::wording::seconds;

/// Reads a file. `declared`: the format that its name or media type stands for. `limit`: the most bytes of a file that
/// has to be in memory at once.
pub fn inspect(source: &dyn Source, declared: Option<Format>, limit: u64) -> Result<Media, Fault> {
    /// Enough for every signature, and to know a text.
    const START: usize = 512;
    let mut file = Window::new(source);
    let size = file.size();
    let format = Format::of(file.up_to(0, START), size, declared)?;
    match format {
        Format::Mp4 => mp4::read(&mut file),
        Format::Matroska => matroska::read(&mut file),
        Format::Gif => gif::read(&mut file, limit),
        Format::Webp => webp::read(&mut file),
        Format::Png => apng::read(&mut file),
        Format::Still => Ok(Media::Still),
        Format::Wav => {
            let audio = wav::read(&mut file)?;
            with_level(&file, audio, 0, None, limit)
        }
        Format::Flac => {
            let (audio, claimed) = flac::read(&mut file)?;
            with_level(&file, audio, 0, Some(claimed), limit)
        }
        Format::Mp3 => {
            let (audio, start) = mp3::read(&mut file)?;
            with_level(&file, audio, start, None, limit)
        }
        Format::Ogg => {
            let stream = ogg::read(&mut file)?;
            if stream.audio.codec == "Opus" {
                let level = stream.is_silent.then(Level::default);
                return Ok(Media::Audio(Audio { level, ..stream.audio }));
            }
            with_level(&file, stream.audio, 0, None, limit)
        }
        Format::Glb => glb::read(&mut file).map(Media::Model),
        Format::Obj => obj::read(&mut file).map(Media::Model),
        Format::Ply => ply::read(&mut file).map(Media::Model),
        Format::Stl => stl::read(&mut file).map(Media::Model),
        Format::Text => text::read(&mut file, limit).map(Media::Text),
    }
}

/// Decodes the samples of an audio file that begin at `start`. `claimed`: how many samples each channel should have.
fn with_level(file: &Window<'_>, audio: Audio, start: u64, claimed: Option<u64>, limit: u64) -> Result<Media, Fault> {
    // What is too large to decode has everything but a level.
    let mut bytes = match file.all(limit) {
        Err(Fault::Costly { .. }) => return Ok(Media::Audio(audio)),
        all => all?,
    };
    bytes.drain(..usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len()));
    let Ok(decoded) = samples::decode(audio.format, bytes) else { return Ok(Media::Audio(audio)) };
    if decoded.is_partial {
        return Ok(Media::Audio(audio));
    }
    if let Some(claimed) = claimed.filter(|claimed| *claimed > decoded.samples) {
        let time = |samples: u64| {
            #[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
            seconds(samples as f64 / f64::from(audio.sample_rate))
        };
        return Err(Fault::Cut(format!("the audio has {} of {}", time(decoded.samples), time(claimed))));
    }
    if decoded.samples == 0 {
        return Err(Fault::corrupt("none of its samples can be decoded"));
    }
    Ok(Media::Audio(Audio { level: Some(decoded.level), ..audio }))
}
