//! What ComfyUI does with a link: whom it means, and whether the types go together.

use super::Resolved;
use super::error::{Cause, Exception, Problem};
use crate::class::Input;
use crate::json::Value;
use crate::python::{Int, equal, repr, type_name};
use crate::validators::Validator;
use std::rc::Rc;

/// What an array means.
pub(super) enum Link {
    /// The node at this place.
    To(usize),
    /// Nothing; ComfyUI does not follow it.
    Wrong(Problem),
}

/// Reads an array as a link. Fails with what Python raises.
pub(super) fn read(
    resolved: &Resolved,
    input: &Input,
    array: &[Value],
    by: Option<&Validator>,
) -> Result<Link, Exception> {
    let [id, slot] = array else {
        return Ok(Link::Wrong(Problem::BadLinkedInput { received: Value::List(array.into()) }));
    };
    let raise =
        |kind, text, cause| Exception { kind, text, input: Some(Rc::clone(&input.name)), cause: Box::new(cause) };
    let linked = match id {
        Value::Text(id) => resolved.graph.position(id),
        Value::List(_) | Value::Object(_) => {
            let text = format!("unhashable type: '{}'", type_name(id));
            return Err(raise("TypeError", text, Cause::NoSuchNode(id.clone())));
        }
        // Ids are texts: no number is one.
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
    let received = output.map(|output| &class.outputs[output]).ok_or_else(|| {
        let cause = Cause::NoSuchOutput { node: Rc::clone(node), slot: slot.clone(), outputs: class.outputs.len() };
        raise("IndexError", format!("{sequence} index out of range"), cause)
    })?;
    if !by.is_some_and(|by| by.takes_types) && !go_together(received, &input.spec.kind) {
        let problem = Problem::ReturnTypeMismatch { received: received.clone(), node: Rc::clone(node) };
        return Ok(Link::Wrong(problem));
    }
    Ok(Link::To(linked))
}

/// Whether an output of one type may be linked to an input of another.
pub(crate) fn go_together(received: &Value, wanted: &Value) -> bool {
    let matches_all = |kind: &Value| matches!(kind.text(), Some("*" | "COMFY_MATCHTYPE_V3"));
    if equal(received, wanted) || matches_all(received) || matches_all(wanted) {
        return true;
    }
    match (received, wanted) {
        (Value::List(_), Value::Text(wanted)) => **wanted == *"COMBO",
        (Value::Text(received), Value::Text(wanted)) => {
            let mut received = received.split(',').map(str::trim);
            let is_wanted = |kind: &str| kind == "*" || wanted.split(',').any(|one| one.trim() == kind);
            wanted.split(',').any(|one| one.trim() == "*") || received.any(is_wanted)
        }
        _ => false,
    }
}

/// A link's index as a place among outputs: from the end where it is negative, and `true` is 1. None if there is no
/// such output; fails if it is no index.
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
