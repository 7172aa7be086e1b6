//! Node classes, as `/object_info` describes them.

mod dynamic;

pub use dynamic::declared;

use crate::json::{self, JsonError, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A node class.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name, as workflows have it in `class_type`.
    pub name: Rc<str>,
    /// What it declares: the required inputs, then the optional ones, in its order. Those of a dynamic type stand for
    /// others (see [`declared`]).
    pub inputs: Rc<[Input]>,
    /// The types of its outputs: texts, and lists of values where the output is a choice.
    pub outputs: Vec<Value>,
    /// Whether a workflow is carried out from it.
    pub is_output: bool,
    /// The Python module that it comes from, such as `nodes` or `custom_nodes.RES4LYF`; empty if that is not said.
    pub module: Rc<str>,
    /// Whether it calls a paid service of others.
    pub calls_api: bool,
    /// Whether it is written for ComfyUI's newer interface.
    pub is_v3: bool,
}

/// An input that a class declares.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name; with dots where it belongs to a dynamic one.
    pub name: Rc<str>,
    /// Whether a node must have it.
    pub is_required: bool,
    /// Its type and options.
    pub spec: Rc<Spec>,
}

/// The type and the options of an input.
#[derive(Clone, Debug)]
pub struct Spec {
    /// A text, or the list of values of an old-style choice.
    pub kind: Value,
    /// An object; null if there are none.
    pub options: Value,
}

impl Spec {
    /// The values of a choice; none if the input is no choice. A new-style choice without a list has no values.
    #[must_use]
    pub fn choices(&self) -> Option<&[Value]> {
        match self.kind.text() {
            Some("COMBO") => Some(self.options.get("options").and_then(Value::list).unwrap_or_default()),
            _ => self.kind.list(),
        }
    }

    /// Whether the input is a choice whose values are known here.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.kind.list().is_some() || self.options.get("options").and_then(Value::list).is_some()
    }

    /// A bound (`min` or `max`). A null is none: an infinite bound reaches us as null.
    #[must_use]
    pub fn bound(&self, name: &str) -> Option<&Value> {
        self.options.get(name).filter(|bound| !matches!(bound, Value::Null))
    }
}

impl Class {
    /// Reads an entry of `/object_info`. What is not understood is left out.
    pub fn parse(name: &str, json: &str) -> Result<Self, JsonError> {
        let entry = json::parse(json)?;
        let flag = |key: &str| matches!(entry.get(key), Some(Value::Bool(true)));
        Ok(Self {
            name: name.into(),
            inputs: inputs(entry.get("input")).into(),
            outputs: entry.get("output").and_then(Value::list).unwrap_or_default().to_vec(),
            is_output: flag("output_node"),
            module: entry.get("python_module").and_then(Value::text).unwrap_or_default().into(),
            calls_api: flag("api_node"),
            is_v3: entry.get("price_badge").is_some(),
        })
    }
}

/// Reads the sections `required` and `optional` of inputs. A name that stands in both is a required one.
fn inputs(sections: Option<&Value>) -> Vec<Input> {
    let section = |name: &str| sections.and_then(|sections| sections.get(name));
    let required = section("required");
    let read = |section: Option<&Value>, is_required| -> Vec<Input> {
        let entries = section.and_then(Value::object).map(json::Object::entries).unwrap_or_default();
        let input = |(name, spec): &(Rc<str>, Value)| {
            let (kind, rest) = spec.list()?.split_first()?;
            let options = rest.first().cloned().unwrap_or(Value::Null);
            Some(Input { name: Rc::clone(name), is_required, spec: Rc::new(Spec { kind: kind.clone(), options }) })
        };
        entries.iter().filter_map(input).collect()
    };
    let mut all = read(required, true);
    let is_new = |input: &Input| required.and_then(|section| section.get(&input.name)).is_none();
    all.extend(read(section("optional"), false).into_iter().filter(is_new));
    all
}

/// The classes of a ComfyUI by name, each asked for and parsed once.
pub struct Classes<'a> {
    fetch: Box<Fetch<'a>>,
    parsed: RefCell<BTreeMap<String, Option<Rc<Class>>>>,
    failure: RefCell<Option<String>>,
}

/// Gives the entry of `/object_info` of a class as JSON; none if the class is not installed. Fails with the reason why
/// that cannot be told.
pub type Fetch<'a> = dyn Fn(&str) -> Result<Option<String>, String> + 'a;

impl<'a> Classes<'a> {
    /// Classes whose descriptions come from a function.
    pub fn new(fetch: impl Fn(&str) -> Result<Option<String>, String> + 'a) -> Self {
        Self { fetch: Box::new(fetch), parsed: RefCell::default(), failure: RefCell::default() }
    }

    /// The class with this name; none if it is not installed, or if that cannot be told (see [`Self::failure`]).
    pub fn class(&self, name: &str) -> Option<Rc<Class>> {
        if let Some(known) = self.parsed.borrow().get(name) {
            return known.clone();
        }
        let fetched = self.describe(name).and_then(|json| {
            let parse = |json: String| Class::parse(name, &json).map_err(|err| format!("class `{name}`: {err}"));
            json.map(parse).transpose()
        });
        let class = fetched.unwrap_or_else(|why| {
            self.failure.borrow_mut().get_or_insert(why);
            None
        });
        let class = class.map(Rc::new);
        self.parsed.borrow_mut().insert(name.to_owned(), class.clone());
        class
    }

    /// The entry of `/object_info` of a class, as JSON; none if the class is not installed. Fails with the reason why
    /// that cannot be told.
    pub fn describe(&self, name: &str) -> Result<Option<String>, String> {
        (self.fetch)(name)
    }

    /// Why a class could not be told from one that is not installed, the first time that this happened. What was
    /// decided with such a class is worth nothing.
    pub fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }
}
