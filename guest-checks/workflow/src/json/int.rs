//! Integers of any size, without arithmetic.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// The most digits of an integer that Python reads.
pub(crate) const MOST_DIGITS: usize = 4300;

/// An integer of any size that can be compared, converted and printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Int(Size);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Size {
    Small(i64),
    /// Beyond `i64`: the sign, and the decimal digits without leading zeros.
    Big {
        negative: bool,
        digits: Rc<str>,
    },
}

impl Int {
    /// Reads ASCII digits after an optional `-`; none if there is anything else.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        if let Ok(small) = text.parse() {
            return Some(Self(Size::Small(small)));
        }
        let digits = digits.trim_start_matches('0');
        let short = if negative { format!("-{digits}") } else { digits.to_owned() };
        Some(Self(match short.parse() {
            Ok(small) => Size::Small(small),
            // Only zeros were left out: `-` or nothing stands for 0.
            Err(_) if digits.is_empty() => Size::Small(0),
            Err(_) => Size::Big { negative, digits: digits.into() },
        }))
    }

    /// The integer part; none for infinity and NaN.
    #[must_use]
    pub fn trunc(float: f64) -> Option<Self> {
        // Prints all digits, so nothing is lost.
        float.is_finite().then(|| format!("{:.0}", float.trunc())).and_then(|text| Self::from_decimal(&text))
    }

    /// None if the value does not fit.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        if let Size::Small(small) = self.0 { Some(small) } else { None }
    }

    /// The nearest float; none if the value is too large for one.
    #[must_use]
    pub fn to_float(&self) -> Option<f64> {
        self.to_string().parse().ok().filter(|float: &f64| float.is_finite())
    }

    /// The exact order of this integer and a float; none for NaN.
    #[must_use]
    pub fn partial_cmp_float(&self, float: f64) -> Option<Ordering> {
        match Self::trunc(float) {
            None => 0.0.partial_cmp(&float),
            // Between equal whole parts, the fraction decides.
            Some(whole) => match self.cmp(&whole) {
                Ordering::Equal => 0.0.partial_cmp(&float.fract()),
                differ => Some(differ),
            },
        }
    }
}

impl From<i64> for Int {
    fn from(small: i64) -> Self {
        Self(Size::Small(small))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        let longer = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        match (&self.0, &other.0) {
            (Size::Small(a), Size::Small(b)) => a.cmp(b),
            (Size::Small(_), Size::Big { negative, .. }) => {
                if *negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (Size::Big { .. }, Size::Small(_)) => other.cmp(self).reverse(),
            (Size::Big { negative: false, digits: a }, Size::Big { negative: false, digits: b }) => longer(a, b),
            (Size::Big { negative: true, digits: a }, Size::Big { negative: true, digits: b }) => longer(b, a),
            (Size::Big { negative, .. }, Size::Big { .. }) => {
                if *negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Size::Small(small) => write!(f, "{small}"),
            Size::Big { negative, digits } => write!(f, "{}{digits}", if *negative { "-" } else { "" }),
        }
    }
}
