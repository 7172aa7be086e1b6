//! The job API: every route, every status, every field.

use crate::scene::{Scene, check, plain, says, with_key, workflow};
use comfycheck_simulator::{Api, Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_job_waits_for_a_worker_then_runs_then_is_completed() {
    // After four seconds a worker is added for it, which starts in twenty.
    check(
        plain(""),
        &[
            (0.0, "POST /run A", "200 status=IN_QUEUE -delayTime -workerId"),
            (1.0, "GET /status/A", "200 status=IN_QUEUE -delayTime -workerId -executionTime"),
            (23.9, "GET /status/A", "200 status=IN_QUEUE"),
            (24.0, "GET /status/A", "200 status=IN_PROGRESS delayTime=24000 -executionTime -output"),
            (38.9, "GET /status/A", "200 status=IN_PROGRESS"),
            (39.0, "GET /status/A", "200 status=COMPLETED delayTime=24000 executionTime=15000 -retries -error"),
            (39.0, "GET /status/A", "200 output.images.0.filename=lamp_00001_.png output.images.0.type=base64"),
        ],
    );
}

#[test]
fn the_second_job_of_a_worker_is_warm() {
    check(
        plain("endpoint = { workers-max = 1 }"),
        &[
            (0.0, "POST /run A", "200"),
            (1.0, "POST /run B", "200"),
            (38.0, "GET /status/B", "200 status=IN_QUEUE"),
            (39.0, "GET /status/B", "200 status=IN_PROGRESS delayTime=38000"),
            (45.0, "GET /status/B", "200 status=COMPLETED executionTime=6000 output.images.0.filename=lamp_00002_.png"),
        ],
    );
}

#[test]
fn a_result_is_kept_for_thirty_minutes_and_that_of_runsync_for_one() {
    check(
        plain("workers = { ready = 1 }"),
        &[
            (0.0, "POST /run A", "200"),
            (6.0 + 1799.9, "GET /status/A", "200 status=COMPLETED"),
            (6.0 + 1800.0, "GET /status/A", "404 error=job_not_found"),
        ],
    );
    check(
        plain("workers = { ready = 1 }"),
        &[
            (0.0, "POST /runsync A", "200 status=COMPLETED executionTime=6000"),
            (65.9, "GET /status/A", "200 status=COMPLETED"),
            (66.0, "GET /status/A", "404"),
        ],
    );
}

#[test]
fn runsync_waits_for_as_long_as_it_is_asked_to() {
    let scenario = plain("workers = { ready = 1 }");
    let mut scene = Scene::new(scenario);
    says(&scene.ask(0.0, "POST /runsync?wait=2000 A"), "200 status=IN_PROGRESS", "too short a wait");
    assert_eq!(scene.simulator.now(), Duration::from_secs(2));
    says(&scene.ask(2.0, "GET /status-sync/A?wait=60000"), "200 status=COMPLETED", "long enough");
    assert_eq!(scene.simulator.now(), Duration::from_secs(6));
    says(&scene.ask(7.0, "GET /status-sync/A"), "200 status=COMPLETED", "it has ended");
}

#[test]
fn runsync_waits_up_to_ninety_seconds_by_default() {
    for (execution_s, status, answered_s) in [(89, "COMPLETED", 89), (91, "IN_PROGRESS", 90)] {
        let mut scene =
            Scene::new(plain(&format!("workers = {{ ready = 1 }}\nhandler = {{ execution-s = {execution_s} }}")));
        says(&scene.ask(0.0, "POST /runsync A"), &format!("200 status={status}"), &execution_s.to_string());
        assert_eq!(scene.simulator.now(), Duration::from_secs(answered_s), "{execution_s}");
    }
}

#[test]
fn a_job_that_waits_or_runs_can_be_cancelled() {
    check(
        plain("workers = { ready = 1 }\nendpoint = { workers-max = 1 }"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "POST /run B", "200"),
            (0.0, "POST /run C", "200"),
            (1.0, "POST /cancel/B", "200 status=CANCELLED"),
            (1.0, "GET /status/B", "200 status=CANCELLED -executionTime -workerId"),
            (2.0, "POST /cancel/A", "200 status=CANCELLED"),
            (2.0, "GET /status/A", "200 status=CANCELLED executionTime=2000 -output"),
            (2.0, "GET /status/C", "200 status=IN_PROGRESS delayTime=2000"),
            (9.0, "POST /cancel/C", "200 status=COMPLETED"),
            (9.0, "POST /cancel/nothing", "404"),
            (9.0, "GET /health", "200 jobs.inQueue=0 jobs.inProgress=0 jobs.completed=1"),
        ],
    );
}

#[test]
fn purging_takes_away_what_waits() {
    check(
        plain("workers = { ready = 1 }\nendpoint = { workers-max = 1 }"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "POST /run B", "200"),
            (0.0, "POST /run C", "200"),
            (1.0, "GET /health", "200 jobs.inQueue=2 jobs.inProgress=1 workers.running=1 workers.idle=0"),
            (1.0, "POST /purge-queue", "200 removed=2 status=completed"),
            (1.0, "POST /purge-queue", "200 removed=0"),
            (1.0, "POST /purge-queue", "429"),
            (1.0, "GET /status/A", "200 status=IN_PROGRESS"),
            (1.0, "GET /status/C", "200 status=CANCELLED"),
            (11.0, "POST /purge-queue", "200"),
        ],
    );
}

#[test]
fn the_execution_timeout_fails_a_job_and_stops_its_worker() {
    check(
        plain("workers = { ready = 1 }\nendpoint = { execution-timeout-s = 30 }\njobs = [{ does = \"hangs\" }]"),
        &[
            (0.0, "POST /run A", "200"),
            (29.9, "GET /status/A", "200 status=IN_PROGRESS"),
            (30.0, "GET /status/A", "200 status=FAILED error=executionTimeout_exceeded executionTime=30000 -output"),
            (30.0, "GET /health", "200 jobs.failed=1 workers.running=0 workers.idle=0"),
        ],
    );
}

#[test]
fn a_job_that_lived_too_long_is_gone_or_timed_out() {
    let none = "workers = { fate = \"no-machine\" }\nqueue = { ttl-s = 60";
    check(
        plain(&format!("{none} }}")),
        &[
            (0.0, "POST /run A", "200"),
            (59.9, "GET /status/A", "200 status=IN_QUEUE"),
            (60.0, "GET /status/A", "404"),
            (60.0, "GET /health", "200 jobs.inQueue=0"),
        ],
    );
    check(
        plain(&format!("{none}, ttl-end = \"timed-out\" }}")),
        &[(0.0, "POST /run A", "200"), (60.0, "GET /status/A", "200 status=TIMED_OUT -output -error")],
    );
}

#[test]
fn a_job_whose_worker_dies_is_given_to_another_one_and_then_fails() {
    check(
        plain("workers = { ready = 1 }\njobs = [{ does = \"kills-worker\" }]"),
        &[
            (0.0, "POST /run A", "200"),
            (6.0, "GET /status/A", "200 status=IN_QUEUE retries=1"),
            (6.0, "GET /health", "200 jobs.retried=1 jobs.inQueue=1 workers.running=0"),
            (31.0, "GET /status/A", "200 status=IN_PROGRESS retries=1 delayTime=24000"),
            (
                36.0,
                "GET /status/A",
                "200 status=FAILED retries=1 error=job_timed_out_after_1_retries executionTime=6000",
            ),
        ],
    );
}

#[test]
fn a_failed_job_can_be_retried_and_no_other() {
    check(
        plain("workers = { ready = 1 }\njobs = [{ does = \"raises\" }]"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "POST /retry/A", "400"),
            (1.0, "GET /status/A", "200 status=FAILED"),
            (1.0, "POST /retry/A", "200 status=IN_QUEUE"),
            (1.02, "GET /status/A", "200 status=IN_PROGRESS -error -retries"),
            (2.0, "GET /status/A", "200 status=FAILED delayTime=0"),
            (2.0, "POST /retry/nothing", "404"),
        ],
    );
}

#[test]
fn progress_after_the_end_leaves_a_job_in_progress() {
    check(
        plain("workers = { ready = 1 }\njobs = [{ does = \"stays-in-progress\" }]"),
        &[
            (0.0, "POST /run A", "200"),
            (5.9, "GET /status/A", "200 status=IN_PROGRESS -executionTime -output"),
            (6.0, "GET /status/A", "200 status=IN_PROGRESS executionTime=6000 output=step_7_of_8"),
            (900.0, "GET /status/A", "200 status=IN_PROGRESS executionTime=6000"),
            (900.0, "GET /health", "200 jobs.inProgress=1 workers.running=0"),
            (900.0, "POST /cancel/A", "200 status=CANCELLED"),
            (900.0, "GET /health", "200 jobs.inProgress=0"),
        ],
    );
}

/// Submits a body, and compares what is answered.
#[track_caller]
fn check_submission(scenario: &str, path: &str, body: String, expected: &str) {
    let mut scene = Scene::new(plain(scenario));
    let request = Request { body: body.into(), ..Request::new(Api::Jobs, Method::Post, path) };
    says(&scene.send(Duration::ZERO, &request), expected, path);
}

#[test]
fn a_submission_that_is_too_large_or_makes_no_sense_is_refused() {
    let sized = |bytes: usize| json!({"input": {"x": "y".repeat(bytes)}}).to_string();
    let too_large = "400 error=bad_request:_body:_exceeded_max_body_size_of_10MiB";
    check_submission("", "/run", sized(10 << 20), too_large);
    check_submission("", "/run", sized((10 << 20) - 20), "200");
    check_submission("workers = { ready = 1 }", "/runsync", sized(10 << 20), "200");
    check_submission("", "/runsync", sized(20 << 20), "400 error=bad_request:_body:_exceeded_max_body_size_of_20MiB");
    check_submission("", "/run", "{".to_owned(), "400 error=bad_request:_body:_invalid_JSON");
    check_submission("", "/run", "{\"inputs\": {}}".to_owned(), "400 error=bad_request:_body:_input_is_required");
}

#[test]
fn the_policy_of_a_submission_goes_before_the_endpoints() {
    let mut scene = Scene::new(plain("workers = { ready = 1 }\njobs = [{ does = \"hangs\" }]"));
    let policy = json!({"input": {"workflow": workflow(1)}, "policy": {"executionTimeout": 7000}}).to_string();
    let request = Request { body: policy.into(), ..Request::new(Api::Jobs, Method::Post, "/runsync") };
    says(&scene.send(Duration::ZERO, &request), "200 status=FAILED executionTime=7000", "7 s");

    let mut scene = Scene::new(plain("workers = { fate = \"no-machine\" }"));
    let policy = json!({"input": {"workflow": workflow(1)}, "policy": {"ttl": 20_000}}).to_string();
    let request = Request { body: policy.into(), ..Request::new(Api::Jobs, Method::Post, "/runsync") };
    says(&scene.send(Duration::ZERO, &request), "404", "20 s");
    assert_eq!(scene.simulator.now(), Duration::from_secs(20));
}

#[test]
fn a_job_of_low_priority_adds_no_worker() {
    let mut scene = Scene::new(plain(""));
    let policy = json!({"input": {"workflow": workflow(1)}, "policy": {"lowPriority": true}}).to_string();
    let request = Request { body: policy.into(), ..Request::new(Api::Jobs, Method::Post, "/run") };
    scene.send(Duration::ZERO, &request);
    says(&scene.ask(600.0, "GET /health"), "200 jobs.inQueue=1 workers.initializing=0", "alone");
    scene.ask(600.0, "POST /run B");
    says(&scene.ask(605.0, "GET /health"), "200 jobs.inQueue=2 workers.initializing=1", "with another");
}

#[test]
fn an_input_that_is_empty_is_dropped_and_the_job_fails() {
    let mut scene = Scene::new(plain("workers = { ready = 1 }"));
    let request = Request { body: r#"{"input":{}}"#.into(), ..Request::new(Api::Jobs, Method::Post, "/runsync") };
    let expected = "200 status=FAILED retries=1 error=job_timed_out_after_1_retries -output";
    says(&scene.send(Duration::ZERO, &request), expected, "empty");
}

#[test]
fn an_unknown_route_is_not_found() {
    for request in ["GET /run", "POST /health", "GET /", "GET /status/a/b", "GET /nothing", "PUT /run"] {
        check(plain(""), &[(0.0, request, "404")]);
    }
}

#[test]
fn a_stream_of_a_handler_that_streams_nothing_is_empty() {
    check(
        plain("workers = { ready = 1 }"),
        &[
            (0.0, "POST /run A", "200"),
            (1.0, "GET /stream/A", "200 status=IN_PROGRESS stream=[]"),
            (6.0, "GET /stream/A", "200 status=COMPLETED stream=[]"),
            (6.0, "GET /stream/nothing", "404"),
        ],
    );
}

#[test]
fn a_running_job_repeats_its_input_where_the_scenario_wants_it() {
    check(
        plain("workers = { ready = 1 }\nqueue = { echo-input = true }"),
        &[
            (0.0, "POST /run A", "200 -input"),
            (1.0, "GET /status/A", "200 status=IN_PROGRESS input.workflow.6.class_type=SaveImage"),
            (6.0, "GET /status/A", "200 status=COMPLETED -input"),
        ],
    );
}

#[track_caller]
fn check_access(scenario: &str, key: Option<&str>, health: u16, run: u16) {
    let mut scene = Scene::new(plain(scenario));
    let asked = [(Method::Get, "/health", health), (Method::Post, "/run", run)];
    for (method, path, expected) in asked {
        let body = json!({"input": {"workflow": workflow(1)}}).to_string().into();
        let request = with_key(Request { body, ..Request::new(Api::Jobs, method, path) }, key);
        says(&scene.send(Duration::ZERO, &request), &expected.to_string(), path);
    }
}

#[test]
fn a_key_may_do_what_the_scenario_grants() {
    check_access("", None, 401, 401);
    check_access("", Some("any"), 200, 200);
    check_access("access = { keys = [\"right\"] }", Some("wrong"), 401, 401);
    check_access("access = { keys = [\"right\"] }", Some("right"), 200, 200);
    check_access("access = { jobs = \"read-only\" }", Some("any"), 200, 403);
    check_access("access = { jobs = \"none\" }", Some("any"), 403, 403);
    check_access("access = { jobs = \"unknown\" }", Some("any"), 401, 401);
}

#[test]
fn another_endpoint_is_not_found_where_the_scenario_names_its_own() {
    let mut scene = Scene::new(plain("endpoint = { id = \"right\" }"));
    for (id, expected) in [(Some("right"), "200"), (None, "200"), (Some("wrong"), "404 title=Not_Found")] {
        let request = Request { endpoint: id.map(str::to_owned), ..Request::new(Api::Jobs, Method::Get, "/health") };
        says(&scene.send(Duration::ZERO, &request), expected, "health");
    }
}

#[test]
fn an_endpoint_that_balances_load_has_no_jobs() {
    check(
        plain("endpoint = { type = \"LOAD_BALANCER\" }"),
        &[
            (0.0, "POST /run A", "400 error=not_allowed_for_QB_API"),
            (0.0, "GET /status/x", "400 error=not_allowed_for_QB_API"),
            (0.0, "GET /health", "200 workers.idle=0"),
        ],
    );
}

#[test]
fn more_submissions_than_are_allowed_are_refused_unless_the_scenario_lifts_the_limit() {
    let refused = |scenario: &str| {
        let mut scene = Scene::new(plain(scenario));
        let statuses = (0..1200_u32).map(|number| {
            // Spread, so that they are not too many at once.
            let exchange = scene.ask(f64::from(number) * 0.001, &format!("POST /run J{number}"));
            exchange.outcome.response().unwrap().status
        });
        statuses.filter(|status| *status == 429).count()
    };
    assert_eq!(refused(""), 200);
    assert_eq!(refused("limits = { factor = 2 }"), 0);
    assert_eq!(refused("limits = { factor = 0 }"), 0);
}

#[test]
fn an_answer_takes_its_latency_and_the_time_of_its_bytes() {
    let mut scene = Scene::new(plain("network = { bytes-per-s = 1000 }"));
    let exchange = scene.ask(0.0, "GET /health");
    let bytes = exchange.outcome.response().unwrap().body.len() as u64;
    assert_eq!(exchange.took, Duration::from_millis(100 + bytes));
}

#[test]
fn ids_and_draws_do_not_depend_on_the_order_of_submissions() {
    let status = |order: [&str; 2]| -> Vec<Value> {
        let mut scene = Scene::new(plain("workers = { ready = 2 }\nhandler = { execution-s = { low = 5, high = 9 } }"));
        for name in order {
            scene.ask(0.0, &format!("POST /run {name}"));
        }
        let mut statuses = ["A", "B"].map(|name| {
            let exchange = scene.ask(20.0, &format!("GET /status/{name}"));
            let status = crate::scene::body(exchange.outcome.response().unwrap());
            json!([status["id"], status["executionTime"]])
        });
        statuses.sort_by_key(Value::to_string);
        statuses.to_vec()
    };
    assert_eq!(status(["A", "B"]), status(["B", "A"]));
}
