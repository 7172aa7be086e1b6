//! Probes as tables, refusals as ComfyUI words them, and dry runs of recordings.

use super::probe::Probe;
use super::{Order, carry_out, nodes, refusal};
use crate::capabilities::{AskError, DryRunFacts};
use crate::interruption::Interruption;
use crate::transport::Transport;
use crate::transport::testing::{exchange, ok, replay};
use comfycheck_core::cost::{Price, PriceSource};
use comfycheck_core::sample::Sample;
use comfycheck_core::suite::{Budget, Patience, Sampling, Submit};
use comfycheck_worker_error::WorkerError;
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;

const LOADER: &str = r#""1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}}"#;
const DECODE: &str = r#""57:3": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}}"#;

fn save(id: &str, from: &str) -> String {
    format!(r#""{id}": {{"class_type": "SaveImage", "inputs": {{"images": ["{from}", 0], "filename_prefix": "x"}}}}"#)
}

fn of_class(id: &str, class: &str, inputs: &str) -> String {
    format!(r#""{id}": {{"class_type": "{class}", "inputs": {{{inputs}}}}}"#)
}

/// `expected` says before which nodes something is put, or why nothing is.
#[track_caller]
fn check_probe(workflow: &[&str], expected: Result<&[&str], &str>) {
    let told = Probe::of(&nodes(&format!("{{{}}}", workflow.join(","))), &[]);
    let before = told.as_ref().map(|probe| probe.guards.iter().map(|guard| guard.before.as_str()).collect::<Vec<_>>());
    assert_eq!(before.map_err(String::as_str), expected.map(<[&str]>::to_vec));
}

#[test]
fn something_that_is_refused_stands_before_every_output() {
    let sampler = of_class("5", "KSampler", r#""model": ["1", 0], "latent_image": ["6", 0]"#);
    check_probe(&[LOADER, &sampler, DECODE, &save("9", "57:3")], Ok(&["9"]));
    check_probe(&[LOADER, &sampler, DECODE, &save("9", "57:3"), &save("57:9", "57:3")], Ok(&["9", "57:9"]));
    // A link from a class that nobody knows, into an input that is known.
    check_probe(&[LOADER, &save("9", "1")], Ok(&["9"]));
    // Not at the output itself, but at what it depends on.
    let video = of_class("7", "CreateVideo", r#""images": ["57:3", 0], "fps": 24"#);
    check_probe(&[LOADER, &sampler, DECODE, &video, &of_class("8", "SaveVideo", r#""video": ["7", 0]"#)], Ok(&["7"]));
    let combine = of_class("8", "VHS_VideoCombine", r#""meta": "x", "images": ["57:3", 0]"#);
    check_probe(&[LOADER, &sampler, DECODE, &combine], Ok(&["8"]));
    // What a pack puts into the middle may be an output, too.
    let show = of_class("5", "SomeSampler", r#""model": ["1", 0], "latent_image": ["6", 0]"#);
    let empty = of_class("6", "EmptyLatentImage", r#""width": 64, "height": 64, "batch_size": 1"#);
    check_probe(&[LOADER, &empty, &show, DECODE, &save("9", "57:3")], Ok(&["5", "9"]));
}

#[test]
fn no_job_is_made_that_comfyui_might_accept() {
    let refused = |id: &str, class: &str| {
        format!(
            "node `{id}` of class `{class}` may be an output, and nothing can be put before it that ComfyUI must refuse"
        )
    };
    check_probe(
        &[LOADER, &of_class("2", "CheckpointSave", r#""model": ["1", 0]"#)],
        Err(&refused("2", "CheckpointSave")),
    );
    check_probe(&[&of_class("2", "SomeText", r#""text": "x""#), &save("9", "2")], Err(&refused("2", "SomeText")));
    check_probe(&[&of_class("2", "PreviewAny", r#""source": ["2", 0]"#)], Err(&refused("2", "PreviewAny")));
    check_probe(&[LOADER], Err("the workflow has no output node"));
    check_probe(&[r#""nodes": [], "links": []"#], Err("`nodes` is no node in API format with a class"));
    check_probe(&[r#""3": {"inputs": {}}"#], Err("`3` is no node in API format with a class"));
    // A loader of a pack that is known to be none.
    check_probe(&[&of_class("2", "UnetLoaderGGUF", r#""unet_name": "a.gguf""#), &save("9", "2")], Ok(&["9"]));
}

#[test]
fn a_node_is_put_in_under_an_id_of_its_own() {
    let probe =
        Probe::of(&nodes(&format!("{{{LOADER}, {}, {}}}", save("dry-run-0", "1"), save("9", "1"))), &[]).unwrap();
    let guarded = &probe.nodes["9"]["inputs"]["images"][0];
    assert_eq!(probe.put_in.iter().collect::<Vec<_>>(), ["dry-run-1", "dry-run-2"]);
    assert_eq!(guarded, "dry-run-2");
    assert_eq!(
        probe.nodes["dry-run-2"],
        json!({"class_type": "ImageScale", "inputs": {"upscale_method": "__dry_run__", "width": 64, "height": 64,
               "crop": "disabled", "image": ["1", 0]}})
    );
}

const WORKFLOW: &str = r#"{"2": {"class_type": "VAELoader", "inputs": {"vae_name": "a.safetensors"}},
    "4": {"class_type": "UNETLoader", "inputs": {"unet_name": "b.safetensors"}},
    "5": {"class_type": "Missing One", "inputs": {"model": ["4", 0], "image": ["8", 0]}, "_meta": {"title": "T"}},
    "8": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["2", 0]}},
    "7": {"class_type": "VAELoader", "inputs": {"vae_name": "unused.safetensors"}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}}}"#;

const GUARD: &str = "[{'type': 'value_not_in_list', 'message': 'Value not in list', 'details': \"upscale_method: '__dry_run__' \
    not in ['area']\", 'extra_info': {'input_name': 'upscale_method', 'input_config': [['area'], {}], \
    'received_value': '__dry_run__'}}]";

/// worker-comfyui's words for what is wrong with nodes.
fn failed(nodes: &[(&str, &str)]) -> String {
    let bullets: Vec<String> = nodes.iter().map(|(id, errors)| format!("\n• Node {id} (errors): {errors}")).collect();
    format!("Workflow validation failed:{}", bullets.concat())
}

fn not_in_list(input: &str, value: &str, list: &str, config: &str) -> String {
    format!(
        "[{{'type': 'value_not_in_list', 'message': 'Value not in list', 'details': \"{input}: '{value}' not in {list}\", \
         'extra_info': {{'input_name': '{input}', 'input_config': {config}, 'received_value': '{value}'}}}}]"
    )
}

/// What is told of the workflow without some classes: refused inputs, and the nodes that were looked at.
#[track_caller]
fn check_verdict(without: &[&str], error: &str, expected: Result<(&[&str], &[&str]), &str>) {
    let probe = Probe::of(&nodes(WORKFLOW), without).unwrap();
    let WorkerError::InvalidInputs(said) = WorkerError::parse(error) else { panic!("not a refusal of inputs") };
    let told = refusal::verdict(&probe, &said).map(|(refused, validated)| {
        let value = |value: crate::capabilities::RefusedValue| {
            let (count, error) = (value.error.accepted_count(), value.error);
            format!("{}.{} {} {count:?}", value.node, error.input.unwrap_or_default(), error.kind)
        };
        (refused.into_iter().map(value).collect::<Vec<_>>(), validated)
    });
    let expected = expected.map(|(refused, validated)| {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        (owned(refused), owned(validated))
    });
    assert_eq!(told, expected.map_err(str::to_owned));
}

#[test]
fn what_is_not_refused_and_was_looked_at_is_there() {
    let guards = [("dry-run-0", GUARD), ("dry-run-1", GUARD)];
    let all: &[&str] = &["2", "4", "5", "8", "6", "9"];
    check_verdict(&[], &failed(&guards), Ok((&[], all)));
    let long = not_in_list("vae_name", "a.safetensors", "(list of length 24)", "None");
    let short = not_in_list("unet_name", "b.safetensors", "['c.safetensors']", "[['c.safetensors'], {}]");
    check_verdict(
        &[],
        &failed(&[("2", &long), ("4", &short), guards[0], guards[1]]),
        Ok((&["2.vae_name value_not_in_list Some(24)", "4.unet_name value_not_in_list Some(1)"], all)),
    );
    // A node of a class that nobody knows is vouched for where something else leads to it.
    check_verdict(&[], &failed(&guards[1..]), Ok((&[], all)));
}

#[test]
fn what_validation_did_not_come_to_is_not_vouched_for() {
    let mismatch =
        "[{'type': 'return_type_mismatch', 'message': 'x', 'details': 'x', 'extra_info': {'input_name': 'vae'}}]";
    let guards = [("dry-run-0", GUARD), ("dry-run-1", GUARD)];
    check_verdict(
        &[],
        &failed(&[("6", mismatch), guards[0], guards[1]]),
        Ok((&["6.vae return_type_mismatch None"], &["4", "5", "8", "6", "9"])),
    );
    let exception = "[{'type': 'exception_during_inner_validation', 'message': 'x', 'details': 'x', 'extra_info': {}}]";
    check_verdict(
        &[],
        &failed(&[("6", exception), guards[0], guards[1]]),
        Ok((&["6. exception_during_inner_validation None"], &["4", "5", "8", "9"])),
    );
    // Behind a class that is missing.
    check_verdict(
        &["Missing One"],
        &failed(&[("dry-run-0", GUARD), ("dry-run-2", GUARD)]),
        Ok((&[], &["2", "6", "9"])),
    );
    // A text that was cut would make what is not in it accepted.
    check_verdict(&[], &failed(&[("4", "[]")]), Err("ComfyUI's refusal does not name what was put in to be refused"));
}

const MISSING: &str = "Node 'T' not found. The custom node may not be installed.. Raw response: {\"error\": {\"type\": \
    \"missing_node_type\", \"message\": \"x\", \"details\": \"Node ID '#5'\", \"extra_info\": {\"node_id\": \"5\", \
    \"class_type\": \"Missing One\", \"node_title\": \"T\"}}, \"node_errors\": {}}";
const MISSING_OLD: &str = "Cannot execute because node Missing One does not exist.. Raw response: {\"error\": {\"type\": \
    \"invalid_prompt\", \"message\": \"Cannot execute because node Missing One does not exist.\", \"details\": \"Node ID \
    '#5'\", \"extra_info\": {}}, \"node_errors\": {}}";

/// A recording of jobs that end at once: what `/run` answers to each, and the status that follows.
fn recorded(jobs: &[(&[&str], Value, Option<Value>)]) -> Arc<Transport> {
    let health = ok(&json!({"workers": {"ready": 1}, "jobs": {}}));
    let mut exchanges = vec![exchange("jobs", "deployment", "GET /v2/{endpoint}/health", [0, 100], &health)];
    for (number, (without, submission, status)) in jobs.iter().enumerate() {
        let probe = Probe::of(&nodes(WORKFLOW), without).unwrap();
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

fn run(transport: &Arc<Transport>, most: u32, budget: Budget) -> (Result<DryRunFacts, AskError>, Vec<Sample>) {
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
    let order = Order {
        transport,
        workflow: WORKFLOW,
        most,
        sampling: &sampling,
        price: Some(&price),
        secrets: &[],
        interruption: &Interruption::never(),
        listener: &|_| {},
    };
    carry_out(order).now_or_never().expect("virtual time never waits")
}

#[track_caller]
fn check_run(jobs: &[(&[&str], Value, Option<Value>)], most: u32, budget: Budget, expected: &str) {
    let (answer, made) = run(&recorded(jobs), most, budget);
    let told = match answer {
        Ok(DryRunFacts { workers, jobs, missing, validated, incomplete, .. }) => {
            let missing: Vec<_> = missing.into_iter().map(|missing| missing.class).collect();
            format!("{workers:?} {jobs} jobs, missing {missing:?}, validated {validated:?}, {incomplete:?}")
        }
        Err(err) => format!("{err:?}"),
    };
    assert_eq!(format!("{told}; {} made", made.len()), expected);
}

#[test]
fn a_class_that_is_missing_is_taken_out_and_the_others_are_asked_for() {
    for missing in [MISSING, MISSING_OLD] {
        check_run(
            &[
                (&[], accepted(0), Some(refused(missing))),
                (&["Missing One"], accepted(1), Some(refused(&failed(&[("dry-run-0", GUARD), ("dry-run-2", GUARD)])))),
            ],
            4,
            Budget::default(),
            "[\"w1\"] 2 jobs, missing [\"Missing One\"], validated [\"2\", \"6\", \"9\"], None; 2 made",
        );
    }
}

#[test]
fn no_more_jobs_are_made_than_the_suite_and_its_budget_allow() {
    let one = &[(&[] as &[&str], accepted(0), Some(refused(MISSING)))];
    let told = "[\"w1\"] 1 jobs, missing [\"Missing One\"], validated []";
    check_run(
        one,
        1,
        Budget::default(),
        &format!("{told}, Some(\"the suite's `dry-run` allows 1 job, each of which names one missing class\"); 1 made"),
    );
    let jobs = Budget { max_jobs: Some(1), max_cost: None };
    check_run(one, 4, jobs, &format!("{told}, Some(\"no job was submitted: the budget allows 1 job\"); 1 made"));
    let none = Budget { max_jobs: Some(0), max_cost: None };
    check_run(&[], 4, none, "Unavailable(\"no job was submitted: the budget allows 0 jobs\"); 0 made");
    // The first one cost 0.03 USD at most.
    let cost = Budget { max_jobs: None, max_cost: Some(0.03) };
    let why = "no job was submitted: one more job could cost more than the budget of 0.03 USD";
    check_run(one, 4, cost, &format!("{told}, Some(\"{why}\"); 1 made"));
}

#[test]
fn what_is_no_refusal_tells_nothing() {
    let check = |submission: Value, status: Option<Value>, expected: &str| {
        check_run(&[(&[], submission, status)], 4, Budget::default(), expected);
    };
    // Never submitted again.
    let lost = "it is not known what ComfyUI says: the answer to the submission was lost: no answer came in time";
    check(json!("timeout"), None, &format!("Unavailable(\"{lost}\"); 1 made"));
    check(json!({"status": 403}), None, "AccessDenied; 0 made");
    check(
        accepted(0),
        Some(json!({"status": "COMPLETED", "workerId": "w1", "output": {"images": []}})),
        "Other(\"the worker accepted what ComfyUI must refuse: job `job-0` was completed\"); 1 made",
    );
    let old = "Unexpected error queuing workflow: 'list' object has no attribute 'items'";
    let unsaid = "Unavailable(\"ComfyUI refused job `job-0`, and the worker does not say why\"); 1 made";
    check(accepted(0), Some(refused(old)), unsaid);
    let older = "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt";
    check(accepted(0), Some(refused(older)), unsaid);
    check(
        accepted(0),
        Some(refused("ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.")),
        "Unavailable(\"job `job-0` failed, and not for what was put into it: ComfyUI server (127.0.0.1:8188) not reachable \
         after multiple retries.\"); 1 made",
    );
    let long = failed(&[("dry-run-0", GUARD), ("2", &"x".repeat(70_000))]);
    check(
        accepted(0),
        Some(refused(&long)),
        "Unavailable(\"the refusal of job `job-0` is longer than is kept of it\"); 1 made",
    );
}
