//! `check/watcher`: an optional export that ends a hopeless wait.

use super::answer::{AnswerTerms, outcome};
use super::audit::Audit;
use super::contract::exports::comfycheck::check::checker as contract;
use super::guest::{Guest, Mode, SampleAccess};
use super::interface::VERSION;
use super::limits::Limits;
use super::log::Log;
use super::run::{Call, Check};
use super::stop::describe_error;
use super::store::GuestStore;
use crate::transport::timeline::millis;
use comfycheck_core::execution::{Execution, Outcome};
use std::time::Duration;
use wasmtime::component::{Component, ComponentExportIndex, ComponentType, Lower};

/// A sample that was submitted and has not ended. Times count from the start of the first sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSample {
    pub index: u32,
    /// RunPod's last status; none before the first poll.
    pub status: Option<String>,
    pub submitted: Duration,
    pub first_running: Option<Duration>,
}

/// The same as the contract's record.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(super) struct WaitingSampleRecord {
    index: u32,
    status: Option<String>,
    submitted: u64,
    #[component(name = "first-running")]
    first_running: Option<u64>,
}

/// The arguments and the result of `watch`.
pub(super) type Arguments<'a> = (&'a str, u64, &'a [WaitingSampleRecord]);
pub(super) type Return = (Option<contract::Finding>,);

/// The function, if a component exports it.
pub(super) fn watch_export(code: &Component) -> Option<ComponentExportIndex> {
    let interface = code.get_export_index(None, format!("comfycheck:check/watcher@{VERSION}"))?;
    code.get_export_index(Some(&interface), "watch")
}

impl Check {
    /// Whether the check watches waiting samples.
    pub fn watches(&self) -> bool {
        self.component().watcher().is_some()
    }

    /// Asks whether waiting can help, as of `now`. Completes with at most one finding: a reason why it
    /// cannot. A check without a watcher has none.
    pub async fn watch(&self, call: Call<'_>, now: Duration, waiting: &[WaitingSample]) -> Execution {
        let Call { instance, settings, severity, capabilities, limits, secrets, log } = call;
        let nothing = Outcome::Completed { findings: Vec::new(), open: Vec::new() };
        let Some((linked, export)) = self.component().watcher() else {
            return Execution { instance, outcome: nothing, earlier: Vec::new(), waited: Duration::ZERO };
        };
        let waiting: Vec<_> = waiting.iter().map(record).collect();
        let Limits { findings, message_bytes, data_bytes, .. } = limits;
        let log = Log::new(log, limits.log_bytes, secrets.clone());
        let queried = capabilities.clone();
        let mut guest = Guest::new(Mode::Run { capabilities, access: SampleAccess::All }, limits, log);
        let sandbox = self.component().sandbox();
        guest.audit = Audit::of(sandbox.inner.audit.get(), &instance);
        let mut store = GuestStore::new(sandbox, guest).await;
        let called = store.watch(linked, &export, (settings, millis(now), &waiting)).await;
        let outcome = match called {
            // The recorded run did not ask then.
            Ok(_) if !queried.misses().is_empty() => nothing,
            Ok(finding) => {
                let manifest = self.component().manifest();
                let check = &instance.check;
                let (misses, secrets) = (&[], &secrets);
                let terms =
                    AnswerTerms { check, manifest, severity, findings, message_bytes, data_bytes, misses, secrets };
                outcome(&terms, Ok(contract::Answer { findings: finding.into_iter().collect(), open: Vec::new() }))
            }
            Err(error) => {
                let (kind, what) = describe_error(&error, store.guest().log.last_error.as_deref());
                Outcome::Errored { kind, message: format!("`{}` {}", instance.check, secrets.redact(&what)) }
            }
        };
        store.end_audit();
        Execution { instance, outcome, earlier: Vec::new(), waited: store.guest().waited }
    }
}

fn record(sample: &WaitingSample) -> WaitingSampleRecord {
    WaitingSampleRecord {
        index: sample.index,
        status: sample.status.clone(),
        submitted: millis(sample.submitted),
        first_running: sample.first_running.map(millis),
    }
}
