//! How wasmtime is set up.

use super::limits::{STACK_BYTES, TABLE_ELEMENTS};
use super::parallel::cores;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

/// How many guests may be alive at once: enough that all cores compute while some guests
/// wait, few enough that all of them at their memory limit fit a machine of this size.
pub(super) fn places() -> usize {
    (cores() * 2).max(16)
}

/// An engine that keeps the memory of guests for the guests that follow, or, where that
/// takes more address space than there is, one that does not.
pub(super) fn engine() -> wasmtime::Result<Engine> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    Engine::new(&pooled).or_else(|_no_address_space| Engine::new(&config()))
}

fn config() -> Config {
    let mut config = Config::new();
    config
        // Functions of the contract are synchronous for the guest; those that wait are async in Rust.
        .concurrency_support(false)
        .epoch_interruption(true)
        // The same answers give the same outcome, bit for bit, on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Nobody needs them, and they widen what a guest can attack. Several memories stay: stubbed components have them.
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_wide_arithmetic(false)
        .max_wasm_stack(STACK_BYTES)
        // The host's functions run on the same stack, above the guest's part.
        .async_stack_size(STACK_BYTES + (1 << 20))
        // Files and lines would need the check's debug information, which is stripped; and the environment decides nothing.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config
}

/// Room for every guest that may be alive, so that one cannot take another's.
fn pool() -> PoolingAllocationConfig {
    /// What one component may have. A Python check has a few dozen modules that share one memory and one table.
    const CORE_INSTANCES: u32 = 100;
    const MEMORIES: u32 = 4;
    const TABLES: u32 = 16;
    /// Memory that is wiped rather than given back after a guest: what decoding an image takes.
    const KEPT_BYTES: usize = 32 << 20;
    let places = u32::try_from(places()).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(places)
        .total_core_instances(places.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(places.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .max_memories_per_module(MEMORIES)
        .total_tables(places.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .total_stacks(places)
        .linear_memory_keep_resident(KEPT_BYTES)
        // Wipes the pages that were used, where Linux can tell; else all, used or not.
        .pagemap_scan(Enabled::Auto);
    pool
}
