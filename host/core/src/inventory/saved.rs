//! The file of a saved inventory: the responses of a ComfyUI in one JSON object, or the bare response to `/object_info`.

use super::{Inventory, ModelFolder, ObjectInfo, ObjectInfoError, Pack, SystemFacts};
use crate::diagnostic::{Diagnostic, Kind};
use crate::digest::sha256_hex;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of the file that comfycheck writes.
const VERSION: &str = "comfycheck.inventory/1";

/// Why a text is not an inventory.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// It is neither a saved inventory nor a response to `/object_info`.
    #[error(transparent)]
    ObjectInfo(#[from] ObjectInfoError),
    #[error("its version is `{0}`, and this comfycheck reads `{VERSION}`")]
    Version(String),
    /// A member is missing, unknown or has the wrong shape.
    #[error("it is not a valid inventory")]
    Broken(#[source] serde_json::Error),
    #[error("its date is `{0}`, not a date such as `2026-11-20`")]
    Date(String),
}

impl InventoryError {
    /// The message for a file with this path.
    pub fn describe(&self, path: &str) -> Diagnostic {
        let what = format!("`{path}` is neither a saved inventory nor a response of `/object_info`");
        let mut message = format!("{what}: {self}");
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        let help = "save one with `comfycheck inventory save FILE --comfyui URL` or `curl URL/object_info -o FILE`";
        Diagnostic::of(Kind::InvalidValue, message).help(help)
    }
}

/// The member of the file that holds the node classes.
pub(super) const OBJECT_INFO: &str = "object_info";
const NODE_REPLACEMENTS: &str = "node_replacements";

/// The content of the file. Node classes and replacements are read elsewhere: as values they would lose numbers that do not
/// fit into ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: String,
    date: String,
    source: Option<String>,
    system: Option<SystemFacts>,
    packs: Option<Vec<Pack>>,
    models: Option<Vec<ModelFolder>>,
    #[serde(rename = "node_replacements")]
    _node_replacements: Option<IgnoredAny>,
    #[serde(rename = "object_info")]
    _object_info: IgnoredAny,
}

impl Inventory {
    /// The digest of what it holds, whatever the form of the file that it was read from.
    pub fn sha256(&self) -> String {
        let undated = String::new();
        let dated = Self { date: Some(self.date.clone().unwrap_or(undated)), ..self.clone() };
        sha256_hex(dated.to_file().unwrap_or_default().as_bytes())
    }

    /// The text of its file, which [`Inventory::parse`] reads back. None if it has no date.
    ///
    /// Each class, pack and model is one line, so a pull request shows what changed.
    pub fn to_file(&self) -> Option<String> {
        let mut text = format!("{{\n\"version\": {}", json(VERSION));
        let mut member = |name: &str, value: &str| text.extend([",\n\"", name, "\": ", value]);
        member("date", &json(self.date.as_ref()?));
        if let Some(source) = &self.source {
            member("source", &json(source));
        }
        if let Some(system) = &self.system {
            member("system", &json(&**system));
        }
        if let Some(packs) = &self.packs {
            member("packs", &lines('[', packs.iter().map(json), ']'));
        }
        if let Some(models) = &self.models {
            let folder = |folder: &ModelFolder| {
                let files = lines('[', folder.files.iter().map(json), ']');
                format!("{{\"folder\": {}, \"files\": {files}}}", json(&folder.folder))
            };
            member("models", &lines('[', models.iter().map(folder), ']'));
        }
        if let Some(replacements) = &self.node_replacements {
            member("node_replacements", replacements);
        }
        text.push_str(",\n\"object_info\": {");
        // At once: a large text is not moved while it grows.
        text.reserve(self.classes.size() + 8 * self.classes.names().len());
        for (place, (name, description)) in self.classes.iter().enumerate() {
            text.extend([if place == 0 { "\n" } else { ",\n" }, &json(name), ": ", &description]);
        }
        text.push_str(if self.classes.names().is_empty() { "}\n}\n" } else { "\n}\n}\n" });
        Some(text)
    }
}

/// Fails unless the file is of a version that can be read.
pub(super) fn verify(version: &str) -> Result<(), InventoryError> {
    if version == VERSION { Ok(()) } else { Err(InventoryError::Version(version.to_owned())) }
}

/// From the members of a file and its node classes.
pub(super) fn inventory(members: &BTreeMap<String, String>, classes: ObjectInfo) -> Result<Inventory, InventoryError> {
    let mut values = Map::new();
    for (name, json) in members {
        let json = if name == NODE_REPLACEMENTS { "null" } else { json };
        values.insert(name.clone(), serde_json::from_str(json).map_err(InventoryError::Broken)?);
    }
    let file: File = serde_json::from_value(Value::Object(values)).map_err(InventoryError::Broken)?;
    if !is_date(&file.date) {
        return Err(InventoryError::Date(file.date));
    }
    let node_replacements = members.get(NODE_REPLACEMENTS).filter(|json| *json != "null");
    Ok(Inventory {
        date: Some(file.date),
        source: file.source,
        system: file.system.map(Arc::new),
        classes: Arc::new(classes),
        node_replacements: node_replacements.map(|json| Arc::from(json.as_str())),
        models: file.models.map(Arc::new),
        packs: file.packs.map(Arc::new),
    })
}

fn is_date(text: &str) -> bool {
    text.len() == "YYYY-MM-DD".len() && text.parse::<jiff::civil::Date>().is_ok()
}

fn json(value: impl Serialize) -> String {
    // Strings, numbers and lists of them always have a form in JSON.
    serde_json::to_string(&value).unwrap_or_default()
}

fn lines(open: char, items: impl Iterator<Item = String>, close: char) -> String {
    let items: Vec<_> = items.collect();
    if items.is_empty() { format!("{open}{close}") } else { format!("{open}\n{}\n{close}", items.join(",\n")) }
}

#[cfg(test)]
mod tests {
    use super::super::ModelFile;
    use super::*;

    const CLASSES: &str = r#"{"b": {"input": {}, "output": []}, "version": {"input": {}, "output": ["X", NaN]}}"#;

    #[test]
    fn what_was_saved_is_read_again() {
        let classes = Inventory::parse(CLASSES).unwrap();
        assert_eq!((classes.classes.names().len(), classes.date.as_deref()), (2, None));
        let file = |name: &str, size| ModelFile { name: name.to_owned(), size };
        let full = Inventory {
            date: Some("2026-11-20".to_owned()),
            source: Some("https://example.org".to_owned()),
            system: Some(Arc::new(SystemFacts { os: Some("linux \"x\"".to_owned()), ..SystemFacts::default() })),
            node_replacements: Some(Arc::from(r#"{"A": [{"new_node_id": "b"}]}"#)),
            models: Some(Arc::new(vec![
                ModelFolder { folder: "vae".to_owned(), files: vec![file("a", Some(1)), file("b", None)] },
                ModelFolder { folder: "loras".to_owned(), files: Vec::new() },
            ])),
            packs: Some(Arc::new(vec![Pack { folder: "RES4LYF".to_owned(), enabled: true, ..Pack::default() }])),
            ..classes.clone()
        };
        let few = Inventory { date: Some("2026-11-20".to_owned()), ..classes };
        for inventory in [full, few] {
            let text = inventory.to_file().unwrap();
            assert_eq!(Inventory::parse(&text).unwrap(), inventory, "{text}");
        }
    }

    #[test]
    fn a_file_is_read_in_parts_of_any_size_and_in_any_order() {
        let text = r#"{"date": "2026-11-20", "object_info": {"a": {"input": {}, "output": ["\u00e9"]}, "object_info": {"input": {},
            "output": []}}, "packs": [], "source": null, "version": "comfycheck.inventory/1"}"#;
        let whole = Inventory::parse(text).unwrap();
        assert_eq!((**whole.classes.names()).as_slice(), ["a", "object_info"]);
        let reordered = text.replace(r#", "version": "comfycheck.inventory/1""#, "");
        let reordered = reordered.replacen('{', r#"{"version": "comfycheck.inventory/1", "#, 1);
        assert_eq!(Inventory::parse(&reordered).unwrap(), whole);
        for text in [text, &reordered] {
            for size in 1..40 {
                let mut reader = InventoryReader::default();
                text.as_bytes().chunks(size).for_each(|part| reader.read(part).unwrap());
                assert_eq!(reader.finish().unwrap(), whole, "{size}");
            }
        }
        let class = Inventory::parse(r#"{"object_info": {"input": {}, "output": []}}"#).unwrap();
        assert_eq!((**class.classes.names()).as_slice(), ["object_info"]);
    }

    #[test]
    fn a_file_of_classes_and_members_is_refused() {
        for text in [
            r#"{"version": "comfycheck.inventory/1", "date": "2026-11-20", "object_info": {}, "a": {"input": {}, "output": []}}"#,
            r#"{"a": {"input": {}, "output": []}, "version": "comfycheck.inventory/1", "date": "2026-11-20", "object_info": {}}"#,
            r#"{"version": "comfycheck.inventory/1", "date": "2026-11-20", "object_info": []}"#,
        ] {
            assert!(Inventory::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn another_text_is_refused() {
        let error = |text: &str| Inventory::parse(text).unwrap_err();
        let saved = |members: &str| format!(r#"{{"version": "comfycheck.inventory/1", {members}}}"#);
        assert!(matches!(error(r#"{"version": "comfycheck.inventory/2"}"#), InventoryError::Version(version)
            if version == "comfycheck.inventory/2"));
        assert!(matches!(error(&saved(r#""date": "2026-11-20""#)), InventoryError::Broken(_)));
        let date = error(&saved(r#""date": "20261120", "object_info": {}"#));
        assert!(matches!(date, InventoryError::Date(date) if date == "20261120"));
        let workflow = error(r#"{"3": {"class_type": "KSampler", "inputs": {}}}"#);
        assert!(matches!(workflow, InventoryError::ObjectInfo(ObjectInfoError::NotAClass(_))));
    }

    #[test]
    fn each_error_has_its_words() {
        let chain = |text: &str| {
            let error = Inventory::parse(text).unwrap_err();
            let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            format!("{error}{source}\n")
        };
        let text = [
            chain(r#"{"version": "comfycheck.inventory/2"}"#),
            chain(r#"{"version": "comfycheck.inventory/1", "date": "2026-11-20"}"#),
            chain(r#"{"version": "comfycheck.inventory/1", "date": "20261120", "object_info": {}}"#),
            chain(r#"{"3": {"class_type": "KSampler", "inputs": {}}}"#),
            chain("[]"),
        ]
        .concat();
        insta::assert_snapshot!(text);
    }
}
