//! Spans of time in a scenario: seconds, and spreads to draw from.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The longest span: no scenario needs more than a month.
const LONGEST_S: f64 = 31.0 * 24.0 * 3600.0;

/// Seconds, such as `2.5`.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    duration(f64::deserialize(deserializer)?)
}

/// Seconds, of an optional span.
pub(super) fn optional_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

fn duration<E: Error>(seconds: f64) -> Result<Duration, E> {
    if (0.0..=LONGEST_S).contains(&seconds) {
        Ok(Duration::from_millis(whole(seconds * 1000.0)))
    } else {
        Err(E::custom(format_args!("`{seconds}` seconds is not between 0 and 31 days")))
    }
}

/// A span that is drawn for each case from a triangle between `low` and `high`, with its top at `usual`. Drawing from a
/// triangle needs no function whose last digit depends on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    low: Duration,
    usual: Duration,
    high: Duration,
}

impl Spread {
    pub(crate) const fn always(span: Duration) -> Self {
        Self { low: span, usual: span, high: span }
    }

    /// Between two spans, mostly at a third.
    pub(crate) const fn new(low: Duration, usual: Duration, high: Duration) -> Self {
        Self { low, usual, high }
    }

    /// The span of a draw of at least 0 and below 1, in whole milliseconds.
    pub(crate) fn at(self, unit: f64) -> Duration {
        let [low, usual, high] = [self.low, self.usual, self.high].map(|span| span.as_secs_f64() * 1000.0);
        let width = high - low;
        if width <= 0.0 {
            return self.low;
        }
        let top = (usual - low) / width;
        let at = if unit < top {
            low + (unit * width * (usual - low)).sqrt()
        } else {
            high - ((1.0 - unit) * width * (high - usual)).sqrt()
        };
        Duration::from_millis(whole(at))
    }
}

/// Not negative and at most a month: only the fraction is lost.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the callers")]
fn whole(millis: f64) -> u64 {
    millis.round() as u64
}

impl<'de> Deserialize<'de> for Spread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpreadVisitor)
    }
}

struct SpreadVisitor;

impl<'de> Visitor<'de> for SpreadVisitor {
    type Value = Spread;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds, or `{ low, usual, high }` in seconds")
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Spread, E> {
        duration(seconds).map(Spread::always)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Spread, E> {
        #[expect(clippy::cast_precision_loss, reason = "such numbers are out of range anyway")]
        self.visit_f64(seconds as f64)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Spread, E> {
        #[expect(clippy::cast_precision_loss, reason = "such numbers are out of range anyway")]
        self.visit_f64(seconds as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spread, A::Error> {
        const KEYS: [&str; 3] = ["low", "usual", "high"];
        let mut spans = [None; 3];
        while let Some(key) = map.next_key::<String>()? {
            let index = KEYS.iter().position(|known| *known == key);
            let index = index.ok_or_else(|| Error::unknown_field(&key, &KEYS))?;
            spans[index] = Some(duration(map.next_value()?)?);
        }
        let [Some(low), usual, Some(high)] = spans else {
            return Err(Error::custom("a spread needs `low` and `high`"));
        };
        let usual = usual.unwrap_or((low + high) / 2);
        if low <= usual && usual <= high {
            Ok(Spread { low, usual, high })
        } else {
            Err(Error::custom("`low`, `usual` and `high` of a spread must be in ascending order"))
        }
    }
}

impl JsonSchema for Spread {
    fn schema_name() -> Cow<'static, str> {
        "Spread".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Seconds, or a spread of seconds. Each case draws its own value: at least `low`, at most `high`, mostly `usual` (default: the middle).",
            "anyOf": [
                {"type": "number", "minimum": 0},
                {
                    "type": "object",
                    "properties": {
                        "low": {"type": "number", "minimum": 0},
                        "usual": {"type": "number", "minimum": 0},
                        "high": {"type": "number", "minimum": 0},
                    },
                    "required": ["low", "high"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Document {
        span: Spread,
    }

    #[track_caller]
    fn check(text: &str, draws: [u64; 3]) {
        let document: Document = toml::from_str(&format!("span = {text}")).unwrap();
        let at = |unit| document.span.at(unit);
        assert_eq!([at(0.0), at(0.5), at(0.999_999_999)], draws.map(Duration::from_millis), "{text}");
    }

    #[test]
    fn a_span_is_drawn_from_a_triangle() {
        check("2", [2000, 2000, 2000]);
        check("0.25", [250, 250, 250]);
        check("{ low = 1, high = 3 }", [1000, 2000, 3000]);
        check("{ low = 1, usual = 1, high = 3 }", [1000, 1586, 3000]);
    }
}
