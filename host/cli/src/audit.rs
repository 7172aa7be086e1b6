//! `run --audit FILE`: what the checks ask the host, as one JSON object per line.

use crate::checks::Checks;
use crate::failure::Failure;
use crate::write;
use comfycheck_core::execution::CheckInstance;
use comfycheck_runtime::sandbox::AuditEvent;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file of a run.
pub(crate) struct Audit {
    path: PathBuf,
    file: Arc<Mutex<Lines>>,
}

/// Writes lines. After the first error, no others.
struct Lines {
    file: BufWriter<File>,
    error: Option<io::Error>,
}

impl Audit {
    /// Records what the checks ask from now on. Replaces the file.
    pub(crate) fn begin(path: &Path, checks: &Checks) -> Result<Self, Failure> {
        let file = write::make_folder_of(path).and_then(|()| File::create(path));
        let file = file.map_err(|error| not_written(path, &error))?;
        let file = Arc::new(Mutex::new(Lines { file: BufWriter::new(file), error: None }));
        let lines = Arc::clone(&file);
        checks.audit(Arc::new(move |instance, event| {
            lines.lock().unwrap_or_else(PoisonError::into_inner).write(&line(instance, &event));
        }));
        Ok(Self { path: path.to_owned(), file })
    }

    /// Writes what is left.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let mut lines = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = lines.file.flush();
        lines.error.take().map_or(flushed, Err).map_err(|error| not_written(&self.path, &error))
    }
}

impl Lines {
    fn write(&mut self, line: &Value) {
        if self.error.is_none() {
            self.error = writeln!(self.file, "{line}").err();
        }
    }
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(format!("cannot write `{}`", path.display()), error)
}

/// One event. Times are in milliseconds on the clock of the instance.
fn line(instance: &CheckInstance, event: &AuditEvent) -> Value {
    let mut line = json!({ "check": instance.check, "scope": instance.scope.word() });
    if let Some(sample) = instance.sample {
        line["sample"] = sample.into();
    }
    match event {
        AuditEvent::Call { function, bytes, at, waited } => {
            let (interface, function) = function.split_once('.').unwrap_or(("", function));
            line["event"] = "call".into();
            line["interface"] = interface.into();
            line["function"] = function.into();
            line["bytes"] = (*bytes).into();
            line["at-ms"] = (at.as_secs_f64() * 1000.0).into();
            line["waited-ms"] = (waited.as_secs_f64() * 1000.0).into();
        }
        AuditEvent::End { calls, memory, cpu } => {
            line["event"] = "end".into();
            line["calls"] = (*calls).into();
            line["memory-bytes"] = (*memory).into();
            line["cpu-ms"] = (cpu.as_secs_f64() * 1000.0).into();
        }
    }
    line
}
