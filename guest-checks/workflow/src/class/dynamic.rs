//! Dynamic inputs: what a class declares depends on the inputs of the node.

use super::{Class, Input, inputs};
use crate::json::{Object, Value};
use crate::python::equal;
use std::collections::BTreeMap;
use std::rc::Rc;

fn is_dynamic(input: &Input) -> bool {
    matches!(input.spec.kind.text(), Some(COMBO | AUTOGROW | SLOT))
}

/// Each option has inputs of its own.
const COMBO: &str = "COMFY_DYNAMICCOMBO_V3";
/// As many inputs as the node has, up to a limit.
const AUTOGROW: &str = "COMFY_AUTOGROW_V3";
/// An input that adds others if the node has it.
const SLOT: &str = "COMFY_DYNAMICSLOT_V3";

/// The inputs that a class declares for a node with the inputs `given`.
#[must_use]
pub fn declared(class: &Class, given: &Object) -> Rc<[Input]> {
    declared_and_unset(class, given).0
}

/// The same, and the dynamic choices for which the node has no option: they and their inputs are not declared.
#[must_use]
pub fn declared_and_unset(class: &Class, given: &Object) -> (Rc<[Input]>, Vec<Input>) {
    if !class.inputs.iter().any(is_dynamic) {
        return (Rc::clone(&class.inputs), Vec::new());
    }
    let mut all = Expansion::default();
    for input in class.inputs.iter() {
        expand(input, given, &mut all);
    }
    (all.declared.into(), all.unset)
}

/// The inputs that dynamic ones stand for.
#[derive(Default)]
struct Expansion {
    declared: Vec<Input>,
    unset: Vec<Input>,
}

/// Recursive: the JSON reader limits how deep options are nested.
fn expand(input: &Input, given: &Object, all: &mut Expansion) {
    match input.spec.kind.text() {
        Some(COMBO) => {
            let chosen = |value: &Value| {
                let options = input.spec.options.get("options").and_then(Value::list).unwrap_or_default();
                options.iter().find(|option| option.get("key").is_some_and(|key| equal(key, value))).cloned()
            };
            // Without a known option, not even the choice itself is declared.
            if let Some(option) = given.get(&input.name).and_then(chosen) {
                all.declared.push(input.clone());
                expand_within(&input.name, option.get("inputs"), given, all);
            } else {
                all.unset.push(input.clone());
            }
        }
        Some(SLOT) => {
            if given.get(&input.name).is_some() {
                all.declared.push(input.clone());
                expand_within(&input.name, input.spec.options.get("inputs"), given, all);
            }
        }
        Some(AUTOGROW) => autogrow(input, given, all),
        _ => all.declared.push(input.clone()),
    }
}

fn expand_within(name: &str, sections: Option<&Value>, given: &Object, all: &mut Expansion) {
    for inner in inputs(sections) {
        expand(&Input { name: format!("{name}.{}", inner.name).into(), ..inner }, given, all);
    }
}

/// Adds the first `min` inputs, and those of the others that the node has.
fn autogrow(input: &Input, given: &Object, all: &mut Expansion) {
    let Some(template) = input.spec.options.get("template") else { return };
    let Some(each) = inputs(template.get("input")).into_iter().next() else { return };
    let number = |key: &str| match template.get(key) {
        Some(Value::Int(number)) => number.to_i64().and_then(|number| usize::try_from(number).ok()),
        _ => None,
    };
    let names = template.get("names").and_then(Value::list);
    let prefix = template.get("prefix").and_then(Value::text).unwrap_or_default();
    let count = names.map_or_else(|| number("max").unwrap_or(MOST), <[Value]>::len);
    let at_least = number("min").unwrap_or(0).min(count).min(MOST);
    let mut add = |name: &str, index: usize| {
        let name = format!("{}.{name}", input.name).into();
        let inner = Input { name, is_required: each.is_required && index < at_least, spec: Rc::clone(&each.spec) };
        expand(&inner, given, all);
    };
    for index in 0..at_least {
        match names {
            Some(names) => add(names[index].text().unwrap_or_default(), index),
            None => add(&format!("{prefix}{index}"), index),
        }
    }
    let places = names.unwrap_or_default().iter().enumerate().rev();
    let places: BTreeMap<&str, usize> = places.filter_map(|(place, name)| Some((name.text()?, place))).collect();
    let own = format!("{}.", input.name);
    for name in given.entries().iter().filter_map(|(key, _)| key.strip_prefix(&own)) {
        // An input of a nested dynamic input has one more dot.
        let first = name.split('.').next().unwrap_or_default();
        let index = match names {
            Some(_) => places.get(first).copied(),
            None => first.strip_prefix(prefix).and_then(index_of),
        };
        if first == name
            && let Some(index) = index.filter(|index| (at_least..count).contains(index))
        {
            add(name, index);
        }
    }
}

/// ComfyUI's default for the number of inputs, and the most that can be required here.
const MOST: usize = 100;

/// Reads an index without leading zeros.
fn index_of(text: &str) -> Option<usize> {
    let index: usize = text.parse().ok()?;
    (index.to_string() == text).then_some(index)
}
