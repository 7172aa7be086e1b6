//! The file of a saved inventory: the responses of a ComfyUI in one JSON object, or the bare response to `/object_info`.

use super::object_info::Classes;
use super::{Inventory, ModelFolder, ObjectInfoError, Pack, SystemFacts, strict};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
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

/// The content of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[serde(rename = "version")]
    _version: String,
    date: String,
    source: Option<String>,
    system: Option<SystemFacts>,
    packs: Option<Vec<Pack>>,
    models: Option<Vec<ModelFolder>>,
    #[serde(borrow)]
    node_replacements: Option<&'a RawValue>,
    #[serde(borrow)]
    object_info: BTreeMap<String, &'a RawValue>,
}

impl Inventory {
    /// Reads a saved inventory, or ComfyUI's response to `/object_info`, which has node classes and nothing else.
    ///
    /// It keeps the text itself: a large one is not copied.
    pub fn parse(text: impl Into<String>) -> Result<Self, InventoryError> {
        let text = text.into();
        let strict = match strict(&text) {
            Cow::Owned(strict) => Some(strict),
            Cow::Borrowed(_) => None,
        };
        let text = Arc::new(Cow::Owned(strict.unwrap_or(text)));
        let entries: BTreeMap<String, &RawValue> = serde_json::from_str(&text).map_err(ObjectInfoError::Json)?;
        // A node class can be called `version`; its description is an object.
        match entries.get("version").map(|version| serde_json::from_str::<String>(version.get())) {
            Some(Ok(version)) if version == VERSION => read(&text),
            Some(Ok(version)) => Err(InventoryError::Version(version)),
            Some(Err(_)) | None => {
                let classes = Classes::of(&text, &entries)?.within(Arc::clone(&text));
                Ok(Self { classes: Arc::new(classes), ..Self::default() })
            }
        }
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
        let class = |(name, description)| format!("{}: {description}", json(name));
        member("object_info", &lines('{', self.classes.iter().map(class), '}'));
        text.push_str("\n}\n");
        Some(text)
    }
}

fn read(text: &Arc<Cow<'static, str>>) -> Result<Inventory, InventoryError> {
    let file: File<'_> = serde_json::from_str(text).map_err(InventoryError::Broken)?;
    if !is_date(&file.date) {
        return Err(InventoryError::Date(file.date));
    }
    Ok(Inventory {
        date: Some(file.date),
        source: file.source,
        system: file.system.map(Arc::new),
        classes: Arc::new(Classes::of(text, &file.object_info)?.within(Arc::clone(text))),
        node_replacements: file.node_replacements.map(|json| Arc::from(json.get())),
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
