//! The node classes of a workflow, each read once.

use super::ConvertError;
use super::editor_class::EditorClass;
use crate::class::Classes;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) struct EditorClasses<'a> {
    classes: &'a Classes<'a>,
    known: RefCell<HashMap<String, Option<Rc<EditorClass>>>>,
}

impl<'a> EditorClasses<'a> {
    pub(super) fn new(classes: &'a Classes<'a>) -> Self {
        Self { classes, known: RefCell::default() }
    }

    /// None if the class is not installed.
    pub(super) fn get(&self, name: &str) -> Result<Option<Rc<EditorClass>>, ConvertError> {
        if let Some(known) = self.known.borrow().get(name) {
            return Ok(known.clone());
        }
        let entry =
            self.classes.describe(name).map_err(|why| ConvertError::ClassUnavailable { class: name.into(), why })?;
        let class = entry.map(|entry| self.read(name, &entry)).transpose()?.map(Rc::new);
        self.known.borrow_mut().insert(name.into(), class.clone());
        Ok(class)
    }

    fn read(&self, name: &str, entry: &str) -> Result<EditorClass, ConvertError> {
        let entry: Option<Value> = serde_json::from_str(entry).ok();
        let module = |entry: &Value| entry.get("python_module").and_then(Value::as_str).unwrap_or_default().to_owned();
        let class = entry.and_then(|entry| {
            let facts = self.classes.packs().class(name, &module(&entry));
            EditorClass::read(name, &entry, facts)
        });
        class.ok_or_else(|| ConvertError::InvalidDescription { class: name.into() })
    }
}
