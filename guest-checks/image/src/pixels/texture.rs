//! How much neighboring pixels have to do with each other: the cheapest measure that separates a picture from noise.

use super::Layout;

/// Brightness and its change from pixel to pixel, over a part of the added pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texture {
    pairs: u64,
    sum: u64,
    squares: u64,
    /// Squares of the differences of neighbors.
    changes: u64,
}

/// Why an image that is not blank shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Featureless {
    /// Neighboring pixels have nothing to do with each other.
    Noise,
    /// The brightness hardly varies.
    Flat,
}

/// In each block of this many bytes, the first [`READ`] are measured.
const BLOCK: usize = 16 << 10;
const READ: usize = 1 << 10;

/// Fewer pairs of pixels are no measure.
const LEAST_PAIRS: u64 = 10_000;

impl Texture {
    /// Adds whole pixels, one after the other.
    pub fn add(&mut self, pixels: &[u8], layout: Layout) {
        let step = layout.channels();
        // Green stands for brightness.
        let channel = usize::from(step >= 3);
        for block in pixels.chunks(BLOCK - BLOCK % step) {
            let part = &block[..block.len().min(READ - READ % step)];
            let mut before = None;
            for value in part.iter().skip(channel).step_by(step).map(|value| u64::from(*value)) {
                if let Some(before) = before {
                    self.pairs += 1;
                    self.sum += value;
                    self.squares += value * value;
                    self.changes += value.abs_diff(before).pow(2);
                }
                before = Some(value);
            }
        }
    }

    /// What the image is instead of a picture. None for a picture, and where too little is known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a measure needs no more digits")]
    pub fn featureless(&self) -> Option<Featureless> {
        /// Standard deviation of brightness, of 255.
        const FLAT: f64 = 1.5;
        const LOUD: f64 = 10.0;
        if self.pairs < LEAST_PAIRS {
            return None;
        }
        let pairs = self.pairs as f64;
        let mean = self.sum as f64 / pairs;
        let variance = self.squares as f64 / pairs - mean * mean;
        // 1 for independent neighbors, below 0.5 for pictures, 2 for alternating ones.
        let independence = self.changes as f64 / pairs / (2.0 * variance);
        if variance < FLAT * FLAT {
            Some(Featureless::Flat)
        } else if variance > LOUD * LOUD && (0.9..1.1).contains(&independence) {
            Some(Featureless::Noise)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(layout: Layout, value: impl Fn(u32) -> u8, expected: Option<Featureless>) {
        let mut texture = Texture::default();
        for row in 0..512 {
            let row: Vec<u8> =
                (0..512_u32).flat_map(|column| vec![value(row * 512 + column); layout.channels()]).collect();
            texture.add(&row, layout);
        }
        assert_eq!(texture.featureless(), expected);
    }

    fn noise(at: u32) -> u8 {
        (at.wrapping_mul(2_654_435_761) ^ at.wrapping_mul(40_503) >> 7).wrapping_mul(2_246_822_519).to_be_bytes()[0]
    }

    #[test]
    fn noise_differs_from_pictures_and_patterns() {
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
            check(layout, noise, Some(Featureless::Noise));
            check(layout, |at| (at * 128).to_be_bytes()[2], None);
            check(layout, |at| if at % 2 == 0 { 0 } else { 255 }, None);
            check(layout, |at| if (at / 8) % 2 == 0 { 40 } else { 200 }, None);
        }
    }

    #[test]
    fn an_image_that_hardly_varies_is_flat() {
        check(Layout::Rgb, |at| 128 + noise(at) % 4, Some(Featureless::Flat));
        check(Layout::Rgb, |at| 120 + noise(at) % 16, None);
    }

    #[test]
    fn a_small_image_is_not_measured() {
        let mut texture = Texture::default();
        texture.add(&(0..3_000).map(noise).collect::<Vec<_>>(), Layout::Grey);
        assert_eq!(texture.featureless(), None);
    }
}
