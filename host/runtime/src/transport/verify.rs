//! Verifies a recording: broken files, secrets, age.

use super::cassette::{Cassette, CassetteError, sha256_hex};
use bytes::Bytes;
use comfycheck_core::secret::{Redaction, Secret, suspicious};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A problem of a cassette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Relative to the cassette's folder.
    pub file: String,
    /// One line.
    pub what: String,
    /// Whether the cassette must not be used or shared.
    pub is_error: bool,
}

/// The result of verifying a cassette.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// In the order of files: `cassette.json`, then bodies by name.
    pub flaws: Vec<Flaw>,
    /// The number of exchanges; none if unknown.
    pub exchanges: Option<usize>,
}

/// After this many days, the responses of RunPod and `ComfyUI` may have changed.
const OLD: i32 = 180;

/// Verifies all files of a cassette. Looks for `secrets`, and for anything that looks like a
/// secret. Fails if `cassette.json` cannot be read.
pub fn verify(folder: &Path, secrets: &[Secret], today: Date) -> Result<Verification, CassetteError> {
    let path = folder.join("cassette.json");
    let text = fs::read(&path).map_err(|source| CassetteError::Read { path: path.clone(), source })?;
    let mut verified = Verification::default();
    verified.look_for_secrets("cassette.json", &text, secrets);
    let bodies = files(&folder.join("bodies"));
    let mut named = BTreeSet::new();
    // Bodies are verified below, one by one.
    let parsed = Cassette::parse(&text, &path, String::new(), &mut |name| {
        named.insert(name.to_owned());
        Ok(Bytes::new())
    });
    let used = match parsed {
        Ok(cassette) => {
            verified.exchanges = Some(cassette.exchanges.len());
            verified.check_date(&cassette.recorded, today);
            named
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            verified.error("cassette.json", format!("{error}{cause}"));
            BTreeSet::new()
        }
    };
    for name in used.difference(&bodies) {
        verified.error(&format!("bodies/{name}"), "missing: an exchange refers to it".to_owned());
    }
    for name in &bodies {
        verified.check_body(folder, name, used.contains(name), secrets);
    }
    Ok(verified)
}

impl Verification {
    /// Whether the cassette can be used and shared.
    pub fn is_good(&self) -> bool {
        !self.flaws.iter().any(|flaw| flaw.is_error)
    }

    fn error(&mut self, file: &str, what: String) {
        self.flaws.push(Flaw { file: file.to_owned(), what, is_error: true });
    }

    fn warn(&mut self, file: &str, what: String) {
        self.flaws.push(Flaw { file: file.to_owned(), what, is_error: false });
    }

    /// Reports the kind and the place of a secret, never the secret.
    fn look_for_secrets(&mut self, file: &str, bytes: &[u8], secrets: &[Secret]) {
        for (name, at) in suspicious(bytes) {
            self.error(file, format!("contains what looks like {name}, at {}", place(bytes, at)));
        }
        if Redaction::of(secrets).finds_known(bytes) {
            self.error(file, "contains the API key from the environment".to_owned());
        }
    }

    fn check_date(&mut self, recorded: &str, today: Date) {
        let Ok(recorded) = recorded.parse::<Date>() else { return };
        let age = (today - recorded).get_days();
        if recorded > today {
            self.warn("cassette.json", format!("recorded on {recorded}, which is in the future"));
        } else if age > OLD {
            let what = format!("recorded on {recorded}, more than {OLD} days ago: responses may have changed");
            self.warn("cassette.json", what);
        }
    }

    fn check_body(&mut self, folder: &Path, name: &str, used: bool, secrets: &[Secret]) {
        let file = format!("bodies/{name}");
        let bytes = match fs::read(folder.join(&file)) {
            Ok(bytes) => bytes,
            Err(error) => return self.error(&file, format!("cannot read: {error}")),
        };
        if !used {
            self.warn(&file, "not used by any exchange".to_owned());
        } else if sha256_hex(&bytes) != *name {
            self.error(&file, "modified or truncated: its SHA-256 differs from its name".to_owned());
        }
        self.look_for_secrets(&file, &bytes, secrets);
    }
}

/// The names of a folder's files; none if it does not exist.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A line in text, else a byte number.
fn place(bytes: &[u8], at: usize) -> String {
    match std::str::from_utf8(bytes) {
        Ok(_) => format!("line {}", bytes[..at].split(|byte| *byte == b'\n').count()),
        Err(_) => format!("byte {at}"),
    }
}

#[cfg(test)]
mod tests;
