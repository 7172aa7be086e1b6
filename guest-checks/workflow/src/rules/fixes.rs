//! The one right change of the file that resolves a finding. None if several are possible.
//!
//! Nodes that ComfyUI replaces get no fix but the replacement: the graph has their new inputs, and the file the old ones.

use super::input_kinds::has_widget;
use super::names::{GivenName, Names};
use crate::api_graph::ApiNode;
use crate::class::{Input, Spec, declared};
use crate::json::{Object, Value};
use crate::rules::phrasing::{plain as plain_text, shown};
use crate::verdict::{ResolvedWorkflow, check_literal, output_place, takes_link};
use comfycheck_sdk::{Edit, Fix, is_model, nearest, quote};
use std::collections::BTreeSet;

/// Sets an input to what its value means.
pub(super) fn set(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str, value: &Value) -> Option<Fix> {
    let edit = Edit::SetInput { node: node.id.to_string(), input: input.to_owned(), value: value.to_json() };
    let message = format!("set input {} to {}", quote(input), shown(value));
    (!resolved.replaced.contains(&node.id)).then(|| Fix { message, safe: false, edits: vec![edit] })
}

/// The only choice that is the same text: `"0"` is the choice `0`. An object of the editor holds the text in `content`.
fn same_text<'c>(value: &Value, choices: &'c [Value]) -> Option<&'c Value> {
    let text = plain_text(value.get("content").unwrap_or(value));
    let mut same = choices.iter().filter(|choice| plain_text(choice) == text);
    same.next().filter(|_| same.next().is_none())
}

/// Sets the choice that differs from a value in case and separators only, else the only one that resembles it.
pub(super) fn choice(
    resolved: &ResolvedWorkflow,
    node: &ApiNode,
    input: &str,
    value: &Value,
    choices: &[Value],
) -> Option<Fix> {
    let replace = |to: &Value, safe, message| Some(Fix { message, safe, ..set(resolved, node, input, to)? });
    if let Some(same) = same_text(value, choices) {
        return replace(same, true, format!("replace {} with {}", shown(value), shown(same)));
    }
    let text = value.text()?;
    let names: Vec<&str> = choices.iter().filter_map(Value::text).collect();
    let alike: Vec<&str> = names.iter().copied().filter(|name| plain(name) == plain(text)).collect();
    // A path to the file names it without doubt, but may mean another folder.
    let path = text.replace('\\', "/");
    let is_end = |name: &&str| path.strip_suffix(*name).is_some_and(|folder| folder.ends_with('/'));
    let longest = names.iter().copied().filter(is_end).max_by_key(|name| name.len());
    let near = longest.map_or_else(|| nearest(text, names.iter().copied()), |only| vec![only]);
    let (choice, safe) = match (alike.as_slice(), near.as_slice(), choices) {
        ([only], ..) => (*only, !is_model(text) || is_same_path(text, only)),
        ([], [only], _) => (*only, false),
        ([], [], [Value::Text(only)]) => (&**only, false),
        _ => return None,
    };
    replace(&Value::Text(choice.into()), safe, format!("replace {} with {}", quote(text), quote(choice)))
}

/// Whether two names of files differ in case and in the separator of folders only. A hyphen in the place of an underscore makes
/// another file.
fn is_same_path(one: &str, other: &str) -> bool {
    one.replace('\\', "/").eq_ignore_ascii_case(&other.replace('\\', "/"))
}

/// Whether two names differ in case, space and separators only.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// A name without what differs between systems and habits: case, and which separator stands where.
fn plain(name: &str) -> String {
    let separated = |char: char| if matches!(char, '_' | '-' | ' ' | '\\') { '/' } else { char };
    name.trim().to_lowercase().chars().map(separated).collect()
}

/// Gives a node a required input: the undeclared one that was meant, else the only output of its type, else its default. None
/// if it is unclear whether an undeclared one was meant.
pub(super) fn supply(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str, spec: Option<&Spec>) -> Option<Fix> {
    let place = resolved.graph.position(&node.id).filter(|_| !resolved.replaced.contains(&node.id))?;
    let declared = declared(&resolved.classes[place], node.inputs.as_ref()?);
    let names = Names { resolved, node, class: &resolved.classes[place], declared: &declared };
    match names.given_for(input) {
        GivenName::Meant(given) => return names.rename(given),
        GivenName::Unclear => return None,
        GivenName::Missing => {}
    }
    let (value, shown) = match spec?.options.get("default") {
        Some(default) if spec?.choices().is_none_or(|all| all.iter().any(|one| one.text() == default.text())) => {
            (default.to_json(), shown(default))
        }
        Some(_) => return None,
        None => link_to(only_output(resolved, node, spec?, None)?),
    };
    let message = format!("set input {} to {shown}", quote(input));
    let edit = Edit::AddInput { node: node.id.to_string(), input: input.to_owned(), value };
    Some(Fix { message, safe: false, edits: vec![edit] })
}

/// Links an input to the only output that fits: of the node that it is linked to, else of the workflow.
pub(super) fn relink(
    resolved: &ResolvedWorkflow,
    node: &ApiNode,
    input: &str,
    spec: Option<&Spec>,
    linked: Option<&str>,
) -> Option<Fix> {
    let (value, shown) = link_to(only_output(resolved, node, spec?, linked)?);
    let message = format!("link input {} to {shown}", quote(input));
    let edit = Edit::SetInput { node: node.id.to_string(), input: input.to_owned(), value };
    Some(Fix { message, safe: false, edits: vec![edit] })
}

/// Writes the id of a link as a string, if there is such a node.
pub(super) fn id_as_string(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str, id: &Value) -> Option<Fix> {
    let linked = shown(id);
    let [_, slot] = node.input(input)?.list()? else { return None };
    let outputs = resolved.classes[resolved.graph.position(&linked)?].outputs.len();
    if !matches!(output_place(slot, outputs), Ok(Some(_))) || !resolved.replaced.is_empty() {
        return None;
    }
    let value = serde_json::json!([linked, slot.to_json()]);
    let message = format!("write the node id {linked} as a string");
    let edit = Edit::SetInput { node: node.id.to_string(), input: input.to_owned(), value };
    Some(Fix { message, safe: false, edits: vec![edit] })
}

/// Writes the output of a link as a number, if the linked node has such an output.
pub(super) fn slot_as_number(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str, slot: &Value) -> Option<Fix> {
    let number: i64 = plain_text(slot).trim().trim_end_matches(".0").parse().ok()?;
    let [id, _] = node.input(input)?.list()? else { return None };
    let linked = resolved.graph.position(id.text()?)?;
    if usize::try_from(number).ok()? >= resolved.classes[linked].outputs.len() {
        return None;
    }
    let fix = set(resolved, node, input, &Value::List([id.clone(), Value::Int(number.into())].into()))?;
    Some(Fix { message: format!("write the output {} as the number {number}", shown(slot)), ..fix })
}

/// Whether an input with a widget takes a value that is not a link. The id of a node is surely half of one.
pub(super) fn is_taken(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str, value: &Value) -> bool {
    let is_link = value.list().is_some() || value.text().is_some_and(|id| resolved.graph.position(id).is_some());
    let Some(place) = resolved.graph.position(&node.id).filter(|_| !is_link) else { return false };
    let class = &resolved.classes[place];
    let declared = node.inputs.as_ref().map(|given| declared(class, given)).unwrap_or_default();
    let input = declared.iter().find(|declared| *declared.name == *input && has_widget(&declared.spec));
    input.is_some_and(|input| matches!(check_literal(class, input, value, None, resolved.version), Ok(Ok(()))))
}

/// The input whose link belongs to another input, and the other way round.
pub(super) fn swapped(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str) -> Option<(String, Fix)> {
    let place = resolved.graph.position(&node.id).filter(|_| !resolved.replaced.contains(&node.id))?;
    let class = &resolved.classes[place];
    let declared = declared(class, node.inputs.as_ref()?);
    let fits = |to: &Input, from: &Input| {
        let link = node.input(&from.name).and_then(Value::list);
        link.map(|link| takes_link(resolved, class, to, link))
    };
    let one = declared.iter().find(|declared| *declared.name == *input)?;
    let is_swapped = |other: &&Input| {
        let own = (fits(one, one), fits(other, other));
        own == (Some(false), Some(false)) && fits(one, other) == Some(true) && fits(other, one) == Some(true)
    };
    let mut others = declared.iter().filter(is_swapped);
    let other = others.next().filter(|_| others.next().is_none())?;
    let mut pair = [(&one.name, node.input(&other.name)?), (&other.name, node.input(&one.name)?)];
    // Both inputs have the same fix.
    pair.sort_by_key(|(name, _)| *name);
    let edit = |(name, value): (&std::rc::Rc<str>, &Value)| Edit::SetInput {
        node: node.id.to_string(),
        input: name.to_string(),
        value: value.to_json(),
    };
    let message = format!("swap the links of {} and {}", quote(pair[0].0), quote(pair[1].0));
    Some((other.name.to_string(), Fix { message, safe: false, edits: pair.map(edit).to_vec() }))
}

/// The declaration of one of a node's inputs.
pub(super) fn spec_of(resolved: &ResolvedWorkflow, node: &ApiNode, input: &str) -> Option<std::rc::Rc<Spec>> {
    let place = resolved.graph.position(&node.id)?;
    let nothing = Object::default();
    let declared = declared(&resolved.classes[place], node.inputs.as_deref().unwrap_or(&nothing));
    declared.iter().find(|declared| &*declared.name == input).map(|declared| std::rc::Rc::clone(&declared.spec))
}

/// A link, and as text.
fn link_to((node, output): (&str, usize)) -> (serde_json::Value, String) {
    (serde_json::json!([node, output]), quote(&format!("[\"{node}\", {output}]")))
}

/// A workflow of more nodes is not searched for outputs: that would take quadratic time.
const MOST_NODES: usize = 2_000;

/// The only output of exactly an input's type that closes no cycle: of a node, else of the workflow.
fn only_output<'a>(
    resolved: &'a ResolvedWorkflow,
    node: &ApiNode,
    spec: &Spec,
    linked: Option<&str>,
) -> Option<(&'a str, usize)> {
    let kind = spec.kind.text().filter(|kind| !kind.contains(['*', ',']) && spec.choices().is_none())?;
    let nodes = resolved.graph.nodes();
    if nodes.len() > MOST_NODES || !resolved.replaced.is_empty() {
        return None;
    }
    let reader = resolved.graph.position(&node.id)?;
    let outputs = |place: usize| {
        let outputs = resolved.classes[place].outputs.iter().enumerate();
        outputs.filter(|(_, output)| output.text() == Some(kind)).map(move |(output, _)| (place, output))
    };
    let of_linked: Vec<_> = linked.and_then(|id| resolved.graph.position(id)).into_iter().flat_map(outputs).collect();
    let found = if of_linked.is_empty() {
        let free = (0..nodes.len()).filter(|place| !depends_on(resolved, *place, reader));
        free.flat_map(outputs).take(2).collect()
    } else {
        of_linked
    };
    match found.as_slice() {
        [(place, output)] => Some((&*nodes[*place].id, *output)),
        _ => None,
    }
}

/// Whether a node is another one, or depends on it.
fn depends_on(resolved: &ResolvedWorkflow, place: usize, on: usize) -> bool {
    let mut known = BTreeSet::from([place]);
    let mut open = vec![place];
    while let Some(place) = open.pop() {
        if place == on {
            return true;
        }
        let inputs = resolved.graph.nodes()[place].inputs.iter().flat_map(|inputs| inputs.entries());
        let linked = inputs.filter_map(|(_, value)| resolved.graph.position(value.list()?.first()?.text()?));
        open.extend(linked.filter(|place| known.insert(*place)));
    }
    false
}
