//! Finds the nodes that only the editor knows.

use super::editor_graph::EditorWorkflow;
use comfycheck_packs::{EditorRole, Packs};
use std::collections::HashMap;

/// Notes the role of each node, and which nodes set a name.
pub(super) fn assign(workflow: &mut EditorWorkflow, packs: &Packs) {
    let mut known: HashMap<String, (Option<EditorRole>, String)> = HashMap::new();
    for graph in workflow.graphs_mut() {
        let mut setters = HashMap::new();
        for (at, node) in graph.nodes.iter_mut().enumerate() {
            let (role, pack) = known.entry(node.class.clone()).or_insert_with(|| {
                let pack = packs.provider(&node.class).map(|file| file.pack.clone()).unwrap_or_default();
                (packs.class(&node.class, "").editor_role(), pack)
            });
            node.role = *role;
            node.pack.clone_from(pack);
            if let (Some(EditorRole::Sets), Some(name)) = (node.role, node.first_text()) {
                setters.entry((node.pack.clone(), name.to_owned())).or_insert(at);
            }
        }
        graph.setters = setters;
    }
}
