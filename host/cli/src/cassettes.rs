//! Loads the cassettes that the command line names.

use crate::failure::{Failure, chain};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::text::TextFile;
use comfycheck_runtime::file;
use comfycheck_runtime::transport::cassette::{Cassette, CassetteError};
use std::path::Path;

/// Reads a cassette to replay.
pub(crate) fn load(folder: &Path) -> Result<Cassette, Failure> {
    Cassette::load(folder).map_err(|error| refusal(folder, &error).into())
}

fn refusal(folder: &Path, error: &CassetteError) -> Diagnostic {
    let shown = folder.display();
    match error {
        CassetteError::Read { path, source } if source.is_missing() && *path == manifest(folder) => {
            let what = if folder.exists() {
                format!("`{shown}` holds no cassette: there is no `cassette.json` in it")
            } else {
                format!("there is no folder `{shown}`")
            };
            Diagnostic::new(what).help(format!("record a run with `comfycheck run --record {shown}`"))
        }
        CassetteError::Json { path, source } => not_json(path, source),
        other => chain(format!("cannot replay the cassette `{shown}`"), Some(other)),
    }
}

fn manifest(folder: &Path) -> std::path::PathBuf {
    folder.join("cassette.json")
}

/// The largest file that a message quotes from, in bytes.
const LARGEST_SHOWN: u64 = 64 << 20;

/// What is wrong in a cassette's file, at its place.
fn not_json(path: &Path, error: &serde_json::Error) -> Diagnostic {
    // The place stands in the message, too.
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let (what, help) = if error.is_eof() {
        ("the cassette was cut off".to_owned(), "record it again with `comfycheck run --record DIR`")
    } else {
        (format!("the cassette is not valid: {message}"), "check it with `comfycheck cassette verify DIR`")
    };
    let diagnostic = Diagnostic::new(what).help(help);
    let Ok(text) = file::read(path, LARGEST_SHOWN) else { return diagnostic };
    let text = String::from_utf8_lossy(&text).into_owned();
    let begin = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let at = (begin + error.column().saturating_sub(1)).min(text.len());
    diagnostic.at(&TextFile { path: path.display().to_string(), text }, at..at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::diagnostic::Color;

    #[test]
    fn a_folder_that_cannot_be_replayed_is_refused_with_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut words = Vec::new();
        for (name, text) in [
            ("nothing", None),
            ("empty", Some("")),
            ("cut", Some("{\n  \"version\": \"comfycheck.cassette/1\",\n  \"recorded\": \"2026-")),
            ("unknown key", Some("{\n  \"version\": \"comfycheck.cassette/1\",\n  \"sampels\": 3\n}\n")),
            ("another version", Some("{\"version\": \"comfycheck.cassette/9\"}")),
        ] {
            let path = folder.path().join(name);
            if let Some(text) = text {
                std::fs::create_dir(&path).unwrap();
                std::fs::write(path.join("cassette.json"), text).unwrap();
            }
            words.push(load(&path).unwrap_err());
        }
        std::fs::create_dir(folder.path().join("without a cassette")).unwrap();
        words.push(load(&folder.path().join("without a cassette")).unwrap_err());
        let words: Vec<_> = words
            .iter()
            .map(|failure| {
                let Failure::Invalid(refusal) = failure else { panic!("{failure:?}") };
                refusal.render(Color::Off).replace(folder.path().to_str().unwrap(), "{folder}")
            })
            .collect();
        insta::assert_snapshot!(words.join("\n\n"));
    }
}
