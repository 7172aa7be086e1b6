//! Nodes of the workflow that a text names.

use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{NodeFailure, NodeRef, Subject};
use serde_json::Value;

/// The nodes that a text names, as subjects, each once. A number that is not a key of the sample's workflow is not a node.
pub(crate) fn named(text: &str, sample: &Sample) -> Vec<Subject> {
    let Ok(Value::Object(workflow)) = serde_json::from_str::<Value>(&sample.workflow) else { return Vec::new() };
    let failed = NodeFailure::parse(text).map(|node| node.id);
    let mut ids: Vec<String> = Vec::new();
    let headed = text.lines().filter_map(heading);
    for id in failed.into_iter().chain(mentioned(text).chain(headed).map(str::to_owned)) {
        // A node of a subgraph runs as `57:3`; the workflow may hold only the node that stands for the subgraph.
        let outer = id.split_once(':').map(|(outer, _)| outer.to_owned());
        let known = [Some(id), outer].into_iter().flatten().find(|id| workflow.contains_key(id));
        ids.extend(known.filter(|id| !ids.contains(id)));
    }
    ids.into_iter().map(|id| Subject::Node(NodeRef { id, input: None })).collect()
}

/// The id in a line above ComfyUI's reasons to refuse a node: `* KSampler 3:`.
pub(crate) fn heading(line: &str) -> Option<&str> {
    let (node, _) = line.trim_start().strip_prefix("* ")?.split_once(':')?;
    let (class, id) = node.rsplit_once(' ')?;
    (!class.is_empty() && !id.is_empty() && !class.contains(',')).then_some(id)
}

/// What follows `node`, `node ID`, `node #` or `node_id` in a text.
fn mentioned(text: &str) -> impl Iterator<Item = &str> {
    const NODE: &str = "node";
    let bytes = text.as_bytes();
    let starts =
        bytes.windows(NODE.len()).enumerate().filter(|(_, window)| window.eq_ignore_ascii_case(NODE.as_bytes()));
    starts.filter_map(|(start, _)| {
        let rest = text.get(start + NODE.len()..)?;
        let rest = rest.trim_start_matches(['_', ' ']);
        let rest = rest.get(..2).filter(|id| id.eq_ignore_ascii_case("id")).map_or(rest, |_| &rest[2..]);
        let rest = rest.trim_start_matches([' ', '\'', '"', ':', '=', '#', '(', '[']);
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-'))).unwrap_or(rest.len());
        Some(rest[..end].trim_end_matches(':')).filter(|id| !id.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_sdk::samples::Ending;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let workflow = r#"{"3": {}, "57": {}, "loader-a": {}}"#.to_owned();
        let sample = Sample { workflow, ..Sample::new(0, Ending::Failed) };
        let ids: Vec<_> = named(text, &sample)
            .into_iter()
            .map(|subject| match subject {
                Subject::Node(node) => node.id,
                _ => panic!("not a node"),
            })
            .collect();
        assert_eq!(ids, expected, "{text}");
    }

    #[test]
    fn nodes_are_found_in_any_words() {
        check("Node Type: KSampler, Node ID: 3, Message: no", &["3"]);
        check("node 3 failed: no model", &["3"]);
        check("Node ID '#3'", &["3"]);
        check("{'node_id': '3', 'exception_message': 'no'}", &["3"]);
        check(r#"error in node "loader-a": gone; then node 3"#, &["loader-a", "3"]);
        check("NODE #57:12 raised", &["57"]);
        check("* KSampler 3: - Value not in list: sampler_name", &["3"]);
    }

    #[test]
    fn other_numbers_are_no_nodes() {
        for text in ["", "node", "node 4", "3 of 4 nodes", "node_modules 3", "the node", "nodé 3"] {
            check(text, &[]);
        }
    }
}
