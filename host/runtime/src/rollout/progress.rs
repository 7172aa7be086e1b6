//! How far a release has come, told from what RunPod says at one instant.

use super::{Wanted, accounts};
use crate::capabilities::{ReleaseFacts, Worker};
use crate::management::WorkerList;
use comfycheck_core::render::count;
use std::fmt;

/// How far a release has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The version that all workers are to run, or a newer one.
    pub version: u32,
    /// The newest version that was told of, now or before.
    pub newest: u32,
    /// How many workers there are.
    pub workers: usize,
    /// How many of them run the version.
    pub updated: usize,
    /// What keeps the release from being complete, in the order in which it is to be told.
    pub missing: Vec<Missing>,
}

/// Something that keeps a release from being complete. Its text is the clause of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The version is not released.
    NotReleased {
        /// The version that is waited for.
        version: u32,
        /// The newest there is.
        newest: u32,
    },
    /// The endpoint is configured with another image.
    OtherImage {
        /// The image; none if RunPod does not tell.
        configured: Option<String>,
    },
    /// A worker is not there yet.
    Worker {
        /// Its id.
        id: String,
        /// What it does.
        state: State,
        /// What it lacks.
        lack: Lack,
    },
    /// RunPod says that it replaces workers, and lists none that is to be replaced.
    InProgress,
    /// Not all that RunPod lists was read and understood.
    Unread {
        /// How many workers it lists.
        listed: usize,
        /// How many of them were read.
        read: usize,
    },
    /// RunPod says two things of one.
    Disagreement {
        /// What says one thing, such as `rollout.workersTotal`.
        field: &'static str,
        /// What it says.
        says: String,
        /// What else RunPod says, as the clause of a sentence.
        against: String,
    },
}

/// What a worker lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It runs an older version: this one, if RunPod tells.
    Update(Option<u32>),
    /// It runs the version, and takes no jobs.
    Readiness,
    /// RunPod does not tell what it runs.
    Version,
}

/// What a worker does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs a job.
    Running,
    /// It waits for one.
    Idle,
    /// It starts: its image is loaded, its container comes up.
    Initializing,
    /// Its machine has no room.
    Throttled,
    /// Its container does not come up, or not for long.
    Unhealthy,
    /// A word that is not known, or none.
    Other(String),
}

impl State {
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
    /// None if RunPod does not tell which release is the newest.
    pub(super) fn of(
        wanted: &Wanted,
        configured: Option<String>,
        highest: Option<u32>,
        releases: &ReleaseFacts,
        list: &WorkerList,
    ) -> Option<Self> {
        let workers = &list.workers;
        let told = releases.newest.or_else(|| releases.releases.first().map(|release| release.version))?;
        let newest = highest.map_or(told, |highest| highest.max(told));
        let version = wanted.release.unwrap_or(newest);
        let mut missing = Vec::new();
        if newest < version {
            missing.push(Missing::NotReleased { version, newest });
        }
        if wanted.image.is_some() && wanted.image != configured {
            missing.push(Missing::OtherImage { configured });
        }
        let seen: Vec<_> = workers
            .iter()
            .map(|worker| (worker, State::of(&worker.status), is_updated(worker, version, newest)))
            .collect();
        let one_takes_jobs = seen.iter().any(|(_, state, updated)| *updated == Some(true) && state.takes_jobs());
        let updated = seen.iter().filter(|(_, _, updated)| *updated == Some(true)).count();
        for (worker, state, updated) in seen {
            let lack = match updated {
                Some(false) => Lack::Update(worker.version),
                None => Lack::Version,
                Some(true) if state.takes_jobs() => continue,
                // A machine without room is not about the release, once the release is seen to work elsewhere.
                Some(true) if state == State::Throttled && one_takes_jobs => continue,
                Some(true) => Lack::Readiness,
            };
            missing.push(Missing::Worker { id: worker.id.clone(), state, lack });
        }
        missing.extend(accounts::disagreements(told, newest, releases, list));
        if missing.is_empty() && releases.in_progress == Some(true) {
            missing.push(Missing::InProgress);
        }
        Some(Self { version, newest, workers: workers.len(), updated, missing })
    }

    /// Whether nothing is known to be missing, and what RunPod says does not let it be told.
    pub fn cannot_be_told(&self) -> bool {
        let untold = |missing: &Missing| matches!(missing, Missing::Unread { .. } | Missing::Disagreement { .. });
        !self.missing.is_empty() && self.missing.iter().all(untold)
    }

    /// Whether the release is on all workers, and they take jobs.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Whether a worker runs the version or a newer one; none if that cannot be told.
fn is_updated(worker: &Worker, version: u32, newest: u32) -> Option<bool> {
    match (worker.version, worker.stale) {
        (Some(runs), _) => Some(runs >= version),
        (None, Some(false)) => Some(newest >= version),
        // It is older than the newest, and may still be what is waited for.
        (None, Some(true)) if version >= newest => Some(false),
        (None, Some(true) | None) => None,
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running a job"),
            Self::Idle => f.write_str("idle"),
            Self::Initializing => f.write_str("initializing"),
            Self::Throttled => f.write_str("throttled"),
            Self::Unhealthy => f.write_str("unhealthy"),
            Self::Other(word) if word.is_empty() => f.write_str("in no known state"),
            Self::Other(word) => f.write_str(word),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReleased { version, newest } => {
                write!(f, "version {version} is not released: the newest is {newest}")
            }
            Self::OtherImage { configured: Some(image) } => write!(f, "the endpoint's image is `{image}`"),
            Self::OtherImage { configured: None } => f.write_str("RunPod does not tell the endpoint's image"),
            Self::Worker { id, state, lack: Lack::Update(Some(version)) } => {
                write!(f, "worker `{id}` ({state}) runs version {version}")
            }
            Self::Worker { id, state, lack: Lack::Update(None) } => {
                write!(f, "worker `{id}` ({state}) runs an older version")
            }
            Self::Worker { id, state, lack: Lack::Readiness } => {
                write!(f, "worker `{id}` is updated, and takes no jobs: it is {state}")
            }
            Self::Worker { id, state, lack: Lack::Version } => {
                write!(f, "worker `{id}` ({state}) does not tell its version")
            }
            Self::InProgress => f.write_str("RunPod is still replacing workers"),
            Self::Unread { listed, read } => {
                write!(f, "RunPod lists {}, of which {read} could be read", count(*listed, "worker"))
            }
            Self::Disagreement { field, says, against } => write!(f, "`{field}` says {says}, and {against}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wording;

    fn worker(id: &str, status: &str, version: Option<u32>, stale: Option<bool>) -> Worker {
        let (id, status) = (id.to_owned(), status.to_owned());
        Worker { id, status, gpu: None, data_center: None, image: None, version, stale, uptime_s: None }
    }

    /// What RunPod tells where the newest release is 4, and no more than it must.
    fn facts(in_progress: Option<bool>, workers: &[Worker]) -> (ReleaseFacts, WorkerList) {
        let releases = ReleaseFacts { newest: Some(4), in_progress, ..ReleaseFacts::default() };
        let (listed, read) = (workers.len(), workers.len());
        (releases, WorkerList { workers: workers.to_vec(), listed, read, total: None, newest: None })
    }

    /// The newest release is 4.
    #[track_caller]
    fn check(release: Option<u32>, in_progress: bool, workers: &[Worker], expected: &[Missing]) {
        let (releases, list) = facts(Some(in_progress), workers);
        let progress = Progress::of(&Wanted { release, image: None }, None, None, &releases, &list).unwrap();
        assert_eq!(progress.missing, expected);
        assert_eq!(progress.is_complete(), expected.is_empty());
    }

    fn lacks(id: &str, state: State, lack: Lack) -> Missing {
        Missing::Worker { id: id.to_owned(), state, lack }
    }

    #[test]
    fn a_release_is_complete_when_every_worker_runs_it_and_takes_jobs() {
        let worker = |status| worker("a", status, Some(4), Some(false));
        check(None, false, &[worker("IDLE"), worker("RUNNING")], &[]);
        let waits = |state| [lacks("a", state, Lack::Readiness)];
        check(None, false, &[worker("IDLE"), worker("INITIALIZING")], &waits(State::Initializing));
        check(None, false, &[worker("UNHEALTHY")], &waits(State::Unhealthy));
        check(None, false, &[worker("")], &waits(State::Other(String::new())));
    }

    #[test]
    fn a_throttled_worker_is_waited_for_only_while_no_other_takes_jobs() {
        let updated = |status| worker("a", status, Some(4), None);
        check(None, false, &[updated("IDLE"), updated("THROTTLED")], &[]);
        check(None, false, &[updated("THROTTLED")], &[lacks("a", State::Throttled, Lack::Readiness)]);
        let old = worker("b", "THROTTLED", Some(3), None);
        check(None, false, &[updated("IDLE"), old], &[lacks("b", State::Throttled, Lack::Update(Some(3)))]);
    }

    #[test]
    fn a_worker_of_an_older_version_is_named_with_its_state() {
        let running = worker("a", "RUNNING", Some(3), Some(true));
        check(None, true, &[running], &[lacks("a", State::Running, Lack::Update(Some(3)))]);
        let stale = worker("a", "IDLE", None, Some(true));
        check(None, true, &[stale], &[lacks("a", State::Idle, Lack::Update(None))]);
        check(None, true, &[worker("a", "IDLE", None, None)], &[lacks("a", State::Idle, Lack::Version)]);
        check(None, false, &[worker("a", "IDLE", None, Some(false))], &[]);
    }

    #[test]
    fn an_endpoint_without_workers_is_complete_unless_runpod_is_replacing_them() {
        check(None, false, &[], &[]);
        check(None, true, &[], &[Missing::InProgress]);
    }

    #[test]
    fn a_release_that_is_named_may_be_older_or_newer_than_the_newest() {
        check(Some(3), false, &[worker("a", "IDLE", Some(3), Some(true)), worker("b", "IDLE", Some(4), None)], &[]);
        let stale = worker("a", "IDLE", None, Some(true));
        check(Some(3), false, &[stale], &[lacks("a", State::Idle, Lack::Version)]);
        let not_released = Missing::NotReleased { version: 5, newest: 4 };
        check(Some(5), false, &[], std::slice::from_ref(&not_released));
        let newest = worker("a", "IDLE", None, Some(false));
        check(Some(5), false, &[newest], &[not_released, lacks("a", State::Idle, Lack::Update(None))]);
    }

    #[test]
    fn an_image_that_is_asked_for_must_be_the_endpoints() {
        let (releases, list) = facts(None, &[]);
        let wanted = Wanted { release: None, image: Some("worker:2".to_owned()) };
        for (configured, expected) in [
            (Some("worker:2"), vec![]),
            (Some("worker:1"), vec![Missing::OtherImage { configured: Some("worker:1".to_owned()) }]),
            (None, vec![Missing::OtherImage { configured: None }]),
        ] {
            let progress = Progress::of(&wanted, configured.map(str::to_owned), None, &releases, &list).unwrap();
            assert_eq!(progress.missing, expected);
        }
    }

    #[test]
    fn what_keeps_a_release_from_being_complete_in_words() {
        let states = [
            State::Running,
            State::Idle,
            State::Initializing,
            State::Throttled,
            State::Unhealthy,
            State::Other(String::new()),
            State::Other("SOMETHING_NEW".to_owned()),
        ];
        let lacks_readiness = states.into_iter().map(|state| lacks("a", state, Lack::Readiness));
        let others = [
            lacks("a", State::Idle, Lack::Update(Some(3))),
            lacks("a", State::Idle, Lack::Update(None)),
            lacks("a", State::Idle, Lack::Version),
            Missing::NotReleased { version: 5, newest: 4 },
            Missing::OtherImage { configured: Some("worker:1".to_owned()) },
            Missing::OtherImage { configured: None },
            Missing::InProgress,
        ];
        insta::assert_snapshot!(wording(
            lacks_readiness.chain(others).map(|missing| (format!("{missing:?}"), missing.to_string()))
        ));
    }

    #[test]
    fn without_the_newest_release_nothing_can_be_told() {
        let (releases, list) = facts(None, &[]);
        let releases = ReleaseFacts { newest: None, ..releases };
        assert_eq!(Progress::of(&Wanted::default(), None, None, &releases, &list), None);
    }
}
