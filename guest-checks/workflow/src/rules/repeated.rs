//! Keys that a file has twice. JSON readers use the last one without a word.

use super::{Findings, REPEATED_KEY};
use crate::json::{Object, Value};
use comfycheck_sdk::{Finding, NodeRef, Subject, quote};

pub(super) fn collect(prompt: &Value, findings: &mut Findings) {
    let Some(prompt) = prompt.object() else { return };
    for id in prompt.repeated() {
        findings.add_with(REPEATED_KEY, || finding(&format!("the node id {}", quote(id)), id, None));
    }
    for (id, node) in prompt.entries() {
        let of_node = |key: &str| format!("{} of node {}", quote(key), quote(id));
        for key in node.object().map(Object::repeated).unwrap_or_default() {
            findings.add_with(REPEATED_KEY, || finding(&of_node(key), id, None));
        }
        for key in node.get("inputs").and_then(Value::object).map(Object::repeated).unwrap_or_default() {
            let what = format!("input {}", of_node(key));
            findings.add_with(REPEATED_KEY, || finding(&what, id, Some(key)));
        }
    }
}

fn finding(what: &str, id: &str, input: Option<&str>) -> Finding {
    let about = Subject::Node(NodeRef { id: id.to_owned(), input: input.map(str::to_owned) });
    let message = format!("{what} appears more than once: ComfyUI uses the last one");
    Finding::new(REPEATED_KEY, message).help("remove or rename the others").about(about)
}
