//! The process that compiles components of others. The sandbox starts it: no user does.

use comfycheck_core::report::ExitCode;
use comfycheck_runtime::sandbox::{COMPONENT_BYTES, Compiler, compile_in_this_process};
use std::error::Error;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;

/// The first argument of the process; the second one is a cache folder.
const COMMAND: &str = "__compile";

/// This program as the compiler. None if the system does not know where it is.
pub(crate) fn compiler() -> Option<Compiler> {
    Some(Compiler::new(std::env::current_exe().ok()?, [COMMAND]))
}

/// Compiles if this process was started for it.
pub(crate) fn requested() -> Option<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).take(2).collect();
    let [command, folder] = arguments.as_slice() else { return None };
    (command == COMMAND).then(|| match compile(Path::new(folder)) {
        Ok(()) => ExitCode::Passed,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            // Without a reader, the exit code is enough.
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::Invalid
        }
    })
}

fn compile(folder: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut wasm = Vec::new();
    std::io::stdin().take(COMPONENT_BYTES as u64).read_to_end(&mut wasm)?;
    compile_in_this_process(&wasm, folder)
}
