//! Reads an inventory while its text arrives, so a large one is never in memory as a whole.

use super::members::{Members, Step, SyntaxError};
use super::object_info::Description;
use super::saved::{self, OBJECT_INFO};
use super::shared_parts::SharedParts;
use super::{Inventory, InventoryError, ObjectInfo, ObjectInfoError, strict};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of the member that only a saved inventory has. A node class can have it, too; its description is an object.
const VERSION: &str = "version";
/// Stands for the classes of a saved inventory, which are read already.
const EMPTY: &str = "{}";

/// Reads a saved inventory, or ComfyUI's response to `/object_info`, which has node classes and nothing else.
///
/// Give it the text in parts of any size, then [`InventoryReader::finish`] it.
#[derive(Debug)]
pub struct InventoryReader {
    members: Members,
    /// The members of the text that are node classes.
    classes: Classes,
    /// The other members, as strict JSON.
    others: BTreeMap<String, String>,
    can_be_saved: bool,
    /// Of a saved inventory.
    version: Option<String>,
    /// The members of its `object_info`.
    saved_classes: Classes,
}

impl Inventory {
    /// Reads a saved inventory, or ComfyUI's response to `/object_info`: see [`InventoryReader`].
    pub fn parse(text: &str) -> Result<Self, InventoryError> {
        let mut reader = InventoryReader::default();
        reader.read(text.as_bytes())?;
        reader.finish()
    }
}

impl ObjectInfo {
    /// Reads ComfyUI's response to `/object_info`. The bytes are dropped as soon as they are read.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Result<Self, ObjectInfoError> {
        let mut reader = InventoryReader::of_response();
        reader.read(bytes.as_ref())?;
        drop(bytes);
        match reader.finish() {
            Ok(Inventory { classes, .. }) => Ok(Arc::unwrap_or_clone(classes)),
            Err(InventoryError::ObjectInfo(error)) => Err(error),
            // A response has no version, so it is not read as a saved inventory.
            Err(_) => Err(ObjectInfoError::NotAClass("version".to_owned())),
        }
    }
}

impl Default for InventoryReader {
    fn default() -> Self {
        Self { can_be_saved: true, ..Self::of_response() }
    }
}

impl InventoryReader {
    /// Reads the response only.
    pub(super) fn of_response() -> Self {
        Self {
            members: Members::default(),
            classes: Classes::default(),
            others: BTreeMap::new(),
            can_be_saved: false,
            version: None,
            saved_classes: Classes::default(),
        }
    }

    /// Reads the next part of the text.
    pub fn read(&mut self, mut part: &[u8]) -> Result<(), ObjectInfoError> {
        loop {
            match self.members.advance(&mut part).map_err(ObjectInfoError::Json)? {
                Step::More => return Ok(()),
                Step::Object if self.begins_saved_classes()? => {
                    self.members.descend();
                    self.others.insert(OBJECT_INFO.to_owned(), EMPTY.to_owned());
                }
                Step::Object => {}
                Step::Member => self.member()?,
            }
        }
    }

    /// The inventory, at the end of the text.
    pub fn finish(mut self) -> Result<Inventory, InventoryError> {
        self.members.end().map_err(ObjectInfoError::Json)?;
        let Some(version) = self.version else {
            return match self.others.into_keys().next() {
                Some(name) => Err(ObjectInfoError::NotAClass(name).into()),
                None => Ok(Inventory { classes: Arc::new(self.classes.finish()), ..Inventory::default() }),
            };
        };
        saved::verify(&version)?;
        let mut classes = self.saved_classes.finish();
        // Other tools sort the members of a file: then `object_info` comes before the version and was kept as text.
        if let Some(text) = self.others.get_mut(OBJECT_INFO).filter(|text| *text != EMPTY) {
            classes = ObjectInfo::parse(std::mem::replace(text, EMPTY.to_owned()))?;
        }
        self.others.extend(self.classes.finish().names().iter().map(|name| (name.clone(), EMPTY.to_owned())));
        saved::inventory(&self.others, classes)
    }

    /// Whether the object that begins holds the node classes of a saved inventory.
    fn begins_saved_classes(&self) -> Result<bool, ObjectInfoError> {
        Ok(self.version.is_some() && self.members.level() == 1 && name(self.members.name())? == OBJECT_INFO)
    }

    /// A member is complete.
    fn member(&mut self) -> Result<(), ObjectInfoError> {
        let (name, json) = (name(self.members.name())?, self.members.value());
        if self.members.level() > 1 {
            return match self.saved_classes.add(&name, json)? {
                Some(_) => Err(ObjectInfoError::NotAClass(name)),
                None => Ok(()),
            };
        }
        if let Some(other) = self.classes.add(&name, json)? {
            if name == VERSION && self.can_be_saved {
                self.version = serde_json::from_str(&other).ok();
            }
            self.others.insert(name, other);
        }
        Ok(())
    }
}

/// Node classes as they arrive.
#[derive(Debug, Default)]
struct Classes {
    classes: BTreeMap<String, Description>,
    shared: SharedParts,
}

impl Classes {
    /// Keeps the description of a node class. Returns any other value, as strict JSON.
    fn add(&mut self, name: &str, json: &[u8]) -> Result<Option<String>, ObjectInfoError> {
        let json = strict(std::str::from_utf8(json).map_err(|_| ObjectInfoError::Utf8)?);
        // The shape of an object would also fit a list.
        if json.starts_with('{') && serde_json::from_str::<Shape<'_>>(&json).is_ok() {
            self.classes.insert(name.to_owned(), Description::Parts(self.shared.split(&json)));
            return Ok(None);
        }
        serde_json::from_str::<&RawValue>(&json).map_err(|error| not_json(name, error))?;
        Ok(Some(json.into_owned()))
    }

    fn finish(self) -> ObjectInfo {
        ObjectInfo::of(self.classes)
    }
}

fn name(json: &[u8]) -> Result<String, ObjectInfoError> {
    let json = std::str::from_utf8(json).map_err(|_| ObjectInfoError::Utf8)?;
    serde_json::from_str(&strict(json)).map_err(|error| not_json(json.trim_matches('"'), error))
}

fn not_json(member: &str, source: serde_json::Error) -> ObjectInfoError {
    ObjectInfoError::Json(SyntaxError::Value { member: member.to_owned(), source })
}

/// The members that every version of ComfyUI reports for every class.
#[derive(serde::Deserialize)]
struct Shape<'a> {
    #[serde(borrow, rename = "input")]
    _input: &'a RawValue,
    #[serde(borrow, rename = "output")]
    _output: &'a RawValue,
}
