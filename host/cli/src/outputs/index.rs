//! The index of saved files, as JSON.

use comfycheck_core::sample::FileFacts;
use serde_json::{Value, json};

/// The name of the index in its folder.
pub(super) const INDEX: &str = "index.json";
/// The format and its version.
const FORMAT: &str = "comfycheck.outputs/1";

/// The files of a run.
pub(super) struct Index {
    /// The name of the run.
    pub(super) run: String,
    pub(super) files: Vec<IndexEntry>,
}

/// A file of a sample. Several entries can have one file.
pub(super) struct IndexEntry {
    sample: u32,
    /// The name that the worker gave.
    name: String,
    /// The file in the folder.
    pub(super) file: String,
    pub(super) sha256: String,
    /// In bytes.
    size: u64,
}

impl IndexEntry {
    pub(super) fn of(sample: u32, FileFacts { name, sha256, size, .. }: &FileFacts, file: String) -> Self {
        Self { sample, name: name.clone(), file, sha256: sha256.clone(), size: *size }
    }

    fn parse(value: &Value) -> Option<Self> {
        let text = |member: &str| Some(value.get(member)?.as_str()?.to_owned());
        let number = |member: &str| value.get(member)?.as_u64();
        let sample = u32::try_from(number("sample")?).ok()?;
        Some(Self { sample, name: text("name")?, file: text("file")?, sha256: text("sha256")?, size: number("size")? })
    }
}

impl Index {
    pub(super) fn to_json(&self) -> String {
        let entry = |IndexEntry { sample, name, file, sha256, size }: &IndexEntry| json!({ "sample": sample, "name": name, "file": file, "sha256": sha256, "size": size });
        let files: Vec<Value> = self.files.iter().map(entry).collect();
        format!("{:#}\n", json!({ "format": FORMAT, "run": self.run, "files": files }))
    }

    /// None if it is not an index of this version.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        if value.get("format")?.as_str()? != FORMAT {
            return None;
        }
        let files = value.get("files")?.as_array()?.iter().map(IndexEntry::parse).collect::<Option<_>>()?;
        Some(Self { run: value.get("run")?.as_str()?.to_owned(), files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_as_it_was_written() {
        let facts = FileFacts { name: "a \"b\".png".into(), sha256: "ab".into(), size: 3, ..FileFacts::default() };
        let index = Index { run: "denrisi".into(), files: vec![IndexEntry::of(4, &facts, "a-ab.png".into())] };
        let read = Index::parse(&index.to_json()).unwrap();
        assert_eq!(read.to_json(), index.to_json());
        for other in ["", "{}", "[1]", r#"{"format": "comfycheck.outputs/2", "run": "", "files": []}"#] {
            assert!(Index::parse(other).is_none(), "{other}");
        }
    }
}
