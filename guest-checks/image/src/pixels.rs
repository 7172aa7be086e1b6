//! The darkest and brightest value of each channel, and images that show nothing.

pub mod texture;

use texture::Texture;

/// Values that are processed side by side. A multiple of every number of channels, so a lane always holds the same
/// channel. A multiple of 16, so it fills the machine's registers.
const LANES: usize = 48;

/// The least and the greatest value of each channel, over all added pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extremes {
    layout: Layout,
    least: [u8; LANES],
    greatest: [u8; LANES],
    /// The same of the lower bytes of samples with 16 bits.
    lower: [(u8, u8); 4],
    /// How neighboring pixels differ.
    pub texture: Texture,
}

/// Which channels a pixel has, in order, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
}

/// Why an image shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// Every pixel is transparent.
    Transparent,
    /// Every pixel is black or almost black.
    Black,
    /// Every pixel has the same color or almost the same: red, green, blue.
    Plain([u8; 3]),
}

/// The brightest value that counts as black if it covers the whole image: one thirty-second of white.
const BLACK: u8 = 8;

impl Blank {
    /// An image of this color.
    #[must_use]
    pub fn of(color: [u8; 3]) -> Self {
        if color.iter().all(|&value| value <= BLACK) { Self::Black } else { Self::Plain(color) }
    }
}

impl Layout {
    /// Bytes of a pixel.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

impl Extremes {
    /// Without any pixel.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            least: [u8::MAX; LANES],
            greatest: [u8::MIN; LANES],
            lower: [(u8::MAX, u8::MIN); 4],
            texture: Texture::default(),
        }
    }

    /// Adds whole pixels, one after the other.
    pub fn add(&mut self, pixels: &[u8]) {
        self.texture.add(pixels, self.layout);
        let (blocks, rest) = pixels.as_chunks::<LANES>();
        // Local copies stay in registers.
        let (mut least, mut greatest) = (self.least, self.greatest);
        for block in blocks {
            for lane in 0..LANES {
                least[lane] = least[lane].min(block[lane]);
                greatest[lane] = greatest[lane].max(block[lane]);
            }
        }
        for (lane, &value) in rest.iter().enumerate() {
            least[lane] = least[lane].min(value);
            greatest[lane] = greatest[lane].max(value);
        }
        (self.least, self.greatest) = (least, greatest);
    }

    /// Adds the lower bytes of samples with 16 bits, whose upper bytes were added.
    ///
    /// Depth maps may use a small part of the range. What varies in the lower bytes alone shows something, too.
    pub fn add_lower(&mut self, bytes: impl Iterator<Item = u8>) {
        for (place, byte) in bytes.enumerate() {
            let (least, greatest) = &mut self.lower[place % self.layout.channels()];
            (*least, *greatest) = ((*least).min(byte), (*greatest).max(byte));
        }
    }

    /// The least and the greatest value of one channel, counted from 0. `(255, 0)` without pixels.
    #[must_use]
    pub fn of(&self, channel: usize) -> (u8, u8) {
        let lanes = || (channel..LANES).step_by(self.layout.channels());
        let least = lanes().map(|lane| self.least[lane]).min().unwrap_or(u8::MAX);
        let greatest = lanes().map(|lane| self.greatest[lane]).max().unwrap_or(u8::MIN);
        (least, greatest)
    }

    /// Why the image shows nothing: no channel varies by more than `tolerance`, or no pixel's alpha exceeds it.
    ///
    /// An image of a single color whose alpha varies shows something.
    #[must_use]
    pub fn blank(&self, tolerance: u8) -> Option<Blank> {
        let colors = match self.layout {
            Layout::Grey | Layout::GreyAlpha => 1,
            Layout::Rgb | Layout::Rgba => 3,
        };
        let channels = self.layout.channels();
        if channels > colors && self.of(colors).1 <= tolerance {
            return Some(Blank::Transparent);
        }
        let plain = (0..channels)
            .flat_map(|channel| [self.of(channel), self.lower[channel]])
            .all(|(low, high)| high.saturating_sub(low) <= tolerance);
        if !plain {
            return None;
        }
        let brightest = |channel: usize| self.of(if colors == 1 { 0 } else { channel }).1;
        let color = [brightest(0), brightest(1), brightest(2)];
        Some(Blank::of(color))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(layout: Layout, pixels: &[u8], expected: Option<Blank>) {
        let mut extremes = Extremes::new(layout);
        // In two parts, as rows come.
        let half = pixels.len() / layout.channels() / 2 * layout.channels();
        extremes.add(&pixels[..half]);
        extremes.add(&pixels[half..]);
        assert_eq!(extremes.blank(2), expected);
    }

    #[test]
    fn a_single_color_is_blank() {
        check(Layout::Rgb, &[0; 300], Some(Blank::Black));
        check(Layout::Grey, &[7; 100], Some(Blank::Black));
        check(Layout::Rgb, &[10, 20, 30].repeat(101), Some(Blank::Plain([10, 20, 30])));
        check(Layout::GreyAlpha, &[200, 255].repeat(50), Some(Blank::Plain([200, 200, 200])));
        check(Layout::Rgba, &[9, 8, 7, 255].repeat(50), Some(Blank::Plain([9, 8, 7])));
    }

    #[test]
    fn one_pixel_that_differs_by_more_than_the_tolerance_makes_a_picture() {
        for at in [0, 1, 147, 299] {
            let mut pixels = vec![100; 300];
            pixels[at] = 102;
            check(
                Layout::Rgb,
                &pixels,
                Some(Blank::Plain(std::array::from_fn(|i| if i == at % 3 { 102 } else { 100 }))),
            );
            pixels[at] = 103;
            check(Layout::Rgb, &pixels, None);
        }
    }

    #[test]
    fn an_image_without_opaque_pixels_is_transparent() {
        let colors: Vec<u8> = (0..=255).flat_map(|value| [value, 255 - value, 7, 0]).collect();
        check(Layout::Rgba, &colors, Some(Blank::Transparent));
        check(Layout::GreyAlpha, &[0, 2].repeat(9), Some(Blank::Transparent));
    }

    #[test]
    fn a_silhouette_is_a_picture() {
        let silhouette: Vec<u8> = (0..=255).flat_map(|alpha| [0, 0, 0, alpha]).collect();
        check(Layout::Rgba, &silhouette, None);
    }
}
