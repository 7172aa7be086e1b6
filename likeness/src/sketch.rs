//! Small copies of images, made row by row while an image is decoded.

/// A small copy of an image in RGB, one plane for each color, and its brightness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// Of the image, in pixels.
    pub image: (u32, u32),
    /// Of the copy, in pixels.
    pub width: usize,
    /// Of the copy, in pixels.
    pub height: usize,
    /// Red, green, blue, for each pixel, row by row.
    pub rgb: Vec<[u8; 3]>,
    /// The brightness of each pixel (BT.601), row by row.
    pub luma: Vec<u8>,
}

/// Which bytes a pixel has, in order, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
}

/// Makes a sketch of pixels that come row by row, or all at once.
///
/// Each pixel of the copy is the mean of `factor` × `factor` pixels, so that the shorter side has about 256. This is how the
/// authors of SSIM scale an image before they compare it. What is transparent is white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketcher {
    image: (u32, u32),
    channels: Channels,
    factor: usize,
    width: usize,
    height: usize,
    /// Of the row of the copy that is not complete.
    sums: Vec<[u32; 3]>,
    /// Rows of the image in `sums`.
    rows: usize,
    /// The bytes of a row of the image that is not complete.
    rest: Vec<u8>,
    rgb: Vec<[u8; 3]>,
}

/// The shorter side of a copy, about.
const SIDE: usize = 256;
/// The most pixels of a copy, for images that are much longer than wide.
const MOST: usize = 1 << 20;

impl Sketch {
    /// A copy that was made elsewhere: its width and height in pixels, and its pixels row by row. None if there are more or
    /// fewer pixels, or none.
    #[must_use]
    pub fn of_pixels(image: (u32, u32), (width, height): (usize, usize), rgb: Vec<[u8; 3]>) -> Option<Self> {
        if rgb.is_empty() || width.checked_mul(height) != Some(rgb.len()) {
            return None;
        }
        let luma = rgb.iter().copied().map(brightness).collect();
        Some(Self { image, width, height, rgb, luma })
    }
}

impl Channels {
    fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

impl Sketcher {
    /// For an image of this size. None if it has no pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, channels: Channels) -> Option<Self> {
        let (across, down) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        if across == 0 || down == 0 {
            return None;
        }
        let mut factor = ((across.min(down) + SIDE / 2) / SIDE).max(1);
        while (across / factor).saturating_mul(down / factor) > MOST {
            factor += 1;
        }
        // A line that is shorter than the factor has no whole field.
        let (small_width, small_height) = (across / factor, down / factor);
        if small_width == 0 || small_height == 0 {
            return None;
        }
        Some(Self {
            image: (width, height),
            channels,
            factor,
            width: small_width,
            height: small_height,
            sums: vec![[0; 3]; small_width],
            rows: 0,
            rest: Vec::new(),
            rgb: Vec::with_capacity(small_width * small_height),
        })
    }

    /// Adds bytes of pixels, in the order of the image. What comes after the last row is not looked at.
    pub fn add(&mut self, mut bytes: &[u8]) {
        let row = self.image.0 as usize * self.channels.bytes();
        if !self.rest.is_empty() {
            let missing = (row - self.rest.len()).min(bytes.len());
            self.rest.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.rest.len() < row {
                return;
            }
            let whole = std::mem::take(&mut self.rest);
            self.row(&whole);
        }
        let mut rows = bytes.chunks_exact(row);
        for row in rows.by_ref() {
            self.row(row);
        }
        if self.rgb.len() < self.width * self.height {
            self.rest.extend_from_slice(rows.remainder());
        }
    }

    fn row(&mut self, bytes: &[u8]) {
        if self.rgb.len() >= self.width * self.height {
            return;
        }
        let step = self.channels.bytes();
        let fields = bytes.chunks_exact(step * self.factor);
        for (sum, field) in self.sums.iter_mut().zip(fields) {
            match self.channels {
                // The common case without a branch for each pixel.
                Channels::Rgb => field.as_chunks::<3>().0.iter().for_each(|pixel| add(sum, *pixel)),
                channels => field.chunks_exact(step).for_each(|pixel| add(sum, color(channels, pixel))),
            }
        }
        self.rows += 1;
        if self.rows == self.factor {
            self.rows = 0;
            let number = u32::try_from(self.factor * self.factor).unwrap_or(u32::MAX);
            let mean = |sum: u32| u8::try_from((sum + number / 2) / number).unwrap_or(u8::MAX);
            self.rgb.extend(self.sums.iter().map(|sum| sum.map(mean)));
            self.sums.fill([0; 3]);
        }
    }

    /// The sketch; none if rows are missing.
    #[must_use]
    pub fn finish(self) -> Option<Sketch> {
        let Self { image, width, height, rgb, .. } = self;
        Sketch::of_pixels(image, (width, height), rgb)
    }
}

fn add(sum: &mut [u32; 3], pixel: [u8; 3]) {
    for (sum, value) in sum.iter_mut().zip(pixel) {
        *sum += u32::from(value);
    }
}

fn color(channels: Channels, pixel: &[u8]) -> [u8; 3] {
    let on_white = |value: u8, alpha: u8| {
        let mixed = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
        u8::try_from(mixed / 255).unwrap_or(u8::MAX)
    };
    match (channels, pixel) {
        (Channels::Grey, &[grey]) => [grey; 3],
        (Channels::GreyAlpha, &[grey, alpha]) => [on_white(grey, alpha); 3],
        (Channels::Rgb, &[red, green, blue]) => [red, green, blue],
        (Channels::Rgba, &[red, green, blue, alpha]) => [red, green, blue].map(|value| on_white(value, alpha)),
        _ => [0; 3],
    }
}

/// The brightness of a color by BT.601, rounded.
fn brightness([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(width: u32, height: u32, channels: Channels, bytes: &[u8], pieces: usize) -> Option<Sketch> {
        let mut sketcher = Sketcher::new(width, height, channels)?;
        bytes.chunks(pieces).for_each(|piece| sketcher.add(piece));
        sketcher.finish()
    }

    #[test]
    fn a_copy_is_the_mean_of_its_fields_however_the_bytes_come() {
        let bytes: Vec<u8> = (0..1024_u32 * 512).flat_map(|at| [at.to_le_bytes()[0], 7, 9]).collect();
        let whole = sketch(1024, 512, Channels::Rgb, &bytes, usize::MAX).expect("a sketch");
        assert_eq!((whole.width, whole.height, whole.image), (512, 256, (1024, 512)));
        // 0, 1 in both rows: 0.5, rounded up.
        assert_eq!((whole.rgb[0], whole.rgb[1]), ([1, 7, 9], [3, 7, 9]));
        for pieces in [1, 1000, 3 * 1024, 5000] {
            assert_eq!(sketch(1024, 512, Channels::Rgb, &bytes, pieces).as_ref(), Some(&whole), "{pieces}");
        }
        assert_eq!(sketch(1024, 512, Channels::Rgb, &bytes[3..], usize::MAX), None, "a pixel is missing");
    }

    #[test]
    fn what_is_transparent_is_white() {
        let rgba = sketch(2, 1, Channels::Rgba, &[9, 9, 9, 0, 10, 20, 30, 255], 8).expect("a sketch");
        assert_eq!(rgba.rgb, [[255; 3], [10, 20, 30]]);
        let grey = sketch(2, 1, Channels::GreyAlpha, &[0, 0, 77, 255], 1).expect("a sketch");
        assert_eq!(grey.luma, [255, 77]);
    }

    #[test]
    fn later_frames_do_not_count_and_a_copy_is_small() {
        let frames = [vec![1; 64 * 64], vec![200; 64 * 64]].concat();
        let first = sketch(64, 64, Channels::Grey, &frames, 100).expect("a sketch");
        assert!(first.luma.iter().all(|value| *value == 1));
        let long = Sketcher::new(16_384, 300, Channels::Grey).expect("a sketcher");
        assert!(long.width * long.height <= MOST, "{} × {}", long.width, long.height);
        assert!(Sketcher::new(0, 4, Channels::Grey).is_none());
    }
}
