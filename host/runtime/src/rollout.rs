//! Waits until a release is on all workers of an endpoint. Only reads.

mod accounts;
mod progress;

pub use crate::management::ManagementError;
pub use progress::{Lack, Missing, Progress, State};

use crate::capabilities::AskError;
use crate::management;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::Timeline;
use std::sync::Arc;
use std::time::Duration;

/// How often the endpoint is looked at. A look is two or three of the 60 requests a minute that the management API allows a
/// user, whose dashboards and deploys need some, too.
pub const EVERY: Duration = Duration::from_secs(10);

/// What a look may take: the last one begins as long before the end, and the first one may take it whatever the timeout.
pub const LOOK: Duration = Duration::from_secs(2);

/// What is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// At least this version; none: the newest, whichever that is when it is looked at.
    pub release: Option<u32>,
    /// The image that the endpoint must be configured with. A deploy that has not arrived yet is so told from one that is done.
    pub image: Option<String>,
}

/// How the waiting ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waited {
    /// How far the release had come: all the way, or not.
    pub progress: Progress,
    /// On the transport's clock.
    pub took: Duration,
}

/// Waits until the release is on all workers, or until `timeout` has passed, and no longer than that or [`LOOK`].
///
/// `tell` learns of each look at the endpoint, with the time on the transport's clock. A look that fails ends the waiting if
/// that will not pass by itself (the key, the endpoint), if it is the first one, or if it is the last one that the timeout
/// leaves room for: it was repeated already where that may help.
pub async fn wait(
    transport: &Arc<Transport>,
    wanted: &Wanted,
    timeout: Duration,
    tell: &dyn Fn(Duration, Result<&Progress, &ManagementError>),
) -> Result<Waited, ManagementError> {
    let mut time = Timeline::of_question(transport, Phase::Deployment);
    let end = timeout.max(LOOK);
    let (mut looked, mut highest) = (false, None);
    loop {
        let look =
            time.until(end, async |time| look(time, wanted, highest).await).await.unwrap_or_else(|| Err(too_late()));
        let took = time.now();
        let next = (took + EVERY).min(end.saturating_sub(LOOK));
        // What is left is too short for another look.
        let is_last = next <= took;
        if let Err(error) = &look
            && (is_last || !looked || !matches!(error, ManagementError::Other(AskError::Unavailable(_))))
        {
            return Err(error.clone());
        }
        tell(took, look.as_ref());
        match look {
            Ok(progress) if is_last || progress.is_complete() => return Ok(Waited { progress, took }),
            Ok(progress) => highest = highest.max(Some(progress.newest)),
            Err(_) => {}
        }
        looked = true;
        time.pause_until(next).await;
    }
}

fn too_late() -> ManagementError {
    let what = "RunPod's management API did not answer before the time was over";
    ManagementError::Other(AskError::Unavailable(what.to_owned()))
}

/// `highest` is the newest version that was told of before.
async fn look(time: &mut Timeline, wanted: &Wanted, highest: Option<u32>) -> Result<Progress, ManagementError> {
    // In this order: a release that is made in between is newer than what is then waited for, and so are its workers.
    let configured = match wanted.image {
        Some(_) => management::endpoint(time).await?.configuration.image,
        None => None,
    };
    let releases = management::releases(time).await?;
    let workers = management::workers(time).await?;
    Progress::of(wanted, configured, highest, &releases, &workers).ok_or_else(|| {
        let what = "RunPod's management API does not tell which release is the newest";
        ManagementError::Other(AskError::Other(what.to_owned()))
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

    /// At which second, and how many of how many workers were updated; none where the look failed.
    type Told = Vec<(u64, Option<(usize, usize)>)>;

    /// Whether the release is out, and after how many milliseconds; or why that is unknown.
    type Ended = Result<(bool, u128), ManagementError>;

    fn waited(exchanges: &Value, seconds: u64) -> (Told, Ended) {
        let transport = Arc::new(Transport::Replay(replay(exchanges)));
        let told = RefCell::new(Vec::new());
        let tell = |at: Duration, look: Result<&Progress, &ManagementError>| {
            told.borrow_mut().push((at.as_secs(), look.ok().map(|progress| (progress.updated, progress.workers))));
        };
        // Virtual time passes without anybody waiting.
        let waited = wait(&transport, &Wanted::default(), Duration::from_secs(seconds), &tell).now_or_never().unwrap();
        (told.into_inner(), waited.map(|waited| (waited.progress.is_complete(), waited.took.as_millis())))
    }

    /// Why a look failed, which may pass.
    #[track_caller]
    fn passing(ended: Ended) -> String {
        let error = ended.unwrap_err();
        assert!(matches!(error, ManagementError::Other(AskError::Unavailable(_))), "{error:?}");
        error.to_string()
    }

    fn asked(path: &str, at_ms: u64, outcome: &Value) -> Value {
        let path = format!("GET /v2/serverless/{{endpoint}}/{path}");
        exchange("management", "deployment", &path, [at_ms, at_ms + 100], outcome)
    }

    /// One worker, which runs `version`.
    fn workers(at_ms: u64, version: u32) -> Value {
        asked("workers", at_ms, &ok(&json!({"workers": [{"id": "a", "status": "IDLE", "version": version}]})))
    }

    fn releases() -> Value {
        asked("releases", 0, &ok(&json!({"endpointVersion": 2, "releases": []})))
    }

    #[test]
    fn the_endpoint_is_looked_at_every_ten_seconds_until_the_release_is_out() {
        let (told, ended) = waited(&json!([releases(), workers(0, 1), workers(15_000, 2)]), 60);
        assert_eq!(told, [(0, Some((0, 1))), (10, Some((0, 1))), (20, Some((1, 1)))]);
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
        let (told, late) = waited(&exchanges, 5);
        assert_eq!(told, []);
        insta::assert_snapshot!(passing(late));
        assert_eq!(waited(&exchanges, 7).1, Ok((true, 6_100)));
    }

    #[test]
    fn a_look_that_fails_is_survived_between_two_that_do_not() {
        let failed = json!({"status": 418});
        let (told, ended) =
            waited(&json!([releases(), workers(0, 1), asked("workers", 5_000, &failed), workers(15_000, 2)]), 60);
        assert_eq!(told, [(0, Some((0, 1))), (10, None), (20, Some((1, 1)))]);
        assert_eq!(ended, Ok((true, 20_600)));
    }

    #[test]
    fn a_look_that_fails_at_first_or_at_last_ends_the_waiting() {
        let failed = json!({"status": 418});
        let (told, first) = waited(&json!([releases(), asked("workers", 0, &failed)]), 60);
        assert_eq!(told, []);
        let (told, last) = waited(&json!([releases(), workers(0, 1), asked("workers", 5_000, &failed)]), 12);
        assert_eq!(told, [(0, Some((0, 1)))]);
        assert_eq!(first, last);
        insta::assert_snapshot!(passing(first));
    }

    #[test]
    fn what_will_not_pass_by_itself_ends_the_waiting_at_once() {
        let errors = [ManagementError::UnknownKey, ManagementError::Forbidden, ManagementError::UnknownEndpoint];
        for (status, error) in [401, 403, 404].into_iter().zip(&errors) {
            let failed = asked("workers", 5_000, &json!({ "status": status }));
            let (told, ended) = waited(&json!([releases(), workers(0, 1), failed, workers(15_000, 2)]), 60);
            assert_eq!((told.len(), ended), (1, Err(error.clone())));
        }
        insta::assert_snapshot!(wording(errors.iter().map(|error| (format!("{error:?}"), error))));
    }

    #[test]
    fn the_newest_release_does_not_become_older() {
        let newest = |at_ms: u64, version: u32| {
            asked("releases", at_ms, &ok(&json!({"endpointVersion": version, "releases": []})))
        };
        let exchanges = json!([newest(0, 3), workers(0, 2), newest(5_000, 2)]);
        let (told, ended) = waited(&exchanges, 60);
        assert_eq!(told[1], (10, Some((0, 1))));
        assert!(ended.is_ok_and(|(complete, _)| !complete));
    }

    #[test]
    fn what_a_recording_does_not_hold_is_an_error_and_no_state() {
        let (told, ended) = waited(&json!([releases()]), 60);
        assert!(told.is_empty());
        assert!(matches!(ended, Err(ManagementError::Other(AskError::NotRecorded(_)))), "{ended:?}");
    }
}
