//! How ComfyUI checks a value that is not a link: it converts the value and compares it with bounds and lists.

use super::error::{Cause, Exception, Problem};
use crate::class::{Class, Input, Spec};
use crate::json::Value;
use crate::python::{CastError, equal, order, to_float, to_int, to_str, truth};
use comfycheck_packs::{Acceptance, LooseAcceptance, Validator, Version};
use std::cmp::Ordering;
use std::rc::Rc;

/// Checks a value that is not a link.
///
/// The outer error is an exception in Python; the inner one is an error that ComfyUI reports.
pub(crate) fn check(
    class: &Class,
    input: &Input,
    given: &Value,
    by: Option<&Validator>,
    version: Version,
) -> Result<Result<(), Problem>, Exception> {
    let spec = &*input.spec;
    let value = match converted(spec, unwrapped(given)) {
        Ok(value) => value,
        Err(problem) => return Ok(Err(problem)),
    };
    if by.is_some_and(|by| by.takes_all || by.judges(&input.name)) {
        return Ok(Ok(()));
    }
    if let Some(problem) = out_of_bounds(spec, &value).map_err(|mut exception| {
        exception.input = Some(Rc::clone(&input.name));
        exception
    })? {
        return Ok(Err(problem));
    }
    Ok(if is_chosen(class, input, &value, version) { Ok(()) } else { Err(Problem::ValueNotInList { received: value }) })
}

/// Whether the validator of a class is known to refuse a value.
pub(super) fn is_refused(by: &Validator, spec: &Spec, value: &Value) -> bool {
    by.accepts != Acceptance::Unknown && spec.is_listed() && !is_in_list(spec, value) && !may_exist(by, value)
}

/// Whether the validator of a class may accept a file that the list of its input does not show.
pub(crate) fn accepts_unlisted(by: &Validator, spec: &Spec, value: &Value) -> bool {
    spec.is_listed() && !is_in_list(spec, value) && may_exist(by, value)
}

/// Whether a file is in a folder that the list of its input does not show.
///
/// No server on Linux has a file with a backslash in its name: it is a path of Windows.
fn may_exist(by: &Validator, value: &Value) -> bool {
    let (Some(folder), Some(file)) = (&by.folder, value.text()) else { return false };
    !file.is_empty() && !file.starts_with(folder) && !file.contains('\\')
}

fn is_in_list(spec: &Spec, value: &Value) -> bool {
    // `x.png [input]` names the folder that the list is of.
    let plain = value.text().and_then(|text| text.strip_suffix(" [input]"));
    let plain = plain.map_or_else(|| value.clone(), |text| Value::Text(text.into()));
    spec.choices().unwrap_or_default().iter().any(|choice| equal(choice, &plain))
}

/// The value inside `__value__`, by which a list can be given that is not a link; else the value itself.
pub(crate) fn unwrapped(value: &Value) -> &Value {
    value.get("__value__").unwrap_or(value)
}

/// The value after conversion to the type of the input.
fn converted(spec: &Spec, value: &Value) -> Result<Value, Problem> {
    let refused =
        |expected, why: CastError| Problem::InvalidInputType { received: value.clone(), expected, why: why.0 };
    match spec.kind.text() {
        Some("INT") => to_int(value).map(Value::Int).map_err(|why| refused("INT", why)),
        Some("FLOAT") => to_float(value).map(Value::Float).map_err(|why| refused("FLOAT", why)),
        Some("STRING") => Ok(Value::Text(to_str(value).into())),
        Some("BOOLEAN") => Ok(Value::Bool(truth(value))),
        _ => Ok(value.clone()),
    }
}

fn out_of_bounds(spec: &Spec, value: &Value) -> Result<Option<Problem>, Exception> {
    let beyond = |name: &str, side: Ordering, sign| -> Result<Option<Value>, Exception> {
        let Some(bound) = spec.bound(name) else { return Ok(None) };
        let order = order(value, bound).map_err(|(left, right)| Exception {
            kind: "TypeError",
            text: format!("'{sign}' not supported between instances of '{left}' and '{right}'"),
            input: None,
            cause: Box::new(Cause::NotComparable { received: value.clone(), bound: bound.clone() }),
        })?;
        Ok((order == Some(side)).then(|| bound.clone()))
    };
    if let Some(bound) = beyond("min", Ordering::Less, '<')? {
        return Ok(Some(Problem::ValueSmallerThanMin { received: value.clone(), bound }));
    }
    let above = beyond("max", Ordering::Greater, '>')?;
    Ok(above.map(|bound| Problem::ValueBiggerThanMax { received: value.clone(), bound }))
}

/// The first version that compares a new-style choice with its list.
const CHECKS_NEW_STYLE: Version = Version(0, 8, 0);

/// The first version in which a choice can take several values.
const TAKES_LISTS: Version = Version(0, 21, 0);

/// Whether a value is in the list of a choice. True for any other input.
fn is_chosen(class: &Class, input: &Input, value: &Value, version: Version) -> bool {
    let Some(choices) = input.spec.choices() else { return true };
    let is_new_style = input.spec.kind.list().is_none();
    if input.spec.lists_unknown_files() || (is_new_style && version < CHECKS_NEW_STYLE) {
        return true;
    }
    let loose = class.facts.loose_list(&input.name);
    if loose == Some(LooseAcceptance::Everything) && !is_new_style {
        return true;
    }
    let end = |value: &Value| value.text().map(|text| text.rsplit('/').next().unwrap_or_default().to_owned());
    let is_listed = |value: &Value| {
        choices.iter().any(|choice| equal(choice, value))
            || (loose == Some(LooseAcceptance::SameEnd)
                && end(value).is_some_and(|last| choices.iter().any(|choice| end(choice).as_ref() == Some(&last))))
    };
    let takes_many = version >= TAKES_LISTS && input.spec.options.get("multiselect").is_some_and(truth);
    match value {
        Value::List(values) if takes_many => values.iter().all(is_listed),
        value => is_listed(value),
    }
}
