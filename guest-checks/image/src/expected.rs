//! How many images a workflow saves, and of what size.
//!
//! From each node that saves images, the links are followed back to the node that made the empty latent or image. A size
//! is expected only if every node on the way is known to keep it or to set it. A wrong expectation is worse than none.

mod classes;
mod plain;

pub use plain::PlainColor;

use classes::Pass;
use comfycheck_sdk::{Input, Node, Saver, Workflow, quote};
use serde_json::Value;
use std::collections::BTreeSet;

/// The images that a workflow saves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The least number of images.
    pub count: u32,
    /// The ids of the nodes that save them, in the order of the workflow.
    pub savers: Vec<String>,
    /// The ids of other nodes that may save images of their own.
    pub may_save: Vec<String>,
    /// The sizes that they may have.
    pub sizes: Sizes,
    /// Whether one of them may be a mask, which may be all black or all white.
    pub has_masks: bool,
    /// The single colors that some of them have.
    pub plain: Vec<PlainColor>,
}

/// The sizes that a workflow's images may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// Each image has one of these.
    Known(Vec<Size>),
    /// The reason, as a clause: ``it depends on node `7` (`ImageScaleBy`)``.
    Unknown(String),
}

/// A size in a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether it is the size of a latent. A latent consists of cells of several pixels, and the rest is cut off.
    pub latent: bool,
    /// The id of the node that sets it.
    pub node: String,
}

/// Where the images that a node gets come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Their size, or why it is unknown.
    pub size: Result<Size, String>,
    /// The least number of images.
    pub count: u32,
    /// Whether there are no more.
    pub is_exact: bool,
}

/// How many links are followed. Workflows are some ten nodes deep; cycles have no end.
const MAX_STEPS: usize = 256;

impl Default for Sizes {
    fn default() -> Self {
        Self::Unknown("no node of the workflow is known to save images".into())
    }
}

impl Size {
    /// Whether an image has this size.
    ///
    /// A latent's cell has 8, 16 or 32 pixels a side, by model.
    #[must_use]
    pub fn allows(&self, width: u32, height: u32) -> bool {
        let cells: &[u32] = if self.latent { &[1, 8, 16, 32] } else { &[1] };
        cells.iter().any(|cell| self.width / cell * cell == width && self.height / cell * cell == height)
    }
}

/// The images that a workflow saves.
#[must_use]
pub fn expected(workflow: &Workflow) -> Expected {
    let mut count: u32 = 0;
    let mut savers = Vec::new();
    let mut may_also = Vec::new();
    let mut sizes: Vec<Size> = Vec::new();
    let mut doubt = None;
    let mut plain = Vec::new();
    let has_masks = workflow.nodes().any(|node| node.class.as_deref().is_some_and(classes::makes_masks));
    let used: BTreeSet<&str> = workflow.nodes().flat_map(Node::links).collect();
    for node in workflow.nodes() {
        match node.saver() {
            Some(saver) => {
                let origin = origin(workflow, node, "images");
                count = count.saturating_add(if saver == Saver::EachImage { origin.count } else { 1 });
                savers.push(node.id.clone());
                plain.extend(plain::saved(workflow, node));
                match origin.size {
                    Ok(size) if sizes.iter().any(|known| (known.width, known.height) == (size.width, size.height)) => {}
                    Ok(size) => sizes.push(size),
                    Err(reason) => doubt = doubt.or(Some(reason)),
                }
            }
            None if may_save(node, &used) => {
                may_also.push(node.id.clone());
                doubt = doubt.or_else(|| Some(format!("{} may save images of its own", called(node))));
            }
            None => {}
        }
    }
    let sizes = match doubt {
        _ if savers.is_empty() => Sizes::default(),
        Some(reason) => Sizes::Unknown(reason),
        None => Sizes::Known(sizes),
    };
    Expected { count, savers, may_save: may_also, sizes, has_masks, plain }
}

/// Whether a node of an unknown class may save images: by its name, or because no other node uses its outputs. `used`
/// holds the ids of the nodes that others link to.
fn may_save(node: &Node, used: &BTreeSet<&str>) -> bool {
    let Some(class) = node.class.as_deref() else { return true };
    if classes::pass(class).is_some() || classes::saves_nothing(class) {
        return false;
    }
    let given = node.links().next().is_some();
    class.to_ascii_lowercase().contains("save") || (given && !used.contains(node.id.as_str()))
}

/// Follows the links from an input of a node to where its images come from.
#[must_use]
pub fn origin(workflow: &Workflow, taker: &Node, input: &str) -> Origin {
    let mut node = taker;
    let mut input = input;
    let mut count: u32 = 1;
    let mut is_exact = true;
    // Seen from the end, the first node that sets the size counts.
    let mut size: Option<Result<Size, String>> = None;
    let depends = |node: &Node| format!("it depends on {}", called(node));
    for _ in 0..MAX_STEPS {
        let Some(source) = link(node, input).and_then(|id| workflow.node(id)) else {
            let reason = format!("nothing is linked to `{input}` of {}", called(node));
            return Origin { size: size.unwrap_or(Err(reason)), count, is_exact: false };
        };
        node = source;
        let pass = classes::pass(node.class.as_deref().unwrap_or_default()).filter(|_| !has_options(node));
        input = match pass {
            Some(Pass::Keep(from)) => from,
            Some(Pass::Resize(from)) => {
                size = size.or_else(|| Some(Err(depends(node))));
                from
            }
            Some(Pass::Scale(from)) => {
                size = size.or_else(|| Some(literal_size(workflow, node, false).ok_or_else(|| depends(node))));
                from
            }
            Some(Pass::Repeat(from)) => {
                times(&mut count, &mut is_exact, number(workflow, node, "amount"));
                from
            }
            Some(pass @ (Pass::Source { .. } | Pass::Video { .. })) => {
                times(&mut count, &mut is_exact, number_or_one(workflow, node, "batch_size"));
                if let Pass::Video { group } = pass {
                    let length = number(workflow, node, "length").and_then(|length| length.checked_sub(1));
                    times(&mut count, &mut is_exact, length.map(|others| others / group * group + 1));
                }
                let latent = pass != Pass::Source { latent: false };
                let made = || literal_size(workflow, node, latent).ok_or_else(|| depends(node));
                return Origin { size: size.unwrap_or_else(made), count, is_exact };
            }
            None => return Origin { size: size.unwrap_or_else(|| Err(depends(node))), count, is_exact: false },
        };
    }
    // ComfyUI refuses cycles.
    Origin { size: Err(format!("the links before {} form a cycle", called(taker))), count: 1, is_exact: false }
}

/// Multiplies a number of images; by 1 at least, and not exactly, if the factor is unknown.
fn times(count: &mut u32, is_exact: &mut bool, factor: Option<u32>) {
    *is_exact &= factor.is_some();
    *count = count.saturating_mul(factor.unwrap_or(1).max(1));
}

/// Whether a sampler of RES4LYF has options, which may bring another latent.
fn has_options(node: &Node) -> bool {
    node.inputs.keys().any(|input| input.starts_with("options") && link(node, input).is_some())
}

/// The size in a node's inputs. A side of 0 stands for another one.
fn literal_size(workflow: &Workflow, node: &Node, latent: bool) -> Option<Size> {
    let (width, height) = (number(workflow, node, "width")?, number(workflow, node, "height")?);
    (width > 0 && height > 0).then(|| Size { width, height, latent, node: node.id.clone() })
}

/// As [`number`]; 1 if the input is absent.
fn number_or_one(workflow: &Workflow, node: &Node, input: &str) -> Option<u32> {
    if node.inputs.contains_key(input) { number(workflow, node, input) } else { Some(1) }
}

/// The number of an input: a literal, or that of a node that holds one.
#[must_use]
pub fn number(workflow: &Workflow, node: &Node, input: &str) -> Option<u32> {
    let number = |value: &Value| value.as_u64().and_then(|value| u32::try_from(value).ok());
    match node.input(input)? {
        Input::Literal(value) => number(value),
        Input::Link { node, .. } => {
            let holder = workflow.node(node).filter(|node| node.class.as_deref() == Some("PrimitiveInt"))?;
            number(holder.inputs.get("value")?)
        }
    }
}

/// The id of the node that is linked to an input.
#[must_use]
pub fn link<'a>(node: &'a Node, input: &str) -> Option<&'a str> {
    match node.input(input)? {
        Input::Link { node, .. } => Some(node),
        Input::Literal(_) => None,
    }
}

/// ``node `7` (`ImageScaleBy`)``.
fn called(node: &Node) -> String {
    let class = node.class.as_deref().map(|class| format!(" ({})", quote(class))).unwrap_or_default();
    format!("node {}{class}", quote(&node.id))
}
