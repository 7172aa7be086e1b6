//! Why a guest was stopped, and how its end is told.

use super::limits::{MESSAGE_BYTES, STACK_BYTES, TRANSFER_BYTES};
use comfycheck_core::execution::ErrorKind;
use std::fmt::Write;
use std::time::Duration;
use wasmtime::{Trap, WasmBacktrace};

/// Why the host stopped a guest. It is the error of the host function or of the
/// interruption that ends it; the guest never sees it. Reads after "it".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("asked for {} of memory; the limit is {}", bytes(*asked), bytes(*limit))]
    Memory { limit: u64, asked: u64 },
    #[error("asked for a table of {asked} elements; the limit is {limit}")]
    Table { limit: usize, asked: usize },
    #[error("used more than {} of CPU time", seconds(*limit))]
    Cpu { limit: Duration },
    #[error("waited more than {}, for `{function}`", seconds(*limit))]
    Wall { limit: Duration, function: &'static str },
    #[error("called the host more than {limit} times, the last time `{function}`")]
    HostCalls { limit: u32, function: &'static str },
    #[error("held more than {limit} handles at once, when it called `{function}`")]
    Handles { limit: usize, function: &'static str },
    /// The description of a check is the same in every run, so it can depend on nothing.
    #[error("called `{function}`")]
    CallInDescribe { function: &'static str },
    /// The text is the transport's.
    #[error("could not go on: {0}")]
    NotRecorded(String),
}

/// The context of an error that occurred before the guest was called.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("instantiation failed")]
pub(super) struct Starting;

/// Tells how a guest ended that gave no answer: the kind, and a line that reads after the
/// check's name, with the limit or the trap and what the guest was doing.
///
/// `logged` is the last error in the guest's log, where the SDK leaves the message of a
/// panic.
pub(super) fn tell(error: &wasmtime::Error, logged: Option<&str>) -> (ErrorKind, String) {
    let place = place(error);
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::NotRecorded(_) => (ErrorKind::Cassette, stop.to_string()),
            Stop::CallInDescribe { .. } => (ErrorKind::Contract, format!("{stop}{place}")),
            Stop::Wall { .. } => (ErrorKind::Waiting, format!("was stopped: it {stop}")),
            Stop::Memory { .. }
            | Stop::Table { .. }
            | Stop::Cpu { .. }
            | Stop::HostCalls { .. }
            | Stop::Handles { .. } => (ErrorKind::Limit, format!("was stopped: it {stop}{place}")),
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => {
            let limit = bytes(STACK_BYTES as u64);
            (ErrorKind::Limit, format!("was stopped: it used more than {limit} of stack{place}"))
        }
        Some(trap) => (ErrorKind::Trap, format!("broke down: {}{place}", trapped(*trap, logged))),
        None if is_out_of_transfer(error) => {
            let limit = bytes(TRANSFER_BYTES as u64);
            (ErrorKind::Limit, format!("was stopped: it handed over more than {limit} at once{place}"))
        }
        None => {
            // What is left is the canonical ABI's: text that is not UTF-8, a pointer beyond the memory, a case that
            // does not exist; or, before the guest runs, more modules or memories than a component may have.
            let doing = if error.is::<Starting>() { "could not be started" } else { "gave what cannot be read" };
            (ErrorKind::Contract, format!("{doing}: {}{place}", one_line(&error.root_cause().to_string())))
        }
    }
}

/// A trap in words. Never "unreachable": that is what a panic or an abort comes to.
fn trapped(trap: Trap, logged: Option<&str>) -> String {
    match (trap, logged) {
        (Trap::UnreachableCodeReached, Some(panic)) if panic.starts_with("panicked at") => one_line(panic),
        (Trap::UnreachableCodeReached, Some(error)) => {
            format!("it aborted; the last error in its log: {}", one_line(error))
        }
        (Trap::UnreachableCodeReached, None) => "it aborted, and logged no reason".to_owned(),
        (trap, _) => {
            let trap = trap.to_string();
            trap.strip_prefix("wasm trap: ").unwrap_or(&trap).to_owned()
        }
    }
}

/// Whether a value was larger than the store's fuel for one call. wasmtime keeps the
/// error's type to itself, so that its text is all there is; should it change, the
/// message of the case that follows says the same in wasmtime's words.
fn is_out_of_transfer(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted")
}

/// Where the guest was: its innermost functions that are not the language's own.
fn place(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let names: Vec<String> = trace.frames().iter().filter_map(|frame| frame.func_name()).map(readable).collect();
    let own: Vec<&String> = names.iter().filter(|name| !is_machinery(name)).take(2).collect();
    match own.as_slice() {
        [] => names.first().map_or_else(String::new, |name| format!(" (in `{name}`)")),
        [inner] => format!(" (in `{inner}`)"),
        [inner, outer, ..] => format!(" (in `{inner}`, called by `{outer}`)"),
    }
}

/// A function's name without mangling and hash, bounded.
fn readable(name: &str) -> String {
    const LONGEST: usize = 120;
    let name = format!("{:#}", rustc_demangle::demangle(name));
    if name.chars().count() > LONGEST { name.chars().take(LONGEST).chain(['…']).collect() } else { name }
}

/// Whether a function belongs to Rust rather than to the check: panics, allocation, the
/// calls that the bindings make.
fn is_machinery(name: &str) -> bool {
    const OF_RUST: [&str; 9] =
        ["core::", "std::", "alloc::", "<core::", "<alloc::", "rust_", "__r", "dlmalloc::", "cabi_realloc"];
    name == "abort" || OF_RUST.iter().any(|prefix| name.starts_with(prefix))
}

/// A text without line breaks, within the limit of a message.
fn one_line(text: &str) -> String {
    cut(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text within the limit: what is longer is cut, and says so.
pub(super) fn cut(text: String) -> String {
    cut_to(text, MESSAGE_BYTES)
}

/// A text within a limit in bytes: what is longer is cut, and says so.
pub(super) fn cut_to(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let whole = text.len();
        text.truncate(text.floor_char_boundary(limit));
        // Writing to a string cannot fail.
        let _ = write!(text, " … (cut: it has {whole} bytes)");
    }
    text
}

/// A number of bytes as a person says it: in the largest unit that it fills, rounded up to
/// a tenth of it.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 2] = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} bytes");
    };
    let tenths = bytes.saturating_mul(10).div_ceil(unit);
    match tenths % 10 {
        0 => format!("{} {name}", tenths / 10),
        tenth => format!("{}.{tenth} {name}", tenths / 10),
    }
}

/// A duration in seconds, without zeros at its end.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
