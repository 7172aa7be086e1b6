//! Whether waiting for the samples can still help.

use crate::facts::{log, managed, usual, worker};
use comfycheck_check_endpoint::{Management, watch};
use comfycheck_sdk::endpoint::ConfigurationFacts;
use comfycheck_sdk::{Subject, WaitingSample};

const WAITING: [WaitingSample; 1] = [WaitingSample { index: 3, status: None, submitted: 0, first_running: None }];

/// The rule of the finding that ends the wait, where a worker in this state has this system log.
fn rule(status: &str, line: &str) -> Option<String> {
    let logs = vec![log("w1", "system", &["create container acme/a", line])];
    let management = Management { logs, workers: Ok(vec![worker("w1", status)]), ..managed(usual()) };
    watch::judge(&management, &WAITING).map(|finding| finding.rule)
}

#[test]
fn a_wait_ends_where_no_host_and_no_time_can_help() {
    let denied = "error pulling image: pull access denied for acme/a";
    let script = "error starting container: exec: \"/start.sh\": permission denied: unknown";
    assert_eq!(rule("INITIALIZING", denied).as_deref(), Some("unpullable-image"));
    assert_eq!(rule("UNHEALTHY", script).as_deref(), Some("container-not-started"));
    let paused = managed(ConfigurationFacts { workers_max: Some(0), ..usual() });
    let finding = watch::judge(&paused, &WAITING).expect("a finding");
    assert_eq!((finding.rule.as_str(), finding.subjects.as_slice()), ("workers-disabled", &[Subject::Sample(3)][..]));
}

#[test]
fn a_wait_goes_on_where_another_host_or_time_can_help() {
    let driver = "error starting container: nvidia-container-cli: unsatisfied condition: cuda>=12.8";
    assert_eq!(rule("UNHEALTHY", driver), None);
    assert_eq!(rule("INITIALIZING", "toomanyrequests: You have reached your pull rate limit."), None);
    assert_eq!(rule("INITIALIZING", "a1b2 Pulling fs layer"), None);
    assert_eq!(rule("RUNNING", "error pulling image: pull access denied for acme/a"), None);
}
