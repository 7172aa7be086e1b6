//! Versions of ComfyUI without an embedded inventory: what the known version before them refuses is unknown if the next one
//! accepts it.

use crate::checks::Checks;
use crate::examination::{WithInputs, examine};
use crate::failure::Failure;
use comfycheck_core::execution::Outcome;
use comfycheck_core::finding::{Finding, OpenQuestion, Severity};
use comfycheck_core::inventory::{StockInventory, next_stock};
use comfycheck_core::validation::{Validation, Validations};
use comfycheck_runtime::capabilities::SavedInventory;
use serde_json::Value;
use std::sync::Arc;

/// A version that the arguments choose, and the embedded one that judges in its place.
pub(in crate::commands) struct Unmeasured {
    pub(super) version: String,
    pub(super) below: String,
}

/// Help for what only one of two versions refuses.
const HELP: &str = "save the server's inventory and pass it with `--object-info`";

impl Unmeasured {
    /// Makes questions of the errors that the next newer version does not have. There is none to ask if `below` differs by a patch
    /// only.
    pub(super) fn doubt(
        &self,
        validations: &mut Validations,
        settings: &Value,
        checks: &Checks,
    ) -> Result<(), Failure> {
        let failed: Vec<&mut Validation> = validations.files.iter_mut().filter(|file| file.has_errors()).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let Some(StockInventory { version: above, inventory }) = next_stock(&self.version) else { return Ok(()) };
        let saved = SavedInventory { name: format!("ComfyUI {above}"), inventory: Arc::new(inventory) };
        let files: Vec<WithInputs> = failed.iter().map(|file| (file.file.clone(), Arc::clone(&file.inputs))).collect();
        let newer = examine(files, Arc::new(saved), settings, checks)?;
        for (file, newer) in failed.into_iter().zip(&newer.files) {
            let others = newer.execution.findings();
            let is_of_both = |error: &Finding| {
                others.iter().any(|other| (&other.rule, &other.subjects) == (&error.rule, &error.subjects))
            };
            let reason =
                |error: &Finding| format!("ComfyUI {} refuses it, and {above} does not: {}", self.below, error.message);
            ask(file, &is_of_both, &reason);
        }
        Ok(())
    }
}

/// Makes questions of some errors of a file. Without another error, ComfyUI's response is unknown.
fn ask(file: &mut Validation, is_sure: &dyn Fn(&Finding) -> bool, reason: &dyn Fn(&Finding) -> String) {
    let Outcome::Completed { findings, open } = &mut file.execution.outcome else { return };
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    let (doubted, kept): (Vec<_>, Vec<_>) =
        findings.drain(..).partition(|finding| is_error(finding) && !is_sure(finding));
    *findings = kept;
    if !doubted.is_empty() && !findings.iter().any(is_error) {
        for data in findings.iter_mut().filter_map(|finding| finding.data.as_mut()) {
            for verdict in ["", "/converted"] {
                if let Some(Value::Object(verdict)) = data.pointer_mut(verdict).filter(|verdict| verdict["ok"] == false)
                {
                    verdict.insert("ok".to_owned(), Value::Null);
                    verdict.insert("error_type".to_owned(), Value::Null);
                }
            }
        }
    }
    open.extend(doubted.iter().map(|error| OpenQuestion {
        rule: error.rule.clone(),
        reason: reason(error),
        help: Some(HELP.to_owned()),
        closed: false,
        unrecorded: false,
    }));
}
