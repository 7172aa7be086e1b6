//! `comfycheck wait-rollout`: waits until a release is on all workers of an endpoint.

use crate::args::{Release, WaitRolloutArguments};
use crate::failure::{Failure, chain};
use crate::github;
use crate::prepare::{self, Answers};
use crate::signal;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::{Deployment, Overrides};
use comfycheck_runtime::capabilities::QueryError;
use comfycheck_runtime::rollout::{
    Blocker, Lack, ManagementError, POLL_INTERVAL, Progress, RolloutOutcome, RolloutTarget, WorkerState, wait,
};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::simulate::Simulate;
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// A CI system ends jobs that say nothing for long.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// Waits. Passed: the release is on all workers; failed: the time is over, and it is not, or the endpoint or the key is wrong.
pub(crate) fn wait_rollout(arguments: &WaitRolloutArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let tokio = super::tokio()?;
    let transport = Arc::new(match prepare::answers(arguments.replay.as_deref(), arguments.simulate.as_deref())? {
        Answers::Cassette(cassette) => Transport::Replay(Replay::new(cassette)),
        Answers::Scenario(name, scenario) => Transport::Simulate(Simulate::new(name, *scenario)),
        Answers::Network => {
            let deployment = deployment(arguments, terminal)?;
            let live = Live::new(&deployment, tokio.handle().clone(), ExchangeLimits::default());
            Transport::Live(live.map_err(|error| Failure::invalid("the deployment cannot be reached", &error))?)
        }
    });
    let wanted = RolloutTarget {
        release: match arguments.release {
            Release::Latest => None,
            Release::Version(version) => Some(version),
        },
        image: arguments.image.clone(),
    };
    let told = RefCell::new(Told::default());
    let tell = |at: Duration, look: Result<&Progress, &ManagementError>| {
        if let Some(line) = told.borrow_mut().line(at, look) {
            terminal.say(inert(&line));
        }
    };
    let waiting = wait(&transport, &wanted, arguments.timeout.0, &tell);
    let end = tokio.block_on(async {
        tokio::select! {
            end = waiting => Ok(end),
            signal = signal::next(), if transport.live().is_some() => Err(signal),
        }
    });
    let end = match end {
        Ok(end) => end.map_err(|error| failure(&error))?,
        Err(signal) => {
            terminal.say("interrupted: how far the release comes is not waited for");
            return Ok(ExitCode::Interrupted(signal));
        }
    };
    let verdict = verdict(&end, &wanted);
    terminal.print(&verdict)?;
    if !end.progress.is_complete() {
        github::tell_failure(verdict.lines().next().unwrap_or_default(), terminal);
    }
    Ok(match &end.progress {
        progress if progress.is_complete() => ExitCode::Passed,
        progress if progress.is_contradictory() => ExitCode::Inconclusive,
        _ => ExitCode::Failed,
    })
}

/// What will not pass by itself is wrong; all else could not be told.
fn failure(error: &ManagementError) -> Failure {
    let refusal = |help: Option<&str>| {
        let diagnostic = chain("cannot tell how far the release has come".to_owned(), Some(error));
        match help {
            Some(help) => diagnostic.help(help).into(),
            None => diagnostic.into(),
        }
    };
    match error {
        ManagementError::UnknownKey => {
            Failure::Wrong(refusal(Some("set `RUNPOD_API_KEY` to a key that RunPod's console lists as active.")))
        }
        ManagementError::Forbidden => {
            Failure::Wrong(refusal(Some("use a key that may read the endpoint through RunPod's REST API, version 2.")))
        }
        ManagementError::UnknownEndpoint => Failure::Wrong(refusal(Some(
            "compare the endpoint's id with RunPod's console: it may be mistyped, deleted, or another account's.",
        ))),
        ManagementError::Other(QueryError::NotRecorded(_)) => Failure::Machine(refusal(Some(
            "replay a recording of a run whose key could read the endpoint's releases and workers.",
        ))),
        ManagementError::Other(_) => Failure::Machine(refusal(None)),
    }
}

/// The endpoint, and a management API to ask about it.
fn deployment(arguments: &WaitRolloutArguments, terminal: Terminal) -> Result<Deployment, Failure> {
    let overrides = Overrides { endpoint: arguments.endpoint.clone(), ..Overrides::default() };
    let (suite, _, warnings) = prepare::suite(arguments.suite.as_deref(), overrides, false)?;
    for warning in warnings {
        terminal.say(warning.render_warning(terminal.stderr_color()));
    }
    let deployment = suite.deployment;
    if deployment.endpoint.is_none() {
        let help = "give `--endpoint ID`, or set `RUNPOD_ENDPOINT_ID`.";
        return Err(Diagnostic::new("the suite names no endpoint whose release could be waited for").help(help).into());
    }
    if deployment.management_url.is_none() {
        let what = "the job API is not RunPod's own, and nothing says where its management API is";
        return Err(Diagnostic::new(what).help("set `management-url` in the suite's `[deployment]`.").into());
    }
    Ok(deployment)
}

/// What was said last.
#[derive(Default)]
struct Told {
    at: Duration,
    text: String,
}

impl Told {
    /// A line where there is something new, or nothing was said for long.
    fn line(&mut self, at: Duration, look: Result<&Progress, &ManagementError>) -> Option<String> {
        let text = match look {
            Ok(progress) => so_far(progress),
            Err(error) => format!("{error}; asking again every {} s", POLL_INTERVAL.as_secs()),
        };
        if text == self.text && at < self.at + HEARTBEAT {
            return None;
        }
        self.at = at;
        self.text.clone_from(&text);
        Some(format!("  {:>6.1} s  {text}", at.as_secs_f64()))
    }
}

/// The most things that a line tells.
const IN_A_LINE: usize = 3;

fn so_far(progress: &Progress) -> String {
    let mut text = on_workers(progress);
    for blocker in progress.blockers.iter().take(IN_A_LINE) {
        // Writing to a string does not fail.
        let _ = write!(text, "; {blocker}");
    }
    let more = progress.blockers.len().saturating_sub(IN_A_LINE);
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    text
}

fn on_workers(Progress { version, workers, updated, .. }: &Progress) -> String {
    match workers {
        0 => format!("version {version}: there are no workers"),
        1 => format!("version {version} is on {updated} of 1 worker"),
        several => format!("version {version} is on {updated} of {several} workers"),
    }
}

/// What came of it, for stdout.
fn verdict(RolloutOutcome { progress, took }: &RolloutOutcome, wanted: &RolloutTarget) -> String {
    let took = took.as_secs_f64();
    if progress.is_complete() {
        let version = progress.version;
        let of_image = wanted.image.as_ref().map(|image| format!(" with image `{}`", inert(image))).unwrap_or_default();
        return match progress.workers {
            0 => format!(
                "ROLLED OUT: version {version}{of_image} is released, and there is no worker that runs an older one\n"
            ),
            1 => format!("ROLLED OUT: version {version}{of_image} is on the only worker, after {took:.1} s\n"),
            all => format!("ROLLED OUT: version {version}{of_image} is on all {all} workers, after {took:.1} s\n"),
        };
    }
    let what = if progress.is_contradictory() { "CANNOT BE TOLD" } else { "NOT ROLLED OUT" };
    let mut text = format!("{what} after {took:.1} s: {}\n", on_workers(progress));
    for blocker in &progress.blockers {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {}", inert(&blocker.to_string()));
    }
    if let Some(help) = progress.blockers.iter().map(help_for).max_by_key(|(weight, _)| *weight).map(|(_, help)| help) {
        let _ = writeln!(text, "  help: {help}");
    }
    text
}

/// What to do about something that is missing, and how much it explains: the heaviest is told.
fn help_for(blocker: &Blocker) -> (u8, &'static str) {
    match blocker {
        Blocker::NotReleased { .. } => {
            (9, "deploy it, or wait for a version that RunPod lists among the endpoint's releases")
        }
        Blocker::OtherImage { .. } => (8, "deploy the image to the endpoint, or name the one that is deployed"),
        Blocker::Worker { state: WorkerState::Unhealthy, .. } => {
            (7, "the containers do not come up: read the worker's logs; `comfycheck run --check endpoint` quotes them")
        }
        Blocker::Worker { state: WorkerState::Throttled, .. } => {
            (6, "the machines are full: allow more GPU pools or data centers, or wait longer with `--timeout`")
        }
        Blocker::Worker { lack: Lack::Version, .. } => (5, "look at the endpoint's workers in RunPod's console"),
        Blocker::Worker { state: WorkerState::Initializing, .. } => (
            4,
            "a large image takes minutes to load: wait longer with `--timeout`, and see in the worker's logs that it loads",
        ),
        Blocker::Worker { state: WorkerState::Running, .. } => {
            (3, "a worker keeps its version until its job ends: wait longer with `--timeout`")
        }
        Blocker::Unread { .. } | Blocker::Disagreement { .. } => (
            1,
            "what RunPod says of the release does not agree: wait longer with `--timeout`, or look at RunPod's console",
        ),
        Blocker::Worker { .. } | Blocker::InProgress => {
            (2, "RunPod has not replaced it: wait longer with `--timeout`, or stop the worker in RunPod's console")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(blockers: Vec<Blocker>) -> Progress {
        Progress { version: 4, newest: 4, workers: 5, updated: 2, blockers }
    }

    fn worker(id: &str, state: WorkerState, lack: Lack) -> Blocker {
        Blocker::Worker { id: id.to_owned(), state, lack }
    }

    #[test]
    fn a_line_is_said_when_something_changed_or_after_a_minute() {
        let (one, other) = (progress(vec![]), progress(vec![Blocker::InProgress]));
        let mut told = Told::default();
        let mut said = |seconds, progress| told.line(Duration::from_secs(seconds), Ok(progress)).is_some();
        assert_eq!(
            [said(0, &one), said(10, &one), said(20, &other), said(30, &other), said(79, &other), said(80, &other)],
            [true, false, true, false, false, true]
        );
    }

    #[test]
    fn a_line_tells_no_more_than_a_reader_takes_in() {
        let old = |id| worker(id, WorkerState::Idle, Lack::Update(Some(3)));
        let text = so_far(&progress(["a", "b", "c", "d", "e"].map(old).to_vec()));
        assert_eq!(
            text,
            "version 4 is on 2 of 5 workers; worker `a` (idle) runs version 3; worker `b` (idle) runs version 3; \
             worker `c` (idle) runs version 3; and 2 more"
        );
    }

    #[test]
    fn the_help_is_about_what_explains_most() {
        let old = worker("a", WorkerState::Idle, Lack::Update(Some(3)));
        let crashing = worker("b", WorkerState::Unhealthy, Lack::Readiness);
        let waited = RolloutOutcome { progress: progress(vec![old, crashing]), took: Duration::from_mins(15) };
        assert_eq!(
            verdict(&waited, &RolloutTarget::default()),
            "NOT ROLLED OUT after 900.0 s: version 4 is on 2 of 5 workers\n  worker `a` (idle) runs version 3\n  \
             worker `b` is updated, and takes no jobs: it is unhealthy\n  help: the containers do not come up: read the \
             worker's logs; `comfycheck run --check endpoint` quotes them\n"
        );
    }

    #[test]
    fn where_runpod_says_two_things_it_says_nothing_of_the_release() {
        let differs = Blocker::Disagreement { field: "isStale", says: "true".to_owned(), against: "x".to_owned() };
        let waited = |blockers| {
            verdict(&RolloutOutcome { progress: progress(blockers), took: Duration::ZERO }, &RolloutTarget::default())
        };
        assert!(
            waited(vec![differs.clone()]).starts_with("CANNOT BE TOLD after 0.0 s: version 4 is on 2 of 5 workers\n")
        );
        let old = worker("a", WorkerState::Idle, Lack::Update(Some(3)));
        assert!(waited(vec![old, differs]).starts_with("NOT ROLLED OUT"));
    }

    #[test]
    fn what_others_named_cannot_move_the_cursor() {
        let strange = worker("a\u{1b}[2J\n::error::x", WorkerState::Idle, Lack::Version);
        let text = verdict(
            &RolloutOutcome { progress: progress(vec![strange]), took: Duration::ZERO },
            &RolloutTarget::default(),
        );
        assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text:?}");
    }
}
