//! Compiles components of others in a process of its own.
//!
//! A few kilobytes of WebAssembly can keep a compiler busy for hours, or fill the memory. In another process it has limits, and
//! its end is an error of one component. The compiled code comes back in a cache folder.

use super::cache::Key;
use super::limits::{COMPILE_CPU, COMPILE_MEMORY, COMPILE_TIME};
use super::load_error::{CompileError, LoadErrorKind};
use super::{Cache, Sandbox};
use crate::platform::{exceeded_cpu, limit_this_process, was_aborted};
use comfycheck_core::digest::sha256_hex;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The most bytes of an error.
const LONGEST_ERROR: u64 = 8 << 10;

/// A program that calls [`compile_in_this_process`] with the folder that follows its arguments, and a component on its standard
/// input. It prints the error if there is one, and then fails.
#[derive(Clone, Debug)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Compiler {
    pub fn new(program: PathBuf, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self { program, arguments: arguments.into_iter().map(Into::into).collect() }
    }

    /// Compiles a component into a cache folder.
    pub(super) fn compile(&self, wasm: &[u8], folder: &Path) -> Result<(), CompileError> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take();
        let status = thread::scope(|scope| {
            // It fails only if the process has ended, whose status says why.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(wasm)));
            wait(&mut child)
        })?;
        let Some(status) = status else { return Err(CompileError::Time) };
        if status.success() {
            return Ok(());
        }
        let mut error = String::new();
        if let Some(stdout) = child.stdout.take() {
            let _ = stdout.take(LONGEST_ERROR).read_to_string(&mut error);
        }
        Err(explain(status, error.trim()))
    }
}

/// Waits for the end of a process. None if it took too long, and was ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > COMPILE_TIME {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn explain(status: ExitStatus, error: &str) -> CompileError {
    if exceeded_cpu(status) {
        CompileError::Cpu
    } else if was_aborted(status) || error.contains("Cannot allocate memory") {
        // An allocation that fails aborts the process, and a machine without memory kills it.
        CompileError::Memory
    } else if error.is_empty() {
        CompileError::Process(io::Error::other(status.to_string()))
    } else {
        CompileError::Refused(error.to_owned())
    }
}

/// Compiles a component into a cache folder. Limits the memory and the CPU time of this process where the system can. The process
/// should end afterwards.
pub fn compile_in_this_process(wasm: &[u8], folder: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    limit_this_process(COMPILE_MEMORY, COMPILE_CPU)?;
    let sandbox = Sandbox::new(Some(Cache::open(folder)?))?;
    let key = Key::new(&sha256_hex(wasm), sandbox.inner.engine_hash);
    let mut kept = Ok(());
    let compiled = sandbox.compile(wasm, &key, |error| kept = Err(error));
    compiled.map_err(|kind| match kind {
        LoadErrorKind::Compile(cause) => cause,
        other => other.into(),
    })?;
    Ok(kept?)
}

// The tests run shell scripts.
#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// How a process of this shell script ends.
    fn compile(script: &str) -> Result<(), CompileError> {
        // More than a pipe holds.
        let wasm = vec![0; 1 << 20];
        Compiler::new("sh".into(), ["-c", script]).compile(&wasm, Path::new("folder"))
    }

    #[test]
    fn the_end_of_the_process_is_the_end_of_one_component() {
        assert!(matches!(compile("cat > /dev/null"), Ok(())));
        assert!(matches!(compile("exit 0"), Ok(())), "it need not read all of the component");
        assert!(
            matches!(compile("echo 'a reason in words'; exit 2"), Err(CompileError::Refused(why)) if why == "a reason in words")
        );
        assert!(matches!(compile("exit 2"), Err(CompileError::Process(_))));
        assert!(matches!(compile("kill -s XCPU $$"), Err(CompileError::Cpu)));
        assert!(matches!(compile("kill -s ABRT $$"), Err(CompileError::Memory)));
        assert!(matches!(compile("echo 'Cannot allocate memory (os error 12)'; exit 2"), Err(CompileError::Memory)));
        assert!(matches!(compile("test \"$0\" = folder"), Ok(())), "the folder follows the arguments");
        let missing = Compiler::new("/nowhere/comfycheck".into(), [""; 0]).compile(&[], Path::new("folder"));
        assert!(matches!(missing, Err(CompileError::Process(_))));
    }
}
