//! Values that are never printed.

use std::fmt;

/// A value that is never printed: not by `Debug`, not in an error, not in a report.
///
/// There is no `Display` and no `Serialize`, so that a leak does not compile.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value that must not be printed.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that sends it and for those that look for it in
    /// what they write.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Replaces every occurrence of the secrets in a text by `[redacted]`.
///
/// A secret shorter than four bytes is not looked for: it would tear the text apart
/// without hiding anything.
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.0.len() >= 4) {
        if text.contains(secret.expose()) {
            text = text.replace(secret.expose(), "[redacted]");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("rpa_abc")), "Secret(…)");
    }

    #[test]
    fn secrets_are_replaced_wherever_they_stand() {
        let secrets = [Secret::new("rpa_abc"), Secret::new("x")];
        assert_eq!(redact("key rpa_abc, again rpa_abcd, ex", &secrets), "key [redacted], again [redacted]d, ex");
    }
}
