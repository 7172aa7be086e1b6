//! Numbers with their units.

/// A span of time in seconds: `0.12 s` below 1 s, `39.7 s` below 100 s, `291 s` below 600 s, `10 min 12 s` from there on,
/// and `2 h 5 min` from one hour on.
///
/// A span that is not zero never reads as zero: `0.004 s`.
pub fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() || seconds.abs() >= 1e9 {
        return format!("{seconds:.3e} s");
    }
    if seconds < 0.0 {
        return format!("-{}", self::seconds(-seconds));
    }
    if seconds == 0.0 {
        return "0 s".into();
    }
    if seconds < 0.995 {
        return format!("{} s", fraction(seconds, 2));
    }
    if seconds < 99.95 {
        return format!("{seconds:.1} s");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 99 and 1e9")]
    let whole = seconds.round() as u64;
    match whole {
        0..600 => format!("{whole} s"),
        600..3600 => parts(whole / 60, "min", whole % 60, "s"),
        3600..172_800 => parts(whole / 3600, "h", whole % 3600 / 60, "min"),
        _ => parts(whole / 86_400, "d", whole % 86_400 / 3600, "h"),
    }
}

/// A value beside the limit that it is compared with, both by `write`: `(59.97 s, 60 s)` and never `(60.0 s, 60 s)`.
///
/// The limit is written as the suite wrote it. Where the value would read like the limit, it gets the digits that
/// distinguish them.
#[expect(clippy::float_cmp, reason = "only an equal value may read like the limit")]
pub fn beside(value: f64, limit: f64, unit: &str, write: fn(f64) -> String) -> (String, String) {
    let exact = |value: f64| with_unit(&number(value), unit);
    let short = write(value);
    let same = value != limit && (short == write(limit) || short == exact(limit));
    (if same { exact(value) } else { short }, exact(limit))
}

/// A value with its UCUM unit, each unit by its own function: `39.7 s`, `80%`, `$0.0046`, `1.5 KiB`, `12`.
pub fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "s" => seconds(value),
        "%" => percent(value),
        "[USD]" => money(value),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size is not negative")]
        "By" if (0.0..1e18).contains(&value) => bytes(value.round() as u64),
        unit => with_unit(&number(value), unit),
    }
}

/// A limit with its unit, as the suite wrote it: `60 s`, `$0.25`, `30%`.
pub fn limit(limit: f64, unit: &str) -> String {
    with_unit(&number(limit), unit)
}

/// A span of whole seconds on a display that is redrawn: `0:42`, `12:05`, `1:02:03`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

fn with_unit(number: &str, unit: &str) -> String {
    match unit {
        "" | "1" => number.to_owned(),
        "%" => format!("{number}%"),
        "[USD]" => format!("${number}"),
        unit => format!("{number} {unit}"),
    }
}

/// A number as its author wrote it: `30`, `0.5`. At most six digits stand after the point.
pub fn number(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e15).contains(&value.abs()) {
        return format!("{value:e}");
    }
    trimmed(&format!("{value:.6}"))
}

/// An amount in US dollars: `$1.12`, `$0.146`, `$0.0046`, `$0.00031`.
pub fn money(dollars: f64) -> String {
    let magnitude = dollars.abs();
    let sign = if dollars < 0.0 { "-" } else { "" };
    match magnitude {
        0.0 => "$0".into(),
        _ if !magnitude.is_finite() || magnitude >= 1e9 => format!("{sign}${magnitude:.3e}"),
        1.0.. => format!("{sign}${magnitude:.2}"),
        0.1.. => format!("{sign}${magnitude:.3}"),
        0.001.. => format!("{sign}${magnitude:.4}"),
        _ => format!("{sign}${}", fraction(magnitude, 4)),
    }
}

/// A range of US dollars: `$0.0019–0.0022`; one amount where both ends read alike.
pub fn money_range(low: f64, high: f64) -> String {
    let (low, high) = (money(low), money(high));
    if low == high { low } else { format!("{low}–{}", high.replacen('$', "", 1)) }
}

/// A size: `512 bytes`, `1.5 KiB`, `20 MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|(_, size)| bytes >= *size) {
        None => crate::count(bytes, "byte"),
        Some((unit, size)) => {
            #[expect(clippy::cast_precision_loss, reason = "shown to one decimal")]
            let value = bytes as f64 / size as f64;
            format!("{} {unit}", trimmed(&format!("{value:.1}")))
        }
    }
}

/// Two different sizes beside each other: in short, or to the byte where they would read alike.
pub fn bytes_beside(size: u64, other: u64) -> (String, String) {
    let short = (bytes(size), bytes(other));
    if size == other || short.0 != short.1 { short } else { (crate::count(size, "byte"), crate::count(other, "byte")) }
}

/// A share in percent: `80%`, `91.6%`. One decimal, cut off and not rounded, so that only all is `100%`.
pub fn percent(percent: f64) -> String {
    format!("{}%", trimmed(&format!("{:.1}", (percent * 10.0 + 1e-9).floor() / 10.0)))
}

/// With `decimals` decimals, or with as many as it takes to show two digits that are not zero.
fn fraction(value: f64, decimals: usize) -> String {
    let zeros = (1..=12).take_while(|&place| value < 10_f64.powi(-place)).count();
    if zeros + 2 <= decimals { format!("{value:.decimals$}") } else { trimmed(&format!("{value:.*}", zeros + 2)) }
}

fn parts(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{large} {large_unit}") } else { format!("{large} {large_unit} {small} {small_unit}") }
}

/// Without zeros at the end of a fraction.
fn trimmed(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_has_one_notation() {
        let spans = [0.0, 0.004, 0.02, 0.123, 0.999, 3.4, 39.72, 99.96, 291.4, 599.6, 612.0, 7_500.0, 180_000.0];
        let written = [
            "0 s",
            "0.004 s",
            "0.02 s",
            "0.12 s",
            "1.0 s",
            "3.4 s",
            "39.7 s",
            "100 s",
            "291 s",
            "10 min",
            "10 min 12 s",
            "2 h 5 min",
            "2 d 2 h",
        ];
        assert_eq!(spans.map(seconds), written);
        let amounts = [0.0, 0.000_31, 0.0046, 0.014_63, 0.146, 1.119, 1e12];
        assert_eq!(amounts.map(money), ["$0", "$0.00031", "$0.0046", "$0.0146", "$0.146", "$1.12", "$1.000e12"]);
        assert_eq!(
            [0, 1, 512, 1536, 20 << 20, u64::MAX].map(bytes),
            ["0 bytes", "1 byte", "512 bytes", "1.5 KiB", "20 MiB", "16777216 TiB"]
        );
        assert_eq!([100.0, 99.99, 91.666, 80.0, 0.0].map(percent), ["100%", "99.9%", "91.6%", "80%", "0%"]);
        assert_eq!([30.0, 0.5, 0.02, 1e-9].map(number), ["30", "0.5", "0.02", "1e-9"]);
    }

    #[test]
    fn a_quantity_is_written_as_its_unit_is() {
        let written =
            [(39.72, "s"), (80.0, "%"), (0.0046, "[USD]"), (1536.0, "By"), (12.0, "1"), (0.5, "MB/s"), (-1.0, "By")]
                .map(|(value, unit)| quantity(value, unit));
        assert_eq!(written, ["39.7 s", "80%", "$0.0046", "1.5 KiB", "12", "0.5 MB/s", "-1 By"]);
    }

    #[test]
    fn a_clock_has_two_digits_for_seconds() {
        assert_eq!([0, 42, 725, 3723].map(clock), ["0:00", "0:42", "12:05", "1:02:03"]);
    }

    #[test]
    fn a_range_names_its_unit_once() {
        assert_eq!(money_range(0.0019, 0.0022), "$0.0019–0.0022");
        assert_eq!(money_range(0.002_21, 0.002_23), "$0.0022");
    }

    #[test]
    fn a_value_never_reads_like_the_limit_that_it_breaks() {
        assert_eq!(beside(60.02, 60.0, "s", seconds), ("60.02 s".into(), "60 s".into()));
        assert_eq!(beside(59.999, 60.0, "s", seconds), ("59.999 s".into(), "60 s".into()));
        assert_eq!(beside(60.0, 60.0, "s", seconds), ("60.0 s".into(), "60 s".into()));
        assert_eq!(beside(0.020_01, 0.02, "[USD]", money), ("$0.02001".into(), "$0.02".into()));
        assert_eq!(beside(39.72, 60.0, "s", seconds), ("39.7 s".into(), "60 s".into()));
        assert_eq!([limit(60.0, "s"), limit(0.25, "[USD]"), limit(30.0, "%")], ["60 s", "$0.25", "30%"]);
    }

    #[test]
    fn two_sizes_never_read_alike() {
        assert_eq!(bytes_beside(335, 500), ("335 bytes".into(), "500 bytes".into()));
        assert_eq!(bytes_beside(5 << 30, 20 << 30), ("5 GiB".into(), "20 GiB".into()));
        assert_eq!(bytes_beside(5 << 30, (5 << 30) + 1), ("5368709120 bytes".into(), "5368709121 bytes".into()));
    }

    #[test]
    fn no_number_is_endless() {
        assert_eq!(seconds(f64::MAX), "1.798e308 s");
        assert_eq!(seconds(f64::NAN), "NaN s");
        assert_eq!(money(f64::MAX), "$1.798e308");
        assert!(seconds(f64::MIN_POSITIVE).len() < 24);
    }
}
