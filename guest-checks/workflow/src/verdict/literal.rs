//! What ComfyUI does with a value that is no link: it converts it, and holds it against bounds and lists.

use super::error::{Cause, Exception, Problem};
use crate::class::{Class, Input, Spec};
use crate::json::Value;
use crate::python::{equal, order, to_float, to_int, to_str, truth};
use crate::validators::{Accepts, OddlyAccepts, Validator, odd_list};
use std::cmp::Ordering;
use std::rc::Rc;

/// Checks a value that is no link.
///
/// The outer error is what Python raises; the inner one is what ComfyUI reports.
pub(super) fn check(
    class: &Class,
    input: &Input,
    given: &Value,
    by: Option<&Validator>,
) -> Result<Result<(), Problem>, Exception> {
    let spec = &*input.spec;
    let value = match converted(spec, unwrapped(given)) {
        Ok(value) => value,
        Err(problem) => return Ok(Err(problem)),
    };
    if by.is_some_and(|by| by.takes_all || by.judges.contains(&&*input.name)) {
        return Ok(Ok(()));
    }
    if let Some(problem) = out_of_bounds(spec, &value).map_err(|mut exception| {
        exception.input = Some(Rc::clone(&input.name));
        exception
    })? {
        return Ok(Err(problem));
    }
    Ok(if is_chosen(class, input, &value) { Ok(()) } else { Err(Problem::ValueNotInList { received: value }) })
}

/// Whether the validator of a class refuses a value, as far as that can be told.
pub(super) fn is_refused(by: &Validator, spec: &Spec, value: &Value) -> bool {
    if by.accepts == Accepts::Everything || !spec.is_listed() {
        return false;
    }
    // `x.png [input]` names the folder that the list shows.
    let plain = value.text().and_then(|text| text.strip_suffix(" [input]"));
    let plain = plain.map_or_else(|| value.clone(), |text| Value::Text(text.into()));
    !spec.choices().unwrap_or_default().iter().any(|choice| equal(choice, &plain))
}

/// What is meant by a value: an object with `__value__` stands for that. So lists can be given that are no links.
pub(crate) fn unwrapped(value: &Value) -> &Value {
    value.get("__value__").unwrap_or(value)
}

/// The value as the class gets it.
fn converted(spec: &Spec, value: &Value) -> Result<Value, Problem> {
    let refused =
        |wanted, why: crate::python::Refused| Problem::InvalidInputType { received: value.clone(), wanted, why: why.0 };
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

/// Whether a value is among those of a choice. True of what is no choice.
fn is_chosen(class: &Class, input: &Input, value: &Value) -> bool {
    let Some(choices) = input.spec.choices() else { return true };
    let odd = odd_list(&class.module, &input.name).map(|odd| odd.accepts);
    let is_old_style = input.spec.kind.list().is_some();
    if odd == Some(OddlyAccepts::Everything) && is_old_style {
        return true;
    }
    let end = |value: &Value| value.text().map(|text| text.rsplit('/').next().unwrap_or_default().to_owned());
    let is_one = |value: &Value| {
        choices.iter().any(|choice| equal(choice, value))
            || (odd == Some(OddlyAccepts::SameEnd)
                && end(value).is_some_and(|wanted| choices.iter().any(|choice| end(choice).as_ref() == Some(&wanted))))
    };
    let takes_many = input.spec.options.get("multiselect").is_some_and(truth);
    match value {
        Value::List(values) if takes_many => values.iter().all(is_one),
        value => is_one(value),
    }
}
