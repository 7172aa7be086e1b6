//! How values are put into messages.

/// To the millisecond, so that no value is shown as equal to a limit that it keeps or breaks by less.
pub(crate) fn seconds(seconds: f64) -> String {
    format!("{} s", trimmed(format!("{seconds:.3}")))
}

/// A number of milliseconds, in seconds.
pub(crate) fn span(ms: f64) -> String {
    seconds(ms / 1000.0)
}

/// One decimal, cut and not rounded: only all is 100 %.
pub(crate) fn percent(percent: f64) -> String {
    format!("{} %", trimmed(format!("{:.1}", (percent * 10.0).floor() / 10.0)))
}

/// Three significant digits, or cents.
pub(crate) fn usd(amount: f64) -> String {
    let decimals = (2..9).find(|&decimals| amount >= 10_f64.powi(2 - decimals)).unwrap_or(9);
    format!("{} USD", trimmed(format!("{amount:.*}", usize::try_from(decimals).unwrap_or(9))))
}

/// What there is to say, one after the other.
pub(crate) fn clauses<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Without zeros at the end of a fraction.
fn trimmed(number: String) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short_and_do_not_hide_a_difference_that_matters() {
        assert_eq!([59.999, 60.0, 3.4, 0.0021].map(seconds), ["59.999 s", "60 s", "3.4 s", "0.002 s"]);
        assert_eq!([100.0, 99.99, 91.666, 0.0].map(percent), ["100 %", "99.9 %", "91.6 %", "0 %"]);
        assert_eq!([12.5, 0.0312, 0.000_31, 0.0].map(usd), ["12.5 USD", "0.0312 USD", "0.00031 USD", "0 USD"]);
    }
}
