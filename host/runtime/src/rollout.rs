//! Waits until a release is on all workers of an endpoint. Only reads.

mod progress;

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

/// Waits until the release is on all workers, or until `timeout` has passed.
///
/// `tell` learns of each look at the endpoint, with the time on the transport's clock. A look that fails ends the waiting if
/// it is the first one, or the last one that the timeout leaves room for: it was repeated already where that may help.
pub async fn wait(
    transport: &Arc<Transport>,
    wanted: &Wanted,
    timeout: Duration,
    tell: &dyn Fn(Duration, Result<&Progress, &AskError>),
) -> Result<Waited, AskError> {
    let mut time = Timeline::of_question(transport, Phase::Deployment);
    let mut looked = false;
    loop {
        let look = look(&mut time, wanted).await;
        let took = time.now();
        let is_last = took + EVERY > timeout;
        if let Err(error) = &look
            && (is_last || !looked || !matches!(error, AskError::Unavailable(_)))
        {
            return Err(error.clone());
        }
        tell(took, look.as_ref());
        match look {
            Ok(progress) if is_last || progress.is_complete() => return Ok(Waited { progress, took }),
            Ok(_) | Err(_) => {}
        }
        looked = true;
        time.pause(EVERY).await;
    }
}

async fn look(time: &mut Timeline, wanted: &Wanted) -> Result<Progress, AskError> {
    // In this order: a release that is made in between is newer than what is then waited for, and so are its workers.
    let configured = match wanted.image {
        Some(_) => management::endpoint(time).await?.configuration.image,
        None => None,
    };
    let releases = management::releases(time).await?;
    let workers = management::workers(time).await?;
    Progress::of(wanted, configured, &releases, &workers)
        .ok_or_else(|| AskError::Other("RunPod's management API does not tell which release is the newest".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;
    use serde_json::{Value, json};
    use std::cell::RefCell;

    /// At which second, and what.
    type Told = Vec<(u64, String)>;

    /// Whether the release is out, and after how many milliseconds; or why that cannot be told.
    type Ended = Result<(bool, u128), String>;

    fn waited(exchanges: &Value, seconds: u64) -> (Told, Ended) {
        let transport = Arc::new(Transport::Replay(replay(exchanges)));
        let told = RefCell::new(Vec::new());
        let tell = |at: Duration, look: Result<&Progress, &AskError>| {
            let text = match look {
                Ok(progress) => format!("{} of {}", progress.updated, progress.workers),
                Err(error) => error.to_string(),
            };
            told.borrow_mut().push((at.as_secs(), text));
        };
        // Virtual time passes without anybody waiting.
        let waited = wait(&transport, &Wanted::default(), Duration::from_secs(seconds), &tell).now_or_never().unwrap();
        let ended = waited.map(|waited| (waited.progress.is_complete(), waited.took.as_millis()));
        (told.into_inner(), ended.map_err(|error| error.to_string()))
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
        assert_eq!(told, [(0, "0 of 1".to_owned()), (10, "0 of 1".to_owned()), (20, "1 of 1".to_owned())]);
        assert_eq!(ended, Ok((true, 20_600)));
    }

    #[test]
    fn no_look_begins_after_the_timeout() {
        let exchanges = json!([releases(), workers(0, 1), workers(25_000, 2)]);
        assert_eq!(waited(&exchanges, 20).1, Ok((false, 10_400)));
        assert_eq!(waited(&exchanges, 0), (vec![(0, "0 of 1".to_owned())], Ok((false, 200))));
    }

    #[test]
    fn a_look_that_fails_is_survived_between_two_that_do_not() {
        let failed = json!({"status": 404});
        let (told, ended) =
            waited(&json!([releases(), workers(0, 1), asked("workers", 5_000, &failed), workers(15_000, 2)]), 60);
        let gone = "RunPod's management API knows no such endpoint".to_owned();
        assert_eq!(told, [(0, "0 of 1".to_owned()), (10, gone), (20, "1 of 1".to_owned())]);
        assert_eq!(ended, Ok((true, 20_600)));
    }

    #[test]
    fn a_look_that_fails_at_first_or_at_last_ends_the_waiting() {
        let failed = json!({"status": 404});
        let gone = Err("RunPod's management API knows no such endpoint".to_owned());
        assert_eq!(waited(&json!([releases(), asked("workers", 0, &failed)]), 60), (vec![], gone.clone()));
        let last = waited(&json!([releases(), workers(0, 1), asked("workers", 5_000, &failed)]), 15);
        assert_eq!(last, (vec![(0, "0 of 1".to_owned())], gone));
    }

    #[test]
    fn what_a_recording_does_not_hold_is_an_error_and_no_state() {
        let (told, ended) = waited(&json!([releases()]), 60);
        assert!(told.is_empty());
        assert!(ended.is_err_and(|error| error.contains("does not hold")));
    }
}
