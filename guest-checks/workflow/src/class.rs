//! Node classes, read from `/object_info`.

mod dynamic;

pub use dynamic::{declared, declared_and_unset};

use crate::json::{self, JsonError, Value};
use comfycheck_packs::{ClassFacts, Packs, Version};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

#[derive(Clone, Debug)]
pub struct Class {
    /// The `class_type` of its nodes.
    pub name: Rc<str>,
    /// Required inputs, then optional ones, in the declared order. A dynamic input stands for others (see
    /// [`declared`]).
    pub inputs: Rc<[Input]>,
    /// The names of inputs that ComfyUI sets itself, or that only exports of older versions have. It passes their values on.
    pub hidden: Rc<[Rc<str>]>,
    /// The types of the outputs: a text, or a list of values.
    pub outputs: Vec<Value>,
    /// Whether ComfyUI runs a workflow for its nodes.
    pub is_output: bool,
    /// The Python module, such as `nodes` or `custom_nodes.RES4LYF`; empty if unknown.
    pub module: Rc<str>,
    /// Whether it calls a paid service.
    pub calls_api: bool,
    /// Whether it uses version 3 of ComfyUI's node API.
    pub is_v3: bool,
    /// What the description does not show.
    pub facts: ClassFacts,
}

#[derive(Clone, Debug)]
pub struct Input {
    /// Has dots if the input belongs to a dynamic one.
    pub name: Rc<str>,
    pub is_required: bool,
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
    /// The values of a choice; none for any other input. A new-style choice without a list has no values.
    #[must_use]
    pub fn choices(&self) -> Option<&[Value]> {
        match self.kind.text() {
            Some("COMBO") => Some(self.options.get("options").and_then(Value::list).unwrap_or_default()),
            _ => self.kind.list(),
        }
    }

    /// Whether the input is a choice with a list of values.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.kind.list().is_some() || self.options.get("options").and_then(Value::list).is_some()
    }

    /// Whether the values are files that the inventory leaves out. Only embedded inventories have such inputs.
    #[must_use]
    pub fn lists_unknown_files(&self) -> bool {
        matches!(self.options.get("files"), Some(Value::Bool(true))) && self.choices().is_some_and(<[Value]>::is_empty)
    }

    /// Whether the editor shows a button to upload a file. The job can send the file, so the list is not complete.
    #[must_use]
    pub fn takes_uploads(&self) -> bool {
        let Some(options) = self.options.object() else { return false };
        let is_set = |(name, value): &(Rc<str>, Value)| name.ends_with("_upload") && matches!(value, Value::Bool(true));
        options.entries().iter().any(is_set)
    }

    /// A bound (`min` or `max`); none if it is null, which stands for an infinite bound.
    #[must_use]
    pub fn bound(&self, name: &str) -> Option<&Value> {
        self.options.get(name).filter(|bound| !matches!(bound, Value::Null))
    }
}

impl Class {
    /// Reads an entry of `/object_info`. Skips what it does not understand.
    pub fn parse(name: &str, json: &str, packs: &Packs) -> Result<Self, JsonError> {
        let entry = json::parse(json)?;
        let flag = |key: &str| matches!(entry.get(key), Some(Value::Bool(true)));
        let hidden = entry.get("input").and_then(|sections| sections.get("hidden")).and_then(Value::object);
        let hidden = hidden.map(json::Object::entries).unwrap_or_default();
        let module = entry.get("python_module").and_then(Value::text).unwrap_or_default();
        Ok(Self {
            name: name.into(),
            inputs: inputs(entry.get("input")).into(),
            hidden: hidden.iter().map(|(name, _)| Rc::clone(name)).collect(),
            outputs: entry.get("output").and_then(Value::list).unwrap_or_default().to_vec(),
            is_output: flag("output_node"),
            module: module.into(),
            calls_api: flag("api_node"),
            is_v3: entry.get("price_badge").is_some(),
            facts: packs.class(name, module),
        })
    }

    fn undescribed(stand_in: &StandIn<'_>, facts: ClassFacts) -> Self {
        // Fits every type in every version of ComfyUI.
        let spec = Rc::new(Spec { kind: Value::Text("COMFY_MATCHTYPE_V3".into()), options: Value::Null });
        let input = |name: &&str| Input { name: (*name).into(), is_required: false, spec: Rc::clone(&spec) };
        Self {
            name: stand_in.class.into(),
            inputs: stand_in.links.iter().map(input).collect(),
            hidden: Rc::default(),
            outputs: Vec::new(),
            is_output: stand_in.is_output,
            // Of a pack that is not known.
            module: "custom_nodes.".into(),
            calls_api: false,
            is_v3: false,
            facts,
        }
    }

    /// Whether a pack provides it.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.module.starts_with("custom_nodes.")
    }

    /// Whether its description may hide what it accepts: nothing is known about its pack, and it declares no inputs or
    /// any type. Python code can make such a class accept every input, type or output.
    #[must_use]
    pub fn is_vague(&self) -> bool {
        let is_any = |kind: &Value| kind.text().is_some_and(|kind| kind.contains('*'));
        self.is_custom()
            && !self.facts.is_known()
            && (self.facts.is_undescribed()
                || self.inputs.is_empty()
                || self.inputs.iter().any(|input| is_any(&input.spec.kind))
                || self.outputs.iter().any(is_any))
    }

    /// Whether it may read inputs that it does not declare. A class of version 3 of the node API can accept all inputs, and its
    /// description does not say so.
    #[must_use]
    pub fn may_read_any(&self) -> bool {
        self.is_vague() || (self.is_v3 && self.is_custom() && !self.facts.is_known())
    }
}

/// Reads the sections `required` and `optional`. An input in both is required.
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

/// What a workflow shows of a class that no description shows.
#[derive(Clone, Debug)]
pub struct StandIn<'a> {
    pub class: &'a str,
    /// Whether it can be an output: no node reads what one of its nodes gives.
    pub is_output: bool,
    /// The inputs of its nodes that are links.
    pub links: BTreeSet<&'a str>,
}

/// The classes of a ComfyUI by name, each fetched and parsed once.
pub struct Classes<'a> {
    source: Box<ClassSource<'a>>,
    packs: Packs,
    version: Version,
    parsed: RefCell<BTreeMap<String, Option<Rc<Class>>>>,
    failure: RefCell<Option<String>>,
}

/// Returns the entry of a class in `/object_info` as JSON; none if the class is not installed. Fails with the reason if
/// that is unknown.
pub type ClassSource<'a> = dyn Fn(&str) -> Result<Option<String>, String> + 'a;

impl<'a> Classes<'a> {
    pub fn new(source: impl Fn(&str) -> Result<Option<String>, String> + 'a) -> Self {
        Self {
            source: Box::new(source),
            packs: Packs::embedded().clone(),
            version: Version::NEWEST,
            parsed: RefCell::default(),
            failure: RefCell::default(),
        }
    }

    /// The same classes with other knowledge about packs.
    #[must_use]
    pub fn with_packs(self, packs: Packs) -> Self {
        Self { packs, ..self }
    }

    /// The same classes, and stand-ins for some that no description shows. A stand-in reads everything and gives everything.
    #[must_use]
    pub fn with_stand_ins<'b>(&'b self, stand_ins: &[StandIn<'_>]) -> Classes<'b> {
        let mut parsed: BTreeMap<_, _> =
            self.parsed.borrow().iter().map(|(name, class)| (name.clone(), class.clone())).collect();
        for stand_in in stand_ins {
            let facts = self.packs.class(stand_in.class, "").of_undescribed();
            parsed.insert(stand_in.class.to_owned(), Some(Rc::new(Class::undescribed(stand_in, facts))));
        }
        Classes {
            source: Box::new(|name| self.describe(name)),
            packs: self.packs.clone(),
            version: self.version,
            parsed: RefCell::new(parsed),
            failure: RefCell::new(self.failure()),
        }
    }

    /// The same classes in another version of ComfyUI than the newest.
    #[must_use]
    pub fn in_version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    #[must_use]
    pub fn packs(&self) -> &Packs {
        &self.packs
    }

    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// What is known about a class that may not be installed.
    #[must_use]
    pub fn facts(&self, name: &str) -> ClassFacts {
        self.class(name).map_or_else(|| self.packs.class(name, ""), |class| class.facts.clone())
    }

    /// The class with this name; none if it is not installed, or if that is unknown (see [`Self::failure`]).
    pub fn class(&self, name: &str) -> Option<Rc<Class>> {
        if let Some(known) = self.parsed.borrow().get(name) {
            return known.clone();
        }
        let fetched = self.describe(name).and_then(|json| {
            let parse =
                |json: String| Class::parse(name, &json, &self.packs).map_err(|err| format!("class `{name}`: {err}"));
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

    /// See [`ClassSource`].
    pub fn describe(&self, name: &str) -> Result<Option<String>, String> {
        (self.source)(name)
    }

    /// The first reason why a class is unknown. If there is one, no result based on these classes is reliable.
    pub fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }
}
