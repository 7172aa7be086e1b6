//! Before the samples: the way to the endpoint, and its workers.

use crate::answer::{Row, finding, measured, notes, problems, row, wording};
use crate::facts::{HEALTH, answer, before, configuration, failure, health, managed, not_offered, unmanaged, worker};
use comfycheck_check_endpoint::rules::{self, DeploymentFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::endpoint::{ConfigurationFacts, Error as AskError, ReachFacts, Worker};
use comfycheck_sdk::{Answer, Error, Subject};
use insta::assert_snapshot;

fn judge(facts: &DeploymentFacts) -> Answer {
    rules::judge_deployment(facts, &Settings::default()).expect("an answer")
}

/// A case in which `/health` answers so, or not at all.
fn reach(name: impl Into<String>, facts: ReachFacts, problems: &str) -> Row {
    row(name, judge(&before(facts, None)), problems)
}

#[test]
fn a_refusal_is_a_finding_about_key_id_or_type() {
    let detail = r#"{"status":401,"title":"Unauthorized","detail":"invalid api key"}"#;
    assert_table!([
        reach("401 with a reason", answer(401, detail), "unauthorized"),
        reach("401 without a reason", answer(401, ""), "unauthorized"),
        reach("403", answer(403, r#"{"title":"Forbidden","detail":"access denied"}"#), "forbidden"),
        reach("404", answer(404, "endpoint not found"), "unknown-endpoint"),
        reach("404 with a web page", answer(404, "<html>404</html>"), "unknown-endpoint"),
        reach("400 of a load balancer", answer(400, r#"{"error":"not allowed for QB API"}"#), "wrong-endpoint-type"),
    ]);
}

#[test]
fn a_wrong_address_is_recognized_by_its_host_and_path() {
    let at = |url: &str, problems| {
        reach(url, ReachFacts { url: url.into(), ..answer(404, r#"{"message":"Not Found"}"#) }, problems)
    };
    assert_table!([
        at("https://api.runpod.io/v2/{endpoint}/health", "unknown-endpoint"),
        at("https://rest.runpod.io/v1/{endpoint}/health", "unknown-endpoint"),
        at("https://abc123.api.runpod.ai/{endpoint}/health", "wrong-endpoint-type"),
        at("http://127.0.0.1:8000/v2/{endpoint}/health", "unknown-endpoint"),
        at("https://api.runpod.ai/{endpoint}/health", "unknown-endpoint"),
    ]);
}

#[test]
fn any_other_server_is_not_runpod() {
    let at = |host: &str, facts| ReachFacts { url: format!("https://{host}/v2/{{endpoint}}/health"), ..facts };
    let rows = [
        ("login page", answer(200, "<!doctype html><title>Sign in</title>")),
        ("other JSON", answer(200, r#"{"ok": true}"#)),
        ("empty answer", answer(204, "")),
        ("redirect", answer(302, "")),
        ("Cloudflare", answer(403, "<html>error code: 1010, Cloudflare</html>")),
        ("proxy", at("proxy.example", answer(401, "<html>who are you?</html>"))),
        ("test server of RunPod's SDK", at("127.0.0.1:8000", answer(404, r#"{"detail":"Not Found"}"#))),
        ("too large", failure("too-large", "https://api.runpod.ai/v2/{endpoint}/health")),
        ("not HTTP", failure("not-http", "http://api.runpod.example:22/v2/{endpoint}/health")),
    ];
    assert_table!(rows.map(|(name, facts)| reach(name, facts, "not-runpod")));
}

#[test]
fn overload_and_outages_are_open_questions() {
    let open = "?unreachable ?unhealthy-workers";
    let statuses = [400, 408, 429, 500, 502, 503, 524];
    let statuses = statuses.map(|status| reach(status.to_string(), answer(status, "try again"), open));
    let words = ["unresolved", "refused", "tls", "reset", "timeout", "other", "a word of a later host"];
    let words = words.map(|word| reach(word, failure(word, "https://api.runpod.ai/v2/{endpoint}/health"), open));
    assert_table!(statuses.into_iter().chain(words));
}

#[test]
fn a_foreign_host_that_cannot_serve_is_a_finding() {
    let foreign = "https://api.runpod.example/v2/{endpoint}/health";
    let wrong = ["unresolved", "refused", "tls"].map(|word| reach(word, failure(word, foreign), "unreachable"));
    let open = "?unreachable ?unhealthy-workers";
    let passing = ["reset", "timeout", "other"].map(|word| reach(word, failure(word, foreign), open));
    assert_table!(wrong.into_iter().chain(passing));
}

#[test]
fn a_failure_that_a_retry_overcomes_leaves_only_the_response_time_open() {
    let answer = judge(&before(answer(502, "<html>502</html>"), Some(health("idle 1 ready 1"))));
    assert_eq!((notes(&answer).as_str(), problems(&answer).as_str()), ("workers", "?slow-response"));
    assert_snapshot!(wording(&answer));
}

#[test]
fn the_response_time_is_measured_and_compared_with_the_limit() {
    let timed = |elapsed| judge(&before(ReachFacts { elapsed, ..answer(200, HEALTH) }, Some(health("idle 1"))));
    let answers = [5_000, 5_001, 6_300].map(timed);
    for (answer, expected) in answers.iter().zip(["", "slow-response", "slow-response"]) {
        assert_eq!((problems(answer).as_str(), notes(answer).as_str()), (expected, "response-time workers"));
    }
    assert_eq!(measured(finding(&answers[1], "slow-response")), "5.001 s, at most 5");
    let shown: Vec<_> = answers.iter().map(wording).collect();
    assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn the_check_does_not_apply_to_a_suite_without_an_endpoint() {
    let facts = DeploymentFacts {
        reach: Err(AskError::NotOffered("the suite names no endpoint".into())),
        health: not_offered(),
        management: unmanaged(),
        price: None,
        job_bytes: None,
    };
    let error = rules::judge_deployment(&facts, &Settings::default()).expect_err("nothing to check");
    assert_eq!(error, Error::NotApplicable("the suite names no endpoint".into()));
}

#[test]
fn a_request_that_the_host_cannot_make_is_an_open_question() {
    let failed = |error| judge(&DeploymentFacts { reach: Err(error), ..before(answer(200, HEALTH), None) });
    let open = "?unreachable ?unhealthy-workers";
    assert_table!([
        row("unavailable", failed(AskError::Unavailable("the host is gone".into())), open),
        row("access denied", failed(AskError::AccessDenied), open),
    ]);
}

/// A case in which `/health` counts these workers and jobs.
fn workers(counts: &str, problems: &str) -> Row {
    let answer = judge(&before(answer(200, HEALTH), Some(health(counts))));
    assert_eq!(notes(&answer), "response-time workers");
    row(counts, answer, problems)
}

#[test]
fn one_reading_tells_unhealthy_workers_from_a_crash_loop() {
    assert_table!([
        workers("idle 2 ready 2", ""),
        workers("unhealthy 1", "crash-loop"),
        workers("unhealthy 1 throttled 2", "crash-loop"),
        workers("unhealthy 1 initializing 1", "unhealthy-workers"),
        workers("unhealthy 1 running 1", "unhealthy-workers"),
    ]);
}

#[test]
fn a_throttled_worker_matters_only_where_jobs_wait() {
    assert_table!([
        workers("throttled 1 queue 0", ""),
        workers("throttled 1 queue 3", "throttled-workers"),
        workers("throttled 1 initializing 1 queue 1", "throttled-workers"),
        workers("throttled 1 queue 3 running 1", ""),
        workers("initializing 3 queue 3", ""),
    ]);
}

#[test]
fn the_workers_and_jobs_are_noted() {
    let seen = ["queue 0", "idle 2 ready 2 queue 0", "running 1 throttled 3 queue 9 progress 1"];
    let notes = seen.map(|counts| {
        let answer = judge(&before(answer(200, HEALTH), Some(health(counts))));
        format!("{counts} -> {}", finding(&answer, "workers").message)
    });
    assert_snapshot!(notes.join("\n"));
}

#[test]
fn the_management_api_adds_type_limits_and_the_workers_themselves() {
    let configuration =
        ConfigurationFacts { kind: Some("LOAD_BALANCER".into()), workers_max: Some(0), ..configuration() };
    let workers = vec![
        Worker { uptime_s: Some(421), ..worker("a", "INITIALIZING") },
        Worker { uptime_s: Some(420), ..worker("b", "INITIALIZING") },
        worker("c", "UNHEALTHY"),
    ];
    let facts = DeploymentFacts {
        management: Management { workers: Ok(workers), ..managed(configuration) },
        ..before(answer(200, HEALTH), Some(health("initializing 2 unhealthy 1")))
    };
    let answer = judge(&facts);
    assert_eq!(problems(&answer), "wrong-endpoint-type workers-disabled unhealthy-workers stuck-initializing");
    assert_eq!(finding(&answer, "unhealthy-workers").subjects, [Subject::Worker("c".into())]);
    assert_eq!(finding(&answer, "stuck-initializing").subjects, [Subject::Worker("a".into())]);
    assert_snapshot!(wording(&answer));
}

#[test]
fn a_job_that_is_too_large_is_found_before_it_is_submitted() {
    let sized = |bytes, problems| {
        let facts = DeploymentFacts { job_bytes: Some(bytes), ..before(answer(200, HEALTH), Some(health("idle 1"))) };
        row(format!("{bytes} bytes"), judge(&facts), problems)
    };
    assert_table!([sized(10 << 20, ""), sized((10 << 20) + 1, "job-too-large"), sized(12 << 20, "job-too-large"),]);
}
