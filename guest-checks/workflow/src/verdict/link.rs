//! How ComfyUI reads a link: the node that it leads to, and whether the types match.

use super::ResolvedWorkflow;
use super::error::{Cause, Exception, Problem};
use crate::class::Class;
use crate::class::Input;
use crate::json::{Int, Value};
use crate::python::{equal, repr, type_name};
use comfycheck_packs::{Validator, Version};
use std::rc::Rc;

/// Where an array leads as a link.
pub(super) enum LinkTarget {
    /// The node at this place.
    Node(usize),
    /// Nowhere: ComfyUI does not follow it.
    Invalid(Problem),
}

/// Reads an array as a link. Fails with what Python raises.
pub(super) fn read(
    resolved: &ResolvedWorkflow,
    reader: &Class,
    input: &Input,
    array: &[Value],
    by: Option<&Validator>,
) -> Result<LinkTarget, Exception> {
    let [id, slot] = array else {
        return Ok(LinkTarget::Invalid(Problem::BadLinkedInput { received: Value::List(array.into()) }));
    };
    let raise =
        |kind, text, cause| Exception { kind, text, input: Some(Rc::clone(&input.name)), cause: Box::new(cause) };
    let linked = match id {
        Value::Text(id) => resolved.graph.position(id),
        Value::List(_) | Value::Object(_) => {
            let text = format!("unhashable type: '{}'", type_name(id));
            return Err(raise("TypeError", text, Cause::NoSuchNode(id.clone())));
        }
        // Ids are strings: a number never matches.
        _ => None,
    };
    let linked = linked.ok_or_else(|| raise("KeyError", repr(id), Cause::NoSuchNode(id.clone())))?;
    let class = &resolved.classes[linked];
    let sequence = if class.is_v3 { "list" } else { "tuple" };
    let output = output_place(slot, class.outputs.len()).map_err(|()| {
        let text = format!("{sequence} indices must be integers or slices, not {}", type_name(slot));
        raise("TypeError", text, Cause::SlotNotAnInteger(slot.clone()))
    })?;
    let node = &resolved.graph.nodes()[linked].id;
    if output.is_none() && class.facts.has_any_output() {
        return Ok(LinkTarget::Node(linked));
    }
    let received = output.map(|output| &class.outputs[output]).ok_or_else(|| {
        let cause = Cause::NoSuchOutput { node: Rc::clone(node), slot: slot.clone(), outputs: class.outputs.len() };
        raise("IndexError", format!("{sequence} index out of range"), cause)
    })?;
    let fits = || {
        types_match((class, received), (reader, &input.spec.kind), resolved.version)
            || is_known_to_fit((class, received), (reader, input))
    };
    if !by.is_some_and(|by| by.takes_types) && !fits() {
        let problem = Problem::ReturnTypeMismatch { received: received.clone(), node: Rc::clone(node) };
        return Ok(LinkTarget::Invalid(problem));
    }
    Ok(LinkTarget::Node(linked))
}

/// Whether an array is a link to an output that fits an input.
pub(crate) fn takes(resolved: &ResolvedWorkflow, reader: &Class, input: &Input, array: &[Value]) -> bool {
    matches!(read(resolved, reader, input, array, None), Ok(LinkTarget::Node(_)))
}

/// Whether pack knowledge says that an output fits an input whose declared type differs.
fn is_known_to_fit((giver, received): (&Class, &Value), (reader, input): (&Class, &Input)) -> bool {
    let (Some(received), Some(expected)) = (received.text(), input.spec.kind.text()) else { return false };
    let accepted = |kind: &str| kind == expected || reader.facts.accepted_types(&input.name).any(|more| more == kind);
    accepted(received) || giver.facts.given_types(received).any(accepted)
}

/// Since this version, the type `*` fits every type, whatever the Python class of its text.
const ANY_FITS: Version = Version(0, 8, 0);

/// Whether an output of one type, with its class, can be linked to an input of another.
fn types_match((giver, received): (&Class, &Value), (reader, expected): (&Class, &Value), version: Version) -> bool {
    if version < ANY_FITS {
        return types_match_before_any(giver, received, reader, expected);
    }
    let matches_all = |kind: &Value| matches!(kind.text(), Some("*" | "COMFY_MATCHTYPE_V3"));
    if equal(received, expected) || matches_all(received) || matches_all(expected) {
        return true;
    }
    match (received, expected) {
        (Value::List(_), Value::Text(expected)) => **expected == *"COMBO",
        (Value::Text(received), Value::Text(expected)) => {
            let mut received = received.split(',').map(str::trim);
            let is_expected = |kind: &str| kind == "*" || expected.split(',').any(|one| one.trim() == kind);
            expected.split(',').any(|one| one.trim() == "*") || received.any(is_expected)
        }
        _ => false,
    }
}

/// The same before 0.8. There, `*` fits other types only if its Python class says so, as in ComfyUI's own nodes and in
/// the packs that are known.
fn types_match_before_any(giver: &Class, received: &Value, reader: &Class, expected: &Value) -> bool {
    let matches_all = |class: &Class, kind: &Value| {
        matches!(kind.text(), Some("COMFY_MATCHTYPE_V3"))
            || kind.text() == Some("*") && (!class.is_custom() || class.facts.is_known())
    };
    if equal(received, expected) || matches_all(giver, received) || matches_all(reader, expected) {
        return true;
    }
    let (Some(received), Some(expected)) = (received.text(), expected.text()) else { return false };
    received.split(',').any(|kind| expected.split(',').any(|one| one.trim() == kind.trim()))
}

/// The place of the output that a link's index stands for: a negative one counts from the end, and `true` is 1. None if
/// the output does not exist. Fails if the value is not an index.
pub(crate) fn output_place(slot: &Value, outputs: usize) -> Result<Option<usize>, ()> {
    let slot = match slot {
        Value::Bool(slot) => Int::from(i64::from(*slot)),
        Value::Int(slot) => slot.clone(),
        _ => return Err(()),
    };
    let count = i64::try_from(outputs).unwrap_or(i64::MAX);
    let place = slot.to_i64().map(|slot| if slot < 0 { slot.saturating_add(count) } else { slot });
    Ok(place.filter(|place| *place < count).and_then(|place| usize::try_from(place).ok()))
}
