//! Carrying out a check instance: a fresh component instance within its limits.

use super::answer::{Terms, outcome};
use super::component::Component;
use super::contract::exports::comfycheck::check::checker as contract;
use super::guest::{Guest, Mode, Sees};
use super::limits::Limits;
use super::log::{Log, LogSink};
use super::stop::tell;
use super::store::GuestStore;
use crate::capabilities::Capabilities;
use comfycheck_core::execution::{CheckInstance, Execution, Outcome};
use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::Scope;
use std::collections::BTreeMap;

/// A component that was granted all that it imports, and so may be run.
#[derive(Clone, Debug)]
pub struct Check {
    component: Component,
}

/// What a check instance is run with.
pub struct Call<'a> {
    /// Which instance it is: names the check in messages, and says which samples it sees.
    pub instance: CheckInstance,
    /// A JSON object that is valid under the manifest's schema.
    pub settings: &'a str,
    /// The suite's severities, by rule.
    pub severity: &'a BTreeMap<String, Severity>,
    /// What it may ask, as far as it is granted; made for this instance alone.
    pub capabilities: Capabilities,
    /// What it may use up.
    pub limits: Limits,
    /// Where its log goes.
    pub log: LogSink,
}

impl Check {
    pub(super) fn new(component: Component) -> Self {
        Self { component }
    }

    /// The component.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Carries out one instance. Given the same answers to its questions, it has the same
    /// outcome, unless it exceeds its CPU time.
    ///
    /// It is awaited within a tokio runtime with timers, and may be dropped at any time.
    pub async fn run(&self, call: Call<'_>) -> Execution {
        let Call { instance, settings, severity, capabilities, limits, log } = call;
        let (scope, sees) = match (instance.scope, instance.sample) {
            (Scope::Deployment, _) => (contract::Scope::Deployment, Sees::Nothing),
            (Scope::Sample, None) => (contract::Scope::Sample, Sees::Nothing),
            (Scope::Sample, Some(index)) => (contract::Scope::Sample, Sees::One(index)),
            (Scope::Run, _) => (contract::Scope::Run, Sees::All),
        };
        let Limits { findings, message_bytes, data_bytes, .. } = limits;
        let log = Log::new(log, limits.log_bytes);
        let guest = Guest::new(Mode::Run { capabilities, sees }, limits, log);
        let mut store = GuestStore::new(self.component.sandbox(), guest).await;
        let outcome = match store.run(self.component.linked(), scope, settings).await {
            Ok(returned) => {
                let terms = Terms {
                    check: &instance.check,
                    manifest: self.component.manifest(),
                    severity,
                    findings,
                    data_bytes,
                    message_bytes,
                };
                outcome(&terms, returned)
            }
            Err(error) => {
                let (kind, told) = tell(&error, store.guest().log.last_error.as_deref());
                Outcome::Errored { kind, message: format!("`{}` {told}", instance.check) }
            }
        };
        Execution { instance, outcome, earlier: Vec::new(), waited: store.guest().waited }
    }
}
