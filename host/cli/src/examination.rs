//! Examines workflow files with the built-in check for workflows.

use crate::checks::{Checks, ComponentRequest};
use crate::executor::tokio;
use crate::failure::Failure;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::execution::CheckInstance;
use comfycheck_core::manifest::Scope;
use comfycheck_core::request::InputFacts;
use comfycheck_core::secret::Secrets;
use comfycheck_core::text::TextFile;
use comfycheck_core::validation::{Validation, Validations};
use comfycheck_core::workflow::Workflow;
use comfycheck_runtime::capabilities::{Capabilities, SavedInventory, WorkflowText};
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::sandbox::{Call, Check, Limits};
use comfycheck_runtime::schedule;
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The bundled check that validates.
pub(crate) const CHECK: &str = "workflow";

/// A workflow, and the files that are sent with it.
pub(crate) type WithInputs = (TextFile, Arc<[InputFacts]>);

/// Runs the check with these settings on each workflow, with raised limits.
pub(crate) fn examine(
    files: Vec<WithInputs>,
    saved: Arc<SavedInventory>,
    settings: &Value,
    checks: &Checks,
) -> Result<Validations, Failure> {
    let tokio = tokio()?;
    let check = check(checks)?;
    let nothing = WorkflowText { source: Arc::from(""), is_api: false };
    let capabilities = Capabilities::offline(nothing, Some(saved));
    let settings: Arc<str> = settings.to_string().into();
    let tasks: Vec<_> =
        files.into_iter().map(|file| task(file, check.clone(), capabilities.clone(), Arc::clone(&settings))).collect();
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let done = tokio.block_on(schedule::run(tasks, threads, schedule::SLICE, Interruption::never(), |_, _| {}));
    Ok(Validations {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        manifest: check.component().manifest().clone(),
        files: done.into_iter().flatten().collect(),
    })
}

/// Validates one file, on any thread.
fn task(
    (file, inputs): WithInputs,
    check: Check,
    capabilities: Capabilities,
    settings: Arc<str>,
) -> impl FnOnce() -> futures_util::future::LocalBoxFuture<'static, Validation> + Send {
    move || {
        Box::pin(async move {
            let is_api = Workflow::parse(file.clone()).is_ok();
            let call = Call {
                instance: CheckInstance { check: CHECK.to_owned(), scope: Scope::Deployment, sample: None },
                settings: &settings,
                severity: &BTreeMap::new(),
                capabilities: capabilities
                    .for_workflow(WorkflowText { source: Arc::from(&*file.text), is_api })
                    .with_inputs(Arc::clone(&inputs)),
                limits: limits(),
                secrets: Secrets::default(),
                log: Arc::new(|_, _| {}),
            };
            let execution = check.run(call).await;
            Validation::new(file, inputs, execution)
        })
    }
}

/// Limits high enough to report every finding of a file.
fn limits() -> Limits {
    Limits { findings: 1_000_000, data_bytes: 16 << 20, memory_bytes: 1 << 30, ..Limits::default() }
}

fn check(checks: &Checks) -> Result<Check, Failure> {
    let missing = || Failure::from(Diagnostic::new(format!("there is no built-in check `{CHECK}`")));
    let bundled = comfycheck_checks::check(CHECK).ok_or_else(missing)?;
    let component =
        checks.load(&[(CHECK.to_owned(), ComponentRequest::Bundled(bundled))])?.pop().ok_or_else(missing)?;
    let all: Vec<_> = component.imports().iter().map(|import| import.interface.name()).collect();
    component.grant(&all).map_err(|error| Failure::invalid("the check lacks a permission", &error))
}
