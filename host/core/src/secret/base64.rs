//! Secrets inside base64.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 data has lines of at least this many digits: `base64` and MIME break lines at 76. No word of a sentence is as long.
const SHORTEST_LINE: usize = 76;

/// The digits that a text decides alone, without the bytes around it: of either alphabet, and after 0, 1 and 2 bytes of a group
/// of three.
pub(super) fn decided_digits(text: &[u8]) -> Vec<Vec<u8>> {
    let mut digits = Vec::new();
    for before in 0..3 {
        for alphabet in [STANDARD, URL_SAFE] {
            digits.push(decided(text, before, alphabet));
        }
    }
    digits.sort();
    digits.dedup();
    digits
}

/// The digits whose six bits are all the text's, if `before` bytes precede it.
fn decided(text: &[u8], before: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bit = |at: usize| text[(at - 8 * before) / 8] >> (7 - (at - 8 * before) % 8) & 1;
    let (first, end) = ((8 * before).div_ceil(6), 8 * (before + text.len()) / 6);
    let digit = |at: usize| (6 * at..6 * at + 6).fold(0, |value, at| value << 1 | bit(at));
    (first..end).map(|at| alphabet[usize::from(digit(at))]).collect()
}

/// Whether a place is in the middle of base64 data, where any few letters occur by chance. Its slashes and line breaks can be
/// escaped.
pub(super) fn is_inside(bytes: &[u8], start: usize, end: usize) -> bool {
    [STANDARD, URL_SAFE].into_iter().any(|alphabet| {
        let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'\\' || alphabet[62..].contains(byte);
        let before = bytes[..start].iter().rev().take(SHORTEST_LINE).take_while(is_digit).count();
        let after = bytes[end..].iter().take(SHORTEST_LINE).take_while(is_digit).count();
        bytes[start..end].iter().all(|byte| is_digit(&byte)) && before + (end - start) + after >= SHORTEST_LINE
    })
}
