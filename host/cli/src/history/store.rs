//! A folder with a JSON report for each run, named by its number: `12.json`.
//!
//! Several processes can use it at once. A report is written beside its place and then linked to it, which fails if another
//! process took the number. So no reader meets half a report, and no number is used twice at once.

use crate::platform::create_folder_of_user;
use comfycheck_core::past_runs::PastRun;
use comfycheck_core::render::{json, read_json};
use comfycheck_core::report::Report;
use comfycheck_runtime::file;
use jiff::Timestamp;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A larger report is not kept, in bytes.
const LARGEST: u64 = 16 << 20;
/// How many processes may take the next number first.
const ATTEMPTS: u32 = 1_000;

/// Which runs stay. Without a bound, all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    /// The newest ones.
    pub(crate) runs: Option<usize>,
    /// Those that started at this time or later.
    pub(crate) since: Option<Timestamp>,
}

/// A history on disk.
pub(crate) struct Store(PathBuf);

impl Store {
    /// Opens the folder. None if it does not exist.
    pub(crate) fn open(folder: &Path) -> io::Result<Option<Self>> {
        match folder.metadata() {
            Ok(there) if there.is_dir() => Ok(Some(Self(folder.to_owned()))),
            Ok(_) => Err(io::Error::other("it is not a folder")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the folder, and creates it where there is none. What was checked concerns the user alone.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        create_folder_of_user(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Adds a run without its prompts, and returns its number.
    pub(crate) fn add(&self, report: &Report) -> io::Result<u64> {
        self.add_text(&json(&report.for_history()))
    }

    /// Adds a JSON document, and returns its number.
    pub(super) fn add_text(&self, text: &str) -> io::Result<u64> {
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other("the report is larger than 16 MiB"));
        }
        let part = self.0.join(format!(".{}.part", std::process::id()));
        std::fs::write(&part, text)?;
        let linked = self.link(&part);
        // The run has its name now, or has no place.
        let _ = std::fs::remove_file(&part);
        linked
    }

    /// Gives a file the next number.
    fn link(&self, part: &Path) -> io::Result<u64> {
        let mut number = self.numbers()?.into_iter().max().unwrap_or(0);
        for _ in 0..ATTEMPTS {
            number += 1;
            match std::fs::hard_link(part, self.path(number)) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                linked => return linked.map(|()| number),
            }
        }
        Err(io::Error::other("other runs took all numbers"))
    }

    /// The newest runs, newest first. What is not a report is left out.
    pub(crate) fn newest(&self, suite: Option<&str>, most: usize) -> io::Result<Vec<PastRun>> {
        let runs = self.newest_first()?.into_iter().filter_map(|number| self.get(number));
        Ok(runs.filter(|run| suite.is_none_or(|suite| run.report.suite == suite)).take(most).collect())
    }

    pub(crate) fn last(&self, suite: Option<&str>) -> io::Result<Option<PastRun>> {
        Ok(self.newest(suite, 1)?.pop())
    }

    /// A run by its number. None if there is no report of that number.
    pub(crate) fn get(&self, number: u64) -> Option<PastRun> {
        let report = read_json(&self.text(number)?).ok()?;
        let started = report.machine.as_ref().map_or_else(|| report.date.clone(), |machine| machine.started.clone());
        Some(PastRun { id: number, started, report })
    }

    /// A document by its number. None if there is none, or it is too large.
    pub(super) fn text(&self, number: u64) -> Option<String> {
        String::from_utf8(file::read(&self.path(number), LARGEST).ok()?).ok()
    }

    /// Removes all runs outside of the bounds. Returns how many.
    pub(crate) fn prune(&self, Bounds { runs, since }: &Bounds) -> io::Result<usize> {
        let mut removed = 0;
        for (at, number) in self.newest_first()?.into_iter().enumerate() {
            let is_old = since.is_some_and(|since| self.written(number).is_some_and(|written| written < since));
            if (runs.is_some_and(|runs| at >= runs) || is_old) && std::fs::remove_file(self.path(number)).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// When a run was kept.
    fn written(&self, number: u64) -> Option<Timestamp> {
        Timestamp::try_from(self.path(number).metadata().ok()?.modified().ok()?).ok()
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.join(format!("{number}.json"))
    }

    /// The numbers that are taken, the newest first.
    pub(super) fn newest_first(&self) -> io::Result<Vec<u64>> {
        let mut numbers = self.numbers()?;
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    /// The numbers that are taken, in any order.
    fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(".json"));
            numbers.extend(stem.and_then(|stem| stem.parse::<u64>().ok()));
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    const REPORT: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/product/denrisi-missing-for-ci/report.json"));

    fn report() -> Report {
        read_json(REPORT).unwrap()
    }

    #[test]
    fn runs_are_kept_without_prompts_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/history");
        assert!(Store::open(&place).unwrap().is_none());
        let (store, report) = (Store::create(&place).unwrap(), report());
        assert_eq!(store.add(&report).unwrap(), 1);
        let kept = store.get(1).unwrap();
        assert_eq!((kept.report.summary, kept.report.samples.len()), (report.summary.clone(), report.samples.len()));
        assert!(kept.report.workflow.is_none());
        assert!(kept.report.samples.iter().all(|sample| sample.workflow == "{}".into() && sample.output.is_none()));
        assert_eq!(store.last(Some(&report.suite)).unwrap().unwrap().id, 1);
        assert!(store.last(Some("another")).unwrap().is_none());
        assert!(store.get(99).is_none());
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1, "nothing else remains");
    }

    #[test]
    fn a_history_is_bounded_by_number_and_age() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        for _ in 0..6 {
            store.add(&report()).unwrap();
        }
        let old = std::fs::File::options().write(true).open(folder.path().join("5.json")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_hours(48)).unwrap();
        let since = Timestamp::try_from(SystemTime::now() - Duration::from_hours(24)).ok();
        assert_eq!(store.prune(&Bounds { runs: Some(3), since }).unwrap(), 4);
        let left: Vec<u64> = store.newest(None, 10).unwrap().iter().map(|run| run.id).collect();
        assert_eq!(left, [6, 4]);
        assert_eq!(store.add(&report()).unwrap(), 7, "a number is not used again while later ones exist");
    }

    #[test]
    fn many_runs_can_be_added_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let report = report();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (report, folder) = (&report, folder.path());
                scope.spawn(move || {
                    let store = Store::create(folder).unwrap();
                    // Each process has a part of its own.
                    let part = folder.join(format!(".{thread}.part"));
                    std::fs::write(&part, json(report)).unwrap();
                    for _ in 0..5 {
                        store.link(&part).unwrap();
                    }
                });
            }
        });
        let mut numbers = Store::create(folder.path()).unwrap().numbers().unwrap();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<u64>>());
    }

    #[test]
    fn what_is_not_a_report_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        store.add(&report()).unwrap();
        for (name, text) in [("2.json", "{"), ("notes.txt", "a"), ("x.json", "{}")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(store.newest(None, 10).unwrap().len(), 1);
        assert_eq!(store.add(&report()).unwrap(), 3);
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(Store::open(&folder.path().join("file")).is_err());
    }
}
