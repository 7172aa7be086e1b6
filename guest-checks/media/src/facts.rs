//! What a media file holds, whatever its format.

use crate::format::Format;

/// The content of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Media {
    /// Frames in time, with or without sound.
    Video(Video),
    Audio(Audio),
    Model(Model),
    Text(Text),
    /// A still image: the check `image` judges it.
    Still,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Video {
    pub format: Format,
    /// As people write it: `H.264`. An unknown one as the file writes it.
    pub codec: String,
    /// In pixels, as encoded.
    pub width: u32,
    /// In pixels, as encoded.
    pub height: u32,
    pub frames: u64,
    /// In seconds. None where the file does not say.
    pub duration: Option<f64>,
    /// Bytes of the encoded frames in their order, of the first [`KEPT_SIZES`]. Empty for formats without a codec of motion.
    pub frame_sizes: Vec<u32>,
    pub sound: Option<Sound>,
}

/// The sound of a video.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    pub codec: String,
    /// In seconds.
    pub duration: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    pub format: Format,
    pub codec: String,
    pub channels: u32,
    /// In Hz.
    pub sample_rate: u32,
    /// In seconds. None where the file does not say.
    pub duration: Option<f64>,
    /// None where samples are not decoded.
    pub level: Option<Level>,
}

/// How loud the samples of an audio file are. 1 is full scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// The largest absolute value.
    pub peak: f32,
    /// Values of all channels.
    pub values: u64,
    /// Values in runs at full scale.
    pub clipped: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    pub format: Format,
    pub vertices: u64,
    /// None where the format does not count them.
    pub faces: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub characters: u64,
    pub is_json: bool,
}

/// As many frame sizes are kept of a video. A film of an hour has that many.
pub const KEPT_SIZES: usize = 100_000;

impl Video {
    /// Frames in a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    pub fn rate(&self) -> Option<f64> {
        self.duration.filter(|duration| *duration > 0.0).map(|duration| self.frames as f64 / duration)
    }

    /// Whether each frame is shown as long as any other: an animation may show one longer instead of storing it twice.
    #[must_use]
    pub fn has_steady_frames(&self) -> bool {
        !matches!(self.format, Format::Gif | Format::Webp | Format::Png)
    }

    /// The median size of the encoded frames in the second half, if they carry almost no data: the picture does not
    /// change.
    ///
    /// The first half does not count: an encoder refines a picture that stands still for some frames.
    #[must_use]
    pub fn still(&self) -> Option<u32> {
        /// Tiny pictures need few bytes even if they change.
        const LEAST_PIXELS: u64 = 256 * 256;
        const LEAST_FRAMES: usize = 8;
        let pixels = u64::from(self.width) * u64::from(self.height);
        if self.frame_sizes.len() < LEAST_FRAMES || pixels < LEAST_PIXELS {
            return None;
        }
        let mut second_half = self.frame_sizes[self.frame_sizes.len() / 2..].to_vec();
        second_half.sort_unstable();
        let median = second_half[second_half.len() / 2];
        // Measured with x264 and libvpx: a frame that repeats the last one has 12 bytes and one for each 36,000 pixels.
        // A test pattern of flat colors in which one digit changes has five times that.
        (u64::from(median) <= 24 + pixels / 16_384).then_some(median)
    }
}

impl Level {
    /// The loudest value that counts as silence: −80 dB of full scale.
    const SILENCE: f32 = 1e-4;

    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.peak < Self::SILENCE
    }

    /// The part of the values that is cut off at full scale, from 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    pub fn clipped_share(&self) -> f64 {
        if self.values == 0 { 0.0 } else { self.clipped as f64 / self.values as f64 }
    }
}
