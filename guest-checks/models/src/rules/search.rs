//! The models that network volumes are searched for.

use super::MISSING_MODEL;
use super::folders::folder_of;
use super::inputs::{ModelInput, model_texts};
use comfycheck_sdk::wording::quote;
use comfycheck_sdk::{ModelRef, Node, OpenQuestion, SAVE_INVENTORY_OR_DRY_RUN, Subject, Workflow, is_model};

/// A model that volumes are searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSearch {
    /// The folder, under ComfyUI's name.
    pub folder: String,
    /// Names of which one is enough; at least one.
    pub names: Vec<String>,
    /// The required size in bytes.
    pub size: Option<u64>,
    /// Whether the settings require the model on every volume.
    pub on_volume: bool,
    /// What the inventory says of it.
    pub inventory: Inventory,
    /// The nodes that name it; empty if the settings do.
    pub nodes: Vec<Subject>,
}

/// What the inventory says of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inventory {
    /// It is listed.
    Has,
    /// It is not listed, which is a finding already.
    Lacks,
    /// It is unknown; why, as a clause.
    Unknown(String),
}

impl ModelSearch {
    /// The nodes that name the model, and the model under each of its names.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let model = |name: &String| Subject::Model(ModelRef { folder: self.folder.clone(), name: name.clone() });
        self.nodes.iter().cloned().chain(self.names.iter().map(model)).collect()
    }
}

/// The models that an inventory was asked for, if the folder of their loader is known.
#[must_use]
pub fn of_inputs(inputs: &[ModelInput<'_>]) -> Vec<ModelSearch> {
    let models = inputs.iter().filter(|model| is_model(model.file));
    let searches = models.filter_map(|model| {
        let inventory = if model.is_listed() { Inventory::Has } else { Inventory::Lacks };
        Some((folder_of(model.class)?, model.file, inventory, model.node.subject(Some(model.input))))
    });
    gathered(searches)
}

/// The models of a workflow whose inventory is unknown for the reason `why`, and a question for
/// each whose loader reads an unknown folder.
#[must_use]
pub fn of_workflow(workflow: &Workflow, why: &str) -> (Vec<ModelSearch>, Vec<OpenQuestion>) {
    of_workflow_by(workflow, |_, _| Inventory::Unknown(why.to_owned()))
}

/// The same where `inventory` says what is known of the model of a node's input.
pub(super) fn of_workflow_by(
    workflow: &Workflow,
    inventory: impl Fn(&Node, &str) -> Inventory,
) -> (Vec<ModelSearch>, Vec<OpenQuestion>) {
    let (mut searches, mut open) = (Vec::new(), Vec::new());
    for (node, input, file) in model_texts(workflow) {
        match (node.class.as_deref().and_then(folder_of), inventory(node, input)) {
            (Some(folder), inventory) => searches.push((folder, file, inventory, node.subject(Some(input)))),
            (None, Inventory::Unknown(why)) => open.push(unknown_folder(node, file, &why)),
            (None, Inventory::Has | Inventory::Lacks) => {}
        }
    }
    (gathered(searches.into_iter()), open)
}

fn unknown_folder(node: &Node, file: &str, why: &str) -> OpenQuestion {
    let class = quote(node.class.as_deref().unwrap_or_default());
    let reason = format!("could not search volumes for {}: the folder of {class} is unknown, and {why}", quote(file));
    OpenQuestion::new(MISSING_MODEL, reason).help(SAVE_INVENTORY_OR_DRY_RUN)
}

/// Nodes that name the same file of the same folder share a search.
fn gathered<'a>(models: impl Iterator<Item = (&'a str, &'a str, Inventory, Subject)>) -> Vec<ModelSearch> {
    let mut all: Vec<ModelSearch> = Vec::new();
    for (folder, file, inventory, node) in models {
        let is_same =
            |known: &&mut ModelSearch| known.folder == folder && known.names == [file] && known.inventory == inventory;
        match all.iter_mut().find(is_same) {
            Some(known) => known.nodes.push(node),
            None => all.push(ModelSearch {
                folder: folder.to_owned(),
                names: vec![file.to_owned()],
                size: None,
                on_volume: false,
                inventory,
                nodes: vec![node],
            }),
        }
    }
    all
}
