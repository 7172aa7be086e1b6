//! Limits the requests of all processes of a user on this machine: runs of a matrix share one key.
//!
//! A file holds the times of the last requests, one a line, and its lock orders the processes. If the file cannot be used,
//! each process keeps to its own limit.

use comfycheck_core::digest::sha256_hex;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// More than a window of times takes, in bytes.
const MOST_BYTES: u64 = 64 << 10;
/// How often a lock is tried, and how long between. A process that was stopped may hold it for good.
const TRIES: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(5);

/// A limit on the requests in any window of time.
#[derive(Debug)]
pub(super) struct SharedWindow {
    file: PathBuf,
    most: usize,
    length: Duration,
}

impl SharedWindow {
    /// For requests to one server with one key, in a folder that only this user can write.
    pub(super) fn new(folder: &Path, server: &str, key: &str, most: usize, length: Duration) -> Self {
        // The name does not reveal the key: keys are too long to guess.
        let name = format!("requests-{}", &sha256_hex(format!("{server}\0{key}").as_bytes())[..32]);
        Self { file: folder.join(name), most, length }
    }

    /// The earliest time from `now` on at which one more request fits, both since 1970. Counts it.
    pub(super) fn reserve(&self, now: Duration) -> io::Result<Duration> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.file)?;
        lock(&file)?;
        let mut text = String::new();
        (&file).take(MOST_BYTES).read_to_string(&mut text)?;
        let at = |line: &str| line.parse().ok().map(Duration::from_millis);
        // A time far ahead is of a clock that was wrong.
        let is_near = |at: &Duration| *at + self.length > now && *at < now + self.length * 100;
        let mut sent: Vec<Duration> = text.lines().filter_map(at).filter(is_near).collect();
        sent.sort_unstable();
        let full = sent.len().checked_sub(self.most).map(|first| sent[first] + self.length);
        let at = now.max(full.unwrap_or_default());
        sent.push(at);
        let lines: Vec<String> = sent.iter().map(|at| at.as_millis().to_string() + "\n").collect();
        let lines = lines.concat();
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(lines.as_bytes())?;
        // The lock ends with the file.
        Ok(at)
    }
}

fn lock(file: &File) -> io::Result<()> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(folder: &Path, key: &str) -> SharedWindow {
        SharedWindow::new(folder, "https://api.runpod.io", key, 2, Duration::from_secs(10))
    }

    #[test]
    fn no_window_holds_more_requests_than_allowed_whoever_sends_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = |key: &str, now: u64| window(folder.path(), key).reserve(Duration::from_secs(now)).unwrap().as_secs();
        assert_eq!([100, 101, 102, 102, 103].map(|now| at("a", now)), [100, 101, 110, 111, 120]);
        assert_eq!(at("a", 200), 200, "a window that is over does not count");
        assert_eq!(at("b", 102), 102, "another key has its own limit");
    }

    #[test]
    fn a_file_that_is_not_ours_is_an_error_or_counts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let window = window(folder.path(), "a");
        std::fs::write(&window.file, "18446744073709551615\nnonsense\n-1\n").unwrap();
        assert_eq!(window.reserve(Duration::from_secs(5)).unwrap(), Duration::from_secs(5));
        std::fs::write(&window.file, [0xff, 0xfe]).unwrap();
        assert!(window.reserve(Duration::from_secs(5)).is_err());
    }

    #[test]
    fn processes_at_the_same_time_count_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let reserved = std::thread::scope(|scope| {
            let one = || window(folder.path(), "a").reserve(Duration::from_secs(100)).unwrap().as_secs();
            let all: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
            let mut all: Vec<_> = all.into_iter().map(|thread| thread.join().unwrap()).collect();
            all.sort_unstable();
            all
        });
        assert_eq!(reserved, [100, 100, 110, 110, 120, 120]);
    }
}
