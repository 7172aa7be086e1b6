//! `log`: what a guest tells its author.

use super::contract::comfycheck::check::log::{Host, Level};
use super::guest::Guest;
use std::sync::Arc;

/// How much a line of a log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// Steps.
    Debug,
    /// Good to know.
    Info,
    /// Perhaps wrong with the check.
    Warn,
    /// Wrong with the check.
    Error,
}

/// Takes the lines of one instance's log, as they come, on the thread where the guest
/// runs. The text is the guest's: who shows it escapes it.
pub type LogSink = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

/// The log of one instance.
pub(super) struct Log {
    sink: LogSink,
    /// In bytes.
    limit: usize,
    left: usize,
    /// The last error, where a Rust check leaves the message of its panic.
    pub(super) last_error: Option<String>,
}

impl Log {
    /// A log of at most so many bytes.
    pub(super) fn new(sink: LogSink, limit: usize) -> Self {
        Self { sink, limit, left: limit, last_error: None }
    }

    fn write(&mut self, level: LogLevel, message: String) {
        match self.left.checked_sub(message.len()) {
            Some(left) => {
                self.left = left;
                (self.sink)(level, &message);
            }
            // The first line that does not fit ends the log, so that what is shown has no holes.
            None if self.left > 0 => {
                self.left = 0;
                (self.sink)(LogLevel::Warn, &format!("the log ends here: it is longer than {} KiB", self.limit >> 10));
            }
            None => {}
        }
        if level == LogLevel::Error {
            self.last_error = Some(message);
        }
    }
}

impl Host for Guest {
    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.called("log.log")?;
        let level = match level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.log.write(level, message);
        Ok(())
    }
}
