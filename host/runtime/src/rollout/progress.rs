//! The state of a release at one instant.

use super::{RolloutTarget, disagreements};
use crate::facts::{ReleaseFacts, Worker};
use crate::management::WorkerList;
use comfycheck_core::wording::count;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The version that all workers must run, or a newer one.
    pub version: u32,
    /// The newest version that was reported so far.
    pub newest: u32,
    pub workers: usize,
    /// How many of them run the version.
    pub updated: usize,
    /// What keeps the release from being complete, most important first.
    pub blockers: Vec<Blocker>,
}

/// Something that keeps a release from being complete. Its text is a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    NotReleased {
        /// The version to wait for.
        version: u32,
        /// The newest version.
        newest: u32,
    },
    /// The endpoint has another image.
    OtherImage {
        /// None if RunPod does not report it.
        configured: Option<String>,
    },
    /// A worker is not ready.
    Worker { id: String, state: WorkerState, lack: Lack },
    /// RunPod reports a rollout in progress, but lists no worker that lacks the version.
    InProgress,
    /// Not all listed workers could be read.
    Unread { listed: usize, read: usize },
    /// RunPod contradicts itself.
    Disagreement {
        /// A field, such as `rollout.workersTotal`.
        field: &'static str,
        /// Its value.
        says: String,
        /// The contradicting fact, as a clause.
        against: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It runs an older version: this one, if RunPod reports it.
    Update(Option<u32>),
    /// It runs the version, but takes no jobs.
    Readiness,
    /// RunPod does not report its version.
    Version,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerState {
    Running,
    Idle,
    /// It loads its image or starts its container.
    Initializing,
    /// Its machine has no capacity.
    Throttled,
    /// Its container does not start, or not for long.
    Unhealthy,
    /// An unknown word, or none.
    Other(String),
}

impl WorkerState {
    fn of(word: &str) -> Self {
        match word {
            "RUNNING" => Self::Running,
            "IDLE" => Self::Idle,
            "INITIALIZING" => Self::Initializing,
            "THROTTLED" => Self::Throttled,
            "UNHEALTHY" => Self::Unhealthy,
            other => Self::Other(other.to_owned()),
        }
    }

    fn takes_jobs(&self) -> bool {
        matches!(self, Self::Running | Self::Idle)
    }
}

impl Progress {
    /// None if RunPod does not report the newest release.
    pub(super) fn of(
        target: &RolloutTarget,
        configured: Option<String>,
        highest: Option<u32>,
        releases: &ReleaseFacts,
        list: &WorkerList,
    ) -> Option<Self> {
        let workers = &list.workers;
        let reported = releases.newest.or_else(|| releases.releases.first().map(|release| release.version))?;
        let newest = highest.map_or(reported, |highest| highest.max(reported));
        let version = target.release.unwrap_or(newest);
        let mut blockers = Vec::new();
        if newest < version {
            blockers.push(Blocker::NotReleased { version, newest });
        }
        if target.image.is_some() && target.image != configured {
            blockers.push(Blocker::OtherImage { configured });
        }
        let states: Vec<_> = workers
            .iter()
            .map(|worker| (worker, WorkerState::of(&worker.status), is_updated(worker, version, newest)))
            .collect();
        let one_takes_jobs = states.iter().any(|(_, state, updated)| *updated == Some(true) && state.takes_jobs());
        let updated = states.iter().filter(|(_, _, updated)| *updated == Some(true)).count();
        for (worker, state, updated) in states {
            let lack = match updated {
                Some(false) => Lack::Update(worker.version),
                None => Lack::Version,
                Some(true) if state.takes_jobs() => continue,
                // Missing capacity says nothing about the release, once the release works on
                // another worker.
                Some(true) if state == WorkerState::Throttled && one_takes_jobs => continue,
                Some(true) => Lack::Readiness,
            };
            blockers.push(Blocker::Worker { id: worker.id.clone(), state, lack });
        }
        blockers.extend(disagreements::disagreements(reported, newest, releases, list));
        if blockers.is_empty() && releases.in_progress == Some(true) {
            blockers.push(Blocker::InProgress);
        }
        Some(Self { version, newest, workers: workers.len(), updated, blockers })
    }

    /// Whether only contradictory or unreadable responses keep the release from being complete.
    pub fn is_contradictory(&self) -> bool {
        let is_unreadable =
            |blocker: &Blocker| matches!(blocker, Blocker::Unread { .. } | Blocker::Disagreement { .. });
        !self.blockers.is_empty() && self.blockers.iter().all(is_unreadable)
    }

    /// Whether the release is on all workers and they take jobs.
    pub fn is_complete(&self) -> bool {
        self.blockers.is_empty()
    }
}

/// Whether a worker runs the version or a newer one; none if unknown.
fn is_updated(worker: &Worker, version: u32, newest: u32) -> Option<bool> {
    match (worker.version, worker.stale) {
        (Some(runs), _) => Some(runs >= version),
        (None, Some(false)) => Some(newest >= version),
        // It is older than the newest version, but may still be the target.
        (None, Some(true)) if version >= newest => Some(false),
        (None, Some(true) | None) => None,
    }
}

impl fmt::Display for WorkerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running a job"),
            Self::Idle => f.write_str("idle"),
            Self::Initializing => f.write_str("initializing"),
            Self::Throttled => f.write_str("throttled"),
            Self::Unhealthy => f.write_str("unhealthy"),
            Self::Other(word) if word.is_empty() => f.write_str("state unknown"),
            Self::Other(word) => f.write_str(word),
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReleased { version, newest } => {
                write!(f, "version {version} is not released (newest: {newest})")
            }
            Self::OtherImage { configured: Some(image) } => write!(f, "the endpoint's image is `{image}`"),
            Self::OtherImage { configured: None } => f.write_str("RunPod does not report the endpoint's image"),
            Self::Worker { id, state, lack: Lack::Update(Some(version)) } => {
                write!(f, "worker `{id}` ({state}) runs version {version}")
            }
            Self::Worker { id, state, lack: Lack::Update(None) } => {
                write!(f, "worker `{id}` ({state}) runs an older version")
            }
            Self::Worker { id, state, lack: Lack::Readiness } => {
                write!(f, "worker `{id}` is updated but not ready ({state})")
            }
            Self::Worker { id, state, lack: Lack::Version } => {
                write!(f, "worker `{id}` ({state}) reports no version")
            }
            Self::InProgress => f.write_str("RunPod is still replacing workers"),
            Self::Unread { listed, read } => {
                write!(f, "RunPod lists {}; {read} could be read", count(*listed, "worker"))
            }
            Self::Disagreement { field, says, against } => write!(f, "`{field}` says {says}, but {against}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wording;

    fn worker(id: &str, status: &str, version: Option<u32>, stale: Option<bool>) -> Worker {
        let (id, status) = (id.to_owned(), status.to_owned());
        Worker { id, status, gpu: None, data_center: None, image: None, version, stale, uptime_s: None, machine: None }
    }

    /// A minimal response with 4 as the newest release.
    fn facts(in_progress: Option<bool>, workers: &[Worker]) -> (ReleaseFacts, WorkerList) {
        let releases = ReleaseFacts { newest: Some(4), in_progress, ..ReleaseFacts::default() };
        let (listed, read) = (workers.len(), workers.len());
        (releases, WorkerList { workers: workers.to_vec(), listed, read, total: None, newest: None })
    }

    /// The newest release is 4.
    #[track_caller]
    fn check(release: Option<u32>, in_progress: bool, workers: &[Worker], expected: &[Blocker]) {
        let (releases, list) = facts(Some(in_progress), workers);
        let progress = Progress::of(&RolloutTarget { release, image: None }, None, None, &releases, &list).unwrap();
        assert_eq!(progress.blockers, expected);
        assert_eq!(progress.is_complete(), expected.is_empty());
    }

    fn lacks(id: &str, state: WorkerState, lack: Lack) -> Blocker {
        Blocker::Worker { id: id.to_owned(), state, lack }
    }

    #[test]
    fn a_release_is_complete_when_every_worker_runs_it_and_takes_jobs() {
        let worker = |status| worker("a", status, Some(4), Some(false));
        check(None, false, &[worker("IDLE"), worker("RUNNING")], &[]);
        let waits = |state| [lacks("a", state, Lack::Readiness)];
        check(None, false, &[worker("IDLE"), worker("INITIALIZING")], &waits(WorkerState::Initializing));
        check(None, false, &[worker("UNHEALTHY")], &waits(WorkerState::Unhealthy));
        check(None, false, &[worker("")], &waits(WorkerState::Other(String::new())));
    }

    #[test]
    fn a_throttled_worker_is_waited_for_only_while_no_other_takes_jobs() {
        let updated = |status| worker("a", status, Some(4), None);
        check(None, false, &[updated("IDLE"), updated("THROTTLED")], &[]);
        check(None, false, &[updated("THROTTLED")], &[lacks("a", WorkerState::Throttled, Lack::Readiness)]);
        let old = worker("b", "THROTTLED", Some(3), None);
        check(None, false, &[updated("IDLE"), old], &[lacks("b", WorkerState::Throttled, Lack::Update(Some(3)))]);
    }

    #[test]
    fn a_worker_of_an_older_version_is_named_with_its_state() {
        let running = worker("a", "RUNNING", Some(3), Some(true));
        check(None, true, &[running], &[lacks("a", WorkerState::Running, Lack::Update(Some(3)))]);
        let stale = worker("a", "IDLE", None, Some(true));
        check(None, true, &[stale], &[lacks("a", WorkerState::Idle, Lack::Update(None))]);
        check(None, true, &[worker("a", "IDLE", None, None)], &[lacks("a", WorkerState::Idle, Lack::Version)]);
        check(None, false, &[worker("a", "IDLE", None, Some(false))], &[]);
    }

    #[test]
    fn an_endpoint_without_workers_is_complete_unless_runpod_is_replacing_them() {
        check(None, false, &[], &[]);
        check(None, true, &[], &[Blocker::InProgress]);
    }

    #[test]
    fn a_release_that_is_named_may_be_older_or_newer_than_the_newest() {
        check(Some(3), false, &[worker("a", "IDLE", Some(3), Some(true)), worker("b", "IDLE", Some(4), None)], &[]);
        let stale = worker("a", "IDLE", None, Some(true));
        check(Some(3), false, &[stale], &[lacks("a", WorkerState::Idle, Lack::Version)]);
        let not_released = Blocker::NotReleased { version: 5, newest: 4 };
        check(Some(5), false, &[], std::slice::from_ref(&not_released));
        let newest = worker("a", "IDLE", None, Some(false));
        check(Some(5), false, &[newest], &[not_released, lacks("a", WorkerState::Idle, Lack::Update(None))]);
    }

    #[test]
    fn a_target_image_must_be_the_endpoints() {
        let (releases, list) = facts(None, &[]);
        let target = RolloutTarget { release: None, image: Some("worker:2".to_owned()) };
        for (configured, expected) in [
            (Some("worker:2"), vec![]),
            (Some("worker:1"), vec![Blocker::OtherImage { configured: Some("worker:1".to_owned()) }]),
            (None, vec![Blocker::OtherImage { configured: None }]),
        ] {
            let progress = Progress::of(&target, configured.map(str::to_owned), None, &releases, &list).unwrap();
            assert_eq!(progress.blockers, expected);
        }
    }

    #[test]
    fn what_keeps_a_release_from_being_complete_in_words() {
        let states = [
            WorkerState::Running,
            WorkerState::Idle,
            WorkerState::Initializing,
            WorkerState::Throttled,
            WorkerState::Unhealthy,
            WorkerState::Other(String::new()),
            WorkerState::Other("SOMETHING_NEW".to_owned()),
        ];
        let lacks_readiness = states.into_iter().map(|state| lacks("a", state, Lack::Readiness));
        let others = [
            lacks("a", WorkerState::Idle, Lack::Update(Some(3))),
            lacks("a", WorkerState::Idle, Lack::Update(None)),
            lacks("a", WorkerState::Idle, Lack::Version),
            Blocker::NotReleased { version: 5, newest: 4 },
            Blocker::OtherImage { configured: Some("worker:1".to_owned()) },
            Blocker::OtherImage { configured: None },
            Blocker::InProgress,
        ];
        insta::assert_snapshot!(wording(
            lacks_readiness.chain(others).map(|blocker| (format!("{blocker:?}"), blocker.to_string()))
        ));
    }

    #[test]
    fn without_the_newest_release_there_is_no_progress() {
        let (releases, list) = facts(None, &[]);
        let releases = ReleaseFacts { newest: None, ..releases };
        assert_eq!(Progress::of(&RolloutTarget::default(), None, None, &releases, &list), None);
    }
}
