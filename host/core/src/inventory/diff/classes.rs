//! The differences between the node classes of two inventories.
//!
//! Descriptions stay text: a large inventory has millions of values, and most are in both.

use super::{Change, Changed, Kind};
use crate::inventory::ObjectInfo;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Options of an input that decide which values it accepts. The others are for the editor.
const DECISIVE: [&str; 5] = ["forceInput", "max", "min", "multiselect", "step"];

/// See [`super::diff`].
pub(super) fn compare<E>(
    from: &ObjectInfo,
    to: &ObjectInfo,
    most_values: usize,
    each: &mut dyn FnMut(Changed) -> Result<(), E>,
) -> Result<(), E> {
    let names: BTreeSet<_> = from.names().iter().chain(to.names().iter()).collect();
    for name in names {
        match (from.class(name), to.class(name)) {
            (None, _) => each(Changed { kind: Kind::Class, name: name.clone(), change: Change::Added })?,
            (_, None) => each(Changed { kind: Kind::Class, name: name.clone(), change: Change::Removed })?,
            (Some(from), Some(to)) if from != to => compare_class(name, &from, &to, most_values, each)?,
            (Some(_), Some(_)) => {}
        }
    }
    Ok(())
}

/// The differences between two descriptions of a class, as JSON.
pub(in crate::inventory) fn compare_class<E>(
    class: &str,
    from: &str,
    to: &str,
    most_values: usize,
    each: &mut dyn FnMut(Changed) -> Result<(), E>,
) -> Result<(), E> {
    let (from, to) = (members(from), members(to));
    let (from_inputs, to_inputs) = (inputs(&from), inputs(&to));
    let names: BTreeSet<_> = from_inputs.keys().chain(to_inputs.keys()).collect();
    for input in names {
        let name = format!("{class}.{input}");
        let changed = |change| Changed { kind: Kind::Input, name: name.clone(), change };
        match (from_inputs.get(input), to_inputs.get(input)) {
            (None, _) => each(changed(Change::Added))?,
            (_, None) => each(changed(Change::Removed))?,
            (Some(from), Some(to)) => {
                if from.kind != to.kind {
                    each(changed(Change::Changed { from: from.kind.clone(), to: to.kind.clone() }))?;
                }
                compare_values(&name, from.values, to.values, most_values, each)?;
            }
        }
    }
    let (from, to) = (outputs(&from), outputs(&to));
    if from != to {
        each(Changed { kind: Kind::Outputs, name: class.to_owned(), change: Change::Changed { from, to } })?;
    }
    Ok(())
}

/// The values that only one of two lists has. Of more than `most`, the first, and how many more there are.
fn compare_values<E>(
    input: &str,
    from: Option<&RawValue>,
    to: Option<&RawValue>,
    most: usize,
    each: &mut dyn FnMut(Changed) -> Result<(), E>,
) -> Result<(), E> {
    if from.map(RawValue::get) == to.map(RawValue::get) {
        return Ok(());
    }
    // A list can become a dynamic choice, whose options have the values as keys.
    let (old, new) = (from.map(items).unwrap_or_default(), to.map(items).unwrap_or_default());
    let by_key = has_keys(&old) != has_keys(&new);
    let (from, to) = (values(old, by_key), values(new, by_key));
    for (values, others, change) in [(&from, &to, Change::Removed), (&to, &from, Change::Added)] {
        let only: Vec<_> = values.iter().filter(|value| others.binary_search(value).is_err()).collect();
        let shown = only.len().min(most);
        let changed = |name| Changed { kind: Kind::Value, name, change: change.clone() };
        for value in &only[..shown] {
            each(changed(format!("{input} {value}")))?;
        }
        if only.len() > shown {
            each(changed(format!("{input} and {} more", only.len() - shown)))?;
        }
    }
    Ok(())
}

/// A JSON object, member by member. Empty for any other value.
type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

struct Input<'a> {
    /// Whether it is required, its type, and its decisive options.
    kind: String,
    /// The list of the values that it offers.
    values: Option<&'a RawValue>,
}

// `ObjectInfo` verified that descriptions are JSON, not which.
fn members(json: &str) -> Members<'_> {
    serde_json::from_str(json).unwrap_or_default()
}

fn items(json: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(json.get()).unwrap_or_default()
}

fn inputs<'a>(class: &Members<'a>) -> BTreeMap<Cow<'a, str>, Input<'a>> {
    let sections = class.get("input").map(|input| members(input.get())).unwrap_or_default();
    let section = |name: &'static str| {
        let inputs = sections.get(name).map(|inputs| members(inputs.get())).unwrap_or_default();
        inputs.into_iter().map(move |(input, spec)| (input, input_of(name, spec)))
    };
    section("required").chain(section("optional")).collect()
}

fn input_of<'a>(section: &str, spec: &'a RawValue) -> Input<'a> {
    let spec = items(spec);
    let options = spec.get(1).map(|options| members(options.get())).unwrap_or_default();
    let is_list = |json: &&&RawValue| json.get().starts_with('[');
    let name = spec.first().and_then(|kind| serde_json::from_str::<String>(kind.get()).ok());
    let (name, values) = match (spec.first().filter(is_list), name) {
        (Some(list), _) => ("COMBO".to_owned(), Some(*list)),
        (None, Some(name)) => (name, options.get("options").filter(is_list).copied()),
        (None, None) => ("unknown type".to_owned(), None),
    };
    let decisive: Vec<_> = DECISIVE
        .iter()
        .filter_map(|option| options.get(*option).map(|value| format!(", {option} {}", written(value))))
        .collect();
    Input { kind: format!("{section} {name}{}", decisive.concat()), values }
}

fn has_keys(list: &[&RawValue]) -> bool {
    list.first().is_some_and(|first| first.get().starts_with('{'))
}

/// The values of a list, sorted, each once. `by_key`: of an option of a dynamic choice, its key.
fn values<'a>(list: Vec<&'a RawValue>, by_key: bool) -> Vec<Cow<'a, str>> {
    let value = |item: &'a RawValue| match members(item.get()).get("key").filter(|_| by_key) {
        Some(key) => written(key),
        None => written(item),
    };
    let mut values: Vec<_> = list.into_iter().map(value).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// A value in one form, however the file writes it.
fn written(value: &RawValue) -> Cow<'_, str> {
    let text = value.get();
    if text.starts_with('"') && !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(serde_json::from_str::<Value>(text).unwrap_or_default().to_string())
}

fn outputs(class: &Members<'_>) -> String {
    let name = |output: &RawValue| serde_json::from_str(output.get()).unwrap_or_else(|_| "COMBO".to_owned());
    let outputs: Vec<String> =
        class.get("output").map(|list| items(list)).unwrap_or_default().into_iter().map(name).collect();
    if outputs.is_empty() { "none".to_owned() } else { outputs.join(", ") }
}
