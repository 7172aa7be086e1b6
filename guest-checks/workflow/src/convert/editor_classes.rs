//! The node classes of a workflow, each requested once.

use super::ConvertError;
use super::editor_class::EditorClass;
use crate::class::ClassSource;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) struct EditorClasses<'a> {
    source: &'a ClassSource<'a>,
    known: RefCell<HashMap<String, Option<Rc<EditorClass>>>>,
}

impl<'a> EditorClasses<'a> {
    pub(super) fn new(source: &'a ClassSource<'a>) -> Self {
        Self { source, known: RefCell::default() }
    }

    /// None if the class is not installed.
    pub(super) fn get(&self, name: &str) -> Result<Option<Rc<EditorClass>>, ConvertError> {
        if let Some(known) = self.known.borrow().get(name) {
            return Ok(known.clone());
        }
        let entry = (self.source)(name).map_err(|why| ConvertError::ClassUnavailable { class: name.into(), why })?;
        let class = entry.map(|entry| read(name, &entry)).transpose()?.map(Rc::new);
        self.known.borrow_mut().insert(name.into(), class.clone());
        Ok(class)
    }
}

fn read(name: &str, entry: &str) -> Result<EditorClass, ConvertError> {
    let entry: Option<Value> = serde_json::from_str(entry).ok();
    let class = entry.and_then(|entry| EditorClass::read(name, &entry));
    class.ok_or_else(|| ConvertError::InvalidDescription { class: name.into() })
}
