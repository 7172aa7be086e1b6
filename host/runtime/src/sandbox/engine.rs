//! The configuration of wasmtime.

use super::code::since_2009;
use super::limits::{STACK_BYTES, TABLE_ELEMENTS};
use super::parallel::cores;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

/// How many guests can exist at once: enough to keep all cores busy while some guests wait, few
/// enough to fit this machine if all reach their memory limit.
pub(crate) fn places() -> usize {
    (cores() * 2).max(16)
}

/// How many images are decoded at once.
pub(super) fn decoder_places() -> usize {
    cores()
}

/// An engine that reuses the memory of guests. If there is not enough address space for that, one
/// that does not.
pub(super) fn engine() -> wasmtime::Result<Engine> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    Engine::new(&pooled).or_else(|_no_address_space| Engine::new(&config()))
}

/// An engine whose code runs on every processor of this architecture and operating system. None where no such code is made.
pub(super) fn portable_engine() -> wasmtime::Result<Option<Engine>> {
    let Some(triple) = triple() else { return Ok(None) };
    let mut portable = config();
    // With a named target, the features of this machine's processor are not used.
    portable.target(triple)?;
    since_2009(&mut portable);
    Engine::new(&portable).map(Some)
}

/// The target of portable code. Loading compares the architecture and the operating system only.
fn triple() -> Option<&'static str> {
    match (std::env::consts::ARCH, std::env::consts::OS) {
        ("x86_64", "linux") => Some("x86_64-unknown-linux-gnu"),
        ("aarch64", "linux") => Some("aarch64-unknown-linux-gnu"),
        ("x86_64", "macos") => Some("x86_64-apple-darwin"),
        ("aarch64", "macos") => Some("aarch64-apple-darwin"),
        ("x86_64", "windows") => Some("x86_64-pc-windows-msvc"),
        _ => None,
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        // The contract's functions are synchronous for guests. Those that wait are async in Rust.
        .concurrency_support(false)
        .epoch_interruption(true)
        // The same answers must give the same outcome, bit for bit, on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Unused features would widen the attack surface. Multiple memories stay: stubbed
        // components have them.
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_wide_arithmetic(false)
        .max_wasm_stack(STACK_BYTES)
        // Host functions run on the same stack, above the guest's part.
        .async_stack_size(STACK_BYTES + (1 << 20))
        // Files and lines would need debug information, which is stripped. The environment must not
        // matter.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // Offsets in the bytes of a component. They are a tenth of the embedded code, and no message shows them.
        .generate_address_map(false)
        // For debuggers. wasmtime itself walks frame pointers, except where Windows walks the stack.
        .native_unwind_info(cfg!(windows));
    config
}

/// Room for every guest that can exist, so guests do not compete for it.
fn pool() -> PoolingAllocationConfig {
    /// The most of one component. A Python check has a few dozen modules that share one memory and
    /// one table.
    const CORE_INSTANCES: u32 = 100;
    const MEMORIES: u32 = 4;
    const TABLES: u32 = 16;
    /// Memory that is wiped rather than freed after a guest: as much as decoding an image takes.
    const KEPT_BYTES: usize = 32 << 20;
    let places = u32::try_from(places() + decoder_places()).unwrap_or(u32::MAX);
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
        // Wipes only used pages where Linux can find them, else all pages.
        .pagemap_scan(Enabled::Auto);
    pool
}
