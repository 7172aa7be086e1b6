//! `comfycheck wait-rollout`: waits until all workers of an endpoint run a release.

use crate::answers::answers;
use crate::args::{Release, WaitRolloutArguments};
use crate::checks::cache;
use crate::failure::{Failure, chain};
use crate::github;
use crate::platform::next_signal;
use crate::prepare::{self, ParsedSuite};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::report::ExitCode;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Deployment, Overrides};
use comfycheck_core::wording::{count, seconds};
use comfycheck_runtime::facts::QueryError;
use comfycheck_runtime::rollout::{
    Blocker, Lack, ManagementError, POLL_INTERVAL, Progress, RolloutOutcome, RolloutTarget, WorkerState, wait,
};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use std::cell::RefCell;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// CI systems cancel jobs that print nothing for too long.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// Waits for the release. Passes if it is on all workers. Fails after the timeout, or if the endpoint or the key is wrong.
pub(crate) fn wait_rollout(
    arguments: &WaitRolloutArguments,
    cache_dir: Option<PathBuf>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let tokio = crate::executor::tokio()?;
    let answers = answers(arguments.replay.as_deref(), arguments.simulate.as_deref())?;
    let transport = Arc::new(answers.transport(|| {
        let deployment = deployment(arguments, terminal)?;
        let secrets = Secrets::new(deployment.keys());
        let live = Live::new(&deployment, secrets, tokio.handle().clone(), ExchangeLimits::default());
        let live = live.map_err(|error| Failure::invalid("cannot connect to the deployment", &error))?;
        Ok(Transport::Live(match cache(cache_dir) {
            Some(Ok(private)) => live.sharing_limits(private.folder()),
            Some(Err(_)) | None => live,
        }))
    })?);
    let target = RolloutTarget {
        release: match arguments.release {
            Release::Latest => None,
            Release::Version(version) => Some(version),
        },
        image: arguments.image.clone(),
    };
    let log = RefCell::new(ProgressLog::default());
    let on_poll = |at: Duration, poll: Result<&Progress, &ManagementError>| {
        if let Some(line) = log.borrow_mut().line(at, poll) {
            terminal.say(inert(&line));
        }
    };
    let waiting = wait(&transport, &target, arguments.timeout.0, &on_poll);
    let end = tokio.block_on(async {
        tokio::select! {
            // First, so its handlers are there before the first request.
            biased;
            signal = next_signal(), if transport.live().is_some() => Err(signal),
            end = waiting => Ok(end),
        }
    });
    let end = match end {
        Ok(end) => end.map_err(|error| failure(&error))?,
        Err(signal) => {
            terminal.say("interrupted: stopped waiting for the release");
            return Ok(ExitCode::Interrupted(signal));
        }
    };
    let verdict = verdict(&end, &target, arguments.timeout.0);
    terminal.print(&verdict)?;
    if !end.progress.is_complete() {
        github::report_failure(verdict.lines().next().unwrap_or_default(), terminal);
    }
    Ok(match &end.progress {
        progress if progress.is_complete() => ExitCode::Passed,
        progress if progress.is_contradictory() => ExitCode::Inconclusive,
        _ => ExitCode::Failed,
    })
}

/// Errors that a retry cannot fix are failures. All others are inconclusive.
fn failure(error: &ManagementError) -> Failure {
    let refusal = |help: Option<&str>| {
        let diagnostic = chain("could not determine the state of the rollout".to_owned(), Some(error));
        match help {
            Some(help) => diagnostic.help(help).into(),
            None => diagnostic.into(),
        }
    };
    match error {
        ManagementError::UnknownKey => {
            Failure::Wrong(refusal(Some("set `RUNPOD_API_KEY` to a key that is active in RunPod's console")))
        }
        ManagementError::Forbidden => {
            Failure::Wrong(refusal(Some("use a key that can read the endpoint through RunPod's REST API, version 2")))
        }
        ManagementError::UnknownEndpoint => Failure::Wrong(refusal(Some(
            "check the endpoint's id in RunPod's console: it may be mistyped, deleted, or in another account",
        ))),
        ManagementError::Other(QueryError::NotRecorded(_)) => {
            Failure::Machine(refusal(Some("use a recording whose key could read the endpoint's releases and workers")))
        }
        ManagementError::Other(_) => Failure::Machine(refusal(None)),
    }
}

/// The endpoint and its management API.
fn deployment(arguments: &WaitRolloutArguments, terminal: Terminal) -> Result<Deployment, Failure> {
    let overrides = Overrides { endpoint: arguments.endpoint.clone(), ..Overrides::default() };
    let ParsedSuite { suite, warnings, .. } = prepare::suite_of_endpoint(arguments.suite.as_deref(), overrides)?;
    for warning in warnings {
        terminal.say(warning.render_warning(terminal.stderr_color()));
    }
    let deployment = suite.deployment;
    if deployment.endpoint.is_none() {
        let help = "add `--endpoint ID`, or set `RUNPOD_ENDPOINT_ID`";
        return Err(Diagnostic::new("no endpoint is named").help(help).into());
    }
    if deployment.management_url.is_none() {
        let what = "the job API is not RunPod's, and no management API is named";
        return Err(Diagnostic::new(what).help("set `management-url` in the suite's `[deployment]`").into());
    }
    Ok(deployment)
}

/// The last printed line.
#[derive(Default)]
struct ProgressLog {
    at: Duration,
    text: String,
}

impl ProgressLog {
    /// A line if something changed, or if the last line is old.
    fn line(&mut self, at: Duration, poll: Result<&Progress, &ManagementError>) -> Option<String> {
        let text = match poll {
            Ok(progress) => so_far(progress),
            Err(error) => format!("{error}; retrying every {} s", POLL_INTERVAL.as_secs()),
        };
        if text == self.text && at < self.at + HEARTBEAT {
            return None;
        }
        self.at = at;
        self.text.clone_from(&text);
        Some(format!("  {:>6.1} s  {text}", at.as_secs_f64()))
    }
}

/// The most blockers in one line.
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
        all => format!("version {version} is on {updated} of {}", count(*all, "worker")),
    }
}

/// The result, for stdout.
fn verdict(RolloutOutcome { progress, took }: &RolloutOutcome, target: &RolloutTarget, timeout: Duration) -> String {
    let took = seconds(took.as_secs_f64());
    if progress.is_complete() {
        let version = progress.version;
        let of_image = target.image.as_ref().map(|image| format!(" with image `{}`", inert(image))).unwrap_or_default();
        return match progress.workers {
            0 => format!("ROLLED OUT: version {version}{of_image} is released, and no worker runs an older one\n"),
            1 => format!("ROLLED OUT: version {version}{of_image} is on the only worker, after {took}\n"),
            all => format!("ROLLED OUT: version {version}{of_image} is on all {all} workers, after {took}\n"),
        };
    }
    let what = if progress.is_contradictory() { "UNKNOWN" } else { "NOT ROLLED OUT" };
    // The last poll ends before the timeout, so that a slow answer does not exceed it.
    let timeout = seconds(timeout.as_secs_f64());
    let mut text = format!("{what} after {took} (timeout: {timeout}): {}\n", on_workers(progress));
    for blocker in &progress.blockers {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {}", inert(&blocker.to_string()));
    }
    if let Some(help) = progress.blockers.iter().map(help_for).max_by_key(|(weight, _)| *weight).map(|(_, help)| help) {
        let _ = writeln!(text, "  help: {help}");
    }
    text
}

/// The help for a blocker, and its weight: only the heaviest is shown.
fn help_for(blocker: &Blocker) -> (u8, &'static str) {
    match blocker {
        Blocker::NotReleased { .. } => (9, "deploy this version, or wait for one of the endpoint's releases"),
        Blocker::OtherImage { .. } => (8, "deploy this image to the endpoint, or name the deployed one"),
        Blocker::Worker { state: WorkerState::Unhealthy, .. } => {
            (7, "read the worker's logs: its container does not start; `comfycheck run --check endpoint` quotes them")
        }
        Blocker::Worker { state: WorkerState::Throttled, .. } => {
            (6, "allow more GPU pools or data centers, or wait longer with `--timeout`")
        }
        Blocker::Worker { lack: Lack::Version, .. } => (5, "check the endpoint's workers in RunPod's console"),
        Blocker::Worker { state: WorkerState::Initializing, .. } => (
            4,
            "wait longer with `--timeout`: a large image takes minutes to load; the worker's logs show the progress",
        ),
        Blocker::Worker { state: WorkerState::Running, .. } => {
            (3, "wait longer with `--timeout`: a worker keeps its version until its job ends")
        }
        Blocker::Unread { .. } | Blocker::Disagreement { .. } => (
            1,
            "wait longer with `--timeout`, or check RunPod's console: its reports of the release contradict each other",
        ),
        Blocker::Worker { .. } | Blocker::InProgress => {
            (2, "wait longer with `--timeout`, or stop the old worker in RunPod's console")
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
    fn a_line_is_printed_after_a_change_or_a_minute() {
        let (one, other) = (progress(vec![]), progress(vec![Blocker::InProgress]));
        let mut log = ProgressLog::default();
        let mut printed = |seconds, progress| log.line(Duration::from_secs(seconds), Ok(progress)).is_some();
        assert_eq!(
            [
                printed(0, &one),
                printed(10, &one),
                printed(20, &other),
                printed(30, &other),
                printed(79, &other),
                printed(80, &other)
            ],
            [true, false, true, false, false, true]
        );
    }

    #[test]
    fn a_line_lists_at_most_three_blockers() {
        let old = |id| worker(id, WorkerState::Idle, Lack::Update(Some(3)));
        let text = so_far(&progress(["a", "b", "c", "d", "e"].map(old).to_vec()));
        assert_eq!(
            text,
            "version 4 is on 2 of 5 workers; worker `a` (idle) runs version 3; worker `b` (idle) runs version 3; \
             worker `c` (idle) runs version 3; and 2 more"
        );
    }

    #[test]
    fn the_help_is_for_the_heaviest_blocker() {
        let old = worker("a", WorkerState::Idle, Lack::Update(Some(3)));
        let crashing = worker("b", WorkerState::Unhealthy, Lack::Readiness);
        let waited = RolloutOutcome { progress: progress(vec![old, crashing]), took: Duration::from_mins(15) };
        assert_eq!(
            verdict(&waited, &RolloutTarget::default(), Duration::from_mins(15)),
            "NOT ROLLED OUT after 15 min (timeout: 15 min): version 4 is on 2 of 5 workers\n  worker `a` (idle) runs version 3\n  \
             worker `b` is updated but not ready (unhealthy)\n  help: read the worker's logs: its container does \
             not start; `comfycheck run --check endpoint` quotes them\n"
        );
    }

    #[test]
    fn the_time_that_passed_stands_beside_the_timeout() {
        let old = || progress(vec![worker("a", WorkerState::Idle, Lack::Update(Some(3)))]);
        for (took, expected) in [(8.3, "after 8.3 s"), (2.0, "after 2.0 s"), (10.0, "after 10.0 s")] {
            let end = RolloutOutcome { progress: old(), took: Duration::from_secs_f64(took) };
            let text = verdict(&end, &RolloutTarget::default(), Duration::from_secs(10));
            assert!(text.starts_with(&format!("NOT ROLLED OUT {expected} (timeout: 10.0 s): ")), "{text}");
        }
        let done = RolloutOutcome { progress: progress(Vec::new()), took: Duration::from_secs(8) };
        assert!(!verdict(&done, &RolloutTarget::default(), Duration::from_secs(10)).contains("10.0 s"));
    }

    #[test]
    fn contradictory_reports_make_the_rollout_unknown() {
        let differs = Blocker::Disagreement { field: "isStale", says: "true".to_owned(), against: "x".to_owned() };
        let waited = |blockers| {
            let end = RolloutOutcome { progress: progress(blockers), took: Duration::ZERO };
            verdict(&end, &RolloutTarget::default(), Duration::from_mins(15))
        };
        assert!(
            waited(vec![differs.clone()])
                .starts_with("UNKNOWN after 0 s (timeout: 15 min): version 4 is on 2 of 5 workers\n")
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
            Duration::from_mins(15),
        );
        assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text:?}");
    }
}
