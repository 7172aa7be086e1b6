//! A decoded image as checks of others see it: its size, thumbnails, and a hash of what it shows.

use comfycheck_likeness::{PerceptualHash, Sketch, thumbnail};

/// A decoded image. Keeps a small copy only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture(Sketch);

impl Picture {
    /// `image` is the size of the image in pixels, `copy` that of a small copy. `rgb` has three bytes for each pixel of the copy,
    /// row by row. None if they contradict each other.
    pub fn new(image: (u32, u32), copy: (u32, u32), rgb: &[u8]) -> Option<Self> {
        let (pixels, []) = rgb.as_chunks::<3>() else { return None };
        Sketch::of_pixels(image, (copy.0 as usize, copy.1 as usize), pixels.to_vec()).map(Self)
    }

    /// What it takes in memory, in bytes.
    pub fn bytes(&self) -> u64 {
        (self.0.rgb.len() * 3 + self.0.luma.len()) as u64
    }

    /// Of the image, in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.0.image
    }

    /// A copy of this size, stretched: three bytes for each pixel, row by row. None if a side is not from 1 to 256.
    pub fn thumbnail(&self, width: u32, height: u32) -> Option<Vec<u8>> {
        thumbnail(&self.0, width, height)
    }

    /// 64 bits that are almost equal for copies of an image.
    pub fn perceptual_hash(&self) -> u64 {
        PerceptualHash::of(&self.0).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_as_many_pixels_as_it_says() {
        let picture = Picture::new((20, 10), (2, 1), &[0, 0, 0, 9, 9, 9]).unwrap();
        assert_eq!((picture.size(), picture.thumbnail(1, 1)), ((20, 10), Some(vec![5; 3])));
        for (copy, bytes) in [((2, 1), 3), ((2, 1), 7), ((0, 0), 0), ((0, 1), 0), ((u32::MAX, u32::MAX), 3)] {
            assert_eq!(Picture::new((20, 10), copy, &vec![0; bytes]), None, "{copy:?} with {bytes} bytes");
        }
    }
}
