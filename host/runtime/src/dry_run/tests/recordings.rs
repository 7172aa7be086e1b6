//! Recorded dry runs, from the first job to the last.

use super::super::probe::Probe;
use super::super::{DryRunRequest, nodes, run};
use super::{WORKFLOW, failed, lacks, not_in_list, refusal_of_values};
use crate::facts::{DryRunFacts, QueryError};
use crate::interruption::Interruption;
use crate::testing::{kind, wording};
use crate::transport::Transport;
use crate::transport::testing::{exchange, ok, replay};
use comfycheck_core::cost::{Price, PriceSource};
use comfycheck_core::money::Budget;
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::Sample;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Patience, Sampling, Submit};
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;

fn missing(class: &str) -> String {
    let body = json!({"error": {"type": "missing_node_type", "message": "x", "details": "Node ID '#5'",
        "extra_info": {"node_id": "5", "class_type": class, "node_title": "T"}}, "node_errors": {}});
    format!("Node 'T' not found. The custom node may not be installed.. Raw response: {body}")
}

fn missing_of_old(class: &str) -> String {
    let message = format!("Cannot execute because node {class} does not exist.");
    let body = json!({"error": {"type": "invalid_prompt", "message": message, "details": "Node ID '#5'",
        "extra_info": {}}, "node_errors": {}});
    format!("{message}. Raw response: {body}")
}

/// The kind of a job, `values` or `classes`, and the classes that it leaves out.
type ProbeKey<'a> = (&'a str, &'a [&'a str]);

/// A recording of jobs that end at once: the response of `/run` to each, and the status that
/// follows.
fn recorded(jobs: &[(ProbeKey<'_>, Value, Option<Value>)]) -> Arc<Transport> {
    let health = ok(&json!({"workers": {"ready": 1}, "jobs": {}}));
    let mut exchanges = vec![exchange("jobs", "deployment", "GET /v2/{endpoint}/health", [0, 100], &health)];
    for (number, ((what, without), submission, status)) in jobs.iter().enumerate() {
        let probe = match *what {
            "values" => Probe::of_values(&nodes(WORKFLOW), without, number).unwrap(),
            _ => Probe::of_classes(&nodes(WORKFLOW), without, number),
        };
        let mut run = exchange("jobs", "deployment", "POST /v2/{endpoint}/run", [0, 100], submission);
        run["request"]["body"] = json!({"json": {"input": {"workflow": probe.nodes}}});
        exchanges.push(run);
        if let Some(status) = status {
            let request = format!("GET /v2/{{endpoint}}/status/job-{number}");
            exchanges.push(exchange("jobs", "deployment", &request, [0, 100], &ok(status)));
        }
    }
    Arc::new(Transport::Replay(replay(&json!(exchanges))))
}

fn accepted(number: u32) -> Value {
    ok(&json!({"id": format!("job-{number}"), "status": "IN_QUEUE"}))
}

fn refused(error: &str) -> Value {
    json!({"status": "FAILED", "error": error, "workerId": "w1", "delayTime": 2000, "executionTime": 60})
}

fn replayed(transport: &Arc<Transport>, most: u32, budget: Budget) -> (Result<DryRunFacts, QueryError>, Vec<Sample>) {
    let sampling = Sampling {
        samples: 3,
        concurrency: NonZeroU32::MIN,
        submit: Submit::Runsync,
        rate_limit: None,
        variations: Vec::new(),
        seed_inputs: None,
        seed: None,
        patience: Patience::default(),
        budget,
        share: None,
    };
    let price = Price { per_second: 0.01, lowest: None, source: PriceSource::Suite, date: None };
    let request = DryRunRequest {
        transport,
        workflow: WORKFLOW,
        job: &JobRequest::default(),
        most,
        sampling: &sampling,
        price: Some(&price),
        secrets: &Secrets::default(),
        interruption: &Interruption::never(),
        listener: &|_| {},
    };
    run(request).now_or_never().expect("virtual time never waits")
}

/// The result of a dry run in one line, and why it is not complete; empty if it is.
fn outcome(jobs: &[(ProbeKey<'_>, Value, Option<Value>)], most: u32, budget: Budget) -> (String, String) {
    let (answer, made) = replayed(&recorded(jobs), most, budget);
    let (facts, why) = match answer {
        Ok(DryRunFacts { jobs, missing, classes, values }) => {
            let missing: Vec<_> =
                missing.into_iter().map(|missing| format!("{} on {:?}", missing.class, missing.worker)).collect();
            let accepted = values.map(|values| values.accepted.len()).unwrap();
            let (classes, why) = match classes {
                Ok(worker) => (format!("all on {worker:?}"), String::new()),
                Err(why) => ("unknown".to_owned(), why),
            };
            (format!("{jobs} jobs, {accepted} accepted, missing {missing:?}, classes {classes}"), why)
        }
        Err(error) => (kind(&error).to_owned(), error.to_string()),
    };
    (format!("{facts}; {} made", made.len()), why)
}

#[track_caller]
fn check_run(jobs: &[(ProbeKey<'_>, Value, Option<Value>)], expected: &str) {
    assert_eq!(outcome(jobs, 4, Budget::default()), (expected.to_owned(), String::new()));
}

const VALUES: ProbeKey<'_> = ("values", &[]);

fn by(worker: &str, error: &str) -> Value {
    let mut status = refused(error);
    status["workerId"] = json!(worker);
    status
}

#[test]
fn values_are_checked_first_and_then_classes_until_none_is_missing() {
    for missing in [missing, missing_of_old] {
        let values = refusal_of_values(&[]);
        check_run(
            &[
                (VALUES, accepted(0), Some(by("w1", &values))),
                (("classes", &[]), accepted(1), Some(by("w2", &missing("Missing One")))),
                (("classes", &["Missing One"]), accepted(2), Some(by("w3", &missing("comfycheck-dry-run-2")))),
            ],
            r#"3 jobs, 3 accepted, missing ["Missing One on Some(\"w2\")"], classes all on Some("w3"); 3 made"#,
        );
    }
    // If a loader's class is missing, the others are checked again.
    let (all, loader) = ("['a.safetensors']", missing("UNETLoader"));
    let vae = failed(&[
        ("1", &not_in_list("vae_name", "comfycheck-dry-run-1", all)),
        ("2", &lacks("samples")),
        ("3", &lacks("filename_prefix")),
        ("5", &lacks("samples")),
        ("6", &lacks("filename_prefix")),
    ]);
    check_run(
        &[
            (VALUES, accepted(0), Some(by("w1", &loader))),
            (("values", &["UNETLoader"]), accepted(1), Some(by("w1", &vae))),
            (("classes", &["UNETLoader"]), accepted(2), Some(by("w1", &missing("comfycheck-dry-run-2")))),
        ],
        r#"3 jobs, 1 accepted, missing ["UNETLoader on Some(\"w1\")"], classes all on Some("w1"); 3 made"#,
    );
}

#[test]
fn a_class_that_is_not_in_the_workflow_ends_the_dry_run() {
    let mut reasons = Vec::new();
    for class in ["KSampler", "Nonsense", "comfycheck-dry-run-7"] {
        let of_values = [(VALUES, accepted(0), Some(refused(&missing(class))))];
        let of_classes = [
            (VALUES, accepted(0), Some(refused(&refusal_of_values(&[])))),
            (("classes", &[] as &[&str]), accepted(1), Some(refused(&missing(class)))),
        ];
        let (first, why) = outcome(&of_values, 4, Budget::default());
        let (second, same) = outcome(&of_classes, 4, Budget::default());
        assert_eq!(first, "other; 1 made");
        assert_eq!(second, "2 jobs, 3 accepted, missing [], classes unknown; 2 made");
        assert_eq!(why, same);
        reasons.push((class, why));
    }
    insta::assert_snapshot!(wording(reasons));
}

#[test]
fn no_more_jobs_are_made_than_the_suite_and_its_budget_allow() {
    let one = &[(VALUES, accepted(0), Some(refused(&refusal_of_values(&[]))))];
    let one_of_two = "1 jobs, 3 accepted, missing [], classes unknown; 1 made";
    let max_jobs = |most| Budget { max_jobs: Some(most), max_cost: None };
    // The first job cost at most 0.03 USD.
    let max_cost = Budget { max_jobs: None, max_cost: Some(0.03) };
    let mut reasons = Vec::new();
    for (case, (result, why), expected) in [
        ("the suite's `dry-run`", outcome(one, 1, Budget::default()), one_of_two),
        ("`max-jobs` of 1", outcome(one, 4, max_jobs(1)), one_of_two),
        ("`max-jobs` of 0", outcome(&[], 4, max_jobs(0)), "unavailable; 0 made"),
        ("`max-cost`", outcome(one, 4, max_cost), one_of_two),
    ] {
        assert_eq!(result, expected, "{case}");
        reasons.push((case, why));
    }
    insta::assert_snapshot!(wording(reasons));
}

#[test]
fn a_job_id_that_is_returned_twice_is_not_another_job() {
    let again = [
        (VALUES, accepted(0), Some(refused(&refusal_of_values(&[])))),
        (("classes", &[] as &[&str]), accepted(0), None),
    ];
    let (answer, _) = replayed(&recorded(&again), 4, Budget::default());
    let classes = answer.unwrap().classes.unwrap_err();
    assert!(classes.contains("`job-0`"), "{classes}");
}

#[test]
fn what_is_no_refusal_tells_nothing() {
    let completed = json!({"status": "COMPLETED", "workerId": "w1", "output": {"images": []}});
    let old = "Unexpected error queuing workflow: 'list' object has no attribute 'items'";
    let older = "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt";
    let unreachable = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";
    let long = failed(&[("2", &"x".repeat(70_000))]);
    let status = |error: &str| (accepted(0), Some(refused(error)));
    let mut reasons = Vec::new();
    for (case, (submission, status), expected) in [
        // Never submitted again.
        ("a submission whose answer is lost", (json!("timeout"), None), "unavailable; 1 made"),
        ("a key that is refused", (json!({"status": 403}), None), "access-denied; 0 made"),
        ("a job that completes", (accepted(0), Some(completed)), "other; 1 made"),
        ("a refusal of an old worker", status(old), "unavailable; 1 made"),
        ("a refusal of an older worker", status(older), "unavailable; 1 made"),
        ("a job that fails for another reason", status(unreachable), "unavailable; 1 made"),
        ("a refusal that was cut", status(&long), "unavailable; 1 made"),
    ] {
        let (result, why) = outcome(&[(VALUES, submission, status)], 4, Budget::default());
        assert_eq!(result, expected, "{case}");
        reasons.push((case, why));
    }
    insta::assert_snapshot!(wording(reasons));
}
