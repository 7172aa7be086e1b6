//! Files of the suite's folder that the settings of checks name.
//!
//! A check names a path, and gets the regular files there: none outside of the suite's folder, wherever links lead. Files are
//! read when a check asks for them. A recording has the facts of those that a check asked for.

use crate::file;
use crate::transport::cassette_v1::SuiteFileV1;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::suite::Suite;
use comfycheck_core::wording::count;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The most files at one path.
const MOST_FILES: usize = 4_000;
/// The most bytes of a file. A larger one is listed, and cannot be read.
const MOST_BYTES: u64 = 64 << 20;
/// How deep folders are searched.
const DEEPEST: usize = 8;

/// Why there are no files for a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuiteFilesError {
    /// The settings do not name the path, or it leads out of the folder.
    AccessDenied,
    /// The run has no folder.
    NotOffered(String),
    /// A limit is exceeded, or the folder cannot be read.
    Other(String),
}

/// A file of the suite's folder.
#[derive(Clone, Debug)]
pub struct SuiteFile {
    /// Below the named path, `/`-separated.
    pub path: String,
    /// In bytes.
    pub size: u64,
    sha256: Arc<OnceLock<String>>,
    /// None of a file that only a recording knows.
    place: Option<PathBuf>,
}

/// The suite's folder, and what was found there.
#[derive(Debug, Default)]
pub struct SuiteFiles {
    folder: Option<PathBuf>,
    recorded: Vec<SuiteFileV1>,
    known: Mutex<BTreeMap<String, Found>>,
}

type Found = Result<Arc<[SuiteFile]>, SuiteFilesError>;

impl SuiteFiles {
    /// Reads nothing yet. `recorded` are the facts in a recording that is replayed.
    pub fn new(suite: &Suite, recorded: &[SuiteFileV1]) -> Self {
        let folder = suite.file.as_ref().and_then(|file| Path::new(&file.path).parent()).map(|folder| {
            let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            named.to_owned()
        });
        Self { folder, recorded: recorded.to_vec(), known: Mutex::default() }
    }

    /// The files at a path, sorted. A path has one answer in a run.
    pub fn at(&self, path: &str) -> Found {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_insert_with(|| self.find(path)).clone()
    }

    fn find(&self, path: &str) -> Found {
        let mut found = BTreeMap::new();
        match &self.folder {
            Some(folder) => search(folder, path, &mut found)?,
            None if self.recorded.is_empty() => {
                return Err(SuiteFilesError::NotOffered("the run has no suite file".to_owned()));
            }
            None => {}
        }
        for gone in self.recorded.iter().filter(|file| file.at == path) {
            found.entry(gone.path.clone()).or_insert_with(|| SuiteFile {
                path: gone.path.clone(),
                size: gone.bytes,
                sha256: Arc::new(OnceLock::from(gone.sha256.clone())),
                place: None,
            });
        }
        Ok(found.into_values().collect())
    }

    /// The facts of the files whose bytes or digests checks asked for, for a recording.
    pub fn used(&self) -> Vec<SuiteFileV1> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let facts = known.iter().flat_map(|(at, found)| {
            let files = found.as_ref().map(|files| &**files).unwrap_or_default();
            files.iter().filter_map(|SuiteFile { path, size, sha256, .. }| {
                let sha256 = sha256.get()?.clone();
                Some(SuiteFileV1 { at: at.clone(), path: path.clone(), bytes: *size, sha256 })
            })
        });
        facts.collect()
    }
}

impl SuiteFile {
    /// In lower-case hex; empty if the file cannot be read.
    pub fn sha256(&self) -> String {
        if self.sha256.get().is_none() {
            self.bytes();
        }
        self.sha256.get().cloned().unwrap_or_default()
    }

    /// All bytes. None if it cannot be read, or was changed since its digest was computed.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let bytes = file::read(self.place.as_ref()?, MOST_BYTES).ok()?;
        let digest = sha256_hex(&bytes);
        (*self.sha256.get_or_init(|| digest.clone()) == digest).then_some(bytes)
    }
}

/// All texts in the settings of a check: the paths that it can name.
pub fn texts(settings: &Value) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let mut open = vec![settings];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => drop(texts.insert(text.clone())),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    texts
}

/// Adds the files at a path below a folder.
fn search(folder: &Path, path: &str, found: &mut BTreeMap<String, SuiteFile>) -> Result<(), SuiteFilesError> {
    let cannot = |error: &std::io::Error| SuiteFilesError::Other(format!("`{path}` cannot be read: {error}"));
    let root = folder.canonicalize().map_err(|error| cannot(&error))?;
    let start = match root.join(path).canonicalize() {
        Ok(start) => start,
        // A path that leads out of the folder is refused whether or not it exists.
        Err(error) if error.kind() == ErrorKind::NotFound && !leads_out(path) => return Ok(()),
        Err(_) if leads_out(path) => return Err(SuiteFilesError::AccessDenied),
        Err(error) => return Err(cannot(&error)),
    };
    if !start.starts_with(&root) {
        return Err(SuiteFilesError::AccessDenied);
    }
    let name = start.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut open = vec![(start.clone(), if start.is_dir() { String::new() } else { name }, 0)];
    while let Some((place, shown, depth)) = open.pop() {
        // Only what the settings name must be readable: a file or a folder in it may be private or gone.
        let there = match place.metadata() {
            Ok(there) => there,
            Err(error) if depth == 0 => return Err(cannot(&error)),
            Err(_) => continue,
        };
        if there.is_file() {
            if found.len() == MOST_FILES {
                let limit = count(MOST_FILES, "file");
                return Err(SuiteFilesError::Other(format!("`{path}` has more than {limit}")));
            }
            let file = SuiteFile { path: shown.clone(), size: there.len(), sha256: Arc::default(), place: Some(place) };
            found.insert(shown, file);
        } else if there.is_dir() && depth < DEEPEST {
            let entries = match place.read_dir() {
                Ok(entries) => entries,
                Err(error) if depth == 0 => return Err(cannot(&error)),
                Err(_) => continue,
            };
            for entry in entries.flatten() {
                // A link that leads nowhere or out of the folder is not followed.
                let Ok(inside) = entry.path().canonicalize() else { continue };
                if let Some(name) = entry.file_name().to_str().filter(|_| inside.starts_with(&root)) {
                    let shown = if shown.is_empty() { name.to_owned() } else { format!("{shown}/{name}") };
                    open.push((inside, shown, depth + 1));
                }
            }
        }
    }
    Ok(())
}

fn leads_out(path: &str) -> bool {
    use std::path::Component;
    let path = Path::new(path);
    path.is_absolute() || path.components().any(|part| part == Component::ParentDir)
}

// The tests make links and pipes.
#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new() -> Self {
            let tree = Self(tempfile::tempdir().expect("a folder"));
            for (path, text) in [("suite/golden/b.png", "bb"), ("suite/golden/deep/a.png", "a"), ("secret", "s")] {
                let path = tree.0.path().join(path);
                std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                std::fs::write(path, text).expect("a file");
            }
            tree
        }

        fn files(&self, recorded: &[SuiteFileV1]) -> SuiteFiles {
            let folder = Some(self.0.path().join("suite"));
            SuiteFiles { folder, recorded: recorded.to_vec(), known: Mutex::default() }
        }
    }

    fn names(found: &Found) -> Vec<String> {
        found.as_ref().expect("files").iter().map(|file| file.path.clone()).collect()
    }

    #[test]
    fn a_folder_has_its_files_and_those_of_its_folders() {
        let tree = Tree::new();
        let files = tree.files(&[]);
        let found = files.at("golden/");
        assert_eq!(names(&found), ["b.png", "deep/a.png"]);
        assert_eq!(files.used(), []);
        let first = &found.unwrap()[0];
        assert_eq!((first.size, first.sha256(), first.bytes()), (2, sha256_hex(b"bb"), Some(b"bb".to_vec())));
        assert_eq!(files.used().len(), 1, "only what was asked for is recorded");
        assert_eq!(names(&files.at("golden/b.png")), ["b.png"]);
        assert_eq!(names(&files.at("missing")), Vec::<String>::new());
    }

    #[test]
    fn nothing_outside_of_the_folder_is_found() {
        let tree = Tree::new();
        let golden = tree.0.path().join("suite/golden");
        symlink(tree.0.path().join("secret"), golden.join("c.png")).unwrap();
        symlink(tree.0.path(), golden.join("out")).unwrap();
        symlink(&golden, golden.join("circle")).unwrap();
        symlink(golden.join("b.png"), golden.join("inside.png")).unwrap();
        symlink("/dev/zero", golden.join("zero")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(golden.join("pipe")).status().unwrap().success());
        let found = names(&tree.files(&[]).at("golden"));
        let plain: Vec<_> = found.iter().filter(|name| !name.starts_with("circle/")).collect();
        assert_eq!(plain, ["b.png", "deep/a.png", "inside.png"]);
        for path in ["../secret", "golden/out/secret", "/etc/passwd", "../missing"] {
            assert_eq!(tree.files(&[]).at(path).unwrap_err(), SuiteFilesError::AccessDenied, "{path}");
        }
    }

    #[test]
    fn a_huge_file_hides_no_others() {
        let tree = Tree::new();
        let huge = std::fs::File::create(tree.0.path().join("suite/golden/huge.png")).unwrap();
        huge.set_len(MOST_BYTES + 1).unwrap();
        let found = tree.files(&[]).at("golden").unwrap();
        let read: Vec<_> = found.iter().map(|file| (file.path.as_str(), file.bytes().is_some())).collect();
        assert_eq!(read, [("b.png", true), ("deep/a.png", true), ("huge.png", false)]);
        assert_eq!((found[2].size, found[2].sha256()), (MOST_BYTES + 1, String::new()));
    }

    #[test]
    fn a_file_that_is_gone_has_the_facts_of_the_recording() {
        let tree = Tree::new();
        let recorded = SuiteFileV1 { at: "golden".into(), path: "gone.png".into(), bytes: 9, sha256: "ab".into() };
        let found = tree.files(&[recorded]).at("golden").unwrap();
        let gone = found.iter().find(|file| file.path == "gone.png").unwrap();
        assert_eq!((gone.size, gone.sha256(), gone.bytes()), (9, "ab".to_owned(), None));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_file_that_changes_in_a_run_has_no_bytes() {
        let tree = Tree::new();
        let found = tree.files(&[]).at("golden/b.png").unwrap();
        let _ = found[0].sha256();
        std::fs::write(tree.0.path().join("suite/golden/b.png"), "changed").unwrap();
        assert_eq!(found[0].bytes(), None);
    }

    #[test]
    fn the_paths_of_a_check_are_the_texts_of_its_settings() {
        let settings = serde_json::json!({"golden": "golden/", "more": [{"a": "b"}, 3, null]});
        assert_eq!(texts(&settings).into_iter().collect::<Vec<_>>(), ["b", "golden/"]);
    }
}
