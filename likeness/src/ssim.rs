//! Structural similarity.

use crate::sketch::Sketch;

/// The weights of a window: a Gaussian with a standard deviation of 1.5 over 11 pixels, whose sum is 1.
const WINDOW: [f32; 11] = [
    0.001_028_38,
    0.007_598_758,
    0.036_000_773,
    0.109_360_69,
    0.213_005_54,
    0.266_011_72,
    0.213_005_54,
    0.109_360_69,
    0.036_000_773,
    0.007_598_758,
    0.001_028_38,
];
/// (0.01 × 255)² and (0.03 × 255)²: they keep the quotient stable where both images are even.
const C1: f32 = 6.5025;
const C2: f32 = 58.5225;

/// The structural similarity of the brightness of two images, from -1 to 1. Equal images have 1. None if their sizes differ.
///
/// Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: *Image quality assessment: from error visibility to structural
/// similarity*, 2004, with the authors' window, constants and scale.
#[must_use]
pub fn ssim(a: &Sketch, b: &Sketch) -> Option<f64> {
    if a.image != b.image || (a.width, a.height) != (b.width, b.height) {
        return None;
    }
    let (width, height) = (a.width, a.height);
    if width < WINDOW.len() || height < WINDOW.len() {
        return Some(whole(&a.luma, &b.luma));
    }
    Some(windows(&a.luma, &b.luma, width))
}

/// What is summed over a window: both values, their squares, and their product.
type Moments = [f32; 5];

fn moments(a: u8, b: u8) -> Moments {
    let (a, b) = (f32::from(a), f32::from(b));
    [a, b, a * a, b * b, a * b]
}

/// The similarity of two windows, from their weighted moments.
fn similarity([a, b, aa, bb, ab]: Moments) -> f32 {
    let (variance_a, variance_b, covariance) = (aa - a * a, bb - b * b, ab - a * b);
    ((2.0 * a * b + C1) * (2.0 * covariance + C2)) / ((a * a + b * b + C1) * (variance_a + variance_b + C2))
}

/// The mean over all windows that lie within the image. Rows are weighted first, and then columns, in a ring of rows.
#[expect(clippy::cast_precision_loss, reason = "a copy has less than 2^21 pixels")]
fn windows(a: &[u8], b: &[u8], width: usize) -> f64 {
    let across = width - WINDOW.len() + 1;
    let mut ring = vec![vec![[0.0_f32; 5]; across]; WINDOW.len()];
    let mut pairs: Vec<Moments> = Vec::with_capacity(width);
    let (mut sum, mut number) = (0.0, 0);
    for (y, (a, b)) in a.chunks_exact(width).zip(b.chunks_exact(width)).enumerate() {
        pairs.clear();
        pairs.extend(a.iter().zip(b).map(|(a, b)| moments(*a, *b)));
        for (x, out) in ring[y % WINDOW.len()].iter_mut().enumerate() {
            *out = weighted(pairs[x..].iter());
        }
        if y + 1 < WINDOW.len() {
            continue;
        }
        let (newer, older) = ring.split_at((y + 1) % WINDOW.len());
        let rows: Vec<&Vec<Moments>> = older.iter().chain(newer).collect();
        sum += (0..across).map(|x| f64::from(similarity(weighted(rows.iter().map(|row| &row[x]))))).sum::<f64>();
        number += across;
    }
    sum / number.max(1) as f64
}

fn weighted<'a>(values: impl Iterator<Item = &'a Moments>) -> Moments {
    let mut sums = [0.0; 5];
    for (weight, moments) in WINDOW.iter().zip(values) {
        for (sum, moment) in sums.iter_mut().zip(moments) {
            *sum += weight * moment;
        }
    }
    sums
}

/// An image that is smaller than a window is one window.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a copy has less than 2^21 pixels")]
fn whole(a: &[u8], b: &[u8]) -> f64 {
    let mut sums = [0.0_f64; 5];
    for (a, b) in a.iter().zip(b) {
        for (sum, moment) in sums.iter_mut().zip(moments(*a, *b)) {
            *sum += f64::from(moment);
        }
    }
    let number = a.len().max(1) as f64;
    f64::from(similarity(sums.map(|sum| (sum / number) as f32)))
}
