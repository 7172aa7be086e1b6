//! What a refused job shows.

use super::probe::{Loader, Probe};
use crate::facts::{Choice, LoaderValues, QueryError, RefusedValue};
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_worker_error::{InputError, NodeErrors, WorkerError};
use std::collections::BTreeMap;

/// The longest error that the sampler keeps. In an error that was truncated, missing parts would
/// count as accepted.
const LONGEST: usize = (64 << 10) - 4;

/// ComfyUI's response to a job, or why there is none.
pub(super) fn of_job(job: &Sample) -> Result<WorkerError, QueryError> {
    let name = job.job.as_deref().unwrap_or_default();
    let unavailable = |why: String| Err(QueryError::Unavailable(why));
    match (job.ending, job.error.as_deref()) {
        (Ending::Failed, Some(error)) if error.len() >= LONGEST => {
            unavailable(format!("the error of job `{name}` was truncated"))
        }
        (Ending::Failed, Some(error)) => match WorkerError::parse(error) {
            WorkerError::RefusedAsWhole | WorkerError::RefusedWithoutReason => {
                unavailable(format!("ComfyUI refused job `{name}`, but the worker reports no reason"))
            }
            WorkerError::Unrecognised => {
                unavailable(format!("job `{name}` failed for another reason: {}", shortened(error)))
            }
            refusal => Ok(refusal),
        },
        (Ending::Succeeded, _) => Err(QueryError::Other(format!("job `{name}` completed, but ComfyUI must refuse it"))),
        (Ending::NotSubmitted, Some(refused))
            if ["status 401", "status 403"].iter().any(|denied| refused.starts_with(denied)) =>
        {
            Err(QueryError::AccessDenied)
        }
        (ending, _) => {
            let status = || job.status.as_ref().map(|status| format!("job `{name}` ended with status {status}"));
            let reason = job.reason.clone().or_else(status).unwrap_or_else(|| "no reason given".to_owned());
            unavailable(match ending {
                Ending::NotSubmitted => format!("no job was submitted: {reason}"),
                _ => format!("no response from ComfyUI: {reason}"),
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

/// ComfyUI's response to the loaders of a probe. The error is one line.
pub(super) fn values(probe: &Probe, refused: &[NodeErrors], worker: Option<String>) -> Result<LoaderValues, String> {
    let refusals = Refusals(refused.iter().map(|node| (node.id.as_str(), node.errors.as_slice())).collect());
    let outputs = probe.loaders.iter().filter_map(|loader| loader.takers.last());
    if !outputs.into_iter().all(|output| refusals.is_missing(output, "filename_prefix")) {
        return Err("the refusal does not name the inputs that the dry run left out".to_owned());
    }
    let mut values = LoaderValues { worker, ..LoaderValues::default() };
    for loader in probe.loaders.iter().filter(|loader| refusals.was_validated(loader)) {
        match &loader.node {
            None => values.choices.extend(refusals.of(&loader.id).filter_map(|error| choice(loader, error))),
            Some(node) => {
                let given =
                    |error: &&InputError| error.input.as_ref().is_none_or(|input| loader.inputs.contains(input));
                let refused = refusals.of(&loader.id).filter(given);
                values.refused.extend(refused.map(|error| RefusedValue { node: node.clone(), error: error.clone() }));
                let accepted = loader.inputs.iter().filter(|input| refusals.accepts(probe, loader, input));
                values.accepted.extend(accepted.map(|input| (node.clone(), input.clone())));
            }
        }
    }
    Ok(values)
}

/// All names that an input takes, where ComfyUI lists them.
fn choice(loader: &Loader, error: &InputError) -> Option<Choice> {
    Some(Choice { class: loader.class.clone(), input: error.input.clone()?, names: error.accepted.clone()? })
}

/// Errors by node id.
struct Refusals<'a>(BTreeMap<&'a str, &'a [InputError]>);

impl<'a> Refusals<'a> {
    fn of(&self, id: &str) -> impl Iterator<Item = &'a InputError> + use<'a> {
        self.0.get(id).copied().unwrap_or_default().iter()
    }

    fn is_missing(&self, id: &str, input: &str) -> bool {
        self.of(id).any(|error| error.kind == "required_input_missing" && error.input.as_deref() == Some(input))
    }

    /// Whether ComfyUI validated a loader completely, through all nodes that lead from it to the
    /// output.
    fn was_validated(&self, loader: &Loader) -> bool {
        let ends = |error: &InputError| {
            let kind = error.kind.as_str();
            kind.starts_with("exception_during") || kind == "dependency_cycle"
        };
        let stops = |error: &InputError| {
            ends(error) || matches!(error.kind.as_str(), "return_type_mismatch" | "bad_linked_input")
        };
        let leads = |taker: &String| self.of(taker).next().is_some() && !self.of(taker).any(stops);
        // Errors that could not be parsed can be of any kind.
        let unread = self.0.get(loader.id.as_str()).is_some_and(|errors| errors.is_empty());
        !unread && !self.of(&loader.id).any(ends) && loader.takers.iter().all(leads)
    }

    /// Whether a loader's value was accepted while a name that does not exist was refused.
    fn accepts(&self, probe: &Probe, loader: &Loader, input: &str) -> bool {
        let is_refused = self.of(&loader.id).any(|error| error.input.as_deref().is_none_or(|refused| refused == input));
        let refuses = |other: &&Loader| {
            other.node.is_none() && other.class == loader.class && self.was_validated(other) && {
                self.of(&other.id).any(|error| {
                    let kind = matches!(error.kind.as_str(), "value_not_in_list" | "custom_validation_failed");
                    let is_ours = error.received.as_ref().is_none_or(|value| value == probe.nowhere.as_str());
                    kind && is_ours && error.input.as_deref() == Some(input)
                })
            }
        };
        !is_refused && probe.loaders.iter().any(|other| refuses(&other))
    }
}
