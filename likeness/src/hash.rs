//! A perceptual hash: equal for copies of an image that were scaled, compressed or brightened.

use crate::sketch::Sketch;
use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

/// 64 bits of the lowest frequencies of an image's brightness (a discrete cosine transform), each above the median or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerceptualHash(pub u64);

/// The side of the square that is transformed.
const SQUARE: usize = 32;
/// The side of the square of frequencies that count.
const LOWEST: usize = 8;

impl PerceptualHash {
    #[must_use]
    pub fn of(sketch: &Sketch) -> Self {
        let square = square(sketch);
        let mut low = [0.0; LOWEST * LOWEST];
        for (at, value) in low.iter_mut().enumerate() {
            *value = frequency(&square, at / LOWEST, at % LOWEST);
        }
        let mut sorted = low;
        sorted.sort_by(f64::total_cmp);
        let median = f64::midpoint(sorted[sorted.len() / 2 - 1], sorted[sorted.len() / 2]);
        Self(low.iter().fold(0, |bits, value| bits << 1 | u64::from(*value > median)))
    }

    /// The number of bits that differ, of 64. Copies differ by a few, other images by about 32.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// The brightness in 32 × 32 fields: the mean of each field's part of the image.
#[expect(clippy::cast_precision_loss, reason = "a sketch has less than 2^21 pixels")]
fn square(Sketch { width, height, luma, .. }: &Sketch) -> [[f64; SQUARE]; SQUARE] {
    let range = |at: usize, of: usize| {
        let start = at * of / SQUARE;
        start..((at + 1) * of / SQUARE).max(start + 1)
    };
    std::array::from_fn(|y| {
        std::array::from_fn(|x| {
            let (rows, columns) = (range(y, *height), range(x, *width));
            let number = (rows.len() * columns.len()) as f64;
            let sum: u64 =
                rows.flat_map(|row| luma[row * width..][columns.clone()].iter()).map(|v| u64::from(*v)).sum();
            sum as f64 / number
        })
    })
}

/// One coefficient of the two-dimensional transform (DCT-II, without its scale).
#[expect(clippy::cast_precision_loss, reason = "numbers below 64")]
fn frequency(square: &[[f64; SQUARE]; SQUARE], v: usize, u: usize) -> f64 {
    let wave = |at: usize, frequency: usize| (PI * frequency as f64 * (2 * at + 1) as f64 / (2 * SQUARE) as f64).cos();
    let columns: [f64; SQUARE] = std::array::from_fn(|x| wave(x, u));
    let rows = square.iter().enumerate();
    rows.map(|(y, row)| wave(y, v) * row.iter().zip(columns).map(|(value, wave)| value * wave).sum::<f64>()).sum()
}

impl fmt::Display for PerceptualHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PerceptualHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_hash = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { u64::from_str_radix(text, 16).map(Self).map_err(|_| ()) } else { Err(()) }
    }
}
