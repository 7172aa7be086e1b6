//! Why a guest was stopped, in words.

use super::limits::{MESSAGE_BYTES, STACK_BYTES, TRANSFER_BYTES};
use super::stub::wanted;
use comfycheck_core::execution::ErrorKind;
use comfycheck_core::wording::{self, bytes, bytes_beside};
use std::fmt::Write;
use std::time::Duration;
use wasmtime::{Trap, WasmBacktrace};

/// Why the host stopped a guest. It is the error of a host function or of an interruption; the
/// guest never sees it. The text follows the check's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("exceeded its memory limit: {}", sizes(*requested, *limit))]
    Memory { limit: u64, requested: u64 },
    #[error("exceeded its table limit: requested {requested} elements, limit {limit}")]
    Table { limit: usize, requested: usize },
    #[error("exceeded its CPU time limit of {}", seconds(*limit))]
    Cpu { limit: Duration },
    #[error("waited longer than {} (`wall-s`), in `{function}`", seconds(*limit))]
    Wall { limit: Duration, function: &'static str },
    #[error("exceeded its limit of {limit} host calls, last in `{function}`")]
    HostCalls { limit: u32, function: &'static str },
    #[error("exceeded its limit of {limit} handles, in `{function}`")]
    Handles { limit: usize, function: &'static str },
    /// A description must be the same in every run, so it cannot depend on calls.
    #[error("called `{function}`")]
    CallInDescribe { function: &'static str },
    /// The transport's text.
    #[error("could not continue: {0}")]
    NotRecorded(String),
}

/// The context of an error before the first call.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("instantiation failed")]
pub(super) struct Instantiation;

/// The kind of a guest's error, and a line that follows the check's name: the limit or the trap,
/// and where the guest was.
///
/// `logged` is the last error in the guest's log, where the SDK leaves the message of a panic.
pub(super) fn describe_error(error: &wasmtime::Error, logged: Option<&str>) -> (ErrorKind, String) {
    let place = place(error);
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::NotRecorded(_) => (ErrorKind::Cassette, stop.to_string()),
            Stop::CallInDescribe { .. } => (ErrorKind::Contract, format!("{stop}{place}")),
            Stop::Wall { .. } => (ErrorKind::Waiting, stop.to_string()),
            Stop::Memory { .. }
            | Stop::Table { .. }
            | Stop::Cpu { .. }
            | Stop::HostCalls { .. }
            | Stop::Handles { .. } => (ErrorKind::Limit, format!("{stop}{place}")),
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => {
            let limit = bytes(STACK_BYTES as u64);
            (ErrorKind::Limit, format!("exceeded its stack limit of {limit}{place}"))
        }
        Some(Trap::UnreachableCodeReached) => (ErrorKind::Trap, abort(error, logged, &place)),
        Some(trap) => (ErrorKind::Trap, format!("{}{place}", crash(*trap))),
        None if is_out_of_transfer(error) => {
            let limit = bytes(TRANSFER_BYTES as u64);
            (ErrorKind::Limit, format!("exceeded its output limit of {limit} in one call{place}"))
        }
        None => {
            // The rest are errors of the canonical ABI, such as invalid UTF-8, pointers beyond the
            // memory or unknown cases. Before the guest runs: more modules or memories than a
            // component can have.
            let what = if error.is::<Instantiation>() { "failed to start" } else { "passed an invalid value" };
            (ErrorKind::Contract, format!("{what}: {}{place}", one_line(&error.root_cause().to_string())))
        }
    }
}

/// An abort in words. Not wasmtime's "unreachable", which means a panic, an exception or a stub.
fn abort(error: &wasmtime::Error, logged: Option<&str>, place: &str) -> String {
    let names = frames(error);
    match (logged, wanted(names.iter().map(String::as_str))) {
        (Some(panic), _) if panic.starts_with("panicked at") => format!("{}{place}", one_line(panic)),
        // The SDKs of other languages name the place themselves. The trap is in their runtime.
        (Some(exception), _) if exception.starts_with("raised ") => one_line(exception),
        (_, Some(wanted)) => format!("{wanted}{place}"),
        (Some(error), None) => format!("aborted; last error in its log: {}{place}", one_line(error)),
        (None, None) => format!("aborted without logging an error{place}"),
    }
}

/// A trap in words.
fn crash(trap: Trap) -> String {
    let trap = trap.to_string();
    format!("crashed: {}", trap.strip_prefix("wasm trap: ").unwrap_or(&trap))
}

/// Whether a value exceeded the store's fuel for one call. wasmtime does not export the error's
/// type, so only its text identifies it. If the text changes, the fallback still shows wasmtime's
/// own message.
fn is_out_of_transfer(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted")
}

/// The system's words if this machine has no memory for a guest: it is not the guest's fault.
pub(super) fn out_of_memory(error: &wasmtime::Error) -> Option<String> {
    // wasmtime's own error types are not exported.
    let cause = error.root_cause().to_string();
    cause.contains("Cannot allocate memory").then_some(cause)
}

/// Where the guest was: its innermost functions that are not part of the language.
fn place(error: &wasmtime::Error) -> String {
    let names = frames(error);
    let own: Vec<&String> = names.iter().filter(|name| !is_machinery(name)).take(2).collect();
    match own.as_slice() {
        [] => names.first().map_or_else(String::new, |name| format!(" (in `{name}`)")),
        [inner] => format!(" (in `{inner}`)"),
        [inner, outer, ..] => format!(" (in `{inner}`, called by `{outer}`)"),
    }
}

/// The functions that the guest was in, the innermost one first.
fn frames(error: &wasmtime::Error) -> Vec<String> {
    let trace = error.downcast_ref::<WasmBacktrace>();
    let frames = trace.into_iter().flat_map(WasmBacktrace::frames);
    frames.filter_map(|frame| frame.func_name()).map(readable).collect()
}

/// A demangled function name without its hash, bounded.
fn readable(name: &str) -> String {
    const LONGEST: usize = 120;
    let name = format!("{:#}", rustc_demangle::demangle(name));
    if name.chars().count() > LONGEST { name.chars().take(LONGEST).chain(['…']).collect() } else { name }
}

/// Whether a function belongs to Rust and not to the check: panics, allocation, calls from the
/// bindings.
fn is_machinery(name: &str) -> bool {
    const OF_RUST: [&str; 9] =
        ["core::", "std::", "alloc::", "<core::", "<alloc::", "rust_", "__r", "dlmalloc::", "cabi_realloc"];
    name == "abort" || OF_RUST.iter().any(|prefix| name.starts_with(prefix))
}

/// A text without line breaks, truncated to the limit of a message.
fn one_line(text: &str) -> String {
    truncated(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text that is truncated to the limit of a message, with a note.
pub(super) fn truncated(text: String) -> String {
    truncated_to(text, MESSAGE_BYTES)
}

/// A text that is truncated to a limit in bytes, with a note.
pub(super) fn truncated_to(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let whole = text.len() as u64;
        text.truncate(text.floor_char_boundary(limit));
        // Writing to a string cannot fail.
        let _ = write!(text, " … (truncated from {})", bytes(whole));
    }
    text
}

fn sizes(requested: u64, limit: u64) -> String {
    let (requested, limit) = bytes_beside(requested, limit);
    format!("requested {requested}, limit {limit}")
}

fn seconds(limit: Duration) -> String {
    wording::limit(limit.as_secs_f64(), "s")
}
