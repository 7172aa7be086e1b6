//! The limits of a guest.

use super::stop::Stop;
use comfycheck_core::suite;
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// The most CPU time for compiling a component, of all threads. `CPython` as a check takes about 30 s.
pub(super) const COMPILE_CPU: Duration = Duration::from_mins(2);
/// The most time for it. Compiling `CPython` took 227 s of time on a machine with seven times more work than cores.
pub(super) const COMPILE_TIME: Duration = Duration::from_mins(10);
/// The most memory for it, in bytes.
pub(super) const COMPILE_MEMORY: u64 = 4 << 30;
/// The largest component. `CPython` as a check has 18 MB.
pub const COMPONENT_BYTES: usize = 64 << 20;
/// The default limit of a message, a reason or a help text. Longer ones are truncated.
pub const MESSAGE_BYTES: usize = 8 << 10;
/// The default limit of a finding's data.
pub const DATA_BYTES: usize = 64 << 10;
/// The default limit of an instance's log. The rest is dropped.
pub const LOG_BYTES: usize = 256 << 10;
/// The longest name of a node class or a model folder in a query.
pub const NAME_BYTES: usize = 1 << 10;
/// The most bytes of decoded pictures that an instance holds at once: some 250 of the common sizes.
pub const PICTURE_BYTES: u64 = 64 << 20;
/// The default limit of handles that an instance holds at once.
pub const HANDLES: usize = 10_000;
/// The most bytes that a guest can pass to the host in one call or one answer.
pub const TRANSFER_BYTES: usize = 16 << 20;
/// The elements of one table. Tables also count as memory.
pub const TABLE_ELEMENTS: usize = 1 << 20;
pub const STACK_BYTES: usize = 1 << 20;

/// The most bytes of samples that an instance gets on top of its memory.
const HOST_DATA_BYTES: u64 = 1 << 30;

/// The limits of one check instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All linear memories and tables together. Samples do not count, up to 1 GiB: their size does
    /// not depend on the check.
    pub memory_bytes: u64,
    /// CPU time on this machine.
    pub cpu: Duration,
    /// Time on the instance's own clock: the sum of its waits.
    pub wall: Duration,
    /// Findings and open questions together. The rest is left out.
    pub findings: u32,
    /// Of a message, a reason or a help text. Longer ones are truncated.
    pub message_bytes: usize,
    /// Of one finding.
    pub data_bytes: usize,
    /// The rest is dropped.
    pub log_bytes: usize,
    pub host_calls: u32,
    /// Held at once.
    pub handles: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 384 << 20,
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
    /// For describing a component, which takes a check less than a millisecond.
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

/// Counts all memories and tables of a store together. wasmtime's own limiter counts each memory by
/// itself.
#[derive(Debug)]
pub(super) struct Memory {
    used: u64,
    limit: u64,
    /// On top of the limit: the most that the host handed over in one call so far.
    host_data: u64,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Self {
        Self { used: 0, limit, host_data: 0 }
    }

    /// The bytes of all memories and tables, which never shrink.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Makes room for data that the host hands over in one call. A second call reuses the room of
    /// the first.
    pub(super) fn make_room(&mut self, bytes: u64) {
        self.host_data = self.host_data.max(bytes.min(HOST_DATA_BYTES));
    }

    fn grow(&mut self, current: usize, desired: usize, unit: usize) -> Result<(), Stop> {
        let more = desired.saturating_sub(current).saturating_mul(unit) as u64;
        let requested = self.used.saturating_add(more);
        let limit = self.limit.saturating_add(self.host_data);
        if requested > limit {
            return Err(Stop::Memory { limit, requested });
        }
        self.used = requested;
        Ok(())
    }
}

// A guest expects `false` when it cannot grow beyond its own maximum. Exceeding the host's limits
// is an error that ends the guest with a backtrace. With `false` it would run into a trap of its
// own, which says nothing about memory.
impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.grow(current, desired, 1)?;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // With pooling, a table without its own maximum has the pool's.
        let own = maximum.filter(|maximum| *maximum < TABLE_ELEMENTS);
        if own.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        if desired > TABLE_ELEMENTS {
            return Err(Stop::Table { limit: TABLE_ELEMENTS, requested: desired }.into());
        }
        self.grow(current, desired, size_of::<usize>())?;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // This is not the guest's fault, so it must not continue with an answer that it would not
        // get elsewhere.
        Err(error)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a memory and a table can grow; none if that ends the guest.
    fn grows(memory: &mut Memory, to: (usize, usize), maximum: Option<usize>) -> Option<bool> {
        memory.memory_growing(to.0, to.1, maximum).ok()
    }

    fn table_grows(memory: &mut Memory, to: (usize, usize), maximum: Option<usize>) -> Option<bool> {
        memory.table_growing(to.0, to.1, maximum).ok()
    }

    #[test]
    fn all_memories_and_tables_together_have_the_limit() {
        let mut memory = Memory::new(100);
        assert_eq!(grows(&mut memory, (0, 20), None), Some(true));
        assert_eq!(table_grows(&mut memory, (0, 5), None), Some(true), "of 8 bytes each");
        assert_eq!((grows(&mut memory, (20, 61), None), memory.used()), (None, 60));
        assert_eq!((grows(&mut memory, (20, 60), None), memory.used()), (Some(true), 100));
        assert_eq!(table_grows(&mut memory, (5, 6), None), None);
    }

    #[test]
    fn a_guests_own_maximum_is_no_error() {
        let mut memory = Memory::new(1_000);
        assert_eq!([5, 6].map(|to| grows(&mut memory, (0, to), Some(5))), [Some(true), Some(false)]);
        assert_eq!([5, 6].map(|to| table_grows(&mut memory, (0, to), Some(5))), [Some(true), Some(false)]);
        assert_eq!(memory.used(), 45);
    }

    #[test]
    fn a_table_has_at_most_a_million_elements() {
        for maximum in [None, Some(TABLE_ELEMENTS), Some(usize::MAX)] {
            let mut memory = Memory::new(1 << 30);
            assert_eq!(table_grows(&mut memory, (0, TABLE_ELEMENTS + 1), maximum), None);
            assert_eq!(table_grows(&mut memory, (0, TABLE_ELEMENTS), maximum), Some(true));
        }
    }

    #[test]
    fn data_of_the_host_has_room_of_its_own_up_to_a_gibibyte() {
        let room = |made: &[u64]| {
            let mut memory = Memory::new(0);
            for bytes in made {
                memory.make_room(*bytes);
            }
            (0..=40).rev().map(|power| 1_usize << power).find(|bytes| grows(&mut memory, (0, *bytes), None).is_some())
        };
        assert_eq!([room(&[64]), room(&[64, 32]), room(&[32, 64])], [Some(64); 3]);
        assert_eq!(room(&[u64::MAX]), Some(1 << 30));
        assert_eq!(room(&[]), None);
    }
}
