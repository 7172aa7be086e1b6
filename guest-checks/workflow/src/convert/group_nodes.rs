//! Group nodes, the predecessors of subgraphs: each is replaced by the nodes of its definition.
//!
//! The file holds definitions in `extra.groupNodes` by name: nodes, links between them by index, and outputs that are
//! also used outside. Inner node `i` of node `5` is submitted as `5:i`. A group node has, in the order of its inner
//! nodes: the inputs that no inner link enters, inputs that were widgets after all others; the outputs that are not used
//! inside only; the values of the widgets.
//!
//! Source: `src/extensions/core/groupNode.ts` of the ComfyUI frontend at commit 03d59e36.

use super::{ConvertError, MAX_BYTES, weight};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// The type prefixes of group nodes.
pub(super) const PREFIXES: [&str; 2] = ["workflow>", "workflow/"];

/// Whether a class is the id of a subgraph, or a group node. No pack has such a class.
pub(crate) fn is_subgraph(class: &str) -> bool {
    let is_uuid = || {
        let parts: Vec<&str> = class.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.chars().all(|char| char.is_ascii_hexdigit()))
    };
    PREFIXES.iter().any(|prefix| class.starts_with(prefix)) || is_uuid()
}

/// The most nodes and links that group nodes add.
const MAX_ADDED: usize = 100_000;

/// The most levels of nested group nodes.
const MAX_DEPTH: usize = 8;

/// The inner node and slot of each output, by the ids of group nodes.
type Outputs = HashMap<String, Vec<(String, usize)>>;

/// Replaces the group nodes of the main graph. Those that are muted or bypassed stay, and those without a definition.
///
/// Refuses a group node whose inputs, outputs or values do not fit its definition.
pub(super) fn expand(workflow: &mut Value) -> Result<(), ConvertError> {
    let definitions = workflow.get_mut("extra").and_then(|extra| extra.get_mut("groupNodes")).map(Value::take);
    let Some(definitions) = definitions else { return Ok(()) };
    let Some(Value::Array(nodes)) = workflow.get_mut("nodes").map(Value::take) else { return Ok(()) };
    let (mut done, mut links, mut outputs) = (Vec::new(), Vec::new(), Outputs::new());
    let (mut added, mut bytes) = (0, 0);
    let mut open: Vec<Value> = nodes.into_iter().rev().collect();
    while let Some(node) = open.pop() {
        let Some(definition) = definition(&node, &definitions) else {
            done.push(node);
            continue;
        };
        added += 1 + list(definition, "nodes").len() + list(definition, "links").len();
        bytes += weight(definition);
        if added > MAX_ADDED {
            return Err(ConvertError::TooManyNodes { limit: MAX_ADDED });
        }
        if bytes > MAX_BYTES {
            return Err(ConvertError::TooLarge);
        }
        let refused = || ConvertError::GroupNode { node: id(&node), class: text(&node, "type").to_owned() };
        if id(&node).matches(':').count() >= MAX_DEPTH {
            return Err(refused());
        }
        let group = Group::new(&node, definition).ok_or_else(refused)?;
        let (inner, inner_links) = group.expanded().ok_or_else(refused)?;
        outputs.insert(id(&node), group.outputs.iter().map(|(at, slot)| (group.id_of(*at), *slot)).collect());
        links.extend(inner_links);
        open.extend(inner.into_iter().rev());
    }
    workflow["nodes"] = Value::Array(done);
    if let Some(Value::Array(all)) = workflow.get_mut("links").map(Value::take) {
        links.extend(all);
    }
    for link in &mut links {
        redirect(link, &outputs);
    }
    workflow["links"] = Value::Array(links);
    Ok(())
}

/// Points a link from a group node to the inner node, which can be a group node, too.
fn redirect(link: &mut Value, outputs: &Outputs) {
    let (origin, slot) = match &*link {
        Value::Array(parts) => (parts.get(1), parts.get(2)),
        other => (other.get("origin_id"), other.get("origin_slot")),
    };
    let (Some(origin), Some(slot)) = (origin.map(id_of), slot.and_then(index)) else { return };
    let mut found = None;
    let mut at = (&origin, slot);
    // Bounded: an inner id is longer than the outer one.
    while let Some((node, slot)) = outputs.get(at.0).and_then(|outputs| outputs.get(at.1)) {
        at = (node, *slot);
        found = Some(at);
    }
    let Some((node, slot)) = found else { return };
    match link {
        Value::Array(parts) => (parts[1], parts[2]) = (json!(node), json!(slot)),
        other => (other["origin_id"], other["origin_slot"]) = (json!(node), json!(slot)),
    }
}

/// The definition of a group node that is active; none for other nodes.
fn definition<'a>(node: &Value, definitions: &'a Value) -> Option<&'a Value> {
    let class = text(node, "type");
    let name = PREFIXES.iter().find_map(|prefix| class.strip_prefix(prefix))?;
    let is_active = !matches!(node.get("mode").and_then(Value::as_u64), Some(2 | 4));
    definitions.get(name).filter(|_| is_active)
}

/// A group node with its definition.
struct Group<'a> {
    outer: &'a Value,
    nodes: &'a [Value],
    /// Links by origin node and slot, target node and slot.
    links: Vec<[usize; 4]>,
    /// The inner node and slot of each output.
    outputs: Vec<(usize, usize)>,
}

impl<'a> Group<'a> {
    fn new(outer: &'a Value, definition: &'a Value) -> Option<Self> {
        let nodes = list(definition, "nodes");
        let links: Vec<[usize; 4]> = list(definition, "links").iter().filter_map(ends).collect();
        let origins: HashSet<(usize, usize)> = links.iter().map(|[from, slot, ..]| (*from, *slot)).collect();
        let external: HashSet<(usize, usize)> = list(definition, "external").iter().filter_map(start).collect();
        let mut outputs = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            for slot in 0..list(node, "outputs").len() {
                let is_inner = origins.contains(&(at, slot)) && !external.contains(&(at, slot));
                if config(definition, at, "output", &slot.to_string()).unwrap_or(!is_inner) {
                    outputs.push((at, slot));
                }
            }
        }
        let hides = |(at, node): (usize, &Value)| {
            let mut names = list(node, "inputs").iter().map(|input| text(input, "name"));
            names.any(|name| config(definition, at, "input", name) == Some(false))
        };
        let fits = outputs.len() == list(outer, "outputs").len() && !nodes.iter().enumerate().any(hides);
        fits.then_some(Self { outer, nodes, links, outputs })
    }

    /// The id of an inner node.
    fn id_of(&self, at: usize) -> String {
        format!("{}:{at}", id(self.outer))
    }

    /// The inner nodes with the links and values of the group node, and the links between them.
    fn expanded(&self) -> Option<(Vec<Value>, Vec<Value>)> {
        let outer = id(self.outer);
        let link_id = |at: usize| format!("{outer}:link:{at}");
        let into: HashMap<(usize, usize), usize> =
            self.links.iter().enumerate().map(|(at, [_, _, to, slot])| ((*to, *slot), at)).collect();
        let mut nodes = self.nodes.to_vec();
        let mut free = Vec::new();
        for (at, node) in nodes.iter_mut().enumerate() {
            node.as_object_mut()?.insert("id".into(), json!(self.id_of(at)));
            let inputs = node.get_mut("inputs").and_then(Value::as_array_mut);
            for (slot, input) in inputs.into_iter().flatten().enumerate() {
                let is_widget = is_widget(input);
                let link = into.get(&(at, slot));
                if link.is_none() {
                    free.push((is_widget, at, slot));
                }
                input.as_object_mut()?.insert("link".into(), json!(link.map(|link| link_id(*link))));
            }
        }
        free.sort_by_key(|(is_widget, _, _)| *is_widget);
        self.link_inputs(&free, &mut nodes)?;
        self.set_values(&mut nodes)?;
        let link = |(at, [from, slot, to, to_slot]): (usize, &[usize; 4])| {
            json!([link_id(at), self.id_of(*from), slot, self.id_of(*to), to_slot, "*"])
        };
        Some((nodes, self.links.iter().enumerate().map(link).collect()))
    }

    /// Gives the links of the group node's inputs to its free inner inputs.
    fn link_inputs(&self, free: &[(bool, usize, usize)], nodes: &mut [Value]) -> Option<()> {
        let inputs = list(self.outer, "inputs");
        let sockets = free.iter().filter(|(is_widget, _, _)| !is_widget).count();
        // Newer editors list the widgets, too. Those without links add nothing.
        let adds_nothing = |input: &Value| is_widget(input) && input.get("link").is_none_or(Value::is_null);
        if inputs.len() != free.len() && !inputs.get(sockets..)?.iter().all(adds_nothing) {
            return None;
        }
        for ((_, at, slot), input) in free.iter().zip(inputs) {
            let link = input.get("link").filter(|link| !link.is_null());
            if let Some(link) = link {
                nodes[*at]["inputs"][*slot]["link"] = link.clone();
            }
        }
        Some(())
    }

    /// Gives the values of the group node's widgets to the inner ones.
    fn set_values(&self, nodes: &mut [Value]) -> Option<()> {
        let Some(values) = self.outer.get("widgets_values").filter(|values| !values.is_null()) else { return Some(()) };
        let values = values.as_array()?;
        let counts: Vec<usize> = self.nodes.iter().map(|node| list(node, "widgets_values").len()).collect();
        if counts.iter().sum::<usize>() != values.len() {
            return None;
        }
        let mut left = values.as_slice();
        for (node, count) in nodes.iter_mut().zip(counts).filter(|(_, count)| *count > 0) {
            let (own, rest) = left.split_at(count);
            node["widgets_values"] = json!(own);
            left = rest;
        }
        Some(())
    }
}

fn is_widget(input: &Value) -> bool {
    input.get("widget").is_some_and(Value::is_object)
}

/// Whether a definition shows an input or an output; none if it does not say.
fn config(definition: &Value, node: usize, kind: &str, name: &str) -> Option<bool> {
    let config = definition.get("config")?;
    let of_node = config.get(node.to_string()).or_else(|| config.get(node))?;
    let of_kind = of_node.get(kind)?;
    of_kind.get(name).or_else(|| of_kind.get(name.parse::<usize>().ok()?))?.get("visible")?.as_bool()
}

/// The ends of an inner link: indices of nodes and slots. None if it enters from outside.
fn ends(link: &Value) -> Option<[usize; 4]> {
    let end = |at: usize| index(link.get(at)?);
    Some([end(0)?, end(1)?, end(2)?, end(3)?])
}

fn start(external: &Value) -> Option<(usize, usize)> {
    Some((index(external.get(0)?)?, index(external.get(1)?)?))
}

fn index(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn id(node: &Value) -> String {
    node.get("id").map(id_of).unwrap_or_default()
}

fn id_of(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
