//! What is wrong with a recording, all at once: broken files, secrets, age.

use super::cassette::{Cassette, CassetteError, sha256_hex};
use bytes::Bytes;
use comfycheck_core::secret::{Redaction, Secret, suspicious};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One thing that is wrong with a cassette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The file, from the cassette's folder.
    pub file: String,
    /// One line.
    pub what: String,
    /// Whether the cassette must not be used or handed on as it is.
    pub is_error: bool,
}

/// What was found in a cassette.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// In the order of files: `cassette.json`, then bodies by name.
    pub flaws: Vec<Flaw>,
    /// How many exchanges it holds; none if that cannot be told.
    pub exchanges: Option<usize>,
}

/// After so many days, what RunPod and `ComfyUI` answer may have changed.
const OLD: i32 = 180;

/// Looks at every file of a cassette. `secrets` are looked for besides what looks like one. Fails if there is no
/// `cassette.json` to be read.
pub fn verify(folder: &Path, secrets: &[Secret], today: Date) -> Result<Verified, CassetteError> {
    let path = folder.join("cassette.json");
    let text = fs::read(&path).map_err(|source| CassetteError::Read { path: path.clone(), source })?;
    let mut verified = Verified::default();
    verified.look_for_secrets("cassette.json", &text, secrets);
    let bodies = files(&folder.join("bodies"));
    let mut named = BTreeSet::new();
    // Bodies are looked at below, one by one.
    let parsed = Cassette::parse(&text, &path, String::new(), &mut |name| {
        named.insert(name.to_owned());
        Ok(Bytes::new())
    });
    let used = match parsed {
        Ok(cassette) => {
            verified.exchanges = Some(cassette.exchanges.len());
            verified.look_at_date(&cassette.recorded, today);
            named
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            verified.error("cassette.json", format!("{error}{cause}"));
            BTreeSet::new()
        }
    };
    for name in used.difference(&bodies) {
        verified.error(&format!("bodies/{name}"), "an exchange names it, and there is no such file".to_owned());
    }
    for name in &bodies {
        verified.look_at_body(folder, name, used.contains(name), secrets);
    }
    Ok(verified)
}

impl Verified {
    /// Whether the cassette may be used and handed on.
    pub fn is_good(&self) -> bool {
        !self.flaws.iter().any(|flaw| flaw.is_error)
    }

    fn error(&mut self, file: &str, what: String) {
        self.flaws.push(Flaw { file: file.to_owned(), what, is_error: true });
    }

    fn warn(&mut self, file: &str, what: String) {
        self.flaws.push(Flaw { file: file.to_owned(), what, is_error: false });
    }

    /// Says what kind of secret stands where, and never the secret.
    fn look_for_secrets(&mut self, file: &str, bytes: &[u8], secrets: &[Secret]) {
        for (name, at) in suspicious(bytes) {
            self.error(file, format!("holds what looks like {name}, at {}", place(bytes, at)));
        }
        if Redaction::of(secrets).finds_known(bytes) {
            self.error(file, "holds the API key that is set in the environment".to_owned());
        }
    }

    fn look_at_date(&mut self, recorded: &str, today: Date) {
        let Ok(recorded) = recorded.parse::<Date>() else { return };
        let age = (today - recorded).get_days();
        if recorded > today {
            self.warn("cassette.json", format!("was recorded on {recorded}, which is yet to come"));
        } else if age > OLD {
            let what =
                format!("was recorded on {recorded}, more than {OLD} days ago: what is answered may have changed");
            self.warn("cassette.json", what);
        }
    }

    fn look_at_body(&mut self, folder: &Path, name: &str, used: bool, secrets: &[Secret]) {
        let file = format!("bodies/{name}");
        let bytes = match fs::read(folder.join(&file)) {
            Ok(bytes) => bytes,
            Err(error) => return self.error(&file, format!("cannot be read: {error}")),
        };
        if !used {
            self.warn(&file, "no exchange names it".to_owned());
        } else if sha256_hex(&bytes) != *name {
            self.error(&file, "was changed or cut: its content does not have the SHA-256 that is its name".to_owned());
        }
        self.look_for_secrets(&file, &bytes, secrets);
    }
}

/// The names of the files of a folder; none if there is no such folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Where a byte stands: by line in a text, else by number.
fn place(bytes: &[u8], at: usize) -> String {
    match std::str::from_utf8(bytes) {
        Ok(_) => format!("line {}", bytes[..at].split(|byte| *byte == b'\n').count()),
        Err(_) => format!("byte {at}"),
    }
}

#[cfg(test)]
mod tests;
