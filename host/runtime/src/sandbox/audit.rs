//! What checks ask the host: a record of each call, and of each run.

use comfycheck_core::execution::CheckInstance;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What an instance did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// A call of the host.
    Call {
        /// The interface and the function, such as `runpod/samples.samples`.
        function: &'static str,
        /// The bytes of the texts and the data in the answer. 0 for a number or a fact of fixed size.
        bytes: u64,
        /// When it was called, on the clock of the instance: the sum of its waits before.
        at: Duration,
        /// How long it waited for the answer, on that clock.
        waited: Duration,
    },
    /// The end of the run.
    End {
        calls: u32,
        /// The most memory that it had, in bytes.
        memory: u64,
        /// CPU time on this machine.
        cpu: Duration,
    },
}

/// Receives the events of each instance, on the thread where it runs.
pub type AuditSink = Arc<dyn Fn(&CheckInstance, AuditEvent) + Send + Sync>;

/// The record of one instance.
#[derive(Default)]
pub(super) struct Audit {
    sink: Option<(AuditSink, CheckInstance)>,
    /// The last call. Its answer is not known before the next one.
    last: Option<(&'static str, Duration)>,
    /// The bytes of its answer.
    bytes: u64,
}

impl Audit {
    pub(super) fn of(sink: Option<&AuditSink>, instance: &CheckInstance) -> Self {
        Self { sink: sink.map(|sink| (Arc::clone(sink), instance.clone())), ..Self::default() }
    }

    /// A call begins at a time on the clock of the instance.
    pub(super) fn called(&mut self, function: &'static str, now: Duration) {
        self.answered(now);
        if self.sink.is_some() {
            self.last = Some((function, now));
        }
    }

    /// Adds to the size of the answer to the last call.
    pub(super) fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// The run ends at a time on the clock of the instance.
    pub(super) fn end(&mut self, now: Duration, calls: u32, memory: u64, cpu: Duration) {
        self.answered(now);
        if let Some((sink, instance)) = &self.sink {
            sink(instance, AuditEvent::End { calls, memory, cpu });
        }
    }

    fn answered(&mut self, now: Duration) {
        let bytes = std::mem::take(&mut self.bytes);
        if let (Some((sink, instance)), Some((function, at))) = (&self.sink, self.last.take()) {
            sink(instance, AuditEvent::Call { function, bytes, at, waited: now.saturating_sub(at) });
        }
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("last", &self.last).finish_non_exhaustive()
    }
}
