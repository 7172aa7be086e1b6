//! What the host holds for one guest while it runs: its limits, its clock, its log and
//! what it may ask.

use super::cpu::CpuTime;
use super::limits::{Limits, Memory};
use super::log::Log;
use super::stop::Stop;
use crate::capabilities::{Answered, AskError, Capabilities};
use comfycheck_core::sample::Sample;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::ResourceTable;

/// The data of a guest's store. The interfaces of the contract are implemented on it, one
/// file each.
pub(super) struct Guest {
    pub(super) mode: Mode,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) cpu: Arc<CpuTime>,
    pub(super) log: Log,
    /// The handles of images.
    pub(super) handles: ResourceTable,
    /// The instance's own clock: how long all its waits took.
    pub(super) waited: Duration,
    calls: u32,
}

/// What a guest was started for.
pub(super) enum Mode {
    /// To say what it is; it may call nothing.
    Describe,
    /// To be carried out.
    Run {
        /// What it may ask.
        capabilities: Capabilities,
        /// Which samples it may see.
        sees: Sees,
    },
}

/// Which samples an instance may see.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sees {
    Nothing,
    One(u32),
    All,
}

/// Why a function of the contract gives no answer.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The guest is told.
    Told(AskError),
    /// The guest is ended.
    Stopped(Stop),
}

impl From<Stop> for Refusal {
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
        }
    }

    /// The guest calls a function of the host: counts it, and hands out what the guest may
    /// ask. Every function of every interface begins with it.
    pub(super) fn called(&mut self, function: &'static str) -> Result<Asking, Stop> {
        let Mode::Run { capabilities, sees } = &self.mode else {
            return Err(Stop::CallInDescribe { function });
        };
        if self.calls >= self.limits.host_calls {
            return Err(Stop::HostCalls { limit: self.limits.host_calls, function });
        }
        self.calls += 1;
        Ok(Asking { capabilities: capabilities.clone(), sees: *sees })
    }

    /// Waits for what the run does for all of its checks, within the suite's patience: that time is not the instance's.
    pub(super) async fn wait_for_run<T>(
        &mut self,
        answer: impl Future<Output = Result<T, AskError>>,
    ) -> Result<T, Refusal> {
        self.cpu.aside(answer).await.map_err(Refusal::Told)
    }

    /// Waits for the answer to a question, and moves the instance's clock on.
    pub(super) async fn wait<T>(
        &mut self,
        function: &'static str,
        question: impl Future<Output = Answered<T>>,
    ) -> Result<T, Refusal> {
        let limit = self.limits.wall;
        // A question has timeouts of its own. This one, on the machine's clock, is for the one that never ends.
        let question = self.cpu.aside(question);
        let in_time = tokio::time::timeout(limit.saturating_sub(self.waited), question).await;
        let answered = in_time.ok().filter(|answered| self.waited.saturating_add(answered.took) <= limit);
        let Some(Answered { answer, took }) = answered else {
            self.waited = limit;
            return Err(Stop::Wall { limit, function }.into());
        };
        self.waited += took;
        answer.map_err(|error| match error {
            AskError::NotRecorded(text) => Stop::NotRecorded(text).into(),
            told => Refusal::Told(told),
        })
    }
}

/// What a guest may ask, for the length of one call.
pub(super) struct Asking {
    pub(super) capabilities: Capabilities,
    sees: Sees,
}

impl Asking {
    /// The samples that this instance may see.
    pub(super) fn samples(&self) -> &[Sample] {
        let all = self.capabilities.samples();
        match self.sees {
            Sees::Nothing => &[],
            Sees::One(index) => {
                let at = self.capabilities.position(index);
                at.and_then(|at| all.get(at..=at)).unwrap_or_default()
            }
            Sees::All => all,
        }
    }
}

/// The conversion that the bindings ask of every interface with an `error`: what is told
/// becomes the interface's own variant, what stops the guest becomes a trap.
macro_rules! convert_error {
    ($error:path) => {
        fn convert_error(&mut self, refusal: $crate::sandbox::guest::Refusal) -> wasmtime::Result<$error> {
            use $crate::capabilities::AskError;
            use $crate::sandbox::guest::Refusal;
            use $error as Error;
            Ok(match refusal {
                Refusal::Told(AskError::AccessDenied) => Error::AccessDenied,
                Refusal::Told(AskError::Unavailable(why)) => Error::Unavailable(why),
                Refusal::Told(AskError::NotOffered(why)) => Error::NotOffered(why),
                Refusal::Told(AskError::Other(why)) => Error::Other(why),
                Refusal::Told(AskError::NotRecorded(why)) => {
                    return Err($crate::sandbox::stop::Stop::NotRecorded(why).into());
                }
                Refusal::Stopped(stop) => return Err(stop.into()),
            })
        }
    };
}
pub(super) use convert_error;
