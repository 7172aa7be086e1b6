//! Secrets that nobody has told us of, by their looks.

/// A kind of secret.
pub(super) struct Shape {
    /// What it is, with its article.
    pub(super) name: &'static str,
    begins: &'static str,
    /// Whether the beginning is a part of the secret.
    whole: bool,
    goes_on: fn(u8) -> bool,
    /// So many bytes at least go on from its beginning.
    least: usize,
}

const SHAPES: [Shape; 13] = [
    Shape { name: "an API key of RunPod", begins: "rpa_", whole: true, goes_on: is_word, least: 20 },
    Shape { name: "an S3 key of RunPod", begins: "rps_", whole: true, goes_on: is_word, least: 20 },
    Shape { name: "an access key of AWS", begins: "AKIA", whole: true, goes_on: is_upper, least: 16 },
    Shape { name: "an access key of AWS", begins: "ASIA", whole: true, goes_on: is_upper, least: 16 },
    Shape { name: "a token of Hugging Face", begins: "hf_", whole: true, goes_on: is_word, least: 30 },
    Shape {
        name: "a webhook of Slack",
        begins: "https://hooks.slack.com/",
        whole: false,
        goes_on: is_token,
        least: 16,
    },
    Shape { name: "a bearer token", begins: "Bearer ", whole: false, goes_on: is_token, least: 16 },
    Shape { name: SIGNATURE, begins: "X-Amz-Signature=", whole: false, goes_on: is_value, least: 16 },
    Shape { name: SIGNATURE, begins: "X-Amz-Credential=", whole: false, goes_on: is_value, least: 16 },
    Shape { name: SIGNATURE, begins: "X-Amz-Security-Token=", whole: false, goes_on: is_value, least: 16 },
    Shape { name: SIGNATURE, begins: "X-Goog-Signature=", whole: false, goes_on: is_value, least: 16 },
    Shape { name: SIGNATURE, begins: "Signature=", whole: false, goes_on: is_value, least: 16 },
    Shape { name: SIGNATURE, begins: "sig=", whole: false, goes_on: is_value, least: 16 },
];

const SIGNATURE: &str = "the signature of a presigned URL";

/// The first bytes of all shapes.
pub(super) fn first_bytes() -> impl Iterator<Item = u8> {
    SHAPES.iter().filter_map(|shape| shape.begins.bytes().next())
}

/// The shape of what stands at a place: which bytes from there are not secret, and how many then are.
pub(super) fn at(bytes: &[u8], at: usize) -> Option<(&'static Shape, usize, usize)> {
    let here = &bytes[at..];
    let shape = SHAPES.iter().find(|shape| here.starts_with(shape.begins.as_bytes()))?;
    let before = &bytes[..at];
    // Go writes `&` in JSON as `\u0026`.
    if before.last().copied().is_some_and(is_part_of_word) && !before.ends_with(br"\u0026") {
        return None;
    }
    let value = &here[shape.begins.len()..];
    let length = value.iter().take_while(|byte| (shape.goes_on)(**byte)).count();
    let value = &value[..length];
    // A word of a sentence is none: `Bearer authentication`.
    if length < shape.least || !value.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let kept = if shape.whole { 0 } else { shape.begins.len() };
    Some((shape, kept, shape.begins.len() + length - kept))
}

fn is_part_of_word(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'+' | b'/')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
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
