//! What a guest may use up.

use super::stop::Stop;
use comfycheck_core::suite;
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// The largest component that is compiled. `CPython` as a check has 18 MB.
pub const COMPONENT_BYTES: usize = 64 << 20;
/// The longest message, reason or help of a finding or an open question, unless a suite says otherwise; more is cut.
pub const MESSAGE_BYTES: usize = 8 << 10;
/// The longest data of a finding, unless a suite says otherwise.
pub const DATA_BYTES: usize = 64 << 10;
/// The log of one instance, unless a suite says otherwise; more is dropped.
pub const LOG_BYTES: usize = 256 << 10;
/// The longest name of a node class or a model folder that may be asked for.
pub const NAME_BYTES: usize = 1 << 10;
/// Handles that one instance holds at once, unless a suite says otherwise.
pub const HANDLES: usize = 10_000;
/// What one call of the host, or one answer, may carry from the guest to the host.
pub const TRANSFER_BYTES: usize = 16 << 20;
/// Elements of one table. Tables count as memory, too.
pub const TABLE_ELEMENTS: usize = 1 << 20;
/// The stack of a guest.
pub const STACK_BYTES: usize = 1 << 20;

/// What the samples that one instance is handed may have on top of its memory.
const HANDED_BYTES: u64 = 1 << 30;

/// The limits of one check instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories and tables together. Samples that it asks for have room of their own on top, up to
    /// 1 GiB: how large they are is not the check's doing.
    pub memory_bytes: u64,
    /// CPU time on this machine.
    pub cpu: Duration,
    /// Time on the instance's own clock: the sum of its waits.
    pub wall: Duration,
    /// Findings and open questions together.
    pub findings: u32,
    /// Bytes of a message, a reason or a help; more is cut.
    pub message_bytes: usize,
    /// Bytes of the data of one finding.
    pub data_bytes: usize,
    /// Bytes of the log; more is dropped.
    pub log_bytes: usize,
    /// Calls of the host.
    pub host_calls: u32,
    /// Handles that are held at once.
    pub handles: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            cpu: Duration::from_secs(10),
            wall: Duration::from_mins(2),
            findings: 1_000,
            message_bytes: MESSAGE_BYTES,
            data_bytes: DATA_BYTES,
            log_bytes: LOG_BYTES,
            host_calls: 100_000,
            handles: HANDLES,
        }
    }
}

impl Limits {
    /// Of a component that is asked what it is, which takes a check less than a
    /// millisecond.
    pub(super) fn of_description() -> Self {
        Self { cpu: Duration::from_secs(1), ..Self::default() }
    }
}

impl From<&suite::Limits> for Limits {
    fn from(suite: &suite::Limits) -> Self {
        let default = Self::default();
        Self {
            memory_bytes: suite.memory_bytes.unwrap_or(default.memory_bytes),
            cpu: suite.cpu.unwrap_or(default.cpu),
            wall: suite.wall.unwrap_or(default.wall),
            findings: suite.findings.unwrap_or(default.findings),
            message_bytes: suite.message_bytes.unwrap_or(default.message_bytes),
            data_bytes: suite.data_bytes.unwrap_or(default.data_bytes),
            log_bytes: suite.log_bytes.unwrap_or(default.log_bytes),
            handles: suite.handles.map_or(default.handles, |handles| handles as usize),
            host_calls: suite.host_calls.unwrap_or(default.host_calls),
        }
    }
}

/// Counts the memories and tables of one store together. wasmtime's own limiter counts
/// each memory by itself.
#[derive(Debug)]
pub(super) struct Memory {
    used: u64,
    limit: u64,
    /// On top of the limit: what the host handed over in one call, at the most so far.
    handed: u64,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Self {
        Self { used: 0, limit, handed: 0 }
    }

    /// Makes room for what the host hands over in one call. A second call finds the room of the first.
    pub(super) fn make_room(&mut self, bytes: u64) {
        self.handed = self.handed.max(bytes.min(HANDED_BYTES));
    }

    fn grow(&mut self, current: usize, desired: usize, unit: usize) -> Result<(), Stop> {
        let more = desired.saturating_sub(current).saturating_mul(unit) as u64;
        let asked = self.used.saturating_add(more);
        let limit = self.limit.saturating_add(self.handed);
        if asked > limit {
            return Err(Stop::Memory { limit, asked });
        }
        self.used = asked;
        Ok(())
    }
}

// That a guest cannot grow beyond its own maximum is an answer that it expects: `false`. For
// the host's limits there is an error, which ends the guest there and then, with a
// backtrace; an answer would let it run into a trap of its own that says nothing of memory.
impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.grow(current, desired, 1)?;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // With pooling, a table without a maximum of its own has the pool's.
        let own = maximum.filter(|maximum| *maximum < TABLE_ELEMENTS);
        if own.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        if desired > TABLE_ELEMENTS {
            return Err(Stop::Table { limit: TABLE_ELEMENTS, asked: desired }.into());
        }
        self.grow(current, desired, size_of::<usize>())?;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // Not the guest's doing, so it must not go on with another answer than it would get elsewhere.
        Err(error)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }
}
