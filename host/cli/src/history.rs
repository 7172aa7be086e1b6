//! The live runs of this machine, for comparisons over time. Nothing else needs them: a history that is broken or cannot be
//! written costs a warning.

mod bench;
mod store;

use crate::failure::{Failure, chain};
use crate::platform::folder_of_state;
use crate::terminal::Terminal;
pub(crate) use bench::{keep_bench, last_bench};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::past_runs::PastRun;
use comfycheck_core::report::Report;
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::path::PathBuf;
pub(crate) use store::{Bounds, Store};

/// How many runs are kept, and for how many days.
const RUNS: usize = 500;
const DAYS: u32 = 365;

/// The folder of the history. None without a folder for the state of programs.
fn place() -> Option<PathBuf> {
    folder("history")
}

/// A folder for the state of this program.
fn folder(name: &str) -> Option<PathBuf> {
    Some(folder_of_state()?.join("comfycheck").join(name))
}

/// Keeps a live run, and removes runs that are too many or too old. A failure is a warning.
pub(crate) fn keep(report: &Report, now: Timestamp, terminal: Terminal) {
    let Some(folder) = place() else { return };
    let kept = Store::create(&folder).and_then(|store| {
        store.add(report)?;
        store.prune(&Bounds { runs: Some(RUNS), since: days_before(now, DAYS) })
    });
    if let Err(error) = kept {
        let what = format!("the run is not in the history `{}`", folder.display());
        terminal.say(inert(&format!("warning: {}", chain(what, Some(&error)))));
    }
}

/// So many days earlier.
pub(crate) fn days_before(time: Timestamp, days: u32) -> Option<Timestamp> {
    time.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok()
}

/// The history, for a command that is about it. None if no run was kept yet.
pub(crate) fn open() -> Result<Option<Store>, Failure> {
    let Some(folder) = place() else {
        let diagnostic = Diagnostic::new("there is no folder for a history");
        return Err(Failure::Machine(diagnostic.help("set `XDG_STATE_HOME` to a folder").into()));
    };
    Store::open(&folder).map_err(|error| unusable(&error))
}

/// A history that cannot be used.
pub(crate) fn unusable(error: &io::Error) -> Failure {
    let folder = place().unwrap_or_default();
    Failure::machine(format!("cannot use the history `{}`", folder.display()), error)
}

/// The last run of a suite, for `--baseline last`. The error says why there is none.
pub(crate) fn last(suite: &str) -> Result<PastRun, String> {
    let store = open().map_err(|failure| failure.line())?;
    let run = store.map(|store| store.last(Some(suite))).transpose().map_err(|error| error.to_string())?.flatten();
    run.ok_or_else(|| format!("the history has no run of the suite `{suite}`"))
}
