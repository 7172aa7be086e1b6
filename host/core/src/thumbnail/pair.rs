//! Two images and their difference, small enough for a page.

use super::{Pixels, Thumbnail, decode};

/// Two images beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub one: Thumbnail,
    pub other: Thumbnail,
    /// Brighter where they differ more, at most four times. None if their sizes differ.
    pub difference: Option<Thumbnail>,
}

/// How much a difference is enlarged: 64 of 255 is white.
const ENLARGED: u8 = 4;

/// Copies of two images that are at most `side` wide and high. None if one of them cannot be decoded.
pub fn pair(one: &[u8], other: &[u8], side: u32) -> Option<Pair> {
    let (one, other) = (decode::decode(one)?, decode::decode(other)?);
    let is_same_size = (one.width, one.height) == (other.width, other.height);
    let (one, other) = (one.at_most(side.max(1))?, other.at_most(side.max(1))?);
    let difference = is_same_size.then(|| {
        let apart = |(one, other): (&u8, &u8)| one.abs_diff(*other).saturating_mul(ENLARGED);
        let rgb = one.rgb.iter().zip(&other.rgb).map(apart).collect();
        Pixels { width: one.width, height: one.height, rgb }
    });
    let difference = difference.map(copy);
    Some(Pair { one: copy(one)?, other: copy(other)?, difference: difference.flatten() })
}

/// With all colors: people judge it.
fn copy(pixels: Pixels) -> Option<Thumbnail> {
    Some(Thumbnail { width: pixels.width, height: pixels.height, png: pixels.png(8)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(side: u32, value: u8) -> Vec<u8> {
        Pixels { width: side, height: side, rgb: vec![value; 3 * (side * side) as usize] }.png(8).unwrap()
    }

    #[test]
    fn a_difference_is_enlarged_and_needs_equal_sizes() {
        let both = pair(&image(64, 100), &image(64, 110), 32).unwrap();
        let difference = decode::decode(&both.difference.unwrap().png).unwrap();
        assert_eq!((difference.width, difference.rgb[0]), (32, 40));
        assert_eq!(decode::decode(&both.one.png).unwrap().rgb[0], 100, "no color is rounded");
        assert_eq!(pair(&image(64, 100), &image(32, 100), 64).unwrap().difference, None);
        assert_eq!(pair(&image(64, 100), b"text", 64), None);
    }
}
