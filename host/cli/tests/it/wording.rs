//! What the binary writes for people. Tests assert behavior; snapshots hold the words.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

/// The words of several answers, each under a name, as one snapshot shows them.
#[derive(Default)]
pub(crate) struct Wording {
    text: String,
    /// Texts that differ between machines and runs, and what stands for them.
    masks: Vec<(String, String)>,
}

impl Wording {
    /// The same, with a name for a text that differs between machines or runs.
    pub(crate) fn mask(mut self, text: impl AsRef<str>, name: &str) -> Self {
        self.masks.push((text.as_ref().to_owned(), name.to_owned()));
        self
    }

    /// The same, with `{out}` for a temporary folder, and `{folder}` for its own name.
    pub(crate) fn folder(self, folder: &Path) -> Self {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.mask(folder.to_string_lossy(), "{out}").mask(name, "{folder}")
    }

    /// Adds what a command wrote, stdout first.
    pub(crate) fn output(&mut self, name: &str, output: &Output) {
        let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        self.add(name, &format!("{stdout}{stderr}"));
    }

    /// Adds a text.
    pub(crate) fn add(&mut self, name: &str, text: &str) {
        let text = self.masks.iter().fold(text.to_owned(), |text, (what, name)| text.replace(what, name));
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "## {name}\n{}\n", text.trim_end());
    }
}

impl std::fmt::Display for Wording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text.trim_end())
    }
}
