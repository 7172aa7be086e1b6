//! The host's state for one running guest: limits, clock, log and capabilities.

use super::Sandbox;
use super::audit::Audit;
use super::cpu::CpuTime;
use super::guest_log::Log;
use super::limits::{Limits, Memory};
use super::stop::Stop;
use crate::capabilities::{Capabilities, TimedAnswer};
use crate::facts::QueryError;
use crate::transport::exchange::Miss;
use comfycheck_core::sample::Sample;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::ResourceTable;

/// The data of a guest's store. It implements the interfaces of the contract, one file each.
pub(super) struct Guest {
    pub(super) mode: Mode,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) cpu: Arc<CpuTime>,
    pub(super) log: Log,
    /// Images, files and pictures.
    pub(super) handles: ResourceTable,
    /// The instance's own clock: the sum of its waits.
    pub(super) waited: Duration,
    calls: u32,
    pub(super) audit: Audit,
    /// Where it runs; none while it describes itself, and for a decoder.
    pub(super) sandbox: Option<Sandbox>,
    /// Of the decoded pictures in `handles`.
    pub(super) picture_bytes: u64,
}

/// The reason for starting a guest.
pub(super) enum Mode {
    /// To describe itself, without calls.
    Describe,
    Run {
        capabilities: Capabilities,
        access: SampleAccess,
    },
}

/// The samples that an instance can see.
#[derive(Clone, Copy, Debug)]
pub(super) enum SampleAccess {
    Nothing,
    One(u32),
    All,
}

/// Why a function of the contract returns no answer.
#[derive(Debug)]
pub(super) enum HostError {
    /// The guest gets the error.
    Returned(QueryError),
    /// The guest ends.
    Stopped(Stop),
}

impl From<Stop> for HostError {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

impl Guest {
    pub(super) fn new(mode: Mode, limits: Limits, log: Log) -> Self {
        let mut handles = ResourceTable::new();
        handles.set_max_capacity(limits.handles);
        Self {
            memory: Memory::new(limits.memory_bytes),
            cpu: Arc::default(),
            mode,
            limits,
            log,
            handles,
            waited: Duration::ZERO,
            calls: 0,
            audit: Audit::default(),
            sandbox: None,
            picture_bytes: 0,
        }
    }

    /// Counts a call of the host, and returns what the guest can query. Every function of every
    /// interface starts with it.
    pub(super) fn host_call(&mut self, function: &'static str) -> Result<HostCall, Stop> {
        let Mode::Run { capabilities, access } = &self.mode else {
            return Err(Stop::CallInDescribe { function });
        };
        if self.calls >= self.limits.host_calls {
            return Err(Stop::HostCalls { limit: self.limits.host_calls, function });
        }
        self.calls += 1;
        self.audit.called(function, self.waited);
        Ok(HostCall { capabilities: capabilities.clone(), access: *access })
    }

    /// Records the end of the run.
    pub(super) fn end_audit(&mut self) {
        self.audit.end(self.waited, self.calls, self.memory.used(), self.cpu.spent());
    }

    /// Waits for work that the run does for all checks. It has the suite's patience, so the time
    /// does not count for the instance.
    pub(super) async fn wait_for_run<T>(
        &mut self,
        answer: impl Future<Output = Result<T, QueryError>>,
    ) -> Result<T, HostError> {
        self.cpu.exclude(answer).await.map_err(HostError::Returned)
    }

    /// Waits for the answer to a query, and advances the instance's clock.
    pub(super) async fn wait<T>(
        &mut self,
        function: &'static str,
        query: impl Future<Output = TimedAnswer<T>>,
    ) -> Result<T, HostError> {
        let limit = self.limits.wall;
        let speed = match &self.mode {
            Mode::Run { capabilities, .. } => capabilities.speed(),
            Mode::Describe => 1.0,
        };
        // Queries have timeouts of their own. This one, on the machine's clock, is for a query that
        // never ends.
        let query = self.cpu.exclude(query);
        let in_time = tokio::time::timeout(limit.saturating_sub(self.waited.div_f64(speed)), query).await;
        // An accelerated clock does not make this machine faster.
        let on_clock = limit.mul_f64(speed);
        let timed = in_time.ok().filter(|timed| self.waited.saturating_add(timed.took) <= on_clock);
        let Some(TimedAnswer { answer, took }) = timed else {
            self.waited = on_clock;
            return Err(Stop::Wall { limit, function }.into());
        };
        self.waited += took;
        answer.map_err(|error| match error {
            QueryError::NotRecorded(Miss { why, after_the_end: true }) => Stop::NotRecorded(why).into(),
            QueryError::NotRecorded(Miss { why, .. }) => {
                if let Mode::Run { capabilities, .. } = &self.mode {
                    capabilities.note_miss(&why);
                }
                HostError::Returned(QueryError::NotOffered(why))
            }
            error => HostError::Returned(error),
        })
    }
}

/// What a guest can query during one call.
pub(super) struct HostCall {
    pub(super) capabilities: Capabilities,
    access: SampleAccess,
}

impl HostCall {
    /// The samples that this instance can see.
    pub(super) fn samples(&self) -> &[Sample] {
        let all = self.capabilities.samples();
        match self.access {
            SampleAccess::Nothing => &[],
            SampleAccess::One(index) => {
                let at = self.capabilities.position(index);
                at.and_then(|at| all.get(at..=at)).unwrap_or_default()
            }
            SampleAccess::All => all,
        }
    }

    /// Whether this instance can see a sample.
    pub(super) fn sees(&self, sample: u32) -> bool {
        match self.access {
            SampleAccess::Nothing => false,
            SampleAccess::One(index) => index == sample,
            SampleAccess::All => true,
        }
    }
}

/// The conversion that the bindings need for every interface with an `error`. An error for the
/// guest becomes the interface's own variant; anything else becomes a trap.
macro_rules! convert_error {
    ($error:path) => {
        fn convert_error(&mut self, error: $crate::sandbox::guest::HostError) -> wasmtime::Result<$error> {
            use $crate::facts::QueryError;
            use $crate::sandbox::guest::HostError;
            use $error as Error;
            Ok(match error {
                HostError::Returned(QueryError::AccessDenied) => Error::AccessDenied,
                HostError::Returned(QueryError::Unavailable(why)) => Error::Unavailable(why),
                HostError::Returned(QueryError::NotOffered(why)) => Error::NotOffered(why),
                HostError::Returned(QueryError::Other(why)) => Error::Other(why),
                HostError::Returned(QueryError::NotRecorded(miss)) => {
                    return Err($crate::sandbox::stop::Stop::NotRecorded(miss.why).into());
                }
                HostError::Stopped(stop) => return Err(stop.into()),
            })
        }
    };
}
pub(super) use convert_error;
