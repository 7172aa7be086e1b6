//! The live benchmarks of this machine, in a folder of their own, for `bench --baseline last`.

use super::store::{Bounds, Store};
use super::{DAYS, RUNS, days_before, folder};
use crate::failure::chain;
use crate::terminal::Terminal;
use comfycheck_core::bench::{Bench, json_bench, read_bench};
use comfycheck_core::diagnostic::inert;
use jiff::Timestamp;
use std::path::PathBuf;

fn place() -> Option<PathBuf> {
    folder("bench")
}

/// Keeps a live benchmark, and removes those that are too many or too old. A failure is a warning.
pub(crate) fn keep_bench(bench: &Bench, now: Timestamp, terminal: Terminal) {
    let Some(folder) = place() else { return };
    let kept = Store::create(&folder).and_then(|store| {
        store.add_text(&json_bench(bench))?;
        store.prune(&Bounds { runs: Some(RUNS), since: days_before(now, DAYS) })
    });
    if let Err(error) = kept {
        let what = format!("the benchmark is not in the history `{}`", folder.display());
        terminal.say(inert(&format!("warning: {}", chain(what, Some(&error)))));
    }
}

/// The last live benchmark of a suite, and what reports call it. The error says why there is none.
pub(crate) fn last_bench(suite: &str) -> Result<(Bench, String), String> {
    let folder = place().ok_or("there is no folder for a history: set `XDG_STATE_HOME`")?;
    let store = Store::open(&folder).map_err(|error| error.to_string())?;
    let found = store.map(|store| last(&store, suite)).transpose().map_err(|error| error.to_string())?.flatten();
    found.ok_or_else(|| format!("the history has no benchmark of the suite `{suite}`"))
}

fn last(store: &Store, suite: &str) -> std::io::Result<Option<(Bench, String)>> {
    let benches = store.newest_first()?.into_iter().filter_map(|number| {
        let bench = read_bench(&store.text(number)?).ok()?;
        // One that was interrupted has too few jobs.
        (bench.suite == suite && bench.interrupted.is_none())
            .then(|| (bench, format!("benchmark {number} of the history")))
    });
    Ok({ benches }.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::bench::{BENCH_VERSION, BenchOrigin, Decision};

    fn bench(suite: &str, date: &str) -> Bench {
        Bench {
            version: BENCH_VERSION.to_owned(),
            comfycheck: "0.1.0".to_owned(),
            suite: suite.to_owned(),
            name: suite.to_owned(),
            origin: BenchOrigin { kind: "live".to_owned(), name: None },
            date: date.to_owned(),
            decision: Decision::Measured,
            reasons: Vec::new(),
            price: None,
            findings: Vec::new(),
            levels: Vec::new(),
            not_run: None,
            samples: Vec::new(),
            left_out: 0,
            comparison: None,
            search: None,
            interrupted: None,
            started: None,
        }
    }

    #[test]
    fn the_last_benchmark_is_the_newest_one_of_the_suite() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        for (suite, date) in [("a", "2026-01-01"), ("a", "2026-01-02"), ("b", "2026-01-03")] {
            store.add_text(&json_bench(&bench(suite, date))).unwrap();
        }
        std::fs::write(folder.path().join("4.json"), "{").unwrap();
        let interrupted = Some("the run was interrupted by Ctrl-C".to_owned());
        store.add_text(&json_bench(&Bench { interrupted, ..bench("a", "2026-01-04") })).unwrap();
        let (found, name) = last(&store, "a").unwrap().unwrap();
        assert_eq!((found.date.as_str(), name.contains('2')), ("2026-01-02", true), "{name}");
        assert!(last(&store, "c").unwrap().is_none());
    }
}
