//! Before the samples: the way to the endpoint, and its workers.

use crate::said::{lines, rules};
use crate::told::{HEALTH, answer, before, configuration, failure, health, managed, not_offered, unmanaged, worker};
use comfycheck_check_endpoint::Management;
use comfycheck_check_endpoint::rules::{self, Before, Settings};
use comfycheck_sdk::endpoint::{ConfigurationFacts, Error as AskError, ReachFacts, Worker};
use comfycheck_sdk::{Answer, Error, Subject};

fn judge(asked: &Before) -> Answer {
    rules::before(asked, &Settings::default()).expect("an answer")
}

#[track_caller]
fn check_reach(facts: ReachFacts, expected: &str) {
    assert_eq!(rules(&judge(&before(facts, None))), expected);
}

#[test]
fn a_refusal_says_what_is_wrong_with_key_or_id() {
    check_reach(answer(401, r#"{"status":401,"title":"Unauthorized","detail":"invalid api key"}"#), "unauthorized");
    check_reach(answer(401, ""), "unauthorized");
    check_reach(answer(403, r#"{"title":"Forbidden","detail":"access denied"}"#), "forbidden");
    check_reach(answer(404, "endpoint not found"), "unknown-endpoint");
    check_reach(answer(404, "<html>404</html>"), "unknown-endpoint");
    check_reach(answer(400, r#"{"error":"not allowed for QB API"}"#), "wrong-endpoint-type");
}

#[track_caller]
fn check_url(url: &str, expected: &str) {
    check_reach(ReachFacts { url: url.into(), ..answer(404, r#"{"message":"Not Found"}"#) }, expected);
}

#[test]
fn a_wrong_address_is_told_by_its_host() {
    check_url("https://api.runpod.io/v2/{endpoint}/health", "unknown-endpoint");
    check_url("https://rest.runpod.io/v1/{endpoint}/health", "unknown-endpoint");
    check_url("https://abc123.api.runpod.ai/{endpoint}/health", "wrong-endpoint-type");
    check_url("http://127.0.0.1:8000/v2/{endpoint}/health", "unknown-endpoint");
    let wrong_path = ReachFacts { url: "https://api.runpod.ai/{endpoint}/health".into(), ..answer(404, "") };
    let answer = judge(&before(wrong_path, None));
    assert_eq!(
        answer.findings[0].help.as_deref(),
        Some("the base URL should end in `/v2`, as `https://api.runpod.ai/v2` does")
    );
}

#[test]
fn whoever_answers_otherwise_is_not_runpod() {
    let at = |host: &str, facts| ReachFacts { url: format!("https://{host}/v2/{{endpoint}}/health"), ..facts };
    check_reach(answer(200, "<!doctype html><title>Sign in</title>"), "not-runpod");
    check_reach(answer(200, r#"{"ok": true}"#), "not-runpod");
    check_reach(answer(204, ""), "not-runpod");
    check_reach(answer(302, ""), "not-runpod");
    check_reach(answer(403, "<html>error code: 1010, Cloudflare</html>"), "not-runpod");
    check_reach(at("proxy.example", answer(401, "<html>who are you?</html>")), "not-runpod");
    check_reach(at("127.0.0.1:8000", answer(404, r#"{"detail":"Not Found"}"#)), "not-runpod");
    check_reach(failure("too-large", "https://api.runpod.ai/v2/{endpoint}/health"), "not-runpod");
}

#[test]
fn overload_and_outages_are_open_questions() {
    for status in [400, 408, 429, 500, 502, 503, 524] {
        check_reach(answer(status, "try again"), "?unreachable ?unhealthy-workers");
    }
    for word in ["unresolved", "refused", "tls", "reset", "timeout", "other", "a word of a later host"] {
        check_reach(failure(word, "https://api.runpod.ai/v2/{endpoint}/health"), "?unreachable ?unhealthy-workers");
    }
}

#[test]
fn a_host_that_cannot_serve_is_a_finding() {
    let foreign = "https://api.runpod.example/v2/{endpoint}/health";
    for word in ["unresolved", "refused", "tls"] {
        check_reach(failure(word, foreign), "unreachable");
    }
    for word in ["reset", "timeout", "other"] {
        check_reach(failure(word, foreign), "?unreachable ?unhealthy-workers");
    }
}

#[test]
fn a_failure_that_a_retry_overcomes_leaves_the_response_time_open() {
    let answer = judge(&before(answer(502, "<html>502</html>"), Some(health("idle 1 ready 1"))));
    assert_eq!(rules(&answer), "workers ?slow-response");
    assert_eq!(
        answer.open[0].reason,
        "the response time could not be measured: `https://api.runpod.ai/v2/{endpoint}/health` answered with status 502"
    );
}

#[track_caller]
fn check_time(elapsed: u64, expected: &str) {
    let answer = judge(&before(ReachFacts { elapsed, ..answer(200, HEALTH) }, Some(health("idle 1"))));
    assert_eq!(rules(&answer), expected);
}

#[test]
fn the_time_of_an_answer_is_held_against_the_limit() {
    check_time(5_000, "response-time workers");
    check_time(5_001, "slow-response response-time workers");
}

#[test]
fn a_suite_without_an_endpoint_is_no_concern_of_the_check() {
    let asked = Before {
        reach: Err(AskError::NotOffered("the suite names no endpoint".into())),
        health: not_offered(),
        management: unmanaged(),
        job_bytes: None,
    };
    let error = rules::before(&asked, &Settings::default()).expect_err("nothing to say");
    assert_eq!(error, Error::NotApplicable("the suite names no endpoint".into()));
}

#[test]
fn what_could_not_be_asked_is_open() {
    let unavailable = Err(AskError::Unavailable("the host is gone".into()));
    let asked = Before { reach: unavailable, ..before(answer(200, HEALTH), None) };
    assert_eq!(rules(&judge(&asked)), "?unreachable ?unhealthy-workers");
}

#[track_caller]
fn check_workers(counted: &str, expected: &str) {
    assert_eq!(
        rules(&judge(&before(answer(200, HEALTH), Some(health(counted))))),
        format!("response-time {expected}workers")
    );
}

#[test]
fn one_reading_tells_unhealthy_workers_from_a_crash_loop() {
    check_workers("idle 2 ready 2", "");
    check_workers("unhealthy 1", "crash-loop ");
    check_workers("unhealthy 1 throttled 2", "crash-loop ");
    check_workers("unhealthy 1 initializing 1", "unhealthy-workers ");
    check_workers("unhealthy 1 running 1", "unhealthy-workers ");
}

#[test]
fn a_lone_throttled_worker_matters_only_where_jobs_wait() {
    check_workers("throttled 1 queue 0", "");
    check_workers("throttled 1 queue 3", "throttled-workers ");
    check_workers("throttled 1 queue 3 running 1", "");
    check_workers("initializing 3 queue 3", "");
}

#[test]
fn the_management_api_sharpens_what_is_said() {
    let configuration =
        ConfigurationFacts { kind: Some("LOAD_BALANCER".into()), workers_max: Some(0), ..configuration() };
    let workers = vec![
        Worker { uptime_s: Some(421), ..worker("a", "INITIALIZING") },
        Worker { uptime_s: Some(420), ..worker("b", "INITIALIZING") },
        worker("c", "UNHEALTHY"),
    ];
    let asked = Before {
        management: Management { workers: Ok(workers), ..managed(configuration) },
        ..before(answer(200, HEALTH), Some(health("initializing 2 unhealthy 1")))
    };
    let answer = judge(&asked);
    assert_eq!(
        lines(&answer),
        "note[response-time]: `/health` answered in 0.12 s\n\
         error[wrong-endpoint-type]: the endpoint's type is `LOAD_BALANCER`, which has no job queue\n\
         error[workers-disabled]: the endpoint's max workers is 0: no worker will ever take a job (`inQueue` 2)\n\
         warning[unhealthy-workers]: some workers are unhealthy (idle 0, initializing 2, ready 0, running 0, throttled 0, unhealthy 1)\n\
         error[stuck-initializing]: worker `a` has been initializing for 421 s\n\
         note[workers]: workers: idle 0, initializing 2, ready 0, running 0, throttled 0, unhealthy 1; jobs: 2 in the queue, 0 in progress"
    );
    assert_eq!(answer.findings[3].subjects, [Subject::Worker("c".into())]);
}

#[test]
fn a_job_that_run_does_not_take_is_told_before_it_is_bought() {
    let sized = |bytes| {
        let asked = Before { job_bytes: Some(bytes), ..before(answer(200, HEALTH), Some(health("idle 1"))) };
        rules(&judge(&asked))
    };
    assert_eq!(sized(10 << 20), "response-time workers");
    assert_eq!(sized((10 << 20) + 1), "response-time job-too-large workers");
}
