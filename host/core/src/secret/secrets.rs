//! All secrets of a run, and the one way to redact them.

use super::decoded::Decoded;
use super::needles::{Needle, SHORTEST_IN_BASE64, needles};
use super::{Secret, base64, shape};
use crate::json_text::JsonText;
use aho_corasick::AhoCorasick;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Secrets, with the matcher that finds them. Cheap to clone: build it once and pass it on.
///
/// It finds a secret, each line of 8 bytes or more of one, and each string of 8 bytes or more in one that is JSON:
///
/// - unchanged;
/// - with any of its characters escaped as in a URL (`%2F`), in JSON or in a string of Python (`\/`, `\\`, `\n`, `\u00e9`), also
///   if the escaped text was escaped again;
/// - inside base64 of either alphabet, at any offset.
///
/// The secret becomes `[redacted]`. Inside base64 it becomes as many other digits, so the rest can still be decoded. Unknown
/// secrets are found by their looks: an API key of RunPod, a bearer token, the signature of a presigned URL, the password in a
/// URL.
///
/// A secret shorter than four bytes is not redacted: that would destroy the text and hide nothing. One shorter than eight is
/// not redacted in base64, where an image contains any few digits by chance.
///
/// The default knows no secret, and finds unknown ones.
#[derive(Clone, Default)]
pub struct Secrets(Option<Arc<Known>>);

struct Known {
    values: Vec<Secret>,
    /// Finds all needles.
    matcher: AhoCorasick,
    needles: Vec<Needle>,
}

const MARK: &[u8] = b"[redacted]";
/// Replaces a secret inside base64, repeated.
const DIGITS: &[u8] = b"REDACTED";

/// How often an escaped text can have been escaped again: JSON in a line of a log, which is JSON in a cassette.
const LEVELS: usize = 4;

/// The most bytes of an escaped character, such as `\\\\u00e9`, for each byte of a secret.
const LONGEST_ESCAPE: usize = 12;

impl Secrets {
    pub fn new(values: impl IntoIterator<Item = Secret>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        let needles = needles(&values);
        // It fails for patterns of gigabytes only.
        let matcher = AhoCorasick::new(needles.iter().map(|needle| &needle.bytes)).ok().filter(|_| !needles.is_empty());
        Self(matcher.map(|matcher| Arc::new(Known { values, matcher, needles })))
    }

    /// These secrets and further ones.
    #[must_use]
    pub fn with(&self, further: impl IntoIterator<Item = Secret>) -> Self {
        let known = self.0.iter().flat_map(|known| known.values.iter().cloned());
        Self::new(known.chain(further))
    }

    /// The text without the secrets, and without what looks like one.
    pub fn redact(&self, text: &str) -> String {
        // A secret is whole characters, and so is the rest.
        String::from_utf8_lossy(&self.redact_bytes(text.as_bytes())).into_owned()
    }

    /// The same for JSON text, which stays shared if it contains none.
    #[must_use]
    pub fn redact_json_text(&self, text: &JsonText) -> JsonText {
        let whole = text.to_string();
        match self.redact_bytes(whole.as_bytes()) {
            Cow::Borrowed(_) => text.clone(),
            Cow::Owned(redacted) => String::from_utf8_lossy(&redacted).into_owned().into(),
        }
    }

    /// The same for bytes. Borrowed if they contain none.
    pub fn redact_bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        replace(bytes, self.find_all(bytes), |_| MARK.to_vec())
    }

    /// Redacts every string of a JSON value, and every name.
    pub fn redact_json(&self, json: &mut Value) {
        match json {
            Value::String(text) => *text = self.redact(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(fields) => {
                for (name, mut field) in std::mem::take(fields) {
                    self.redact_json(&mut field);
                    fields.insert(self.redact(&name), field);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The bytes without the known secrets. What only looks like a secret stays.
    pub fn redact_known<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        replace(bytes, self.find_known(bytes), |_| MARK.to_vec())
    }

    /// The text with `*` for each byte of a secret. Everything else keeps its place.
    pub fn mask(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        String::from_utf8_lossy(&replace(bytes, self.find_all(bytes), |length| vec![b'*'; length])).into_owned()
    }

    /// The same for the known secrets in bytes.
    pub fn mask_known<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        replace(bytes, self.find_known(bytes), |length| vec![b'*'; length])
    }

    /// Whether the bytes contain a known secret. A text that only looks like a secret does not count.
    pub fn finds_known(&self, bytes: &[u8]) -> bool {
        !self.find_known(bytes).is_empty()
    }

    /// The most bytes that a known secret takes in a text. A part of a text must be redacted together with as many bytes on
    /// either side, or it may hold half of a secret.
    pub fn reach(&self) -> usize {
        let needles = self.0.iter().flat_map(|known| &known.needles);
        needles.map(|needle| needle.bytes.len() * LONGEST_ESCAPE).max().unwrap_or_default()
    }

    fn find_all(&self, bytes: &[u8]) -> Vec<SecretMatch> {
        let mut found = self.find_known(bytes);
        found.extend(shape::all(bytes).map(|(_, place)| SecretMatch { place, is_base64: false }));
        united(found)
    }

    /// The places of known secrets, in order.
    fn find_known(&self, bytes: &[u8]) -> Vec<SecretMatch> {
        let mut found = Vec::new();
        if let Some(known) = &self.0 {
            known.find(bytes, &|place| place, LEVELS, &mut found);
        }
        united(found)
    }
}

impl Known {
    /// Finds secrets in a text and in what it decodes to. `original` maps a place in this text to the whole text.
    fn find(
        &self,
        text: &[u8],
        original: &dyn Fn(Range<usize>) -> Range<usize>,
        levels: usize,
        found: &mut Vec<SecretMatch>,
    ) {
        let decoded = if levels > 0 { Decoded::of_backslashes(text) } else { None };
        // Half an escape would make JSON invalid. Only the text itself is known to be as it was written.
        let whole = |place: Range<usize>| match &decoded {
            Some(decoded) if levels == LEVELS => decoded.whole_escapes(place),
            _ => original(place),
        };
        found.extend(self.matches(text).into_iter().map(|found| found.mapped(&whole)));
        if let Some(once) = Decoded::of_percents(text) {
            let once_whole = |place| whole(once.original(place));
            found.extend(self.matches(&once.bytes).into_iter().map(|found| found.mapped(&once_whole)));
            // A URL in the query of a URL.
            if let Some(twice) = Decoded::of_percents(&once.bytes) {
                let twice_whole = |place| once_whole(twice.original(place));
                found.extend(self.matches(&twice.bytes).into_iter().map(|found| found.mapped(&twice_whole)));
            }
        }
        if let Some(decoded) = &decoded {
            self.find(&decoded.bytes, &|place| original(decoded.original(place)), levels - 1, found);
        }
    }

    /// The matches in a text, without looking at its escapes. Overlapping ones are one.
    fn matches(&self, text: &[u8]) -> Vec<SecretMatch> {
        let mut found: Vec<SecretMatch> = Vec::new();
        // Almost every text has none, which is found much faster.
        if !self.matcher.is_match(text) {
            return found;
        }
        for matched in self.matcher.find_overlapping_iter(text) {
            let Needle { bytes, is_base64 } = &self.needles[matched.pattern()];
            let place = matched.range();
            if bytes.len() < SHORTEST_IN_BASE64 && base64::is_inside(text, place.start, place.end) {
                continue;
            }
            let mut next = SecretMatch { place, is_base64: *is_base64 };
            // They come in the order of their ends.
            while let Some(last) = found.pop_if(|last| last.place.end > next.place.start) {
                next = last.united(&next);
            }
            found.push(next);
        }
        found
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

struct SecretMatch {
    place: Range<usize>,
    /// Whether it is digits of base64.
    is_base64: bool,
}

impl SecretMatch {
    fn mapped(self, map: &dyn Fn(Range<usize>) -> Range<usize>) -> Self {
        Self { place: map(self.place), is_base64: self.is_base64 }
    }

    fn united(&self, other: &Self) -> Self {
        let start = self.place.start.min(other.place.start);
        let end = self.place.end.max(other.place.end);
        Self { place: start..end, is_base64: self.is_base64 && other.is_base64 }
    }
}

/// Sorts matches, and unites those that overlap.
fn united(mut found: Vec<SecretMatch>) -> Vec<SecretMatch> {
    found.sort_by_key(|found| (found.place.start, found.place.end));
    found.dedup_by(|next, last| {
        let overlaps = next.place.start < last.place.end;
        if overlaps {
            *last = last.united(next);
        }
        overlaps
    });
    found
}

/// Replaces matches, which are in order. `mark` replaces as many bytes of text.
fn replace(bytes: &[u8], found: Vec<SecretMatch>, mark: impl Fn(usize) -> Vec<u8>) -> Cow<'_, [u8]> {
    if found.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut kept = 0;
    for SecretMatch { place, is_base64 } in found {
        replaced.extend_from_slice(&bytes[kept..place.start]);
        if is_base64 {
            replaced.extend(DIGITS.iter().cycle().take(place.len()));
        } else {
            replaced.extend(mark(place.len()));
        }
        kept = place.end;
    }
    replaced.extend_from_slice(&bytes[kept..]);
    Cow::Owned(replaced)
}
