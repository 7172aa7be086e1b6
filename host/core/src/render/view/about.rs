//! What a block is about, without what its message says already.

use super::{Block, Places};
use crate::finding::Subject;
use crate::finding::{LONGEST_SUBJECT, subject_name};
use crate::plain::one_line;
use crate::sample::{Ending, Sample};
use comfycheck_wording::{count, samples as sample_list};
use std::collections::BTreeSet;

/// How many subjects of one block are named, samples and images aside.
const SUBJECTS: usize = 8;

/// The subjects that the message does not name, and then the samples and images, each in one list.
///
/// `samples` are those of the run: a block about all of them names none, and neither does one about samples that all never
/// started, which is about the endpoint. `shown` is a subject whose place in a file is shown.
pub(in crate::render) fn about(
    block: &Block<'_>,
    places: &Places,
    samples: &[Sample],
    shown: Option<&Subject>,
) -> String {
    let mut others: Vec<String> = Vec::new();
    let (mut indices, mut images, mut workers) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let is_worker = |subject: &&Subject| matches!(subject, Subject::Worker(_));
    let all_named = block.subjects.iter().filter(is_worker).all(|worker| names(&block.message, worker));
    for subject in &block.subjects {
        match subject {
            Subject::Sample(sample) => {
                indices.insert(*sample);
            }
            Subject::Image(sample, image) => {
                images.insert((*sample, *image));
            }
            // Where one of several workers is not named, the list has all.
            Subject::Worker(id) if !all_named => workers.push(format!("`{}`", one_line(id, LONGEST_SUBJECT))),
            other if Some(other) == shown || names(&block.message, other) => {}
            other => {
                let class = places.class(other).map(|class| format!(" (`{class}`)")).unwrap_or_default();
                others.push(one_line(&format!("{}{class}", subject_name(other)), LONGEST_SUBJECT));
            }
        }
    }
    match workers.as_slice() {
        [] => {}
        [one] => others.push(format!("worker {one}")),
        [first, rest @ ..] => {
            others.push(format!("workers {first}"));
            others.extend_from_slice(rest);
        }
    }
    let more = others.len().saturating_sub(SUBJECTS);
    others.truncate(SUBJECTS);
    if more > 0 {
        others.push(format!("{more} more"));
    }
    let indices: Vec<u32> = indices.into_iter().collect();
    let has_started = |sample: &&Sample| indices.contains(&sample.index) && sample.ending != Ending::NeverStarted;
    if indices.len() < samples.len() && samples.iter().any(|sample| has_started(&sample)) {
        others.extend(unless_named(&block.message, sample_list(&indices)));
    }
    let of_images: Vec<u32> = images.iter().map(|(sample, _)| *sample).collect::<BTreeSet<_>>().into_iter().collect();
    match of_images.as_slice() {
        [] => {}
        several if several.len() == samples.len() && several.len() > 1 => others.push(count(images.len(), "image")),
        several => {
            let samples = unless_named(&block.message, sample_list(several));
            others.extend(samples.map(|samples| format!("{} of {samples}", count(images.len(), "image"))));
        }
    }
    others.join(", ")
}

fn unless_named(message: &str, name: String) -> Option<String> {
    let named = message.match_indices(&name).any(|(at, _)| {
        !message[at + name.len()..].starts_with(|next: char| next.is_ascii_digit() || next == ',' || next == '–')
    });
    (!named).then_some(name)
}

/// Whether a message names a subject: by its id or name.
fn names(message: &str, subject: &Subject) -> bool {
    match subject {
        Subject::Node { id, .. } => {
            message.contains(&format!("node `{id}`")) || message.contains(&format!("node {id}"))
        }
        Subject::Model { name, .. } | Subject::Pack(name) | Subject::Worker(name) | Subject::Other(name) => {
            message.contains(name.as_str())
        }
        Subject::Sample(_) | Subject::Image(..) => false,
    }
}

/// A node as its place in a file is labelled: `node 9 "KSampler"`, by its title or else its class.
pub(in crate::render) fn label(subject: &Subject, places: &Places) -> Option<String> {
    let Subject::Node { id, .. } = subject else { return None };
    let name = places.title(subject).or_else(|| places.class(subject)).map(|name| format!(" \"{name}\""));
    Some(one_line(&format!("node {id}{}", name.unwrap_or_default()), LONGEST_SUBJECT))
}
