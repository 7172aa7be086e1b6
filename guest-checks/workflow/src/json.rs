//! JSON as Python's `json.loads` reads it by default.
//!
//! - Integers have any size and differ from floats.
//! - Bare `NaN` and `Infinity` are floats.
//! - Keys keep their order. Of equal keys, the last value counts, at the place of the first.

mod int;
mod reader;

pub use int::Int;
pub(crate) use int::MOST_DIGITS;
pub use reader::{JsonError, parse};

use std::rc::Rc;

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    /// A number without fraction and exponent.
    Int(Int),
    /// Any other number. Can be infinite (`1e400`) or NaN.
    Float(f64),
    /// Rust strings cannot hold a lone surrogate: U+D800 + n is stored as U+10F800 + n.
    Text(Rc<str>),
    List(Rc<[Value]>),
    Object(Rc<Object>),
}

impl Value {
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    #[must_use]
    pub fn list(&self) -> Option<&[Value]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The value of a key; none if this is not an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.object()?.get(key)
    }

    /// As plain JSON. NaN, infinite floats and integers beyond 64 bits have no equal there.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => serde_json::from_str(&value.to_string()).unwrap_or_default(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) => (**text).into(),
            Self::List(list) => list.iter().map(Self::to_json).collect(),
            Self::Object(object) => {
                object.entries().iter().map(|(key, value)| (key.to_string(), value.to_json())).collect()
            }
        }
    }
}

/// Each key once, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Object {
    entries: Vec<(Rc<str>, Value)>,
    /// The positions of the entries, sorted by key.
    by_key: Vec<u32>,
    /// The keys that the text has more than once.
    repeated: Vec<Rc<str>>,
}

impl Object {
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    /// The index of a key in [`Self::entries`].
    #[must_use]
    pub fn position(&self, key: &str) -> Option<usize> {
        let found = self.by_key.binary_search_by(|&at| (*self.entries[at as usize].0).cmp(key)).ok()?;
        Some(self.by_key[found] as usize)
    }

    /// The keys that the text has more than once, each once.
    #[must_use]
    pub fn repeated(&self) -> &[Rc<str>] {
        &self.repeated
    }

    #[must_use]
    pub fn entries(&self) -> &[(Rc<str>, Value)] {
        &self.entries
    }
}

impl From<Vec<(Rc<str>, Value)>> for Object {
    fn from(entries: Vec<(Rc<str>, Value)>) -> Self {
        let mut by_key: Vec<u32> = (0..).take(entries.len()).collect();
        // Stable: equal keys stay in the order of the text.
        by_key.sort_by(|&a, &b| entries[a as usize].0.cmp(&entries[b as usize].0));
        let same = |a: u32, b: u32| entries[a as usize].0 == entries[b as usize].0;
        if by_key.windows(2).all(|pair| !same(pair[0], pair[1])) {
            return Self { entries, by_key, repeated: Vec::new() };
        }
        let mut values: Vec<Option<Value>> = vec![None; entries.len()];
        let mut repeated = Vec::new();
        for equal in by_key.chunk_by(|&a, &b| same(a, b)) {
            if equal.len() > 1 {
                repeated.push(Rc::clone(&entries[equal[0] as usize].0));
            }
            let (first, last) = (equal[0], equal[equal.len() - 1]);
            values[first as usize] = Some(entries[last as usize].1.clone());
        }
        let kept = entries.into_iter().zip(values);
        let kept: Vec<_> = kept.filter_map(|((key, _), value)| Some((key, value?))).collect();
        Self { repeated, ..Self::from(kept) }
    }
}

impl FromIterator<(Rc<str>, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(entries: I) -> Self {
        Self::from(entries.into_iter().collect::<Vec<_>>())
    }
}
