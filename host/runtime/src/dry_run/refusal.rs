//! What a job that ComfyUI refused tells.

use super::probe::{Loader, Probe};
use crate::capabilities::{AskError, Choice, RefusedValue, ToldValues};
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_worker_error::{InputError, NodeErrors, WorkerError};
use std::collections::BTreeMap;

/// A refusal may be as long as what the sampler keeps of an error. Of one that was cut, what is missing would count as
/// accepted.
const LONGEST: usize = (64 << 10) - 4;

/// What ComfyUI said of a job, or why it said nothing.
pub(super) fn of_job(job: &Sample) -> Result<WorkerError, AskError> {
    let name = job.job.as_deref().unwrap_or_default();
    let unavailable = |why: String| Err(AskError::Unavailable(why));
    match (job.ending, job.error.as_deref()) {
        (Ending::Failed, Some(error)) if error.len() >= LONGEST => {
            unavailable(format!("the refusal of job `{name}` is longer than is kept of it"))
        }
        (Ending::Failed, Some(error)) => match WorkerError::parse(error) {
            WorkerError::RefusedAsWhole | WorkerError::RefusedWithoutReason => {
                unavailable(format!("ComfyUI refused job `{name}`, and the worker does not say why"))
            }
            WorkerError::Unrecognised => {
                unavailable(format!("job `{name}` failed, and not for what was put into it: {}", shortened(error)))
            }
            told => Ok(told),
        },
        (Ending::Succeeded, _) => {
            Err(AskError::Other(format!("the worker accepted what ComfyUI must refuse: job `{name}` was completed")))
        }
        (Ending::NotSubmitted, Some(refused))
            if ["status 401", "status 403"].iter().any(|denied| refused.starts_with(denied)) =>
        {
            Err(AskError::AccessDenied)
        }
        (ending, _) => {
            let status = || job.status.as_ref().map(|status| format!("job `{name}` ended as {status}"));
            let reason = job.reason.clone().or_else(status).unwrap_or_else(|| "nobody says why".to_owned());
            unavailable(match ending {
                Ending::NotSubmitted => format!("no job was submitted: {reason}"),
                _ => format!("it is not known what ComfyUI says: {reason}"),
            })
        }
    }
}

/// The beginning of a text, in one line.
pub(super) fn shortened(text: &str) -> String {
    const LENGTH: usize = 200;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What ComfyUI said of the loaders of a probe. An error says in one line why its refusal tells nothing.
pub(super) fn values(probe: &Probe, refused: &[NodeErrors], worker: Option<String>) -> Result<ToldValues, String> {
    let said = Said(refused.iter().map(|node| (node.id.as_str(), node.errors.as_slice())).collect());
    let outputs = probe.loaders.iter().filter_map(|loader| loader.takers.last());
    if !outputs.into_iter().all(|output| said.is_missing(output, "filename_prefix")) {
        return Err("ComfyUI's refusal does not name what was put in to be refused".to_owned());
    }
    let mut told = ToldValues { worker, ..ToldValues::default() };
    for loader in probe.loaders.iter().filter(|loader| said.was_looked_at(loader)) {
        match &loader.node {
            None => told.choices.extend(said.of(&loader.id).filter_map(|error| choice(loader, error))),
            Some(node) => {
                let given =
                    |error: &&InputError| error.input.as_ref().is_none_or(|input| loader.inputs.contains(input));
                let refused = said.of(&loader.id).filter(given);
                told.refused.extend(refused.map(|error| RefusedValue { node: node.clone(), error: error.clone() }));
                let accepted = loader.inputs.iter().filter(|input| said.accepts(probe, loader, input));
                told.accepted.extend(accepted.map(|input| (node.clone(), input.clone())));
            }
        }
    }
    Ok(told)
}

/// All names that an input takes, where ComfyUI lists them.
fn choice(loader: &Loader, error: &InputError) -> Option<Choice> {
    Some(Choice { class: loader.class.clone(), input: error.input.clone()?, names: error.accepted.clone()? })
}

/// What ComfyUI has against nodes, by their ids.
struct Said<'a>(BTreeMap<&'a str, &'a [InputError]>);

impl<'a> Said<'a> {
    fn of(&self, id: &str) -> impl Iterator<Item = &'a InputError> + use<'a> {
        self.0.get(id).copied().unwrap_or_default().iter()
    }

    fn is_missing(&self, id: &str, input: &str) -> bool {
        self.of(id).any(|error| error.kind == "required_input_missing" && error.input.as_deref() == Some(input))
    }

    /// Whether ComfyUI came to a loader by way of all its takers, and to the end of it.
    fn was_looked_at(&self, loader: &Loader) -> bool {
        let ends = |error: &InputError| {
            let kind = error.kind.as_str();
            kind.starts_with("exception_during") || kind == "dependency_cycle"
        };
        let stops = |error: &InputError| {
            ends(error) || matches!(error.kind.as_str(), "return_type_mismatch" | "bad_linked_input")
        };
        let leads = |taker: &String| self.of(taker).next().is_some() && !self.of(taker).any(stops);
        // Errors that could not be read may be any.
        let unread = self.0.get(loader.id.as_str()).is_some_and(|errors| errors.is_empty());
        !unread && !self.of(&loader.id).any(ends) && loader.takers.iter().all(leads)
    }

    /// Whether a loader's value was taken, and a name that nobody has was not.
    fn accepts(&self, probe: &Probe, loader: &Loader, input: &str) -> bool {
        let is_refused = self.of(&loader.id).any(|error| error.input.as_deref().is_none_or(|refused| refused == input));
        let looks = |other: &&Loader| {
            other.node.is_none() && other.class == loader.class && self.was_looked_at(other) && {
                self.of(&other.id).any(|error| {
                    let kind = matches!(error.kind.as_str(), "value_not_in_list" | "custom_validation_failed");
                    let is_ours = error.received.as_ref().is_none_or(|value| value == probe.nowhere.as_str());
                    kind && is_ours && error.input.as_deref() == Some(input)
                })
            }
        };
        !is_refused && probe.loaders.iter().any(|other| looks(&other))
    }
}
