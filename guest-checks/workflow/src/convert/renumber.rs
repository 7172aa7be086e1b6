//! Unique node ids across all graphs. If a file repeats an id, the editor gives the node inside the subgraph a new one,
//! and so does this conversion.

use super::editor_graph::EditorWorkflow;
use std::collections::{HashMap, HashSet};

/// Renumbers nodes of subgraphs whose ids are taken by the main graph or by an earlier subgraph. Returns their number.
pub(super) fn renumber(workflow: &mut EditorWorkflow) -> usize {
    let mut taken: HashSet<String> = workflow.root.nodes.iter().map(|node| node.id.clone()).collect();
    let mut last = workflow.last_node_id;
    let mut count = 0;
    for subgraph in &mut workflow.subgraphs {
        let mut renamed = HashMap::new();
        for node in &subgraph.graph.nodes {
            if taken.insert(node.id.clone()) {
                continue;
            }
            let mut free = last.saturating_add(1);
            while free < i64::MAX && !taken.insert(free.to_string()) {
                free = free.saturating_add(1);
            }
            last = free;
            renamed.insert(node.id.clone(), free.to_string());
        }
        count += renamed.len();
        if !renamed.is_empty() {
            subgraph.graph.rename_nodes(&renamed);
        }
    }
    count
}
