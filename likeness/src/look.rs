//! What an image looks like as a whole: its colors and its sharpness, not what it shows.

use crate::sketch::Sketch;
use std::fmt;
use std::str::FromStr;

/// The share of each color and of each sharpness. Images of one prompt and one model have a similar look, whatever their seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    colors: [u8; COLORS],
    edges: [u8; EDGES],
}

/// Steps of each color channel.
const STEPS: usize = 4;
const COLORS: usize = STEPS * STEPS * STEPS;
/// Classes of the difference between neighbors: 0, 1, 2 to 3, 4 to 7, and so on.
const EDGES: usize = 9;

impl Look {
    #[must_use]
    pub fn of(sketch: &Sketch) -> Self {
        let mut colors = [0.0; COLORS];
        for pixel in &sketch.rgb {
            add_color(&mut colors, *pixel);
        }
        let mut edges = [0.0; EDGES];
        for row in sketch.luma.chunks_exact(sketch.width) {
            for pair in row.windows(2) {
                let step = 8 - pair[0].abs_diff(pair[1]).leading_zeros();
                edges[step as usize] += 1.0;
            }
        }
        Self { colors: shares(&colors), edges: shares(&edges) }
    }

    /// How much of the colors or of the sharpness differs, whichever is more: 0 for equal looks, 1 if nothing is in common.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f64 {
        apart(&self.colors, &other.colors).max(apart(&self.edges, &other.edges))
    }
}

/// A color counts for the steps around it, so that a small change of all colors is a small change of the look.
fn add_color(colors: &mut [f64; COLORS], pixel: [u8; 3]) {
    let near = pixel.map(|value| {
        let place = f64::from(value) * 3.0 / 255.0;
        let lower = usize::from(value >= 85) + usize::from(value >= 170);
        (lower, place - f64::from(u8::try_from(lower).unwrap_or(0)))
    });
    for corner in 0..8_usize {
        let (mut at, mut weight) = (0, 1.0);
        for (channel, (lower, part)) in near.iter().enumerate() {
            let upper = corner >> channel & 1 == 1;
            at = at * STEPS + (lower + usize::from(upper)).min(STEPS - 1);
            weight *= if upper { *part } else { 1.0 - part };
        }
        colors[at] += weight;
    }
}

/// Parts of the sum, of 255.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
fn shares<const N: usize>(values: &[f64; N]) -> [u8; N] {
    let sum: f64 = values.iter().sum();
    values.map(|value| if sum > 0.0 { (value / sum * 255.0).round() as u8 } else { 0 })
}

/// Half the sum of the differences: the part that would have to move.
fn apart(a: &[u8], b: &[u8]) -> f64 {
    let sum: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    (f64::from(sum) / 510.0).min(1.0)
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.colors.iter().chain(&self.edges).try_for_each(|value| write!(f, "{value:02x}"))
    }
}

impl FromStr for Look {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != COLORS + EDGES || !rest.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let value = |pair: &[u8; 2]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let values: Vec<u8> = pairs.iter().map(value).collect::<Option<_>>().ok_or(())?;
        let (colors, edges) = values.split_at(COLORS);
        Ok(Self { colors: colors.try_into().map_err(|_| ())?, edges: edges.try_into().map_err(|_| ())? })
    }
}
