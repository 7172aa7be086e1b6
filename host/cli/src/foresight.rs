//! What is known to be wrong with the workflows of a run before its first request, in the words of the check `workflow`.
//!
//! The check itself sees the workflow of the file, and only what an inventory describes.

use crate::checks::Checks;
use crate::examination::{CHECK, WithInputs, examine};
use crate::failure::Failure;
use comfycheck_core::diagnostic::{Diagnostic, Kind, Refusal};
use comfycheck_core::finding::{Finding, Severity, Subject};
use comfycheck_core::inventory::{STOCK_VERSION, stock};
use comfycheck_core::request::InputFile;
use comfycheck_core::suite::{CheckSource, Suite, SuiteCheck};
use comfycheck_core::text::TextFile;
use comfycheck_core::workflow::{NodeInput, Workflow};
use comfycheck_runtime::capabilities::SavedInventory;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rule of the check about a workflow that saves nothing.
const NO_OUTPUTS: &str = "no-outputs";

/// Refuses values of variations that an inventory does not allow, and without any inventory a workflow that saves nothing.
///
/// A suite without the check accepts both, and so does one that waives the rule or does not count it as an error.
pub(crate) fn refuse(
    suite: &Suite,
    workflow: &Workflow,
    saved: Option<&Arc<SavedInventory>>,
    checks: &Checks,
) -> Result<(), Failure> {
    let is_check = |check: &&SuiteCheck| check.source == CheckSource::Bundled(CHECK.to_owned());
    let Some(check) = suite.checks.iter().find(is_check).filter(|check| check.gate != Some(false)) else {
        return Ok(());
    };
    let diagnostics = match saved {
        Some(saved) => variations(suite, check, workflow, saved, checks)?,
        None if suite.deployment.comfyui.is_none() => outputs(suite, check, checks)?,
        None => Vec::new(),
    };
    if diagnostics.is_empty() { Ok(()) } else { Err(Refusal { diagnostics }.into()) }
}

/// Values of variations that break a workflow which is right without them.
fn variations(
    suite: &Suite,
    check: &SuiteCheck,
    workflow: &Workflow,
    saved: &Arc<SavedInventory>,
    checks: &Checks,
) -> Result<Vec<Diagnostic>, Failure> {
    let all = &suite.sampling.variations;
    let (Some(file), Some(longest)) = (&suite.workflow, all.iter().map(|variation| variation.values.len()).max())
    else {
        return Ok(Vec::new());
    };
    // The plan refuses inputs that the workflow does not have.
    let Ok(varied) = workflow.vary(all, Some(&[])) else { return Ok(Vec::new()) };
    let text = |index: usize| {
        let (workflow, _no_seed) = varied.sample(0, u32::try_from(index).unwrap_or(u32::MAX));
        TextFile { path: file.path.clone(), text: workflow.to_string() }
    };
    let files = std::iter::once(file.clone()).chain((0..longest).map(text));
    let files = files.map(|file| with_inputs(suite, file)).collect();
    let mut validated = examine(files, Arc::clone(saved), &check.settings, checks)?.files.into_iter();
    let known = validated.next().map(|base| base.execution.findings().to_vec()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut diagnostics = Vec::new();
    for (index, validation) in validated.enumerate() {
        let new = validation.execution.findings().iter().filter(|finding| !known.contains(finding));
        for finding in new.filter(|finding| is_error(suite, check, finding)) {
            for (at, variation) in all.iter().enumerate().filter(|(_, variation)| is_about(finding, &variation.input)) {
                let value = index % variation.values.len().max(1);
                if seen.insert((at, value, finding.message.clone())) {
                    let place = ["variations", &at.to_string(), "values", &value.to_string()];
                    diagnostics.push(suite.locate(&place, diagnostic(Kind::InvalidValue, finding)));
                }
            }
        }
    }
    Ok(diagnostics)
}

/// That a workflow of ComfyUI's own classes has no output node: no ComfyUI runs it.
fn outputs(suite: &Suite, check: &SuiteCheck, checks: &Checks) -> Result<Vec<Diagnostic>, Failure> {
    // Most workflows save something by its name: their classes need not be looked up.
    let may_save = |file: &&TextFile| !["Save", "Preview"].iter().any(|name| file.text.contains(name));
    let (Some(file), Some(stock)) = (suite.workflow.as_ref().filter(may_save), stock(STOCK_VERSION)) else {
        return Ok(Vec::new());
    };
    let name = format!("ComfyUI {}", stock.version);
    let saved = SavedInventory { name, inventory: Arc::new(stock.inventory) };
    let settings = json!({ "core-only": true, "comfyui-version": STOCK_VERSION });
    let validated = examine(vec![with_inputs(suite, file.clone())], Arc::new(saved), &settings, checks)?;
    let findings = validated.files.iter().flat_map(|validation| validation.execution.findings());
    let found = findings.filter(|finding| finding.rule == NO_OUTPUTS && is_error(suite, check, finding));
    Ok(found.map(|finding| diagnostic(Kind::NotAWorkflow, finding).at(file, 0..0)).collect())
}

fn with_inputs(suite: &Suite, file: TextFile) -> WithInputs {
    (file, suite.request.inputs.iter().map(InputFile::facts).collect())
}

fn diagnostic(kind: Kind, finding: &Finding) -> Diagnostic {
    Diagnostic { help: finding.help.clone(), ..Diagnostic::of(kind, finding.message.clone()) }
}

/// Whether a finding is about an input, or about its node as a whole.
fn is_about(finding: &Finding, of: &NodeInput) -> bool {
    finding.subjects.iter().any(|subject| match subject {
        Subject::Node { id, input } => *id == of.node && input.as_ref().is_none_or(|input| *input == of.input),
        _ => false,
    })
}

/// Whether a finding of the check would keep the samples from being submitted.
fn is_error(suite: &Suite, check: &SuiteCheck, finding: &Finding) -> bool {
    let severity = check.severity.get(&finding.rule).copied().unwrap_or(finding.severity);
    let is_waived = suite.waivers.iter().any(|waiver| waiver.check == check.name && waiver.rule == finding.rule);
    severity == Severity::Error && !is_waived
}
