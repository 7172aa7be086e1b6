//! How many images reach an output node. Each frame of a video is one.
//!
//! A node that is not known passes on what comes from the nearest node that is.

use super::graph::{Graph, Node, linked};
use serde_json::Value;

/// How many nodes are followed in all: a node that joins batches has two ways back or more, and cycles have no end.
const MAX_STEPS: usize = 64;

/// What a node does to the number of images or latents.
enum Effect<'a> {
    /// It makes this many, in batches and frames.
    Makes(u64),
    /// It repeats those of a node.
    Repeats(Option<Node<'a>>, u64),
    /// It puts those of several nodes one after another.
    Joins(Vec<Node<'a>>),
    /// It takes this many, from an index on; negative from the end.
    Takes(Option<Node<'a>>, i64, u64),
    /// It has a `batch_size`, and only splits what it gets.
    Keeps(Option<Node<'a>>),
}

/// The number of images that an output gets: 1 if no node before it says more.
pub(super) fn size(graph: Graph<'_>, output: Node<'_>) -> u64 {
    let mut steps = MAX_STEPS;
    nearest(graph, output, &mut steps)
}

/// What the nearest known node gives, seen from this one, which counts too.
fn nearest(graph: Graph<'_>, node: Node<'_>, steps: &mut usize) -> u64 {
    let Some(left) = steps.checked_sub(1) else { return 1 };
    *steps = left;
    let known = graph.upstream(node).into_iter().find_map(|node| effect(graph, node));
    let mut of = |node: Option<Node<'_>>| node.map_or(1, |node| nearest(graph, node, steps));
    match known {
        None => 1,
        Some(Effect::Makes(number)) => number,
        Some(Effect::Repeats(source, times)) => of(source).saturating_mul(times),
        Some(Effect::Joins(sources)) => {
            sources.into_iter().map(|node| of(Some(node))).fold(0, u64::saturating_add).max(1)
        }
        Some(Effect::Keeps(source)) => of(source),
        Some(Effect::Takes(source, from, most)) => {
            let all = of(source);
            let from = if from < 0 { all.saturating_sub(from.unsigned_abs()) } else { from.unsigned_abs() };
            // Beyond the end it takes the last one.
            most.min(all.saturating_sub(from)).max(1)
        }
    }
}

/// None if the node is not known to change the number.
fn effect<'a>(graph: Graph<'a>, node: Node<'a>) -> Option<Effect<'a>> {
    let from = |input: &str| node.input(input).and_then(linked).and_then(|id| graph.node(id));
    let number = |input: &str| node.input(input).and_then(Value::as_u64).filter(|number| *number > 0);
    let listed = |prefix: &str| {
        let links = node.inputs().filter(|(name, _)| name.starts_with(prefix));
        links.filter_map(|(_, value)| graph.node(linked(value)?)).collect()
    };
    let take = |source: &str| {
        let first = node.input("batch_index").and_then(Value::as_i64).unwrap_or(0);
        Effect::Takes(from(source), first, number("length").unwrap_or(1))
    };
    Some(match node.class().unwrap_or_default() {
        "RepeatImageBatch" => Effect::Repeats(from("image"), number("amount").unwrap_or(1)),
        "RepeatLatentBatch" => Effect::Repeats(from("samples"), number("amount").unwrap_or(1)),
        "ImageBatch" => Effect::Joins([from("image1"), from("image2")].into_iter().flatten().collect()),
        "LatentBatch" => Effect::Joins([from("samples1"), from("samples2")].into_iter().flatten().collect()),
        "BatchImagesNode" => Effect::Joins(listed("images.")),
        "BatchLatentsNode" => Effect::Joins(listed("latents.")),
        "ImageFromBatch" => take("image"),
        "LatentFromBatch" => take("samples"),
        "RebatchImages" => Effect::Keeps(from("images")),
        "RebatchLatents" => Effect::Keeps(from("latents")),
        class => {
            let (batch, length) = (number("batch_size"), number("length"));
            let group = frames_of_a_latent(class);
            let frames = length.map(|length| (length - 1) / group * group + 1);
            batch.or(frames)?;
            Effect::Makes(batch.unwrap_or(1).saturating_mul(frames.unwrap_or(1)))
        }
    })
}

/// How many frames the latents of video models have, after the first: their nodes round a length down to whole latents.
fn frames_of_a_latent(class: &str) -> u64 {
    match class {
        "EmptyMochiLatentVideo" => 6,
        _ if class.contains("LTXV") || class.contains("Cosmos") => 8,
        _ => 4,
    }
}
