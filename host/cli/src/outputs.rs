//! `run --save-images`: the files of the samples in a folder, with an index. Existing files stay as they are.

mod index;
mod link;
mod name;

use crate::failure::{Failure, chain};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::render::SavedFiles;
use comfycheck_core::report::Report;
use comfycheck_core::sample::FileFacts;
use comfycheck_core::wording::count;
use comfycheck_runtime::file;
use index::{INDEX, Index, IndexEntry};
use link::seen_from;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The size limit of a file that is read back.
const FILE_BYTES: u64 = 256 << 20;

/// A folder for the files of a run.
pub(crate) struct OutputFolder(PathBuf);

impl OutputFolder {
    /// Creates the folder. It must be new or empty.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        let failure = |error: &io::Error| {
            let what = format!("cannot save images to `{}`", path.display());
            Failure::from(chain(what, Some(error)).help("name a folder that does not exist yet"))
        };
        std::fs::create_dir_all(path).map_err(|error| failure(&error))?;
        let mut entries = std::fs::read_dir(path).map_err(|error| failure(&error))?;
        match entries.next() {
            None => Ok(Self(path.to_owned())),
            Some(_) => Err(failure(&io::Error::other("the folder is not empty"))),
        }
    }

    /// Writes the files of the samples, each content once, and the index. `files` are the bytes of each sample's files.
    pub(crate) fn save<B: AsRef<[u8]>>(
        &self,
        report: &Report,
        files: &[Vec<B>],
        terminal: Terminal,
    ) -> Result<Outputs, Failure> {
        let failed =
            |error: io::Error| Failure::machine(format!("cannot save images to `{}`", self.0.display()), &error);
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut entries = Vec::new();
        for (sample, bytes) in report.samples.iter().zip(files) {
            for (facts, bytes) in sample.all_files().zip(bytes) {
                let name = if let Some(name) = names.get(&facts.sha256) {
                    name.clone()
                } else {
                    let name = name::of(facts, bytes.as_ref());
                    write_new(&self.0.join(&name), bytes.as_ref()).map_err(failed)?;
                    names.insert(facts.sha256.clone(), name.clone());
                    name
                };
                entries.push(IndexEntry::of(sample.index, facts, name));
            }
        }
        let index = Index { run: report.name.clone(), files: entries };
        write_new(&self.0.join(INDEX), index.to_json().as_bytes()).map_err(failed)?;
        let folder = inert(&self.0.display().to_string());
        terminal.say(format!("saved {} to {folder}", count(names.len(), "file")));
        Ok(Outputs { folder: self.0.clone(), names })
    }
}

/// Saved files: their names by digest.
pub(crate) struct Outputs {
    folder: PathBuf,
    names: BTreeMap<String, String>,
}

impl Outputs {
    /// Reads the index of a folder that a run saved to.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(INDEX);
        let text = crate::files::named(&path)?.text;
        let index = Index::parse(&text).ok_or_else(|| {
            let diagnostic = Diagnostic::new(format!("`{}` is not an index of saved images", path.display()));
            Failure::from(diagnostic.help("name a folder of `comfycheck run --save-images DIR`"))
        })?;
        let names = index.files.into_iter().filter(|entry| name::is_plain(&entry.file));
        Ok(Self { folder: folder.to_owned(), names: names.map(|entry| (entry.sha256, entry.file)).collect() })
    }

    /// The name of a file in the folder.
    pub(crate) fn name(&self, sha256: &str) -> Option<&str> {
        self.names.get(sha256).map(String::as_str)
    }

    /// The bytes of a file; none if it is missing or was changed.
    pub(crate) fn bytes(&self, FileFacts { sha256, .. }: &FileFacts) -> Option<Vec<u8>> {
        let bytes = file::read(&self.folder.join(self.names.get(sha256)?), FILE_BYTES).ok()?;
        (sha256_hex(&bytes) == *sha256).then_some(bytes)
    }

    /// The files as a report can name them. Links are relative to the folder of the report, where there is one.
    pub(crate) fn for_report(&self, report: Option<&Path>) -> SavedFiles {
        let links = report.map(|report| {
            let linked = |(digest, name): (&String, &String)| {
                Some((digest.clone(), seen_from(report.parent().unwrap_or(Path::new("")), &self.folder.join(name))?))
            };
            self.names.iter().filter_map(linked).collect()
        });
        SavedFiles {
            folder: self.folder.display().to_string(),
            count: self.names.len(),
            links: links.unwrap_or_default(),
        }
    }
}

/// Writes a file that does not exist. A link in its place is an error, wherever it leads.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_or_a_link_in_the_way_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (there, target) = (folder.path().join("a.png"), folder.path().join("target"));
        std::fs::write(&there, "old").unwrap();
        let link = folder.path().join("b.png");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        for path in [&there, &link] {
            assert_eq!(write_new(path, b"new").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "old");
        assert!(!target.exists());
    }

    #[test]
    fn a_folder_with_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(OutputFolder::begin(&folder.path().join("new/deep")).is_ok());
        assert!(OutputFolder::begin(folder.path()).is_err());
    }
}
