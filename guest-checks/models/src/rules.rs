//! What the check decides, from plain values, and every message it has.
//!
//! Nothing here asks the host, so that other checks can use it.

pub mod attached;
pub mod content;
pub mod description;
pub mod dry_run;
pub mod folders;
pub mod near_miss;
pub mod required;
pub mod samples;
pub mod volume;

use attached::DETACHED_VOLUME;
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::{
    Bound, Finding, ModelRef, Node, OpenQuestion, Severity, Subject, Workflow, is_model, quote, quote_all,
};
use description::Description;
use dry_run::{DRY_RUN, REFUSED_LOADER};
use folders::{folder_of, where_to_put};
use near_miss::{NearMiss, Place, near_miss};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use volume::{BROKEN_FILE, Inventory, ON_VOLUME, UNMAPPED_FOLDER, VOLUMES_DIFFER, Wanted};

/// A loader does not offer a model that the workflow names.
pub const MISSING_MODEL: &str = "missing-model";
/// A loader offers no model at all.
pub const EMPTY_LOADER: &str = "empty-loader";
/// A model that the settings require is not there.
pub const REQUIRED_MODEL: &str = "required-model";
/// A model file is too small to be one.
pub const SUSPICIOUS_SIZE: &str = "suspicious-size";

/// Every rule, with its default severity.
pub const RULES: [(&str, Severity); 11] = [
    (MISSING_MODEL, Severity::Error),
    (EMPTY_LOADER, Severity::Error),
    (REQUIRED_MODEL, Severity::Error),
    (SUSPICIOUS_SIZE, Severity::Warning),
    (BROKEN_FILE, Severity::Error),
    // What a worker has is not told by a volume alone: another image may look elsewhere, or hold the file itself.
    (UNMAPPED_FOLDER, Severity::Warning),
    (VOLUMES_DIFFER, Severity::Warning),
    (DETACHED_VOLUME, Severity::Error),
    (ON_VOLUME, Severity::Note),
    (REFUSED_LOADER, Severity::Error),
    (DRY_RUN, Severity::Note),
];

/// What the reader can do where nobody tells which models are there.
pub(crate) const HOW_TO_ANSWER: &str =
    "take samples, or give the suite's deployment a ComfyUI server, a saved `object-info` or a `dry-run`";

/// A value that a node of the workflow gives to a choice of models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named<'a> {
    /// The node.
    pub node: &'a Node,
    /// The node's class.
    pub class: &'a str,
    /// The input.
    pub input: &'a str,
    /// The value: a model file, or one of the loader's own words, such as `pixel_space`.
    pub file: &'a str,
    /// What the loader offers.
    pub offered: &'a [String],
}

impl Named<'_> {
    /// Whether the loader offers the value. ComfyUI compares exactly.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.offered.iter().any(|name| name == self.file)
    }
}

/// Whether any node gives an input a text that looks like a model file. If none does,
/// there is nothing to ask.
#[must_use]
pub fn names_models(workflow: &Workflow) -> bool {
    workflow.nodes().any(|node| model_texts(node).next().is_some())
}

/// What the workflow gives to choices of models, in its order.
///
/// `classes` holds the descriptions of the classes that are known. Nodes that no output
/// depends on are left out, as ComfyUI does not look at their inputs; a node whose class
/// is not known counts as an output.
#[must_use]
pub fn named_models<'a>(workflow: &'a Workflow, classes: &'a BTreeMap<String, Description>) -> Vec<Named<'a>> {
    let reached = reached(workflow, classes);
    let mut named = Vec::new();
    for node in workflow.nodes().filter(|node| reached.contains(node.id.as_str())) {
        let Some((class, description)) = node.class.as_ref().and_then(|class| classes.get_key_value(class)) else {
            continue;
        };
        // It accepts what it does not offer.
        if class == "CustomCombo" {
            continue;
        }
        for (input, value) in &node.inputs {
            let Some(offered) = description.choices.get(input) else { continue };
            let loads_models = offered.iter().any(|name| is_model(name));
            let files = texts(value).into_iter().filter(|file| loads_models || is_model(file));
            named.extend(files.map(|file| Named { node, class, input, file, offered }));
        }
    }
    named
}

/// What is looked for on volumes where the inventory told what loaders offer: the models of loaders whose folder is known.
#[must_use]
pub fn wanted_beside(named: &[Named<'_>]) -> Vec<Wanted> {
    let models = named.iter().filter(|model| is_model(model.file));
    let wanted = models.filter_map(|model| {
        let inventory = if model.is_offered() { Inventory::Has } else { Inventory::Lacks };
        Some((folder_of(model.class)?, model.file, inventory, model.node.subject(Some(model.input))))
    });
    gathered(wanted)
}

/// What is looked for on volumes where nobody tells what loaders offer, and why not: the model files that nodes name; and a
/// question for each whose loader's folder is not known.
#[must_use]
pub fn wanted_instead(workflow: &Workflow, why: &str) -> (Vec<Wanted>, Vec<OpenQuestion>) {
    wanted_by(workflow, |_, _| Inventory::Silent(why.to_owned()))
}

/// The same where `inventory` says what is known of the model that an input of a node names.
fn wanted_by(workflow: &Workflow, inventory: impl Fn(&Node, &str) -> Inventory) -> (Vec<Wanted>, Vec<OpenQuestion>) {
    let (mut wanted, mut open) = (Vec::new(), Vec::new());
    for node in workflow.nodes() {
        for (input, value) in &node.inputs {
            for file in texts(value).into_iter().filter(|text| is_model(text)) {
                match (node.class.as_deref().and_then(folder_of), inventory(node, input)) {
                    (Some(folder), inventory) => wanted.push((folder, file, inventory, node.subject(Some(input)))),
                    (None, Inventory::Silent(why)) => open.push(unknown_folder(node, file, &why)),
                    (None, Inventory::Has | Inventory::Lacks) => {}
                }
            }
        }
    }
    (gathered(wanted.into_iter()), open)
}

fn unknown_folder(node: &Node, file: &str, why: &str) -> OpenQuestion {
    let class = node.class.as_deref().unwrap_or_default();
    let reason = format!(
        "{} of node {} names {}, which is not looked for on a volume, as the class's folder is not known; {why}",
        quote(class),
        quote(&node.id),
        quote(file)
    );
    OpenQuestion::new(MISSING_MODEL, reason).help(HOW_TO_ANSWER)
}

/// Nodes that name the same file of the same folder share the search.
fn gathered<'a>(models: impl Iterator<Item = (&'a str, &'a str, Inventory, Subject)>) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for (folder, file, inventory, node) in models {
        let is_same =
            |known: &&mut Wanted| known.folder == folder && known.names == [file] && known.inventory == inventory;
        match all.iter_mut().find(is_same) {
            Some(known) => known.nodes.push(node),
            None => all.push(Wanted {
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

/// The ids of the nodes that an output depends on, and of the outputs.
fn reached<'a>(workflow: &'a Workflow, classes: &BTreeMap<String, Description>) -> BTreeSet<&'a str> {
    let is_output = |node: &&Node| {
        let description = node.class.as_ref().and_then(|class| classes.get(class));
        description.is_none_or(|description| description.is_output)
    };
    let mut pending: Vec<&Node> = workflow.nodes().filter(is_output).collect();
    let by_id: BTreeMap<&str, &Node> = workflow.nodes().map(|node| (node.id.as_str(), node)).collect();
    let mut reached = BTreeSet::new();
    while let Some(node) = pending.pop() {
        if reached.insert(node.id.as_str()) {
            pending.extend(node.links().filter_map(|id| by_id.get(id)));
        }
    }
    reached
}

/// The texts that are given to an input: one, or several in ComfyUI's `__value__` wrapper.
fn texts(value: &Value) -> Vec<&str> {
    match value.get("__value__").unwrap_or(value) {
        Value::String(text) => vec![text],
        Value::Array(texts) if value.is_object() => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn model_texts(node: &Node) -> impl Iterator<Item = &str> {
    node.inputs.values().flat_map(texts).filter(|text| is_model(text))
}

/// A finding for each model that its loader does not offer: of `empty-loader` if the
/// loader offers none, else of `missing-model` with what may be meant. Nodes that share
/// class, input and file share the finding.
///
/// `elsewhere` holds what folders or other loaders have, for advice.
#[must_use]
pub fn missing_models(named: &[Named<'_>], elsewhere: &[Place]) -> Vec<Finding> {
    let mut groups: Vec<(Named<'_>, Vec<&Node>)> = Vec::new();
    for model in named.iter().filter(|model| !model.is_offered()) {
        let is_same =
            |known: &Named<'_>| (known.class, known.input, known.file) == (model.class, model.input, model.file);
        match groups.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, nodes)) => nodes.push(model.node),
            None => groups.push((*model, vec![model.node])),
        }
    }
    let finding = |(model, nodes): &(Named<'_>, Vec<&Node>)| {
        let of = match nodes.as_slice() {
            [node] => format!("node {}", quote(&node.id)),
            nodes => format!("nodes {}", quote_all(nodes.iter().map(|node| node.id.as_str()))),
        };
        let missing = Missing {
            loader: format!("{} of {of}", quote(model.class)),
            class: Some(model.class),
            file: model.file,
            offered: Some(model.offered),
        };
        let nodes = nodes.iter().map(|node| node.subject(Some(model.input)));
        missing.finding("", elsewhere, nodes)
    };
    groups.iter().map(finding).collect()
}

/// A model that a loader does not offer, whoever says so.
struct Missing<'a> {
    /// In the words of a message.
    loader: String,
    class: Option<&'a str>,
    file: &'a str,
    /// None if it is not known.
    offered: Option<&'a [String]>,
}

impl Missing<'_> {
    fn is_empty(&self) -> bool {
        self.offered.is_some_and(|offered| !offered.iter().any(|name| is_model(name)))
    }

    /// `where_ran` says where the loader does not offer it: empty, or a clause with a space before it.
    fn finding(&self, where_ran: &str, elsewhere: &[Place], nodes: impl Iterator<Item = Subject>) -> Finding {
        let Self { loader, file, .. } = self;
        let folder = self.class.and_then(folder_of);
        let near = near_miss(file, self.offered.unwrap_or_default(), elsewhere);
        let finding = if self.is_empty() {
            let near = if matches!(near, NearMiss::Elsewhere(..)) { near } else { NearMiss::Nothing };
            let message = format!(
                "{loader} names {}, but this loader sees no files at all{where_ran}{}",
                quote(file),
                near.clause()
            );
            Finding::new(EMPTY_LOADER, message).help(format!(
                "{}; if the files are on a network volume, attach it to the endpoint",
                where_to_put(folder)
            ))
        } else {
            let message = format!("{loader} does not offer {}{where_ran}{}", quote(file), near.clause());
            Finding::new(MISSING_MODEL, message).help(near.help(where_to_put(folder)))
        };
        let model = ModelRef { folder: folder.unwrap_or_default().to_owned(), name: (*file).to_owned() };
        finding.about_all(nodes).about(Subject::Model(model))
    }
}

/// An open question of `missing-model` for each node that names a model and whose class
/// is not known: `unknown` says why, such as `is not installed`.
#[must_use]
pub fn unknown_loaders(workflow: &Workflow, unknown: &BTreeMap<String, &str>) -> Vec<OpenQuestion> {
    let open = |node: &Node| {
        let (class, why) = unknown.get_key_value(node.class.as_ref()?)?;
        let file = quote(model_texts(node).next()?);
        let of = format!("class {} of node {}", quote(class), quote(&node.id));
        let reason = format!("{of} {why}, so that it is not known whether it offers {file}");
        Some(OpenQuestion::new(MISSING_MODEL, reason).help("see what the `nodes` check says of the class"))
    };
    workflow.nodes().filter_map(open).collect()
}

/// A finding of `suspicious-size` if a file is too small to be a model. `about` is what
/// names the file; the file itself is added.
#[must_use]
pub fn suspicious_size(folder: &str, file: &ModelFile, about: impl IntoIterator<Item = Subject>) -> Option<Finding> {
    let place = format!("{} in the folder {}", quote(&file.name), quote(folder));
    let model = Subject::Model(ModelRef { folder: folder.to_owned(), name: file.name.clone() });
    Some(small(&place, file.size?)?.about_all(about).about(model))
}

/// The same of a file by its place, and about nothing yet.
fn small(place: &str, size: u64) -> Option<Finding> {
    if size >= SMALLEST {
        return None;
    }
    let finding = Finding::new(SUSPICIOUS_SIZE, format!("{place} is only {size} bytes long"));
    #[expect(clippy::cast_precision_loss, reason = "both are below 1024")]
    let finding = finding.measured(size as f64, "By", Some(Bound::AtLeast(SMALLEST as f64)));
    Some(finding.help("download the file again: it is a Git LFS pointer, an error page or a download that was cut"))
}

/// In bytes. A Git LFS pointer has about 130, the smallest real models some thousand.
const SMALLEST: u64 = 1024;
