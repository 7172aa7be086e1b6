//! What the other samples of a worker show of its ComfyUI.

use crate::evidence::{Family, JobError, named};
use crate::run_evidence::Evidence;
use comfycheck_sdk::samples::{Ending, Sample};

/// The family of a job that did not reach ComfyUI, by the other jobs of its worker. None if they show nothing.
///
/// If ComfyUI stopped in another job, the failure follows from that. If another job of the worker succeeded, or the worker's
/// log shows that ComfyUI started and nothing that stopped it, ComfyUI was only late.
pub(crate) fn state(family: &Family, sample: &Sample, evidence: &Evidence<'_>) -> Option<&'static Family> {
    if family.name != "comfyui-unreachable" {
        return None;
    }
    let is_other = |other: &&Sample| other.index != sample.index && other.worker == sample.worker;
    let others = || evidence.samples.iter().filter(is_other).filter(|_| sample.worker.is_some());
    let died = |other: &Sample| {
        let family = other.failure().and_then(|failure| JobError::of(&failure).family);
        family.is_some_and(|family| family.name == "comfyui-died")
    };
    if others().any(died) {
        return named("comfyui-died");
    }
    let later = |other: &Sample| other.ending == Ending::Succeeded && other.first_running >= sample.first_running;
    let is_late = others().any(later) || evidence.comfyui_started(sample, family);
    is_late.then(|| named("comfyui-late")).flatten()
}
