//! `check/watcher`: an optional export that ends a hopeless wait.

use super::answer::{AnswerTerms, outcome};
use super::audit::Audit;
use super::component::Check;
use super::contract::exports::comfycheck::check::checker as contract;
use super::guest::{Guest, Mode, SampleAccess};
use super::guest_log::Log;
use super::limits::Limits;
use super::run::Call;
use super::stop::describe_error;
use super::store::GuestStore;
use super::watcher::record;
use crate::facts::WaitingSample;
use crate::transport::timeline::millis;
use comfycheck_core::execution::{Execution, Outcome};
use std::time::Duration;

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
        guest.sandbox = Some(sandbox.clone());
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
