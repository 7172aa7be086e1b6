//! Values that are never printed.

mod encoded;
mod shape;

use encoded::{Base64, escaped_length};
use std::borrow::Cow;
use std::fmt;

/// A value that is never printed: not by `Debug`, not in an error, not in a report.
///
/// There is no `Display` and no `Serialize`, so that a leak does not compile.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that sends it and for those that look for it in their output.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Replaces every occurrence of the secrets in a text: see [`Redaction`].
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let redacted = Redaction::of(secrets).apply(text.as_bytes()).into_owned();
    // A secret is whole characters, and so is the rest.
    String::from_utf8(redacted).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Removes secrets from output.
///
/// It finds a secret
///
/// - unchanged;
/// - with any of its characters escaped as in a URL (`%2F`) or in JSON (`\/`, `\u002f`);
/// - inside base64 of either alphabet, at any offset.
///
/// The secret becomes `[redacted]`. Inside base64 it becomes as many other digits, so the rest can still be decoded. Unknown
/// secrets are found by their looks: an API key of RunPod, a bearer token, the signature of a presigned URL, the password in a
/// URL.
///
/// A secret shorter than four bytes is not redacted: that would destroy the text and hide nothing. One shorter than eight is
/// not redacted in base64, where an image contains any few digits by chance.
pub struct Redaction<'a> {
    secrets: Vec<&'a [u8]>,
    base64: Vec<Base64>,
    /// Whether any form of a secret can begin with a byte.
    begins: [bool; 256],
    /// Whether to find unknown secrets by their looks.
    shapes: bool,
}

/// The shortest value of an environment variable that is a secret: `true` and `8188` are not secrets.
pub const SHORTEST_OF_ENVIRONMENT: usize = 8;

const SHORTEST: usize = 4;
const SHORTEST_IN_BASE64: usize = 8;
const MARK: &[u8] = b"[redacted]";
/// Replaces a secret inside base64, repeated.
const DIGITS: &[u8] = b"REDACTED";

impl<'a> Redaction<'a> {
    /// Redacts these secrets and texts that look like secrets.
    pub fn of(secrets: &'a [Secret]) -> Self {
        let mut redaction = Self::known(secrets);
        for first in shape::first_bytes() {
            redaction.begins[usize::from(first)] = true;
        }
        redaction.shapes = true;
        redaction
    }

    /// Redacts these secrets only.
    pub fn known(secrets: &'a [Secret]) -> Self {
        let mut secrets: Vec<_> = secrets.iter().map(|secret| secret.0.as_bytes()).collect();
        secrets.retain(|secret| secret.len() >= SHORTEST);
        // The longer one first, if one secret begins with another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let long = secrets.iter().filter(|secret| secret.len() >= SHORTEST_IN_BASE64);
        let base64: Vec<_> = long.flat_map(|secret| Base64::of(secret)).collect();
        let mut begins = [false; 256];
        if !secrets.is_empty() {
            begins[usize::from(b'%')] = true;
            begins[usize::from(b'\\')] = true;
        }
        for first in secrets.iter().map(|secret| secret[0]).chain(base64.iter().map(Base64::first)) {
            begins[usize::from(first)] = true;
        }
        Self { secrets, base64, begins, shapes: false }
    }

    /// The bytes without the secrets. Borrowed if they contain none.
    pub fn apply<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        self.replace(bytes, |_| MARK.to_vec())
    }

    /// The text with `*` for each byte of a secret. Everything else keeps its place.
    pub fn mask(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.replace(text.as_bytes(), |length| vec![b'*'; length])).into_owned()
    }

    fn replace<'b>(&self, bytes: &'b [u8], mark: impl Fn(usize) -> Vec<u8>) -> Cow<'b, [u8]> {
        let mut kept = 0;
        let mut redacted = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let found = self.begins[usize::from(bytes[at])].then(|| self.find(bytes, at)).flatten();
            let Some(SecretMatch { kept: prefix, length, form }) = found else {
                at += 1;
                continue;
            };
            at += prefix;
            redacted.extend_from_slice(&bytes[kept..at]);
            match form {
                Form::Text => redacted.extend(mark(length)),
                Form::Base64 => redacted.extend(DIGITS.iter().cycle().take(length)),
            }
            at += length;
            kept = at;
        }
        if kept == 0 {
            return Cow::Borrowed(bytes);
        }
        redacted.extend_from_slice(&bytes[kept..]);
        Cow::Owned(redacted)
    }

    /// Whether the bytes contain one of the secrets. A text that only looks like a secret does not count.
    pub fn finds_known(&self, bytes: &[u8]) -> bool {
        (0..bytes.len()).any(|at| self.begins[usize::from(bytes[at])] && self.known_at(&bytes[at..]).is_some())
    }

    /// The secret at a place, if there is one.
    fn find(&self, bytes: &[u8], at: usize) -> Option<SecretMatch> {
        let shape = self.shapes.then(|| shape::at(bytes, at)).flatten().map(|(_, kept, length)| SecretMatch {
            kept,
            length,
            form: Form::Text,
        });
        shape.or_else(|| self.known_at(&bytes[at..]))
    }

    /// The known secret at the beginning of the bytes, if there is one.
    fn known_at(&self, bytes: &[u8]) -> Option<SecretMatch> {
        let text = self.secrets.iter().find_map(|secret| escaped_length(secret, bytes));
        let base64 = || self.base64.iter().find_map(|base64| base64.length(bytes));
        text.map(|length| SecretMatch { kept: 0, length, form: Form::Text })
            .or_else(|| base64().map(|length| SecretMatch { kept: 0, length, form: Form::Base64 }))
    }
}

/// Texts that look like secrets, in order: their kind with its article, and their first byte.
pub fn suspicious(bytes: &[u8]) -> Vec<(&'static str, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match shape::at(bytes, at) {
            Some((name, kept, length)) => {
                found.push((name, at + kept));
                at += kept + length;
            }
            None => at += 1,
        }
    }
    found
}

struct SecretMatch {
    /// The bytes from the place on that are kept.
    kept: usize,
    /// The bytes after them that are the secret.
    length: usize,
    form: Form,
}

enum Form {
    Text,
    Base64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("rpa_abc")), "Secret(…)");
    }

    #[test]
    fn a_mask_moves_nothing() {
        let secrets = [Secret::new("rpa_abc")];
        assert_eq!(Redaction::of(&secrets).mask("é rpa_abc\\u0072pa_abc."), format!("é {}.", "*".repeat(7 + 12)));
    }

    #[track_caller]
    fn check(secrets: &[&str], text: &str, expected: &str) {
        let secrets: Vec<_> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        let redacted = redact(text, &secrets);
        assert_eq!(redacted, expected);
        assert_eq!(redact(&redacted, &secrets), expected, "once more changes nothing");
    }

    #[test]
    fn secrets_are_replaced_wherever_they_stand() {
        check(&["rpa_abc", "x"], "key rpa_abc, again rpa_abcd, ex", "key [redacted], again [redacted]d, ex");
        check(&["abcd", "abcdef"], "abcdefabcdabc", "[redacted][redacted]abc");
        check(&["naïve-clé"], "a naïve-clé é", "a [redacted] é");
        check(&[], "%72 \\u0072", "%72 \\u0072");
    }

    #[test]
    fn secrets_are_found_though_characters_are_escaped() {
        let key = "a/b+c=d\"e";
        for text in [
            "?key=a%2Fb%2Bc%3Dd%22e&",
            "?key=a%2fb%2bc%3dd%22e&",
            "?key=%61/b%2Bc=d%22%65&",
            r#"?key=a\/b+c=d\"e&"#,
            r"?key=\u0061\u002Fb+c=d\u0022e&",
        ] {
            check(&[key], text, "?key=[redacted]&");
        }
        check(&[key], "a%2Fb%2Bc%3Dd%2", "a%2Fb%2Bc%3Dd%2");
        check(&[key], "a%2Fb%2Bc%3Dd%22f\\u006", "a%2Fb%2Bc%3Dd%22f\\u006");
    }

    #[test]
    fn secrets_are_found_in_base64_wherever_they_begin() {
        // `{"k":"rpa_0123456789"}` after nothing, one and two bytes, as `base64` writes it.
        let key = &["rpa_0123456789"];
        check(key, "eyJrIjoicnBhXzAxMjM0NTY3ODkifQ==", "eyJrIjoiREDACTEDREDACTEDREkifQ==");
        check(key, "IHsiayI6InJwYV8wMTIzNDU2Nzg5In0=", "IHsiayI6InREDACTEDREDACTEDREIn0=");
        check(key, "ICB7ImsiOiJycGFfMDEyMzQ1Njc4OSJ9", "ICB7ImsiOiJREDACTEDREDACTEDRESJ9");
    }

    #[test]
    fn secrets_are_found_in_base64_of_either_alphabet() {
        // `>>>???>>>???` has digits 62 and 63.
        check(&[">>>???>>>???"], "Pj4+Pz8/Pj4+Pz8/", "REDACTEDREDACTED");
        check(&[">>>???>>>???"], "Pj4-Pz8_Pj4-Pz8_", "REDACTEDREDACTED");
        check(&[">>>?"], "Pj4+Pw==", "Pj4+Pw==");
    }

    #[test]
    fn what_looks_like_a_secret_is_replaced_and_named() {
        let presigned = "https://b.s3.amazonaws.com/a.png?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261123&X-Amz-Signature=\
                         0123456789abcdef0123456789abcdef";
        for (text, expected, names) in [
            ("key rpa_0123456789ABCDEFGHIJ.", "key [redacted].", vec!["an API key of RunPod"]),
            ("Authorization: Bearer abc.def-0123456789", "Authorization: Bearer [redacted]", vec!["a bearer token"]),
            (
                presigned,
                "https://b.s3.amazonaws.com/a.png?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]",
                vec!["the signature of a presigned URL"; 2],
            ),
            (
                r"x?a=1\u0026sig=0123456789abcdef0123\u0026b=2",
                r"x?a=1\u0026sig=[redacted]\u0026b=2",
                vec!["the signature of a presigned URL"],
            ),
            (
                "POST https://hooks.slack.com/services/T00/B00/0123456789 failed",
                "POST https://hooks.slack.com/[redacted] failed",
                vec!["a webhook of Slack"],
            ),
            ("hf_AbCdEfGhIjKlMnOpQrStUvWxYzABCDEFGH.", "[redacted].", vec!["a token of Hugging Face"]),
            ("the hf_transfer_is_a_package_of_hugging_face", "the hf_transfer_is_a_package_of_hugging_face", vec![]),
            (
                "x?x-amz-signature=0123456789abcdef&TOKEN=T0K3NT0K3NT0K3N",
                "x?x-amz-signature=[redacted]&TOKEN=[redacted]",
                vec!["the signature of a presigned URL", "a token in a URL"],
            ),
            ("?continuation-token=0123456789abcdef", "?continuation-token=0123456789abcdef", vec![]),
            ("max_token=0123456789abcdef", "max_token=0123456789abcdef", vec![]),
            (
                "http://user:pa55word@127.0.0.1:9102/a.png http://:x:y@h",
                "http://user:[redacted]@127.0.0.1:9102/a.png http://:[redacted]@h",
                vec!["a password in a URL"; 2],
            ),
            (r"https:\/\/u:p%40@h\/x", r"https:\/\/u:[redacted]@h\/x", vec!["a password in a URL"]),
            ("https://h:8188/a@b ssh://git@h http://u:@h", "https://h:8188/a@b ssh://git@h http://u:@h", vec![]),
            ("Bearer authentication-is-required", "Bearer authentication-is-required", vec![]),
            ("rpa_short and xrpa_0123456789ABCDEFGHIJ", "rpa_short and xrpa_0123456789ABCDEFGHIJ", vec![]),
        ] {
            check(&[], text, expected);
            let found: Vec<_> = suspicious(text.as_bytes()).into_iter().map(|(name, _)| name).collect();
            assert_eq!(found, names, "{text}");
        }
    }
}
