//! Which node saved which file, and files that are missing.

use super::file::OutputFile;
use crate::expected::Saver;
use crate::format::{Format, Kind};
use comfycheck_sdk::samples::{LostImage, Sample};
use comfycheck_sdk::wording::{count, names};
use comfycheck_sdk::{Finding, NodeRef, Subject, quote};

/// The node that saved each file, as an index of `savers`. None where it is not certain.
///
/// A file's node is that which the output names, or the only one that saves files of its kind with such a name.
#[must_use]
pub fn attribute(files: &[(&OutputFile, Option<Kind>)], savers: &[Saver]) -> Vec<Option<usize>> {
    let node_of = |(file, kind): &(&OutputFile, Option<Kind>)| {
        let named = file.node.as_ref().and_then(|node| savers.iter().position(|saver| saver.node == *node));
        if named.is_some() {
            return named;
        }
        let named = |saver: &Saver| saver.prefix.as_ref().is_none_or(|prefix| is_of(&file.name, prefix));
        let mut able = (0..).zip(savers).filter(|(_, saver)| Some(saver.kind) == *kind).peekable();
        let only = able.peek().map(|(index, _)| *index);
        let rest: Vec<usize> = able.filter(|(_, saver)| named(saver)).map(|(index, _)| index).collect();
        match rest.as_slice() {
            [index] => Some(*index),
            // A worker may rename files.
            [] => only.filter(|only| savers.iter().filter(|saver| saver.kind == savers[*only].kind).count() == 1),
            _ => None,
        }
    };
    files.iter().map(node_of).collect()
}

/// Whether a file has the name that a prefix gives it: `prefix_00001_.mp4`.
fn is_of(name: &str, prefix: &str) -> bool {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    base.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['_', '.', '-']))
}

/// The nodes that saved fewer files than they should. Each kind of file is counted on its own.
#[must_use]
pub fn missing(
    sample: &Sample,
    files: &[(&OutputFile, Option<Kind>)],
    nodes: &[Option<usize>],
    savers: &[Saver],
) -> Vec<Finding> {
    if files.is_empty() && sample.lost_images.is_empty() && savers.iter().all(|saver| saver.files == 0) {
        return savers.iter().map(|saver| not_saved(sample.index, saver)).collect();
    }
    [Kind::Video, Kind::Audio, Kind::Model, Kind::Text]
        .into_iter()
        .flat_map(|kind| missing_of(kind, sample, files, nodes, savers))
        .collect()
}

/// A node that is set to save nothing, in a job that returned nothing.
fn not_saved(sample: u32, saver: &Saver) -> Finding {
    let (class, what) = (quote(&saver.class), noun(saver.kind));
    let message = format!("the job returned nothing: this node ({class}) saves no {what}, as its `save_output` is off");
    let node = Subject::Node(NodeRef { id: saver.node.clone(), input: Some("save_output".into()) });
    let help = if saver.kind == Kind::Video {
        "save the video with `SaveVideo`, or set `save_output` and run a worker that returns files of this node"
    } else {
        "set `save_output`, and run a worker that returns files of this node"
    };
    Finding::new("missing-file", message).about(node).about(Subject::Sample(sample)).help(help)
}

fn missing_of(
    kind: Kind,
    sample: &Sample,
    files: &[(&OutputFile, Option<Kind>)],
    nodes: &[Option<usize>],
    savers: &[Saver],
) -> Vec<Finding> {
    let returned =
        |index: usize| u32::try_from(nodes.iter().filter(|node| **node == Some(index)).count()).unwrap_or(u32::MAX);
    let short: Vec<(&Saver, u32)> = (0..)
        .zip(savers)
        .filter(|(_, saver)| saver.kind == kind)
        .map(|(index, saver)| (saver, returned(index)))
        .filter(|(saver, returned)| *returned < saver.files)
        .collect();
    let needed: u32 = short.iter().fold(0, |sum, (saver, returned)| sum.saturating_add(saver.files - returned));
    // Files of which the node or the kind is not certain may be those that are missing.
    let may_be = |of: Option<Kind>| of.is_none_or(|of| of == kind);
    let unclear = files.iter().zip(nodes).filter(|((_, of), node)| may_be(*of) && node.is_none()).count();
    // A lost file is not missing, too.
    let lost_kind = |lost: &LostImage| lost.name.rsplit_once('.').and_then(|(_, ending)| Format::declared(ending));
    let lost = sample.lost_images.iter().filter(|lost| may_be(lost_kind(lost).map(Format::kind))).count();
    let unclear = u32::try_from(unclear + lost).unwrap_or(u32::MAX);
    let sample = sample.index;
    let Some((saver, _)) = short.last().filter(|_| needed > unclear) else { return Vec::new() };
    if unclear == 0 {
        return short.iter().map(|(saver, returned)| of_one(kind, sample, saver, *returned)).collect();
    }
    let classes = names(short.iter().map(|(saver, _)| saver.class.as_str()));
    let there = count(unclear, noun(kind));
    let message = format!("the job returned {there} of {needed} that these nodes should save ({classes})");
    let nodes = short.iter().map(|(saver, _)| Subject::Node(NodeRef { id: saver.node.clone(), input: None }));
    vec![Finding::new("missing-file", message).about_all(nodes).about(Subject::Sample(sample)).help(help(saver))]
}

/// What to do about files of a node that are missing.
fn help(saver: &Saver) -> String {
    let class = quote(&saver.class);
    let lost = format!("run a worker that returns files of {class}: worker-comfyui does not");
    match (saver.is_returned, saver.kind) {
        (true, _) => "check the worker's log around this job: the node failed, or its file was not uploaded".to_owned(),
        (false, Kind::Video) => format!("save the video with `SaveVideo`, or {lost}"),
        (false, _) => lost,
    }
}

fn of_one(kind: Kind, sample: u32, saver: &Saver, returned: u32) -> Finding {
    let class = quote(&saver.class);
    let message = if returned == 0 {
        format!("the job returned no {} of this node ({class})", noun(kind))
    } else {
        let there = count(returned, noun(kind));
        format!("the job returned {there} of this node ({class}; workflow: at least {})", saver.files)
    };
    let node = Subject::Node(NodeRef { id: saver.node.clone(), input: None });
    Finding::new("missing-file", message).about(node).about(Subject::Sample(sample)).help(help(saver))
}

/// As a message counts files of a kind.
pub(super) fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "video",
        Kind::Audio => "audio file",
        Kind::Model => "3D model",
        Kind::Text => "text",
        // Images that do not move have a check of their own.
        Kind::Image => "animation",
    }
}
