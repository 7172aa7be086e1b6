//! Audio files.

pub mod flac;
pub mod mp3;
pub mod ogg;
pub mod samples;
pub mod wav;

/// Seconds of a number of samples; none if the rate is 0.
#[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
fn seconds(samples: u64, rate: u32) -> Option<f64> {
    (rate > 0).then(|| samples as f64 / f64::from(rate))
}
