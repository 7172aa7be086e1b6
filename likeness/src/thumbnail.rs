//! Thumbnails: an image at any small size, whatever its shape.

use crate::sketch::Sketch;
use std::ops::{Range, RangeInclusive};

/// The sides that a thumbnail can have, in pixels.
pub const SIDES: RangeInclusive<u32> = 1..=256;

/// A sketch that is stretched to `width` × `height` pixels: red, green and blue of each pixel, row by row. Each is the mean of
/// its part of the sketch. None if a side is not one of [`SIDES`].
#[must_use]
pub fn thumbnail(sketch: &Sketch, width: u32, height: u32) -> Option<Vec<u8>> {
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        return None;
    }
    let rows = (0..height).map(|row| part(row, height, sketch.height));
    let fields = rows
        .flat_map(|rows| (0..width).map(move |column| mean(sketch, rows.clone(), &part(column, width, sketch.width))));
    Some(fields.flatten().collect())
}

/// The part of `length` that is the field `at` of `number`. Never empty.
fn part(at: u32, number: u32, length: usize) -> Range<usize> {
    let edge = |at: u32| at as usize * length / number as usize;
    let start = edge(at);
    start..edge(at + 1).max(start + 1)
}

fn mean(sketch: &Sketch, rows: Range<usize>, columns: &Range<usize>) -> [u8; 3] {
    let number = (rows.len() * columns.len()) as u64;
    let mut sums = [0; 3];
    for row in rows {
        for pixel in &sketch.rgb[row * sketch.width..][columns.clone()] {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*value);
            }
        }
    }
    sums.map(|sum| u8::try_from((sum + number / 2) / number).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{Channels, Sketcher};

    fn sketch(width: u32, height: u32, grey: impl Fn(u32, u32) -> u8) -> Sketch {
        let bytes: Vec<u8> =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| grey(x, y)).collect();
        let mut sketcher = Sketcher::new(width, height, Channels::Grey).expect("a sketcher");
        sketcher.add(&bytes);
        sketcher.finish().expect("a sketch")
    }

    #[test]
    fn each_pixel_is_the_mean_of_its_part() {
        let halves = sketch(4, 2, |x, _| if x < 2 { 10 } else { 20 });
        assert_eq!(thumbnail(&halves, 2, 1), Some([[10; 3], [20; 3]].concat()));
        assert_eq!(thumbnail(&halves, 1, 1), Some(vec![15; 3]));
        // A larger one repeats pixels.
        let large = thumbnail(&halves, 256, 256).expect("a thumbnail");
        assert_eq!((large.len(), large[0], large[large.len() - 1]), (256 * 256 * 3, 10, 20));
    }

    #[test]
    fn a_side_that_divides_nothing_evenly_loses_no_row() {
        let steps = sketch(7, 5, |x, y| u8::try_from(x * 30 + y).unwrap_or(0));
        for (width, height) in [(3, 2), (7, 5), (6, 4), (9, 8), (256, 1)] {
            let length = thumbnail(&steps, width, height).map(|bytes| bytes.len());
            assert_eq!(length, Some((width * height * 3) as usize), "{width} × {height}");
        }
        assert_eq!(thumbnail(&steps, 7, 5).map(|bytes| bytes[3 * 6]), Some(180));
    }

    #[test]
    fn other_sizes_have_none() {
        let dot = sketch(1, 1, |_, _| 7);
        for (width, height) in [(0, 1), (1, 0), (257, 1), (1, u32::MAX)] {
            assert_eq!(thumbnail(&dot, width, height), None, "{width} × {height}");
        }
    }
}
