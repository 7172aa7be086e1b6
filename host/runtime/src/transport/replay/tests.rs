//! Cassettes that tests write down, and what they answer.

use super::super::exchange::{Phase, Target};
use super::super::testing::replay;
use super::*;
use crate::testing::wording;
use serde_json::{Value, json};

fn health(phase: &str, sent: u64, answered: u64, text: &str) -> Value {
    read("health", phase, (sent, answered), text)
}

fn read(path: &str, phase: &str, (sent, answered): (u64, u64), text: &str) -> Value {
    json!({"api": "jobs", "phase": phase, "request": {"method": "GET", "path": format!("/v2/{{endpoint}}/{path}")},
           "sent-ms": sent, "answered-ms": answered, "response": {"status": 200, "body": {"text": text}}})
}

fn post(path: &str, body: &Value, answer: &Value) -> Value {
    json!({"api": "jobs", "phase": "sampling", "request": {"method": "POST", "path": path, "body": {"json": body}},
           "sent-ms": 0, "answered-ms": 100, "response": {"status": 200, "body": {"json": answer}}})
}

fn get(path: &str) -> Request {
    Request::get(Target::Jobs(path.to_owned()))
}

/// Checks the recorded answer to a request, or `miss`.
#[track_caller]
fn check(replay: &Replay, round: impl Into<Round>, now_ms: u64, request: &Request, expected: &str) {
    let text = match replay.answer(round, Duration::from_millis(now_ms), request) {
        Ok(ReplayedAnswer { outcome: Ok(response), took }) => {
            format!("{} after {} ms", String::from_utf8_lossy(&response.body), took.as_millis())
        }
        Ok(ReplayedAnswer { outcome: Err(failure), took }) => {
            format!("{} after {} ms", failure.word(), took.as_millis())
        }
        Err(_) => "miss".to_owned(),
    };
    assert_eq!(text, expected);
}

#[track_caller]
fn miss(replay: &Replay, round: impl Into<Round>, request: &Request) -> String {
    replay.answer(round, Duration::ZERO, request).unwrap_err().why
}

#[test]
fn a_get_is_answered_by_the_newest_exchange_and_the_last_one_stays() {
    let replay = replay(&json!([
        health("sampling", 5_000, 5_200, "c"),
        health("deployment", 200, 300, "a"),
        health("sampling", 0, 50, "b"),
    ]));
    for (phase, now, expected) in [
        (Phase::Deployment, 0, "a after 100 ms"),
        (Phase::Deployment, 9_000, "a after 100 ms"),
        (Phase::Sampling, 0, "b after 50 ms"),
        (Phase::Sampling, 4_499, "b after 50 ms"),
        // About to be sent: it comes at its recorded instant.
        (Phase::Sampling, 4_999, "c after 201 ms"),
        (Phase::Sampling, 5_000, "c after 200 ms"),
        (Phase::Run, 0, "c after 200 ms"),
    ] {
        check(&replay, phase, now, &get("/health"), expected);
    }
}

#[test]
fn a_further_attempt_is_answered_by_what_was_recorded_of_it() {
    let mut second = health("deployment", 10, 20, "second");
    second["attempt"] = json!(2);
    let replay = replay(&json!([health("deployment", 0, 100, "first"), second]));
    let attempt = |attempt| Round { phase: Phase::Deployment, attempt };
    for (round, expected) in [
        (attempt(1), "first after 100 ms"),
        (attempt(2), "second after 10 ms"),
        (attempt(3), "miss"),
        (Phase::Sampling.into(), "second after 10 ms"),
    ] {
        check(&replay, round, 50, &get("/health"), expected);
    }
    insta::assert_snapshot!(miss(&replay, attempt(3), &get("/health")));
}

#[test]
fn the_status_of_a_job_counts_from_the_answer_to_its_run() {
    let status = |sent: u64, text: &str| {
        json!({"api": "jobs", "phase": "sampling", "request": {"method": "GET", "path": "/v2/{endpoint}/status/j1"},
               "sent-ms": sent, "answered-ms": sent + 10, "response": {"status": 200, "body": {"text": text}}})
    };
    let replay = replay(&json!([
        post("/v2/{endpoint}/run", &json!({"input": 1}), &json!({"id": "j1"})),
        status(0, "queued"),
        status(2_000, "running"),
    ]));
    let run = Request::post(Target::Jobs("/run".to_owned()), Some(json!({"input": 1})));
    check(&replay, Phase::Sampling, 7_000, &run, r#"{"id":"j1"} after 100 ms"#);
    check(&replay, Phase::Sampling, 9_049, &get("/status/j1"), "queued after 10 ms");
    check(&replay, Phase::Sampling, 9_050, &get("/status/j1"), "running after 60 ms");
    check(&replay, Phase::Sampling, 9_100, &get("/status/j1"), "running after 10 ms");
}

#[test]
fn the_management_api_is_known_by_path_and_query() {
    let gpus = json!({"method": "GET", "path": "/v2/catalog/gpus", "query": "product=SERVERLESS&include=AVAILABILITY"});
    let replay = replay(&json!([
        {"api": "management", "phase": "deployment", "request": gpus, "sent-ms": 0, "answered-ms": 10,
         "response": {"status": 200, "body": {"text": "gpus"}}},
    ]));
    let ask = |path: &str| Request::get(Target::Management(path.to_owned()));
    let same = ask("/catalog/gpus?include=AVAILABILITY&product=SERVERLESS");
    check(&replay, Phase::Deployment, 0, &same, "gpus after 10 ms");
    check(&replay, Phase::Deployment, 0, &ask("/catalog/gpus"), "miss");
}

#[test]
fn equal_posts_are_consumed_in_order_and_one_too_many_is_a_miss() {
    let body = json!({"b": 1, "a": [2]});
    let replay = replay(&json!([
        post("/v2/{endpoint}/run", &body, &json!("first")),
        post("/v2/{endpoint}/run", &body, &json!("second")),
    ]));
    let run = Request::post(Target::Jobs("/run".to_owned()), Some(json!({"a": [2], "b": 1})));
    for expected in ["\"first\" after 100 ms", "\"second\" after 100 ms"] {
        check(&replay, Phase::Sampling, 0, &run, expected);
    }
    insta::assert_snapshot!(miss(&replay, Phase::Sampling, &run));
}

#[test]
fn a_miss_names_the_closest_recorded_request_and_what_differs() {
    let replay = replay(&json!([
        post(
            "/v2/{endpoint}/run",
            &json!({"input": {"workflow": {"3": {"inputs": {"seed": 41, "cfg": 1}}}}}),
            &json!(0)
        ),
        post("/v2/{endpoint}/cancel/job-1", &json!(null), &json!(0)),
        health("deployment", 0, 1, ""),
        {"api": "management", "phase": "deployment", "sent-ms": 0, "answered-ms": 10,
         "request": {"method": "GET", "path": "/v2/catalog/gpus", "query": "product=SERVERLESS"},
         "response": {"status": 200, "body": {"text": "gpus"}}},
    ]));
    let run = |seed: u64| {
        let body = json!({"input": {"workflow": {"3": {"inputs": {"seed": seed, "cfg": 1}}}}});
        Request::post(Target::Jobs("/run".to_owned()), Some(body))
    };
    let requests = [
        ("another body", run(42)),
        ("another method", Request::post(Target::Jobs("/health".to_owned()), None)),
        ("another path", Request::post(Target::Jobs("/cancel/job-2".to_owned()), None)),
        ("another query", Request::get(Target::Management("/catalog/gpus?product=POD".to_owned()))),
        ("another API", Request::get(Target::ComfyUi("/object_info".to_owned()))),
    ];
    let misses = requests.map(|(case, request)| (case, miss(&replay, Phase::Deployment, &request)));
    insta::assert_snapshot!(wording(misses));
}

/// A submission of a workflow, with its answer.
fn run(workflow: &Value, job: &str) -> Value {
    post("/v2/{endpoint}/run", &json!({"input": {"workflow": workflow}}), &json!({"id": job}))
}

fn submission(body: Value) -> Request {
    Request::post(Target::Jobs("/run".to_owned()), Some(body))
}

#[test]
fn a_response_comes_at_its_recorded_instant_although_the_request_is_sent_a_little_earlier_or_later() {
    let polls = json!([
        read("status/j", "sampling", (0, 50), "a"),
        read("status/j", "sampling", (2_000, 2_300), "b"),
        read("status/j", "sampling", (4_000, 4_100), "c")
    ]);
    for (now, expected) in [
        (1_949, "a after 50 ms"),
        (1_950, "b after 350 ms"),
        (2_000, "b after 300 ms"),
        (2_050, "b after 250 ms"),
        (2_051, "b after 300 ms"),
        (9_000, "c after 100 ms"),
    ] {
        check(&replay(&polls), Phase::Sampling, now, &get("/status/j"), expected);
    }
    // A quarter of the recorded time.
    check(&replay(&polls), Phase::Sampling, 4_025, &get("/status/j"), "c after 75 ms");
    check(&replay(&polls), Phase::Sampling, 4_026, &get("/status/j"), "c after 100 ms");
    let replay = replay(&polls);
    check(&replay, Phase::Sampling, 1_999, &get("/status/j"), "b after 301 ms");
    check(&replay, Phase::Sampling, 2_300, &get("/status/j"), "b after 300 ms");
    // Another round has its own time.
    check(&replay, Phase::Run, 4_000, &get("/status/j"), "c after 100 ms");
}

/// One task reads it after the other. A busy machine lets the one that observes it wake up late.
#[test]
fn a_reading_of_health_may_have_been_late_by_half_a_second() {
    let polls = json!([health("sampling", 0, 50, "a"), health("sampling", 2_900, 3_000, "b")]);
    for (now, expected) in
        [(2_399, "a after 50 ms"), (2_400, "b after 600 ms"), (2_850, "b after 150 ms"), (2_926, "b after 100 ms")]
    {
        check(&replay(&polls), Phase::Sampling, now, &get("/health"), expected);
    }
}

#[test]
fn a_submission_is_known_by_its_workflow_whatever_is_sent_beside_it() {
    let workflow =
        |seed: u64, prompt: &str| json!({"3": {"inputs": {"seed": seed, "text": prompt}, "class_type": "A"}});
    let replay =
        replay(&json!([run(&workflow(1, "a"), "j0"), run(&workflow(2, "a"), "j1"), run(&workflow(3, "a"), "j2")]));
    let mut titled = workflow(2, "a");
    titled["3"]["_meta"] = json!({"title": "sampler"});
    let policy = json!({"executionTimeout": 1000});
    for (body, expected) in [
        // The very same workflow first, wherever it stands.
        (json!({"input": {"workflow": titled, "images": []}, "policy": policy}), "j1"),
        (json!({"input": {"workflow": workflow(1, "a")}, "policy": policy}), "j0"),
    ] {
        check(&replay, Phase::Sampling, 0, &submission(body), &format!(r#"{{"id":"{expected}"}} after 100 ms"#));
    }
    let other = |body: Value| replay.answer(Phase::Sampling, Duration::ZERO, &submission(body)).is_err();
    assert!(other(json!({"input": {"workflow": workflow(3, "b")}})), "another prompt");
    assert!(other(json!({"input": {"workflow": {}}})), "another workflow");
    assert!(other(json!({"input": {"other": 1}})), "no workflow");
    let deployment = replay.answer(
        Phase::Deployment,
        Duration::ZERO,
        &submission(json!({"input": {"workflow": workflow(3, "a")}, "policy": 1})),
    );
    assert!(deployment.is_err(), "another phase");
}

#[test]
fn a_submission_by_template_is_known_by_its_workflow() {
    let graph = |seed: u64| json!({"3": {"inputs": {"seed": seed}, "class_type": "A"}});
    let file = json!({"name": "a.png", "image": {"sha256": "00", "bytes": 8}});
    let body = |seed: u64, files: Value| json!({"input": [{"files": files}, {"deep": {"graph": graph(seed)}}]});
    let recorded =
        [1, 2].map(|seed| post("/v2/{endpoint}/run", &body(seed, json!([file])), &json!({"id": seed.to_string()})));
    let replay = replay(&json!(recorded));
    // A replay reads no files.
    for seed in [2, 1] {
        let expected = format!(r#"{{"id":"{seed}"}} after 100 ms"#);
        check(&replay, Phase::Sampling, 0, &submission(body(seed, json!([]))), &expected);
    }
    check(&replay, Phase::Sampling, 0, &submission(body(3, json!([]))), "miss");
}

/// What varies in each of the workflows.
fn varied(seed: u64, prompt: &str, model: &str) -> Value {
    json!({
        "1": {"inputs": {"ckpt_name": model}, "class_type": "CheckpointLoaderSimple"},
        "2": {"inputs": {"text": prompt, "clip": ["1", 1]}, "class_type": "CLIPTextEncode"},
        "3": {"inputs": {"seed": seed, "steps": 20, "positive": ["2", 0]}, "class_type": "KSampler"},
    })
}

#[test]
fn a_submission_is_known_although_the_runs_vary_inputs_in_another_way() {
    let input = |node: &str, input: &str| NodeInput { node: node.to_owned(), input: input.to_owned() };
    let seed = || vec![input("3", "seed")];
    let both = || vec![input("3", "seed"), input("2", "text")];
    let jobs = ["j0", "j1", "j2"];
    // The recorded seeds start at 1. Each row: what was recorded, the inputs that this run varies, what it sends, its jobs.
    for (case, recorded, inputs, sent, expected) in [
        (
            "other seeds",
            [varied(901, "a", "m"), varied(77, "a", "m"), varied(5000, "a", "m")],
            seed(),
            [varied(1, "a", "m"), varied(2, "a", "m"), varied(3, "a", "m")],
            jobs,
        ),
        (
            "other seeds, of which no seed of this run is left",
            [varied(901, "a", "m"), varied(77, "a", "m"), varied(5000, "a", "m")],
            vec![],
            [varied(8, "a", "m"), varied(9, "a", "m"), varied(10, "a", "m")],
            jobs,
        ),
        (
            "other prompts",
            [varied(1, "x", "m"), varied(2, "y", "m"), varied(3, "x", "m")],
            both(),
            [varied(1, "a", "m"), varied(2, "b", "m"), varied(3, "c", "m")],
            jobs,
        ),
        (
            "one prompt and one seed, now three of each",
            [varied(41, "x", "m"), varied(41, "x", "m"), varied(41, "x", "m")],
            both(),
            [varied(1, "a", "m"), varied(2, "b", "m"), varied(3, "c", "m")],
            jobs,
        ),
        (
            "three prompts, now one",
            [varied(1, "a", "m"), varied(2, "b", "m"), varied(3, "c", "m")],
            vec![],
            [varied(7, "a", "m"), varied(7, "a", "m"), varied(7, "a", "m")],
            jobs,
        ),
        (
            "the same values in another order",
            [varied(1, "a", "m"), varied(2, "b", "m"), varied(3, "c", "m")],
            both(),
            [varied(3, "c", "m"), varied(1, "a", "m"), varied(2, "b", "m")],
            ["j2", "j0", "j1"],
        ),
        (
            "a model that is not varied",
            [varied(1, "a", "m"), varied(2, "b", "m"), varied(3, "c", "m")],
            both(),
            [varied(1, "a", "n"), varied(2, "b", "n"), varied(3, "c", "n")],
            ["miss"; 3],
        ),
        (
            "a prompt that neither run varies",
            [varied(1, "a", "m"), varied(2, "a", "m"), varied(3, "a", "m")],
            seed(),
            [varied(1, "b", "m"), varied(2, "b", "m"), varied(3, "b", "m")],
            ["miss"; 3],
        ),
    ] {
        let recorded: Vec<_> = recorded.iter().zip(jobs).map(|(workflow, job)| run(workflow, job)).collect();
        let replay = replay(&json!(recorded)).varying(inputs);
        let answered = sent.map(|workflow| {
            let body = json!({"input": {"workflow": workflow}, "policy": {"executionTimeout": 1000}});
            let answer = replay.answer(Phase::Sampling, Duration::ZERO, &submission(body));
            answer.map_or("miss".to_owned(), |answer| {
                let body: Value = serde_json::from_slice(&answer.outcome.unwrap().body).unwrap();
                body["id"].as_str().unwrap().to_owned()
            })
        });
        assert_eq!(answered, expected, "{case}");
    }
}

#[test]
fn a_submission_is_known_although_the_runs_vary_different_inputs() {
    // The recorded run varied `seed`; this one varies the number that is linked to it instead.
    let workflow = |seed: u64, value: u64| json!({"1": {"inputs": {"value": value}}, "3": {"inputs": {"seed": seed, "steps": 20}}});
    let recorded = json!([run(&workflow(1, 77), "j0"), run(&workflow(2, 77), "j1")]);
    let replay = replay(&recorded);
    for (sample, job) in [(0, "j0"), (1, "j1")] {
        let body = json!({"input": {"workflow": workflow(55, 1 + sample)}});
        check(&replay, Phase::Sampling, 0, &submission(body), &format!(r#"{{"id":"{job}"}} after 100 ms"#));
    }
}

#[test]
fn a_submission_that_is_repeated_more_often_than_recorded_does_not_get_the_job_of_another_sample() {
    let mut refused = run(&varied(1, "a", "m"), "");
    refused["response"] = json!({"status": 429});
    let replay = replay(&json!([refused, run(&varied(1, "a", "m"), "j0"), run(&varied(2, "a", "m"), "j1")]));
    let sent = submission(json!({"input": {"workflow": varied(1, "a", "m")}}));
    for expected in [" after 100 ms", r#"{"id":"j0"} after 100 ms"#, "miss"] {
        check(&replay, Phase::Sampling, 0, &sent, expected);
    }
}

#[test]
fn the_jobs_of_a_dry_run_are_known_by_what_they_ask() {
    let asked = |model: &str| json!({"input": {"workflow": varied(1, "a", model)}});
    let recorded = |model: &str| {
        let mut job = post("/v2/{endpoint}/run", &asked(model), &json!({"id": model}));
        job["phase"] = json!("deployment");
        job
    };
    let input = NodeInput { node: "1".to_owned(), input: "ckpt_name".to_owned() };
    let replay = replay(&json!([recorded("m"), recorded("n")])).varying(vec![input]);
    check(&replay, Phase::Deployment, 0, &submission(asked("o")), "miss");
    check(&replay, Phase::Deployment, 0, &submission(asked("n")), r#"{"id":"n"} after 100 ms"#);
}

#[test]
fn nothing_is_known_after_the_end_of_an_incomplete_recording() {
    use super::super::cassette_v1::{CUT_OFF, INTERRUPTED};
    let status = json!({"api": "jobs", "phase": "sampling", "request": {"method": "GET", "path": "/v2/{endpoint}/status/j1"},
                        "sent-ms": 2_000, "answered-ms": 2_010, "response": {"status": 200, "body": {"text": "queued"}}});
    let exchanges =
        json!([health("deployment", 0, 10, "a"), run(&json!({}), "j1"), status, health("sampling", 1_000, 1_100, "b")]);
    // In the words of 0.1.0.
    let before = Some("cut off: the recorded run did not come to its end");
    let incomplete = [Some(CUT_OFF), before, Some(INTERRUPTED)];
    for note in incomplete.into_iter().chain([Some("any other note"), None]) {
        let replay = super::super::testing::replay_with(&json!({"note": note, "exchanges": exchanges}));
        let is_complete = !incomplete.contains(&note);
        let after = |text: &'static str| if is_complete { text } else { "miss" };
        check(&replay, Phase::Deployment, 60_000, &get("/health"), "a after 10 ms");
        check(
            &replay,
            Phase::Sampling,
            0,
            &submission(json!({"input": {"workflow": {}}})),
            r#"{"id":"j1"} after 100 ms"#,
        );
        // The last response came 2.01 s after that of the submission.
        check(&replay, Phase::Sampling, 2_110, &get("/status/j1"), "queued after 10 ms");
        check(&replay, Phase::Sampling, 2_111, &get("/status/j1"), after("queued after 10 ms"));
        check(&replay, Phase::Run, 0, &get("/health"), after("b after 100 ms"));
        if note == Some(CUT_OFF) {
            insta::assert_snapshot!(miss(&replay, Phase::Run, &get("/health")));
        }
    }
}
