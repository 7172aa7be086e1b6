//! `log`: a guest's messages to its author.

use super::contract::comfycheck::check::log::{Host, Level};
use super::guest::{Guest, Mode};
use super::guest_log::LogLevel;

impl Host for Guest {
    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        // A panic while a check describes itself leaves its message here, before the trap.
        let is_last_word = matches!(self.mode, Mode::Describe) && level == Level::Error;
        if !is_last_word {
            self.host_call("log.log")?;
        }
        let level = match level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.log.write(level, &message);
        Ok(())
    }
}
