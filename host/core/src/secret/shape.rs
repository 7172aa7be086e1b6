//! Unknown secrets, found by their looks.

mod password;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use std::ops::Range;
use std::sync::LazyLock;

struct Shape {
    /// Its name, with the article.
    name: &'static str,
    begins: &'static str,
    /// Whether the beginning is part of the secret. If not, it is the name of the value that follows, in upper or lower case.
    whole: bool,
    goes_on: fn(u8) -> bool,
    /// The least number of bytes after its beginning.
    least: usize,
    /// Whether one of them must be a digit. Without one it is a word of a sentence: `Bearer authentication`.
    digit: bool,
}

const SHAPES: [Shape; 15] = [
    whole("an API key of RunPod", "rpa_", is_word, 20),
    whole("an S3 key of RunPod", "rps_", is_word, 20),
    whole("an access key of AWS", "AKIA", is_upper, 16),
    whole("an access key of AWS", "ASIA", is_upper, 16),
    // 34 letters and digits, often letters only.
    Shape { digit: false, ..whole("a token of Hugging Face", "hf_", is_letter_or_digit, 30) },
    named("a webhook of Slack", "https://hooks.slack.com/", is_token),
    named("a bearer token", "Bearer ", is_token),
    named(SIGNATURE, "X-Amz-Signature=", is_value),
    named(SIGNATURE, "X-Amz-Credential=", is_value),
    named(SIGNATURE, "X-Amz-Security-Token=", is_value),
    named(SIGNATURE, "X-Goog-Signature=", is_value),
    named(SIGNATURE, "Signature=", is_value),
    named(SIGNATURE, "sig=", is_value),
    Shape { least: 12, ..named(TOKEN, "token=", is_value) },
    Shape { least: 12, ..named(TOKEN, "access_token=", is_value) },
];

const SIGNATURE: &str = "the signature of a presigned URL";
const TOKEN: &str = "a token in a URL";

/// A secret with a known beginning.
const fn whole(name: &'static str, begins: &'static str, goes_on: fn(u8) -> bool, least: usize) -> Shape {
    Shape { name, begins, whole: true, goes_on, least, digit: true }
}

/// A secret that follows its name.
const fn named(name: &'static str, begins: &'static str, goes_on: fn(u8) -> bool) -> Shape {
    Shape { name, begins, whole: false, goes_on, least: 16, digit: true }
}

impl Shape {
    fn begins(&self, text: &[u8]) -> bool {
        let beginning = text.get(..self.begins.len());
        let begins = self.begins.as_bytes();
        beginning.is_some_and(|text| if self.whole { text == begins } else { text.eq_ignore_ascii_case(begins) })
    }
}

/// Texts that look like secrets, in order: their kind with its article, and their first byte.
pub fn suspicious(bytes: &[u8]) -> Vec<(&'static str, usize)> {
    all(bytes).map(|(name, place)| (name, place.start)).collect()
}

/// Texts that look like secrets, in order: their kind with its article, and their place.
pub(super) fn all(bytes: &[u8]) -> impl Iterator<Item = (&'static str, Range<usize>)> + '_ {
    let mut next = 0;
    std::iter::from_fn(move || {
        while let Some(found) = BEGINNINGS.find(Input::new(bytes).range(next..)) {
            next = found.start();
            let Some((name, kept, length)) = at(bytes, next) else {
                next += 1;
                continue;
            };
            let start = next + kept;
            next = start + length;
            return Some((name, start..next));
        }
        None
    })
}

/// Finds where a shape can begin. Outputs are megabytes of base64, so places are not tried one by one.
static BEGINNINGS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let shapes = SHAPES.iter().map(|shape| shape.begins.as_bytes());
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(shapes.chain(password::BEGINS))
        .expect("a few short beginnings")
});

/// The secret at a place: its name, the bytes before it that are not secret, and its length.
fn at(bytes: &[u8], at: usize) -> Option<(&'static str, usize, usize)> {
    let here = &bytes[at..];
    if let Some((kept, length)) = password::at(here) {
        return Some((password::NAME, kept, length));
    }
    let shape = SHAPES.iter().find(|shape| shape.begins(here))?;
    let before = &bytes[..at];
    // Go writes `&` in JSON as `\u0026`.
    if before.last().copied().is_some_and(is_part_of_word) && !before.ends_with(br"\u0026") {
        return None;
    }
    let value = &here[shape.begins.len()..];
    let length = value.iter().take_while(|byte| (shape.goes_on)(**byte)).count();
    let value = &value[..length];
    if length < shape.least || (shape.digit && !value.iter().any(u8::is_ascii_digit)) {
        return None;
    }
    let kept = if shape.whole { 0 } else { shape.begins.len() };
    Some((shape.name, kept, shape.begins.len() + length - kept))
}

fn is_part_of_word(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'+' | b'/')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Of a token in a header.
fn is_token(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
}

/// Of a value in a query, escaped or not.
fn is_value(byte: u8) -> bool {
    is_token(byte) || byte == b'%'
}
