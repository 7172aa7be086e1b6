//! The lines of a text file.

use crate::fault::Fault;
use crate::source::Window;

/// Lines one after the other.
pub(super) struct Lines<'f, 'a> {
    file: &'f mut Window<'a>,
    at: u64,
    number: u64,
}

/// A longer line is not one of a model.
const MAX_LINE: usize = 64 << 10;

impl<'f, 'a> Lines<'f, 'a> {
    /// The lines from a place of the file.
    pub(super) fn of(file: &'f mut Window<'a>, at: u64) -> Self {
        Self { file, at, number: 0 }
    }

    /// Where the next line begins.
    pub(super) fn place(&self) -> u64 {
        self.at
    }

    /// The next line, with its number from 1; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &str)>, Fault> {
        if self.at >= self.file.size() {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        let size = self.file.size();
        let start = self.at;
        let ahead = self.file.up_to(start, MAX_LINE);
        let end = ahead.iter().position(|byte| *byte == b'\n');
        if end.is_none() && start + (ahead.len() as u64) < size {
            return Err(Fault::Corrupt(format!("line {number} is longer than 64 KiB")));
        }
        let line = &ahead[..end.unwrap_or(ahead.len())];
        self.at = start + line.len() as u64 + 1;
        let text = std::str::from_utf8(line);
        text.map(|line| Some((number, line.trim_end_matches('\r'))))
            .map_err(|_| Fault::Corrupt(format!("line {number} is not text")))
    }
}
