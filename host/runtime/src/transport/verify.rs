//! Verifies a recording: broken files, secrets, age.

use super::cassette::{BODY_BYTES, Cassette, CassetteError, read_text};
use super::cassette_v1::{ApiV1, BodyV1, CassetteV1};
use super::record::{PART, hide_values};
use crate::file;
use bytes::Bytes;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::secret::{Secrets, suspicious};
use comfycheck_core::wording::count;
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
    /// In the order of files: `cassette.json`, what a killed recording left, then bodies by name.
    pub flaws: Vec<Flaw>,
    /// The number of exchanges; none if unknown.
    pub exchanges: Option<usize>,
}

/// After this many days, the responses of RunPod and `ComfyUI` may have changed.
const OLD: i32 = 180;

/// Verifies all files of a cassette. Looks for `secrets`, and for anything that looks like a
/// secret. Fails if `cassette.json` cannot be read.
pub fn verify(folder: &Path, secrets: &Secrets, today: Date) -> Result<Verification, CassetteError> {
    let path = folder.join("cassette.json");
    let text = read_text(&path)?;
    let mut verified = Verification::default();
    verified.look_for_secrets("cassette.json", &text, secrets);
    let bodies = files(&folder.join("bodies"));
    let mut named = BTreeSet::new();
    // Bodies are verified below, one by one.
    let parsed = Cassette::parse(&text, &path, String::new(), &mut |name| {
        named.insert(name.to_owned());
        Ok(Bytes::new())
    });
    for name in verified.check_environment(&text) {
        let file = format!("bodies/{name}");
        if let Ok(body) = file::read(&folder.join(&file), BODY_BYTES) {
            verified.look_for_environment(&file, &body);
        }
    }
    let used = match parsed {
        Ok(cassette) => {
            verified.exchanges = Some(cassette.exchanges.len());
            verified.check_date(&cassette.recorded, today);
            if let Some(note) = cassette.note.as_ref().filter(|_| !cassette.is_complete()) {
                verified.warn("cassette.json", format!("incomplete: {note}; a replay is inconclusive after its end"));
            }
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
    if folder.join(PART).symlink_metadata().is_ok() {
        verified.warn(PART, "left by a recording that was killed; no replay reads it".to_owned());
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
    fn look_for_secrets(&mut self, file: &str, bytes: &[u8], secrets: &Secrets) {
        for (name, at) in suspicious(bytes) {
            self.error(file, format!("contains what looks like {name}, at {}", place(bytes, at)));
        }
        if secrets.finds_known(bytes) {
            self.error(file, "contains the API key from the environment".to_owned());
        }
    }

    /// Looks for values of environments in the responses of the management API. Returns the names of those that are files.
    fn check_environment(&mut self, text: &[u8]) -> BTreeSet<String> {
        let Ok(CassetteV1 { exchanges, .. }) = serde_json::from_slice(text) else { return BTreeSet::new() };
        let management = exchanges.into_iter().filter(|exchange| matches!(exchange.api, ApiV1::Management));
        let bodies = management.filter_map(|exchange| exchange.response?.body);
        let mut files = BTreeSet::new();
        for body in bodies {
            match body {
                BodyV1::Json(json) => self.look_for_environment("cassette.json", json.get().as_bytes()),
                BodyV1::Text(_) => {}
                BodyV1::File(name) => {
                    files.insert(name);
                }
            }
        }
        files
    }

    fn look_for_environment(&mut self, file: &str, body: &[u8]) {
        let mut json = serde_json::from_slice(body).unwrap_or_default();
        let values = hide_values(&mut json).len();
        if values > 0 {
            let what = count(values, "value");
            self.error(file, format!("contains {what} of the endpoint's environment"));
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

    fn check_body(&mut self, folder: &Path, name: &str, used: bool, secrets: &Secrets) {
        let file = format!("bodies/{name}");
        let bytes = match file::read(&folder.join(&file), BODY_BYTES) {
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
