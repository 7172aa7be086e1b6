//! The node classes of a workflow, each asked for once.

use super::class::Class;
use super::{ClassSource, ConvertError};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Node classes by name.
pub(super) struct Classes<'a> {
    source: &'a ClassSource<'a>,
    known: RefCell<HashMap<String, Option<Rc<Class>>>>,
}

impl<'a> Classes<'a> {
    pub(super) fn new(source: &'a ClassSource<'a>) -> Self {
        Self { source, known: RefCell::default() }
    }

    /// The class of this name; none if it is not installed.
    pub(super) fn get(&self, name: &str) -> Result<Option<Rc<Class>>, ConvertError> {
        if let Some(known) = self.known.borrow().get(name) {
            return Ok(known.clone());
        }
        let told = (self.source)(name);
        let told = told.map_err(|why| ConvertError::ClassNotTold { class: name.into(), why })?;
        let class = told.map(|entry| read(name, &entry)).transpose()?.map(Rc::new);
        self.known.borrow_mut().insert(name.into(), class.clone());
        Ok(class)
    }
}

fn read(name: &str, entry: &str) -> Result<Class, ConvertError> {
    let entry: Option<Value> = serde_json::from_str(entry).ok();
    let class = entry.and_then(|entry| Class::read(name, &entry));
    class.ok_or_else(|| ConvertError::ClassNotUnderstood { class: name.into() })
}
