//! Quantiles of Student's t distribution.

/// The 97.5% quantiles for 1 to 20 degrees of freedom.
const TABLE: [f64; 20] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086,
];

/// The quantile of the normal distribution, which is that of infinitely many degrees of freedom.
pub(crate) const NORMAL: f64 = 1.960;

/// The 97.5% quantile: half the width of a 95% interval, in standard errors. Degrees of freedom between two whole numbers
/// are interpolated in their reciprocal, which is nearly linear.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 20")]
pub(crate) fn quantile(degrees: f64) -> f64 {
    let last = TABLE.len();
    if degrees.is_nan() || degrees <= 1.0 {
        return TABLE[0];
    }
    let whole = degrees.floor();
    if degrees >= 20.0 {
        return NORMAL + (TABLE[last - 1] - NORMAL) * 20.0 / degrees;
    }
    let index = whole as usize;
    let part = (1.0 / whole - 1.0 / degrees) / (1.0 / whole - 1.0 / (whole + 1.0));
    TABLE[index - 1] + part * (TABLE[index] - TABLE[index - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_that_of_the_published_tables() {
        // From the usual printed tables; 4.5 and 12.5 lie between their neighbors.
        for (degrees, expected) in [
            (0.5, 12.706),
            (1.0, 12.706),
            (4.0, 2.776),
            (4.5, 2.66),
            (12.5, 2.17),
            (20.0, 2.086),
            (30.0, 2.042),
            (60.0, 2.0),
            (120.0, 1.98),
            (1e9, 1.96),
        ] {
            let quantile = quantile(degrees);
            assert!((quantile - expected).abs() < 0.01, "{degrees}: {quantile}, not {expected}");
        }
    }
}
