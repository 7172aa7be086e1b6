//! How a secret may be written.

/// The length of this secret at the start of a text. Each byte can be plain, or escaped as in a URL or in JSON. None if
/// the text starts with something else.
pub(super) fn escaped_length(secret: &[u8], text: &[u8]) -> Option<usize> {
    secret.iter().try_fold(0, |at, &byte| Some(at + byte_length(byte, &text[at..])?))
}

/// How many bytes at the beginning of a text stand for this byte.
fn byte_length(byte: u8, text: &[u8]) -> Option<usize> {
    match text {
        [first, ..] if *first == byte => Some(1),
        [b'%', high, low, ..] if hex(*high, *low) == Some(byte) => Some(3),
        [b'\\', b'u', b'0', b'0', high, low, ..] if byte.is_ascii() && hex(*high, *low) == Some(byte) => Some(6),
        [b'\\', escaped @ (b'/' | b'"'), ..] if *escaped == byte => Some(2),
        _ => None,
    }
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// The digits of base64 that a secret decides, whatever stands around it.
pub(super) struct Base64(Vec<u8>);

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Base64 {
    /// Of either alphabet, and after 0, 1 and 2 bytes of a group of three. The longest first, since it may hold others.
    pub(super) fn of(secret: &[u8]) -> Vec<Self> {
        let mut digits: Vec<Vec<u8>> = Vec::new();
        for before in 0..3 {
            for alphabet in [STANDARD, URL_SAFE] {
                digits.push(decided(secret, before, alphabet));
            }
        }
        digits.sort_by_key(|digits| std::cmp::Reverse(digits.len()));
        digits.dedup();
        digits.into_iter().map(Self).collect()
    }

    pub(super) fn first(&self) -> u8 {
        self.0.first().copied().unwrap_or_default()
    }

    /// How many bytes at the beginning of a text are these digits.
    pub(super) fn length(&self, text: &[u8]) -> Option<usize> {
        text.starts_with(&self.0).then_some(self.0.len())
    }
}

/// The digits all of whose six bits are the secret's, if `before` bytes stand before it.
fn decided(secret: &[u8], before: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bit = |at: usize| secret[(at - 8 * before) / 8] >> (7 - (at - 8 * before) % 8) & 1;
    let (first, end) = ((8 * before).div_ceil(6), 8 * (before + secret.len()) / 6);
    let digit = |at: usize| (6 * at..6 * at + 6).fold(0, |value, at| value << 1 | bit(at));
    (first..end).map(|at| alphabet[usize::from(digit(at))]).collect()
}
