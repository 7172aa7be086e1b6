//! The README shows what the check says.

use crate::told::{HEALTH, answer, failed, failure, health, observations, sample};
use comfycheck_check_endpoint::rules::{self, After, Before, Settings, manifest};
use comfycheck_sdk::endpoint::ReachFacts;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Severity, assert_examples};
use serde_json::Value;

/// What the examples of the README are about.
fn answers() -> Vec<Answer> {
    let settings = Settings::default();
    let at = |host: &str, facts| ReachFacts { url: format!("https://{host}/v2/{{endpoint}}/health"), ..facts };
    let before = |asked: Before| rules::before(&asked, &settings).expect("an answer");
    let reach = |facts| before(crate::told::before(facts, None));
    let workers = |counts| before(crate::told::before(answer(200, HEALTH), Some(health(counts))));
    let after = |asked: After| rules::after(&asked, &settings).expect("an answer");
    let stuck = |readings| {
        let samples = vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)];
        after(crate::told::after(samples, observations(readings)))
    };
    let ended = |samples| after(crate::told::after(samples, observations("0 running 1")));
    let twice = |error: &str| ended(vec![failed(0, error), failed(1, error)]);
    let on_l4 = |index| {
        Sample {
        gpu: Some("NVIDIA L4".into()),
        output: Some(
            r#"{"details": ["Workflow execution error: Node Type: KSampler, Node ID: 31, Message: CUDA out of memory"]}"#
                .into(),
        ),
        ..failed(index, "Job processing failed")
    }
    };
    let refused = |index| Sample {
        error: Some("status 400: bad request: body: exceeded max body size of 10MiB".into()),
        ..sample(index, Ending::NotSubmitted)
    };
    vec![
        reach(answer(401, r#"{"detail": "invalid api key"}"#)),
        reach(answer(403, r#"{"detail": "access denied"}"#)),
        reach(at("api.runpod.io", answer(404, ""))),
        reach(at("proxy.example", answer(200, "<html>"))),
        reach(answer(400, r#"{"error":"not allowed for QB API"}"#)),
        reach(failure("unresolved", "https://api.runpod.example/v2/{endpoint}/health")),
        reach(ReachFacts { elapsed: 6_300, ..answer(200, HEALTH) }),
        workers("idle 2 ready 2 queue 0"),
        workers("idle 1 ready 1 unhealthy 1"),
        after(crate::told::after(
            vec![sample(0, Ending::Succeeded)],
            observations("0 throttled 1 | 90 throttled 1 | 120 running 1"),
        )),
        stuck("0 | 60 unhealthy 1 | 120 unhealthy 2 | 300 throttled 1 unhealthy 2"),
        stuck("0 | 60 | 120 | 300"),
        stuck("0 initializing 1 | 60 initializing 1 | 90 | 120 | 300"),
        stuck("0 throttled 1 | 60 throttled 1 | 120 throttled 1 | 300 throttled 1"),
        stuck("0 initializing 1 | 60 initializing 1 | 120 initializing 1 | 480 initializing 1"),
        stuck("0 initializing 1 | 60 initializing 1 | 120 initializing 1 | 300 initializing 1"),
        stuck("0 idle 2 ready 2 | 60 idle 2 ready 2 | 120 idle 2 ready 2 | 300 idle 2 ready 2"),
        stuck(
            "0 running 1 progress 1 queue 9 | 60 running 1 progress 1 queue 9 | 120 running 1 progress 1 queue 9 | 300 running 1 progress 1 queue 9",
        ),
        stuck("0 ? | 60 ? | 300 ?"),
        twice(r#"{"error_type":"<class 'KeyError'>","error_message":"'prompt'"}"#),
        ended(vec![on_l4(0), on_l4(1)]),
        ended(vec![Sample { reason: Some("not finished after 600 s".into()), ..sample(0, Ending::NotFinished) }]),
        ended(vec![Sample {
            worker: Some("w".into()),
            status: Some("TIMED_OUT".into()),
            ..sample(0, Ending::Expired)
        }]),
        ended(vec![sample(0, Ending::Cancelled)]),
        ended(vec![refused(0), refused(1)]),
        ended(vec![Sample { job: None, ..sample(0, Ending::Unknown) }]),
    ]
}

#[test]
fn every_rule_has_an_example_that_the_check_really_says() {
    assert_examples(&manifest().rules, &answers().into_iter().collect());
}

#[test]
fn every_summary_is_a_sentence() {
    for rule in manifest().rules {
        assert!(rule.summary.ends_with('.'), "{}", rule.summary);
    }
}

#[test]
fn the_schema_has_the_defaults_of_the_settings() {
    let schema: Value = serde_json::from_str(&manifest().settings_schema).expect("a schema");
    let default = |name: &str| schema["properties"][name]["default"].clone();
    let settings = Settings::default();
    assert_eq!(default("max-response-s").as_f64(), Some(settings.max_response_s));
    assert_eq!(default("stuck-initializing-s").as_u64(), Some(settings.stuck_initializing_s));
    assert_eq!(default("persist-s").as_u64(), Some(settings.persist_s));
    let names: Vec<_> = schema["properties"].as_object().expect("properties").keys().cloned().collect();
    assert_eq!(names, ["max-response-s", "stuck-initializing-s", "persist-s"]);
    serde_json::from_str::<Settings>("{}").expect("no settings are fine");
    serde_json::from_str::<Settings>(r#"{"patience": 1}"#).expect_err("unknown settings are refused");
}

#[test]
fn only_notes_and_warnings_leave_a_run_alone() {
    let rules = manifest().rules;
    let mild: Vec<_> =
        rules.iter().filter(|rule| rule.default_severity != Severity::Error).map(|rule| rule.id.as_str()).collect();
    assert_eq!(mild, ["response-time", "workers", "unhealthy-workers", "throttled-workers", "lost-submission"]);
}
