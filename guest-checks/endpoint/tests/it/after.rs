//! After the samples: what became of them.

use crate::said::{lines, rules};
use crate::told::{HEALTH, after, answer, failed, not_offered, observations, sample};
use comfycheck_check_endpoint::rules::{self, After, Settings};
use comfycheck_sdk::endpoint::ReachFacts;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Error, Subject};

fn judge(samples: Vec<Sample>) -> Answer {
    rules::after(&after(samples, observations("0 running 1")), &Settings::default()).expect("an answer")
}

#[track_caller]
fn check_error(error: &str, rule: &str, message: &str) {
    let answer = judge(vec![failed(0, error)]);
    assert_eq!(lines(&answer), format!("error[{rule}]: 1 sample failed: {message}"));
}

#[track_caller]
fn check_handler(error: &str, expects: &str) {
    let answer = judge(vec![failed(0, error)]);
    let line = lines(&answer);
    assert!(line.starts_with("error[wrong-handler]: ") && line.contains(expects), "{line}");
}

#[test]
fn another_handler_is_told_by_what_it_asks_for() {
    check_handler("Missing 'workflow' parameter", "worker-comfyui takes `input.workflow`");
    check_handler("no 'workflow' property found on job data", r#"`{"workflow", "files", "tobucket", "tobase64"}`"#);
    check_handler(
        "Unexpected input. workflow is not a valid input option. prompt is a required input.",
        "a schema of its own, which knows no `workflow`",
    );
    check_handler(
        "payload is a required input.\nworkflow should be <class 'str'> type, not <class 'dict'>.",
        r#"`{"workflow": "default" | "txt2img" | "custom", "payload": {…}}`"#,
    );
    check_handler("비디오를를 찾을 수 없습니다.", "makes a video of `prompt` and an image");
    let raised = r#"{"error_type":"<class 'KeyError'>","error_message":"'prompt'","error_traceback":"Traceback","hostname":"h","worker_id":"w","runpod_version":"1.12.0"}"#;
    check_handler(raised, "the handler takes `input.prompt`");
}

#[test]
fn a_worker_without_an_endpoint_is_judged_by_its_jobs_alone() {
    let local = |samples| After { reach: not_offered(), ..after(samples, Vec::new()) };
    let judged = |samples| rules::after(&local(samples), &Settings::default()).expect("an answer");
    assert_eq!(lines(&judged(vec![sample(0, Ending::Succeeded)])), "");
    let line = lines(&judged(vec![failed(0, "no 'workflow' property found on job data")]));
    assert!(line.starts_with("error[wrong-handler]: ") && !line.contains('\n'), "{line}");
}

#[test]
fn a_known_error_is_explained() {
    let under = |rule: &str, error: &str, meaning: &str| check_error(error, rule, &format!("`{error}`: {meaning}"));
    let explained = |error: &str, meaning: &str| under("failed-job", error, meaning);
    under("execution-timeout", "executionTimeout exceeded", "RunPod ended it at the endpoint's execution timeout");
    under("unreported-job", "job timed out after 1 retries", "the worker took the job and never reported back");
    let mismatch = "the image's CUDA does not fit the GPU or its driver";
    under("cuda-mismatch", "RuntimeError: CUDA error: no kernel image is available for execution", mismatch);
    explained(
        "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.",
        "ComfyUI did not come up, or went away, inside the worker",
    );
    explained(
        "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect",
        "ComfyUI died in the middle of the job, most often for lack of memory",
    );
    explained(
        "Error queuing workflow: 500 Server Error: Internal Server Error for url: http://127.0.0.1:8188/prompt",
        "ComfyUI could not read the workflow at all",
    );
    explained(
        "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt",
        "ComfyUI refused the workflow, and this old worker hides why",
    );
    explained(
        r#"Prompt has no outputs. Raw response: {"error": {"type": "prompt_no_outputs"}}"#,
        "the workflow has no output node that ComfyUI knows",
    );
    check_error(
        "not allowed for QB API",
        "wrong-endpoint-type",
        "`not allowed for QB API`: this is a load-balancing endpoint, which has no job queue",
    );
}

#[test]
fn an_unknown_error_is_quoted_in_one_line() {
    check_error("boom\n\tfrom `handler`", "failed-job", "`boom from 'handler'`");
    check_error("", "failed-job", "RunPod gives no error");
    check_error(&"x".repeat(1 << 16), "failed-job", &format!("`{}…`", "x".repeat(300)));
}

#[test]
fn the_true_error_is_taken_from_the_details() {
    let sample = Sample {
        output: Some(r#"{"details": ["Workflow execution error: Node Type: KSampler, Node ID: 31, Message: CUDA out of memory"]}"#.into()),
        gpu: Some("NVIDIA L4".into()),
        retries: 1,
        ..failed(0, "Job processing failed")
    };
    assert_eq!(
        lines(&judge(vec![sample])),
        "error[out-of-memory]: 1 sample on NVIDIA L4 failed (retried by RunPod: 1): `Job processing failed: Workflow execution error: \
         Node Type: KSampler, Node ID: 31, Message: CUDA out of memory`: the GPU has too little memory for this workflow"
    );
}

#[test]
fn a_missing_node_or_model_is_left_to_the_checks_that_name_it() {
    let node = r#"Node 'Sigmas Rescale' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "…", "details": "Node ID '#8'", "extra_info": {"node_id": "8", "class_type": "Sigmas Rescale", "node_title": "Sigmas Rescale"}}, "node_errors": {}}"#;
    let older = "Cannot execute because node Sigmas Rescale does not exist.. Raw response: {}";
    let model = "Workflow validation failed:\n• Node 3 (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', 'details': \"vae_name: 'gone.safetensors' not in ['pixel_space']\", 'extra_info': {'input_name': 'vae_name', 'input_config': None, 'received_value': 'gone.safetensors'}}]\n• Node 3 (class_type): VAELoader";
    for error in [node, older, model] {
        assert_eq!(rules(&judge(vec![failed(0, error)])), "");
    }
    let sampler = model.replace("gone.safetensors", "res_2m").replace("vae_name", "sampler_name");
    assert_eq!(rules(&judge(vec![failed(0, &sampler)])), "failed-job");
}

#[test]
fn samples_of_one_fate_share_a_finding() {
    let error = |id: &str| format!("Prompt ID {id} not found in history after execution.");
    let samples = vec![
        failed(0, &error("0f3d98cf-024b-4e25")),
        failed(1, "boom"),
        sample(2, Ending::Succeeded),
        failed(3, &error("98cfabcd-1111-2222")),
    ];
    let answer = judge(samples);
    assert_eq!(
        lines(&answer),
        "error[failed-job]: 2 samples failed: `Prompt ID 0f3d98cf-024b-4e25 not found in history after execution.`\n\
         error[failed-job]: 1 sample failed: `boom`"
    );
    assert_eq!(answer.findings[0].subjects, [Subject::Sample(0), Subject::Sample(3)]);
    assert_eq!(answer.findings[1].subjects, [Subject::Sample(1), Subject::Worker("worker-1".into())]);
}

#[test]
fn every_other_ending_is_named() {
    let endings = |sample| lines(&judge(vec![sample]));
    assert_eq!(endings(sample(0, Ending::Succeeded)), "");
    let reason = |sample: Sample, reason: &str| Sample { reason: Some(reason.into()), ..sample };
    assert_eq!(
        endings(reason(sample(0, Ending::NotFinished), "not finished after 600 s")),
        "error[stuck-in-progress]: 1 sample taken by a worker and not finished: not finished after 600 s"
    );
    assert_eq!(
        endings(Sample { execution: Some(8_000), ..sample(0, Ending::NotFinished) }),
        "error[stuck-in-progress]: 1 sample taken by a worker and not finished, although RunPod counted 8.00 s of execution"
    );
    assert_eq!(
        endings(Sample { first_running: Some(1), status: Some("TIMED_OUT".into()), ..sample(0, Ending::Expired) }),
        "error[expired-job]: 1 sample removed by RunPod before a result was seen (last status `TIMED_OUT`)"
    );
    assert_eq!(endings(sample(0, Ending::Cancelled)), "error[cancelled-job]: 1 sample cancelled by somebody else");
    assert_eq!(endings(reason(sample(0, Ending::Cancelled), "interrupted")), "");
    assert_eq!(
        endings(Sample { job: None, ..reason(sample(0, Ending::Unknown), "the connection was reset") }),
        "warning[lost-submission]: 1 sample may run unseen, and be billed: the connection was reset"
    );
}

#[test]
fn a_job_that_returns_its_input_met_an_echo() {
    let echo = |output: &str| {
        rules(&judge(vec![Sample { output: Some(output.into()), image_count: 0, ..sample(0, Ending::Succeeded) }]))
    };
    assert_eq!(echo(r#"{"echo": {"workflow": {"1": {}}}}"#), "wrong-handler");
    assert_eq!(echo(r#"{"workflow": {"1": {}}}"#), "wrong-handler");
    assert_eq!(echo(r#"{"images": []}"#), "");
    assert_eq!(echo("not json"), "");
}

#[test]
fn a_refused_submission_is_told_from_one_that_was_not_made() {
    let refused = |index, error: &str| Sample {
        job: None,
        submitted: None,
        error: Some(error.into()),
        ..sample(index, Ending::NotSubmitted)
    };
    let too_large = "status 400: bad request: body: exceeded max body size of 10MiB";
    assert_eq!(
        lines(&judge(vec![refused(0, too_large), refused(1, too_large)])),
        "error[job-too-large]: 2 samples refused by RunPod at submission: `status 400: bad request: body: exceeded max body size of \
         10MiB`: the job is larger than the 10 MB that RunPod's `/run` takes"
    );
    let not_sent = |size| format!("its request has {size} bytes, and RunPod takes 10485760 at most");
    assert_eq!(
        lines(&judge(vec![refused(0, &not_sent(10_485_761)), refused(1, &not_sent(12_000_000))])),
        "error[job-too-large]: 2 samples not sent: `its request has 10485761 bytes, and RunPod takes 10485760 at most`"
    );
    assert_eq!(rules(&judge(vec![refused(0, "status 400: not allowed for QB API")])), "wrong-endpoint-type");
    let gated =
        vec![Sample { reason: Some("`nodes` found an error".into()), job: None, ..sample(0, Ending::NotSubmitted) }];
    let error = rules::after(&after(gated, Vec::new()), &Settings::default()).expect_err("nothing to say");
    assert_eq!(error, Error::NotApplicable("no sample was submitted".into()));
}

#[test]
fn of_a_local_worker_nothing_is_said_that_only_runpod_has() {
    let told = |sample: Sample| {
        let asked = After { reach: not_offered(), ..after(vec![sample], Vec::new()) };
        let answer = rules::after(&asked, &Settings::default()).expect("an answer");
        let helps = answer.findings.iter().filter_map(|finding| finding.help.clone());
        let helps: Vec<_> = helps.chain(answer.open.iter().filter_map(|question| question.help.clone())).collect();
        for word in ["RunPod", "console", "billed", "/health"] {
            assert!(!helps.join(" ").contains(word) && !lines(&answer).contains(word), "{answer:?}");
        }
        lines(&answer)
    };
    let sample = |ending| Sample { job: None, worker: None, delay: None, execution: None, ..sample(0, ending) };
    let error = |ending, error: &str| Sample { error: Some(error.into()), ..sample(ending) };
    let reason = |reason: &str| Sample { reason: Some(reason.into()), ..sample(Ending::Unknown) };
    assert_eq!(
        told(error(Ending::Failed, "status 500: Internal Server Error")),
        "error[failed-job]: 1 sample failed: `status 500: Internal Server Error`: the handler returned an empty result, such \
         as `{}`, or broke the server"
    );
    assert_eq!(
        told(Sample { job: Some("test-1".into()), ..error(Ending::Failed, "boom") }),
        "error[failed-job]: 1 sample failed: `boom`"
    );
    assert_eq!(
        told(error(Ending::NotSubmitted, "status 404: Not Found")),
        "error[refused-submission]: 1 sample refused by what answers at the local worker's address: `status 404: Not Found`\n\
         open[unreachable]: the local worker was not seen to run a job"
    );
    assert_eq!(
        told(reason("the answer was lost")),
        "warning[lost-submission]: 1 sample came to no end that is known: the answer was lost\n\
         open[unreachable]: the local worker was not seen to run a job"
    );
    let empty = Sample { job: Some("test-1".into()), output: None, image_count: 0, ..sample(Ending::Succeeded) };
    assert_eq!(told(empty), "error[lost-result]: 1 sample completed, and came back without any output");
}

#[track_caller]
fn check_open(asked: &After, expected: &str) {
    assert_eq!(rules(&rules::after(asked, &Settings::default()).expect("an answer")), expected);
}

#[test]
fn samples_answer_what_was_open_before_them() {
    check_open(&after(vec![sample(0, Ending::Succeeded)], Vec::new()), "");
    let lost = Sample { job: None, ..sample(0, Ending::Unknown) };
    check_open(&after(vec![lost.clone()], observations("0 ?")), "lost-submission ?unreachable ?unhealthy-workers");
    check_open(&after(vec![lost], observations("0 running 1")), "lost-submission");
}

#[test]
fn the_response_time_is_measured_again() {
    let good = || after(vec![sample(0, Ending::Succeeded)], observations("0 running 1"));
    let with = |reach: ReachFacts| After { reach: Ok(reach), ..good() };
    check_open(&with(answer(503, "")), "?slow-response");
    check_open(&with(ReachFacts { elapsed: 6_300, ..answer(200, HEALTH) }), "slow-response");
    check_open(&with(answer(401, "")), "unauthorized");
    check_open(&After { reach: Err(comfycheck_sdk::endpoint::Error::AccessDenied), ..good() }, "?slow-response");
}
