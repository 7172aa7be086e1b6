//! The part of a workflow that makes its saved images.

use crate::expected::Expected;
use comfycheck_sdk::{Input, Workflow};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The nodes that the saved images depend on, by id: their classes and inputs. Of a node that saves, only what it links to: a
/// file name changes no pixel. A node that may save counts as a whole. Workflows with equal parts make equal images.
///
/// The whole workflow if no node is known to save images, because any node may.
#[must_use]
pub fn makes_images(workflow: &Workflow, expected: &Expected) -> BTreeMap<String, Value> {
    let mut open: Vec<&str> = if expected.savers.is_empty() {
        workflow.nodes().map(|node| node.id.as_str()).collect()
    } else {
        expected.savers.iter().chain(&expected.may_save).map(String::as_str).collect()
    };
    let mut part = BTreeMap::new();
    while let Some(id) = open.pop() {
        let Some(node) = workflow.node(id).filter(|node| !part.contains_key(&node.id)) else { continue };
        let saves = expected.savers.contains(&node.id);
        let inputs: BTreeMap<&String, &Value> = node
            .inputs
            .iter()
            .filter(|(name, _)| !saves || matches!(node.input(name), Some(Input::Link { .. })))
            .collect();
        part.insert(node.id.clone(), json!([node.class, inputs]));
        open.extend(node.links());
    }
    part
}
