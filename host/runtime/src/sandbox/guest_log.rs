//! What a guest says to its author.

use comfycheck_core::secret::Secrets;
use comfycheck_core::wording::bytes;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Receives the lines of an instance's log as they come, on the thread where the guest runs. The
/// caller must escape the text before showing it.
pub type LogSink = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

pub(super) struct Log {
    sink: LogSink,
    limit: usize,
    left: usize,
    secrets: Secrets,
    /// The last error. Rust checks leave the message of a panic here.
    pub(super) last_error: Option<String>,
}

impl Log {
    pub(super) fn new(sink: LogSink, limit: usize, secrets: Secrets) -> Self {
        Self { sink, limit, left: limit, secrets, last_error: None }
    }

    pub(super) fn write(&mut self, level: LogLevel, message: &str) {
        let message = self.secrets.redact(message);
        match self.left.checked_sub(message.len()) {
            Some(left) => {
                self.left = left;
                (self.sink)(level, &message);
            }
            // The first line that does not fit ends the log, so it has no gaps.
            None if self.left > 0 => {
                self.left = 0;
                (self.sink)(LogLevel::Warn, &format!("log truncated at {}", bytes(self.limit as u64)));
            }
            None => {}
        }
        if level == LogLevel::Error {
            self.last_error = Some(message);
        }
    }
}
