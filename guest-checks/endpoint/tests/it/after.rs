//! After the samples: what became of the jobs.

use crate::answer::{Row, finding, measured, problems, row, wording};
use crate::facts::{HEALTH, after, answer, failed, not_offered, observations, sample};
use comfycheck_check_endpoint::Settings;
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_sdk::endpoint::ReachFacts;
use comfycheck_sdk::samples::{Ending, Sample, Start};
use comfycheck_sdk::{Answer, Error, Subject};
use insta::assert_snapshot;

fn judge(samples: Vec<Sample>) -> Answer {
    rules::judge_run(&after(samples, observations("0 running 1")), &Settings::default()).expect("an answer")
}

/// A case of one sample.
fn ended(name: &str, sample: Sample, problems: &str) -> Row {
    row(name, judge(vec![sample]), problems)
}

/// A job that ran, and that RunPod no longer knew 6.3 s after its submission.
fn expired(reason: Option<&str>) -> Sample {
    Sample {
        reason: reason.map(str::to_owned),
        status: Some("IN_PROGRESS".into()),
        submitted: Some(1_000),
        first_running: Some(3_000),
        finished: Some(7_300),
        ..sample(0, Ending::Expired)
    }
}

/// A case of one sample that failed with this error.
fn error(error: &str, problems: &str) -> Row {
    ended(error.lines().next().unwrap_or_default(), failed(0, error), problems)
}

#[test]
fn another_handler_is_recognized_by_the_input_that_it_expects() {
    let errors = [
        "Missing 'workflow' parameter",
        "no 'workflow' property found on job data",
        "Unexpected input. workflow is not a valid input option. prompt is a required input.",
        "payload is a required input.\nworkflow should be <class 'str'> type, not <class 'dict'>.",
        "Exception: 이미지를 찾을 수 없습니다",
        r#"{"error_type":"<class 'KeyError'>","error_message":"'prompt'","error_traceback":"Traceback","hostname":"h","worker_id":"w","runpod_version":"1.12.0"}"#,
    ];
    assert_table!(errors.map(|text| error(text, "wrong-handler")));
}

#[test]
fn a_known_error_is_explained() {
    let out_of_service =
        "Error queuing workflow: 500 Server Error: Internal Server Error for url: http://127.0.0.1:8188/prompt";
    let refused = "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt";
    assert_table!([
        error("executionTimeout exceeded", "execution-timeout"),
        error("job timed out after 1 retries", "unreported-job"),
        error("RuntimeError: CUDA error: no kernel image is available for execution", "cuda-mismatch"),
        error("CUDA out of memory", "out-of-memory"),
        error("ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.", "comfyui-down"),
        error("WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect", "comfyui-down"),
        error("WebSocket communication error: closed", "comfyui-down"),
        error(out_of_service, "rejected-workflow"),
        error(refused, "rejected-workflow"),
        error(r#"Prompt has no outputs. Raw response: {"error": {"type": "prompt_no_outputs"}}"#, "rejected-workflow"),
        error("Workflow validation failed", "rejected-workflow"),
        error("Failed to upload one or more input images", "missing-input"),
        error("Error uploading image to S3: denied", "failed-upload"),
        error("not allowed for QB API", "wrong-endpoint-type"),
    ]);
}

#[test]
fn an_unknown_error_is_quoted_in_one_line() {
    assert_table!([
        error("boom\n\tfrom `handler`", "failed-job"),
        ended("no error", failed(0, ""), "failed-job"),
        ended("65,536 characters", failed(0, &"x".repeat(1 << 16)), "failed-job"),
    ]);
}

#[test]
fn the_true_error_is_taken_from_the_details() {
    let sample = Sample {
        output: Some(r#"{"details": ["Workflow execution error: Node Type: KSampler, Node ID: 31, Message: CUDA out of memory"]}"#.into()),
        gpu: Some("NVIDIA L4".into()),
        retries: 1,
        ..failed(0, "Job processing failed")
    };
    assert_table!([ended("on an L4, after a retry", sample, "out-of-memory")]);
}

#[test]
fn a_refusal_or_a_broken_model_is_left_to_the_checks_that_name_it() {
    let node = r#"Node 'Sigmas Rescale' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "…", "details": "Node ID '#8'", "extra_info": {"node_id": "8", "class_type": "Sigmas Rescale", "node_title": "Sigmas Rescale"}}, "node_errors": {}}"#;
    let older = "Cannot execute because node Sigmas Rescale does not exist.. Raw response: {}";
    let model = "Workflow validation failed:\n• Node 3 (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', 'details': \"vae_name: 'gone.safetensors' not in ['pixel_space']\", 'extra_info': {'input_name': 'vae_name', 'input_config': None, 'received_value': 'gone.safetensors'}}]\n• Node 3 (class_type): VAELoader";
    for error in [node, older, model] {
        assert_eq!(problems(&judge(vec![failed(0, error)])), "", "{error}");
    }
    let sampler = model.replace("gone.safetensors", "res_2m").replace("vae_name", "sampler_name");
    assert_eq!(problems(&judge(vec![failed(0, &sampler)])), "");
    let broken = "Node Type: VAELoader, Node ID: 3, Message: Error while deserializing header: HeaderTooLarge";
    assert_eq!(problems(&judge(vec![failed(0, broken)])), "");
}

#[test]
fn samples_with_the_same_error_share_a_finding() {
    let lost = |id: &str| format!("Prompt ID {id} not found in history after execution.");
    let answer = judge(vec![
        failed(0, &lost("0f3d98cf-024b-4e25")),
        failed(1, "boom"),
        sample(2, Ending::Succeeded),
        failed(3, &lost("98cfabcd-1111-2222")),
    ]);
    assert_eq!(problems(&answer), "failed-job failed-job");
    let errors = answer.findings.iter().filter(|finding| finding.rule == "failed-job");
    let subjects: Vec<_> = errors.map(|finding| finding.subjects.as_slice()).collect();
    assert_eq!(subjects[0], [Subject::Sample(0), Subject::Sample(3)]);
    assert_eq!(subjects[1], [Subject::Worker("worker-1".into()), Subject::Sample(1)]);
    assert_snapshot!(wording(&answer));
}

#[test]
fn every_other_ending_has_its_rule() {
    let reason = |sample: Sample, reason: &str| Sample { reason: Some(reason.into()), ..sample };
    let cancelled = || sample(0, Ending::Cancelled);
    let lost = Sample { job: None, ..sample(0, Ending::Unknown) };
    assert_table!([
        ended("succeeded", sample(0, Ending::Succeeded), ""),
        ended("in progress", reason(sample(0, Ending::NotFinished), "600 s"), "stuck-in-progress"),
        ended(
            "in progress with an execution time",
            Sample { execution: Some(8_000), ..sample(0, Ending::NotFinished) },
            "stuck-in-progress"
        ),
        ended(
            "stopped while it ran",
            Sample { first_running: Some(1), status: Some("TIMED_OUT".into()), ..sample(0, Ending::Expired) },
            "execution-timeout"
        ),
        ended(
            "deleted before it was read",
            Sample { first_running: Some(1), status: Some("IN_PROGRESS".into()), ..sample(0, Ending::Expired) },
            "expired-job"
        ),
        ended(
            "removed by its time to live",
            expired(Some("RunPod removed the job after 20 s, its `policy.ttl`")),
            "expired-job"
        ),
        ended("gone soon", expired(Some("RunPod no longer knows the job")), "expired-job"),
        ended("cancelled by another client", cancelled(), "cancelled-job"),
        ended("cancelled by this run", reason(cancelled(), "interrupted"), ""),
        ended("submission lost", reason(lost, "the connection was reset"), "lost-submission"),
    ]);
}

#[test]
fn a_job_that_returns_its_input_hit_an_echo() {
    let echo = |output: &str, problems| {
        let sample = Sample { output: Some(output.into()), image_count: 0, ..sample(0, Ending::Succeeded) };
        ended(output, sample, problems)
    };
    assert_table!([
        echo(r#"{"echo": {"workflow": {"1": {}}}}"#, "wrong-handler"),
        echo(r#"{"workflow": {"1": {}}}"#, "wrong-handler"),
        echo(r#"{"images": []}"#, ""),
        echo("not json", ""),
    ]);
}

#[test]
fn a_refused_submission_is_not_one_that_was_never_made() {
    let refused = |index, error: &str| Sample {
        job: None,
        submitted: None,
        error: Some(error.into()),
        ..sample(index, Ending::NotSubmitted)
    };
    let too_large = "status 400: bad request: body: exceeded max body size of 10MiB";
    let not_sent = |size| format!("its request has {size} bytes, and RunPod takes 10485760 at most");
    let rows = [
        row("too large", judge(vec![refused(0, too_large), refused(1, too_large)]), "job-too-large"),
        row(
            "not sent",
            judge(vec![refused(0, &not_sent(10_485_761)), refused(1, &not_sent(12_000_000))]),
            "job-too-large",
        ),
        ended("load balancer", refused(0, "status 400: /run is not allowed for LB API"), "wrong-endpoint-type"),
        ended("queue", refused(0, "status 400: not allowed for QB API"), "wrong-endpoint-type"),
        ended("no balance", refused(0, "status 402: You do not have enough balance"), "refused-submission"),
        ended("no balance, in no words", refused(0, "status 402"), "refused-submission"),
        ended("too large for a proxy", refused(0, "status 413: <html>Payload</html>"), "job-too-large"),
        ended("blocked", refused(0, "status 403: <title>Attention Required! | Cloudflare</title>"), "not-runpod"),
        ended("web page", refused(0, "status 502: <!DOCTYPE html><p>login</p>"), "not-runpod"),
        ended("no access", refused(0, "status 403: access denied"), "refused-submission"),
        ended("no endpoint", refused(0, "status 404: not found"), "refused-submission"),
        ended("another refusal", refused(0, "status 400: bad request"), "refused-submission"),
    ];
    assert_table!(rows);
}

#[test]
fn the_check_does_not_apply_where_no_job_was_submitted() {
    let gated =
        vec![Sample { reason: Some("`nodes` found an error".into()), job: None, ..sample(0, Ending::NotSubmitted) }];
    let error = rules::judge_run(&after(gated, Vec::new()), &Settings::default()).expect_err("nothing to check");
    assert!(matches!(error, Error::NotApplicable(_)));
    assert_snapshot!(format!("{error:?}"));
}

/// A case of one sample on a worker outside RunPod.
#[track_caller]
fn local(name: &str, sample: Sample, problems: &str) -> Row {
    let facts = RunFacts { reach: not_offered(), ..after(vec![sample], Vec::new()) };
    let answer = rules::judge_run(&facts, &Settings::default()).expect("an answer");
    for word in ["RunPod", "console", "billed", "/health"] {
        assert!(!wording(&answer).contains(word), "{name} mentions {word}");
    }
    row(name, answer, problems)
}

#[test]
fn a_local_worker_is_judged_by_its_jobs_alone_and_nothing_names_runpod() {
    let of = |ending| Sample { job: None, worker: None, delay: None, execution: None, ..sample(0, ending) };
    let error = |ending, error: &str| Sample { error: Some(error.into()), ..of(ending) };
    let job = |sample| Sample { job: Some("test-1".into()), ..sample };
    assert_table!([
        local("succeeded", sample(0, Ending::Succeeded), ""),
        local("wrong handler", failed(0, "no 'workflow' property found on job data"), "wrong-handler"),
        local("broken server", error(Ending::Failed, "status 500: Internal Server Error"), "failed-job"),
        local("failed", job(error(Ending::Failed, "boom")), "failed-job"),
        local("refused", error(Ending::NotSubmitted, "status 404: Not Found"), "refused-submission ?unreachable"),
        local(
            "response lost",
            Sample { reason: Some("the answer was lost".into()), ..of(Ending::Unknown) },
            "lost-submission ?unreachable"
        ),
        local("no output", Sample { output: None, image_count: 0, ..job(of(Ending::Succeeded)) }, "lost-result"),
    ]);
}

fn judged(name: &str, facts: &RunFacts, problems: &str) -> Row {
    row(name, rules::judge_run(facts, &Settings::default()).expect("an answer"), problems)
}

#[test]
fn samples_answer_what_was_open_before_them() {
    let lost = || vec![Sample { job: None, ..sample(0, Ending::Unknown) }];
    let still_open = "lost-submission ?unreachable ?unhealthy-workers";
    assert_table!([
        judged("a success", &after(vec![sample(0, Ending::Succeeded)], Vec::new()), ""),
        judged("no job, no reading", &after(lost(), observations("0 ?")), still_open),
        judged("no job, a reading", &after(lost(), observations("0 running 1")), "lost-submission"),
    ]);
}

#[test]
fn the_first_note_sums_up_the_check() {
    let starts = |starts: &[Start]| {
        let samples = (0..).zip(starts).map(|(index, &start)| Sample { start, ..sample(index, Ending::Succeeded) });
        let facts = after(samples.collect(), observations("0 running 1"));
        rules::judge_run(&facts, &Settings::default()).expect("an answer")
    };
    let cases = [
        ("all warm", starts(&[Start::Warm, Start::Warm])),
        ("one cold", starts(&[Start::Cold, Start::Unclear])),
        ("two cold", starts(&[Start::Cold, Start::Warm, Start::Cold])),
    ];
    for (name, answer) in &cases {
        assert_eq!(answer.findings[0].rule, "response-time", "{name}");
        assert_eq!(measured(&answer.findings[0]), "0.12 s, at most 5", "{name}");
    }
    let shown = cases.map(|(name, answer)| format!("{name}: {}", answer.findings[0].message));
    assert_snapshot!(shown.join("\n"));
}

#[test]
fn the_response_time_is_measured_again() {
    let good = || after(vec![sample(0, Ending::Succeeded)], observations("0 running 1"));
    let with = |reach: ReachFacts| RunFacts { reach: Ok(reach), ..good() };
    let slow = with(ReachFacts { elapsed: 6_300, ..answer(200, HEALTH) });
    let denied = RunFacts { reach: Err(comfycheck_sdk::endpoint::Error::AccessDenied), ..good() };
    let answered = rules::judge_run(&slow, &Settings::default()).expect("an answer");
    assert_eq!(measured(finding(&answered, "slow-response")), "6.3 s, at most 5");
    assert_table!([
        judged("in time", &good(), ""),
        judged("an outage", &with(answer(503, "")), "?slow-response"),
        judged("slow", &slow, "slow-response"),
        judged("a key that was revoked", &with(answer(401, "")), "unauthorized"),
        judged("access denied", &denied, "?slow-response"),
    ]);
}
