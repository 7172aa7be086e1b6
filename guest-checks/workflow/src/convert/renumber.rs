//! Ids of nodes are unique across the graphs of a workflow once the editor has opened it. Where a file uses
//! one twice, the editor gives the node inside a subgraph a new one, and so does this.

use super::graph::Workflow;
use std::collections::{HashMap, HashSet};

/// Gives the nodes of subgraphs new ids where theirs are taken by the main graph or by an earlier subgraph.
/// Returns how many were given.
pub(super) fn renumber(workflow: &mut Workflow) -> usize {
    let mut taken: HashSet<String> = workflow.root.nodes.iter().map(|node| node.id.clone()).collect();
    let mut last = workflow.last_node_id;
    let mut given = 0;
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
        given += renamed.len();
        if !renamed.is_empty() {
            subgraph.graph.rename_nodes(&renamed);
        }
    }
    given
}
