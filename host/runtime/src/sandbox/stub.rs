//! What a component asked of a system interface that its build replaced by a stub.
//!
//! componentize-py and componentize-qjs replace WASI by functions that abort. Only the name of such a function shows what the
//! check wanted.

/// Parts of the names of stubs, with what the check wanted and what to do instead. The first match counts.
///
/// The names are those of wasi-libc and of WASI 0.2: <https://github.com/WebAssembly/wasi-libc>.
const STUBS: [(&str, &str, &str); 14] = [
    ("wall_clock", CLOCK, USE_SAMPLES),
    ("monotonic_clock", CLOCK, USE_SAMPLES),
    ("clock_gettime", CLOCK, USE_SAMPLES),
    ("wasi:clocks", CLOCK, USE_SAMPLES),
    ("random_get", "random numbers", "compute them from a fixed seed"),
    ("wasi:random", "random numbers", "compute them from a fixed seed"),
    ("sockets", "the network", "use the interfaces of the host"),
    ("wasi:http", "the network", "use the interfaces of the host"),
    ("stdout", "the standard output", "write to the log"),
    ("stderr", "the standard error", "write to the log, and catch exceptions"),
    ("stdin", "the standard input", "use settings"),
    ("environment", "environment variables", "use settings"),
    ("exit_exit", "the end of the process", "return an answer"),
    ("filesystem", "a file", "import modules and read files where the module begins"),
];

const CLOCK: &str = "a clock";
const USE_SAMPLES: &str = "use the times of samples";

/// What a check wanted, by the names of the functions that it was in, the innermost one first: words that follow its name.
pub(super) fn wanted<'a>(functions: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Deeper frames are those of the language.
    let mut functions = functions.into_iter().take(3);
    functions.find_map(|function| {
        let (_, what, instead) = STUBS.iter().find(|(part, ..)| function.contains(part))?;
        Some(format!("asked for {what}, which a check does not have: {instead}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_is_named_by_what_it_was_for() {
        for (functions, expected) in [
            (&["wall_clock_now", "__clock_gettime"][..], Some(CLOCK)),
            (&["filesystem_preopens_get_directories", "__wasilibc_populate_preopens"], Some("a file")),
            (&["stderr_get_stderr", "stdio_get_write_stream"], Some("the standard error")),
            (&["exit_exit", "_Exit"], Some("the end of the process")),
            (&["__wasm_call_dtors", "random_get_random_bytes"], Some("random numbers")),
            (&["wasi:http/outgoing-handler@0.2.0#handle"], Some("the network")),
            (&["my_check::rules::judge", "my_check::run"], None),
            (&[], None),
        ] {
            let words = wanted(functions.iter().copied());
            let is_named = words.as_deref().is_some_and(|words| expected.is_some_and(|what| words.contains(what)));
            assert_eq!(is_named, expected.is_some(), "{functions:?}: {words:?}");
        }
    }
}
