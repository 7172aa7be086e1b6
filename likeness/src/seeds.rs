//! How different an image of another release can be: less than images of one release whose seeds differ.

use serde::{Deserialize, Serialize};

/// The nearest golden image of the same workflow with another seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// The highest structural similarity.
    pub ssim: f64,
    /// The smallest distance of the looks.
    pub look: f64,
}

/// What an image must keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The least structural similarity to the golden image of the same seed.
    pub ssim: f64,
    /// The greatest distance of the look from that of the golden image of the same seed.
    pub look: f64,
    /// The greatest distance of the look from the nearest golden image, for an image of another seed. None with too few seeds.
    pub look_of_another_seed: Option<f64>,
    /// How many seeds the golden images have.
    pub seeds: usize,
}

/// Without another seed to compare with. Equal jobs on other GPUs, and files that were compressed again, stay above.
const SSIM: f64 = 0.75;
const LOOK: f64 = 0.15;
/// Smaller changes of a look are not seen.
const LEAST_LOOK: f64 = 0.05;
const LEAST_LOOK_OF_ANOTHER_SEED: f64 = 0.1;
/// Fewer seeds do not show how much they vary.
const LEAST_SEEDS: usize = 3;

impl Tolerance {
    /// From the golden images of one workflow and one output, with different seeds.
    ///
    /// - Same seed: at most half as far from the golden image as other seeds are, and a look at most as far as theirs.
    /// - Another seed: a look that is at most twice as far from the nearest golden image as these are from each other.
    #[must_use]
    pub fn of(nearest: &[Nearest]) -> Self {
        let seeds = nearest.len();
        let (Some(ssim), Some(look)) = (median(nearest, |near| near.ssim), median(nearest, |near| near.look)) else {
            return Self { ssim: SSIM, look: LOOK, look_of_another_seed: None, seeds };
        };
        let farthest = nearest.iter().map(|near| near.look).fold(0.0, f64::max);
        let another = (seeds >= LEAST_SEEDS).then(|| (2.0 * farthest).max(LEAST_LOOK_OF_ANOTHER_SEED));
        Self {
            ssim: f64::midpoint(1.0, ssim.clamp(0.0, 1.0)),
            look: look.max(LEAST_LOOK),
            look_of_another_seed: another,
            seeds,
        }
    }
}

fn median(nearest: &[Nearest], value: impl Fn(&Nearest) -> f64) -> Option<f64> {
    let mut values: Vec<f64> = nearest.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_half_the_distance_to_other_seeds() {
        let near = |ssim, look| Nearest { ssim, look };
        let few = Tolerance::of(&[near(0.2, 0.04), near(0.4, 0.08)]);
        assert!((few.ssim - 0.65).abs() < 1e-9 && (few.look - 0.06).abs() < 1e-9, "{few:?}");
        assert_eq!(few.look_of_another_seed, None);
        let many = Tolerance::of(&[near(0.2, 0.01), near(0.3, 0.02), near(-0.1, 0.2)]);
        assert!((many.ssim - 0.6).abs() < 1e-9 && (many.look - LEAST_LOOK).abs() < 1e-9, "{many:?}");
        assert_eq!(many.look_of_another_seed, Some(0.4));
    }

    #[test]
    fn one_golden_image_has_fixed_limits() {
        assert_eq!(Tolerance::of(&[]), Tolerance { ssim: SSIM, look: LOOK, look_of_another_seed: None, seeds: 0 });
    }
}
