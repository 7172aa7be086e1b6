//! Runs a check instance: a fresh component instance within its limits.

use super::answer::{AnswerTerms, outcome};
use super::audit::Audit;
use super::component::Check;
use super::contract::exports::comfycheck::check::checker as contract;
use super::guest::{Guest, Mode, SampleAccess};
use super::guest_log::{Log, LogSink};
use super::limits::Limits;
use super::stop::describe_error;
use super::store::GuestStore;
use crate::capabilities::Capabilities;
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::Scope;
use comfycheck_core::secret::Secrets;
use std::collections::BTreeMap;
use std::time::Duration;

/// The arguments of a check instance.
pub struct Call<'a> {
    /// Names the check in messages, and determines which samples it access.
    pub instance: CheckInstance,
    /// A JSON object, valid under the manifest's schema.
    pub settings: &'a str,
    /// By rule, from the suite.
    pub severity: &'a BTreeMap<String, Severity>,
    /// For this instance alone.
    pub capabilities: Capabilities,
    pub limits: Limits,
    /// Redacted from everything that the guest returns or logs.
    pub secrets: Secrets,
    pub log: LogSink,
}

impl Check {
    /// Runs one instance. With the same answers it has the same outcome, unless it exceeds its CPU
    /// time.
    ///
    /// Needs a tokio runtime with timers. The future may be dropped at any time.
    pub async fn run(&self, call: Call<'_>) -> Execution {
        let Call { instance, settings, severity, capabilities, limits, secrets, log } = call;
        let (scope, access) = match (instance.scope, instance.sample) {
            (Scope::Deployment, _) => (contract::Scope::Deployment, SampleAccess::Nothing),
            (Scope::Sample, None) => (contract::Scope::Sample, SampleAccess::Nothing),
            (Scope::Sample, Some(index)) => (contract::Scope::Sample, SampleAccess::One(index)),
            (Scope::Run, _) => (contract::Scope::Run, SampleAccess::All),
        };
        let Limits { findings, message_bytes, data_bytes, .. } = limits;
        let linked = match self.component().linked() {
            Ok(linked) => linked,
            Err(what) => {
                let outcome =
                    Outcome::Errored { kind: ErrorKind::Contract, message: format!("`{}` {what}", instance.check) };
                return Execution { instance, outcome, earlier: Vec::new(), waited: Duration::ZERO };
            }
        };
        let log = Log::new(log, limits.log_bytes, secrets.clone());
        let queried = capabilities.clone();
        let mut guest = Guest::new(Mode::Run { capabilities, access }, limits, log);
        let sandbox = self.component().sandbox();
        guest.audit = Audit::of(sandbox.inner.audit.get(), &instance);
        guest.sandbox = Some(sandbox.clone());
        let mut store = GuestStore::new(sandbox, guest).await;
        let outcome = match store.run(linked, scope, settings).await {
            Ok(returned) => {
                let terms = AnswerTerms {
                    check: &instance.check,
                    manifest: self.component().manifest(),
                    severity,
                    findings,
                    data_bytes,
                    message_bytes,
                    misses: &queried.misses(),
                    secrets: &secrets,
                };
                outcome(&terms, returned)
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
