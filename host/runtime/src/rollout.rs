//! Waits until a release is on all workers of an endpoint. It only reads.

mod disagreements;
mod progress;

pub use crate::management::ManagementError;
pub use progress::{Blocker, Lack, Progress, WorkerState};

use crate::facts::QueryError;
use crate::management;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::Timeline;
use std::sync::Arc;
use std::time::Duration;

/// The pause between two reads. Each read is two or three of the 60 requests a minute that a user
/// has, and dashboards and deployments need some of them.
pub const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// The time reserved for one read: the last read starts that long before the end. The first one can
/// take it whatever the timeout is.
pub const READ_TIME: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolloutTarget {
    /// At least this version; none for the newest version at each read.
    pub release: Option<u32>,
    /// The image that the endpoint must have. It distinguishes a deployment that has not arrived
    /// yet from one that is complete.
    pub image: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutOutcome {
    pub progress: Progress,
    /// On the transport's clock.
    pub took: Duration,
}

/// Waits until the release is on all workers, or for `timeout`, but at least [`READ_TIME`].
///
/// `report` is called after each read with the time on the transport's clock. A failed read ends
/// the wait if a retry will not help (key, endpoint), or if it was the first or the last one:
/// requests were already retried.
pub async fn wait(
    transport: &Arc<Transport>,
    target: &RolloutTarget,
    timeout: Duration,
    report: &dyn Fn(Duration, Result<&Progress, &ManagementError>),
) -> Result<RolloutOutcome, ManagementError> {
    let mut time = Timeline::of_query(transport, Phase::Deployment);
    let end = timeout.max(READ_TIME);
    let (mut is_first, mut highest) = (true, None);
    loop {
        let progress =
            time.until(end, async |time| read(time, target, highest).await).await.unwrap_or_else(|| Err(too_late()));
        let took = time.now();
        let next = (took + POLL_INTERVAL).min(end.saturating_sub(READ_TIME));
        // Too short for another read.
        let is_last = next <= took;
        if let Err(error) = &progress
            && (is_last || is_first || !matches!(error, ManagementError::Other(QueryError::Unavailable(_))))
        {
            return Err(error.clone());
        }
        report(took, progress.as_ref());
        match progress {
            Ok(progress) if is_last || progress.is_complete() => return Ok(RolloutOutcome { progress, took }),
            Ok(progress) => highest = highest.max(Some(progress.newest)),
            Err(_) => {}
        }
        is_first = false;
        time.pause_until(next).await;
    }
}

fn too_late() -> ManagementError {
    let what = "no response from RunPod's management API before the timeout";
    ManagementError::Other(QueryError::Unavailable(what.to_owned()))
}

/// `highest` is the newest version that was reported so far.
async fn read(time: &mut Timeline, target: &RolloutTarget, highest: Option<u32>) -> Result<Progress, ManagementError> {
    // In this order: a release that is made in between is newer than the target, and so are its
    // workers.
    let configured = match target.image {
        Some(_) => management::endpoint(time).await?.configuration.image,
        None => None,
    };
    let releases = management::releases(time).await?;
    let workers = management::workers(time).await?;
    Progress::of(target, configured, highest, &releases, &workers).ok_or_else(|| {
        let what = "RunPod's management API does not report the newest release";
        ManagementError::Other(QueryError::Other(what.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wording;
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;
    use serde_json::{Value, json};
    use std::cell::RefCell;

    /// The second of each read, and how many of how many workers were updated; none if the read
    /// failed.
    type Told = Vec<(u64, Option<(usize, usize)>)>;

    /// Whether the release is complete, and after how many milliseconds; or why that is unknown.
    type Ended = Result<(bool, u128), ManagementError>;

    fn waited(exchanges: &Value, seconds: u64) -> (Told, Ended) {
        let transport = Arc::new(Transport::Replay(replay(exchanges)));
        let reads = RefCell::new(Vec::new());
        let report = |at: Duration, look: Result<&Progress, &ManagementError>| {
            reads.borrow_mut().push((at.as_secs(), look.ok().map(|progress| (progress.updated, progress.workers))));
        };
        // Virtual time never blocks.
        let waited =
            wait(&transport, &RolloutTarget::default(), Duration::from_secs(seconds), &report).now_or_never().unwrap();
        (reads.into_inner(), waited.map(|waited| (waited.progress.is_complete(), waited.took.as_millis())))
    }

    /// Why a read failed that may succeed later.
    #[track_caller]
    fn passing(ended: Ended) -> String {
        let error = ended.unwrap_err();
        assert!(matches!(error, ManagementError::Other(QueryError::Unavailable(_))), "{error:?}");
        error.to_string()
    }

    fn exchange_of(path: &str, at_ms: u64, outcome: &Value) -> Value {
        let path = format!("GET /v2/serverless/{{endpoint}}/{path}");
        exchange("management", "deployment", &path, [at_ms, at_ms + 100], outcome)
    }

    /// One worker, which runs `version`.
    fn workers(at_ms: u64, version: u32) -> Value {
        exchange_of("workers", at_ms, &ok(&json!({"workers": [{"id": "a", "status": "IDLE", "version": version}]})))
    }

    fn releases() -> Value {
        exchange_of("releases", 0, &ok(&json!({"endpointVersion": 2, "releases": []})))
    }

    #[test]
    fn the_endpoint_is_read_every_ten_seconds_until_the_release_is_complete() {
        let (reads, ended) = waited(&json!([releases(), workers(0, 1), workers(15_000, 2)]), 60);
        assert_eq!(reads, [(0, Some((0, 1))), (10, Some((0, 1))), (20, Some((1, 1)))]);
        assert_eq!(ended, Ok((true, 20_600)));
    }

    #[test]
    fn the_timeout_is_a_limit_whose_last_seconds_are_for_the_last_look() {
        let exchanges = json!([releases(), workers(0, 1), workers(25_000, 2)]);
        assert_eq!(waited(&exchanges, 20).1, Ok((false, 18_200)));
        assert_eq!(waited(&exchanges, 5), (vec![(0, Some((0, 1))), (3, Some((0, 1)))], Ok((false, 3_200))));
        assert_eq!(waited(&exchanges, 0), (vec![(0, Some((0, 1)))], Ok((false, 200))));
    }

    #[test]
    fn a_look_that_takes_longer_than_the_time_that_is_left_has_no_answer() {
        let slow = exchange(
            "management",
            "deployment",
            "GET /v2/serverless/{endpoint}/releases",
            [0, 6_000],
            &ok(&json!({"endpointVersion": 2, "releases": []})),
        );
        let exchanges = json!([slow, workers(0, 2)]);
        let (reads, late) = waited(&exchanges, 5);
        assert_eq!(reads, []);
        insta::assert_snapshot!(passing(late));
        assert_eq!(waited(&exchanges, 7).1, Ok((true, 6_100)));
    }

    #[test]
    fn a_look_that_fails_is_survived_between_two_that_do_not() {
        let failed = json!({"status": 418});
        let (reads, ended) =
            waited(&json!([releases(), workers(0, 1), exchange_of("workers", 5_000, &failed), workers(15_000, 2)]), 60);
        assert_eq!(reads, [(0, Some((0, 1))), (10, None), (20, Some((1, 1)))]);
        assert_eq!(ended, Ok((true, 20_600)));
    }

    #[test]
    fn a_look_that_fails_at_first_or_at_last_ends_the_waiting() {
        let failed = json!({"status": 418});
        let (reads, first) = waited(&json!([releases(), exchange_of("workers", 0, &failed)]), 60);
        assert_eq!(reads, []);
        let (reads, last) = waited(&json!([releases(), workers(0, 1), exchange_of("workers", 5_000, &failed)]), 12);
        assert_eq!(reads, [(0, Some((0, 1)))]);
        assert_eq!(first, last);
        insta::assert_snapshot!(passing(first));
    }

    #[test]
    fn what_will_not_pass_by_itself_ends_the_waiting_at_once() {
        let errors = [ManagementError::UnknownKey, ManagementError::Forbidden, ManagementError::UnknownEndpoint];
        for (status, error) in [401, 403, 404].into_iter().zip(&errors) {
            let failed = exchange_of("workers", 5_000, &json!({ "status": status }));
            let (reads, ended) = waited(&json!([releases(), workers(0, 1), failed, workers(15_000, 2)]), 60);
            assert_eq!((reads.len(), ended), (1, Err(error.clone())));
        }
        insta::assert_snapshot!(wording(errors.iter().map(|error| (format!("{error:?}"), error))));
    }

    #[test]
    fn the_newest_release_does_not_become_older() {
        let newest = |at_ms: u64, version: u32| {
            exchange_of("releases", at_ms, &ok(&json!({"endpointVersion": version, "releases": []})))
        };
        let exchanges = json!([newest(0, 3), workers(0, 2), newest(5_000, 2)]);
        let (reads, ended) = waited(&exchanges, 60);
        assert_eq!(reads[1], (10, Some((0, 1))));
        assert!(ended.is_ok_and(|(complete, _)| !complete));
    }

    #[test]
    fn what_a_recording_does_not_hold_is_an_error_and_no_state() {
        let (reads, ended) = waited(&json!([releases()]), 60);
        assert!(reads.is_empty());
        assert!(matches!(ended, Err(ManagementError::Other(QueryError::NotRecorded(_)))), "{ended:?}");
    }
}
