//! Limits as text, such as `generation.p95 < 30 s`.

use std::fmt;
use std::str::FromStr;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// The wait for a worker that was running, in seconds.
    Queue,
    /// In seconds.
    ColdStart,
    /// The time of one image on a warm worker, in seconds.
    Generation,
    /// From submission to result, in seconds.
    EndToEnd,
    /// Samples that succeed, per hour.
    Throughput,
    /// In USD.
    CostPerImage,
    /// In percent.
    SuccessRate,
}

/// Which value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Mean,
    Max,
    /// From 1 to 99.
    Percentile(u8),
    /// The metric is a single value.
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    Below,
    AtMost,
    AtLeast,
    Above,
}

/// A limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    pub metric: Metric,
    pub statistic: Statistic,
    pub comparator: Comparator,
    /// In the unit of the metric.
    pub value: f64,
    /// The value as it was written, with its unit.
    written: String,
}

/// Names, the unit as a UCUM symbol, and the statistic that is meant if none is named.
const METRICS: [(Metric, &str, &str, Statistic); 7] = [
    (Metric::Queue, "queue", "s", Statistic::Max),
    (Metric::ColdStart, "cold-start", "s", Statistic::Max),
    (Metric::Generation, "generation", "s", Statistic::Mean),
    (Metric::EndToEnd, "end-to-end", "s", Statistic::Mean),
    (Metric::Throughput, "throughput", "/h", Statistic::Whole),
    (Metric::CostPerImage, "cost-per-image", "[USD]", Statistic::Whole),
    (Metric::SuccessRate, "success-rate", "%", Statistic::Whole),
];

/// Longer symbols first.
const COMPARATORS: [(&str, Comparator); 4] =
    [("<=", Comparator::AtMost), (">=", Comparator::AtLeast), ("<", Comparator::Below), (">", Comparator::Above)];

/// Units by metric unit: how many of them make one of the metric's, so that a sum in milliseconds is divided exactly. A value without a unit is in the unit of the metric.
const UNITS: [(&str, &str, f64); 12] = [
    ("s", "", 1.0),
    ("s", "s", 1.0),
    ("s", "ms", 1000.0),
    ("s", "min", 1.0 / 60.0),
    ("/h", "", 1.0),
    ("/h", "/h", 1.0),
    ("/h", "/min", 1.0 / 60.0),
    ("/h", "/s", 1.0 / 3600.0),
    ("[USD]", "", 1.0),
    ("[USD]", "USD", 1.0),
    ("%", "", 1.0),
    ("%", "%", 1.0),
];

impl Metric {
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// A UCUM symbol.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, Statistic) {
        METRICS.iter().find(|(metric, ..)| *metric == self).unwrap_or(&METRICS[0])
    }
}

impl Comparator {
    #[must_use]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
        }
    }
}

impl Limit {
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.comparator.holds(value, self.value)
    }

    /// `generation.p95`.
    #[must_use]
    pub fn quantity(&self) -> String {
        let name = self.metric.name();
        match self.statistic {
            Statistic::Whole => name.to_owned(),
            Statistic::Mean => format!("{name}.mean"),
            Statistic::Max => format!("{name}.max"),
            Statistic::Percentile(percent) => format!("{name}.p{percent}"),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol =
            COMPARATORS.iter().find(|(_, comparator)| *comparator == self.comparator).map_or("<", |(symbol, _)| symbol);
        write!(f, "{} {symbol} {}", self.quantity(), self.written)
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("write a limit such as `generation.p95 < 30 s`, not `{}`", text.escape_debug());
        let (at, symbol, comparator) = COMPARATORS
            .iter()
            .filter_map(|(symbol, comparator)| Some((text.find(symbol)?, *symbol, *comparator)))
            .min_by_key(|(at, symbol, _)| (*at, std::cmp::Reverse(symbol.len())))
            .ok_or_else(form)?;
        let (name, value) = (text[..at].trim(), text[at + symbol.len()..].trim());
        let (metric, statistic) = quantity(name)?;
        let has_unit = value.ends_with('%');
        let (value, written) = amount(value, metric).ok_or_else(form)?;
        // 0.95 means 95% to most, and is a limit that almost nothing breaks.
        if metric == Metric::SuccessRate && !has_unit && value > 0.0 && value <= 1.0 {
            return Err(format!("a success rate is in percent: write `{}%`, or `{value}%`", value * 100.0));
        }
        Ok(Self { metric, statistic, comparator, value, written })
    }
}

fn quantity(text: &str) -> Result<(Metric, Statistic), String> {
    let (name, statistic) = match text.split_once('.') {
        Some((name, statistic)) => (name, Some(statistic)),
        None => (text, None),
    };
    let Some((metric, _, _, usual)) = METRICS.iter().find(|(_, known, ..)| *known == name) else {
        let known = METRICS.map(|(_, known, ..)| known).join(", ");
        return Err(format!("there is no metric `{}`; choose one of {known}", name.escape_debug()));
    };
    let Some(statistic) = statistic else { return Ok((*metric, *usual)) };
    if *usual == Statistic::Whole {
        return Err(format!("`{name}` is one value: write it without `.{}`", statistic.escape_debug()));
    }
    let percent = statistic.strip_prefix('p').and_then(|percent| percent.parse().ok());
    match (statistic, percent) {
        ("mean", _) => Ok((*metric, Statistic::Mean)),
        ("max", _) => Ok((*metric, Statistic::Max)),
        (_, Some(percent @ 1..=99)) => Ok((*metric, Statistic::Percentile(percent))),
        _ => {
            let statistic = statistic.escape_debug();
            Err(format!("there is no statistic `{statistic}`; choose mean, max or a percentile from p1 to p99"))
        }
    }
}

/// A value in the unit of the metric, and as it was written.
fn amount(text: &str, metric: Metric) -> Option<(f64, String)> {
    let (number, dollars) = match text.strip_prefix('$') {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    };
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, unit) = (&number[..end], number[end..].trim());
    let of_metric = metric.unit();
    if dollars && (of_metric != "[USD]" || !unit.is_empty()) {
        return None;
    }
    let (.., divisor) = UNITS.iter().find(|(of, name, _)| *of == of_metric && *name == unit)?;
    let value: f64 = digits.parse().ok()?;
    let written = match (of_metric, unit) {
        ("[USD]", _) => format!("${digits}"),
        ("%", _) => format!("{digits}%"),
        ("/h", "") => format!("{digits}/h"),
        ("/h", unit) => format!("{digits}{unit}"),
        (_, "") => format!("{digits} {of_metric}"),
        (_, unit) => format!("{digits} {unit}"),
    };
    Some((value / divisor, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_in_the_unit_of_its_metric_and_written_in_its_own() {
        for (text, value, shown) in [
            ("generation.p95 < 30 s", 30.0, "generation.p95 < 30 s"),
            ("generation.p95<30", 30.0, "generation.p95 < 30 s"),
            ("cold-start < 1.5 min", 90.0, "cold-start.max < 1.5 min"),
            ("queue.mean <= 500ms", 0.5, "queue.mean <= 500 ms"),
            ("end-to-end.p50 < 40 s", 40.0, "end-to-end.p50 < 40 s"),
            ("cost-per-image < 0.004", 0.004, "cost-per-image < $0.004"),
            ("cost-per-image < $0.004", 0.004, "cost-per-image < $0.004"),
            ("success-rate >= 99 %", 99.0, "success-rate >= 99%"),
            ("success-rate >= 95", 95.0, "success-rate >= 95%"),
            ("success-rate >= 0.5%", 0.5, "success-rate >= 0.5%"),
            ("throughput > 10/min", 600.0, "throughput > 10/min"),
        ] {
            let limit: Limit = text.parse().unwrap();
            assert!((limit.value - value).abs() < 1e-9, "{text}: {}", limit.value);
            assert_eq!(limit.to_string(), shown);
            assert_eq!(shown.parse::<Limit>().unwrap(), limit, "what is shown is read as the same limit");
        }
    }

    #[test]
    fn what_is_not_a_limit_is_refused() {
        let refusals = [
            "",
            "generation",
            "generation < ",
            "generation < -1",
            "generation < 1 h",
            "speed < 1",
            "generation.p100 < 1",
            "generation.median < 1",
            "throughput.p95 > 1",
            "success-rate >= 99 s",
            "success-rate >= 0.95",
            "success-rate >= 1",
            "queue < $1",
            "queue < 1.2.3",
            "é<é",
        ]
        .map(|text| format!("{text}: {}", text.parse::<Limit>().unwrap_err()));
        insta::assert_snapshot!(refusals.join("\n"));
    }

    #[test]
    fn a_bound_includes_its_value_only_if_it_says_so() {
        let holds = |text: &str, value| text.parse::<Limit>().unwrap().holds(value);
        assert_eq!(
            [holds("queue < 1", 1.0), holds("queue <= 1", 1.0), holds("queue >= 1", 1.0), holds("queue > 1", 1.0)],
            [false, true, true, false]
        );
    }
}
