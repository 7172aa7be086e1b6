//! The files in a job's output, and the output without them.
//!
//! Workers and their versions differ. [`walk`] looks in the whole output, [`keys`] knows what the names of members say, and
//! [`text`] reads one text.

mod base64;
mod keys;
mod strip;
mod text;
mod walk;

use crate::media::FileKind;
use crate::sample::Encoding;
use crate::suite::OutputPath;
use serde_json::Value;
use url::Url;

pub use strip::strip;

/// A file that an output names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// As in the output; may be empty.
    pub name: String,
    /// The id of the node that saved it, if the output names it.
    pub node: Option<String>,
    /// According to the output.
    pub media_type: Option<String>,
    /// What the output declares it as: by its media type, its name or its key.
    pub kind: Option<FileKind>,
    /// Whether it is where workers put images: it counts as one, whatever it is.
    pub is_listed: bool,
    pub content: Content,
    /// Which member of the output holds it.
    member: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Bytes(Vec<u8>, Encoding),
    /// It must be downloaded.
    Elsewhere(Url),
    /// No client can get it. Why, in one line.
    Lost(String),
}

/// The files of an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputFiles {
    /// In the order of the output.
    pub files: Vec<OutputFile>,
    /// Why some are left out, which is not an error of the output. One line.
    pub skipped: Option<String>,
}

/// More files than any job makes are skipped.
const MOST: usize = 1_000;

/// The files of an output, or of the part of it that the suite names.
pub fn files(output: &Value, path: Option<&OutputPath>) -> OutputFiles {
    let part = match path {
        None => Some(output),
        Some(path) => path.of(output),
    };
    let mut files = match (part, path) {
        (Some(part), path) => walk::files(part, path.is_some()),
        (None, path) => {
            let path = path.map(ToString::to_string).unwrap_or_default();
            let reason = format!("the output has no `{path}` (`output-path` in the suite)");
            vec![OutputFile::new("", Content::Lost(reason))]
        }
    };
    without_repeats(&mut files);
    let skipped = (files.len() > MOST)
        .then(|| format!("the output names {} files; only the first {MOST} are checked", files.len()));
    files.truncate(MOST);
    OutputFiles { files, skipped }
}

/// Removes second addresses of files that the output also holds. Handlers return a file and its URL, or its path on the
/// worker, and some repeat a list. Lists of images are kept as they are.
fn without_repeats(files: &mut Vec<OutputFile>) {
    let kinds: Vec<FileKind> = files.iter().filter_map(OutputFile::kind_of_bytes).collect();
    let is_held = |kind: Option<FileKind>| kind.map_or(!kinds.is_empty(), |kind| kinds.contains(&kind));
    let mut kept: Vec<OutputFile> = Vec::with_capacity(files.len());
    for file in files.drain(..) {
        let is_repeat = match &file.content {
            _ if file.is_listed => false,
            Content::Bytes(bytes, _) => {
                let same = |other: &OutputFile| matches!(&other.content, Content::Bytes(held, _) if held == bytes);
                let may_be = |other: &&OutputFile| other.member != file.member && file.may_be(other);
                kept.len() <= MOST && kept.iter().filter(may_be).any(same)
            }
            Content::Elsewhere(_) | Content::Lost(_) => is_held(file.kind),
        };
        if !is_repeat {
            kept.push(file);
        }
    }
    *files = kept;
}

impl OutputFile {
    fn new(name: &str, content: Content) -> Self {
        let name = bounded(name);
        Self { name, node: None, media_type: None, kind: None, is_listed: false, content, member: 0 }
    }

    /// Whether its name and its node are those of another file, as far as the output has them. Two nodes can save the same.
    fn may_be(&self, other: &Self) -> bool {
        let is_same = |one: Option<&str>, other: Option<&str>| one.is_none() || other.is_none() || one == other;
        let name = |file: &Self| Some(file.name.clone()).filter(|name| !name.is_empty());
        is_same(name(self).as_deref(), name(other).as_deref()) && is_same(self.node.as_deref(), other.node.as_deref())
    }

    /// What it is, if the output holds its bytes.
    fn kind_of_bytes(&self) -> Option<FileKind> {
        match &self.content {
            Content::Bytes(_, Encoding::Text) => Some(FileKind::Text),
            Content::Bytes(bytes, _) => Some(FileKind::of(bytes, self.kind)),
            Content::Elsewhere(_) | Content::Lost(_) => None,
        }
    }
}

fn bounded(name: &str) -> String {
    name.chars().take(300).collect()
}

#[cfg(test)]
mod tests;
