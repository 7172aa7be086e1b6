//! The endpoint's image, variables and versions.

use crate::answer::{Row, finding, row};
use crate::facts::{HEALTH, after, answer, before, done, health, managed, observations, usual, worker};
use comfycheck_check_endpoint::rules::{self, DeploymentFacts, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::endpoint::{ConfigurationFacts, Release, ReleaseFacts, Worker};
use comfycheck_sdk::{Answer, Subject};

fn judge_before(counts: &str, management: Management) -> Answer {
    let facts = DeploymentFacts { management, ..before(answer(200, HEALTH), Some(health(counts))) };
    rules::judge_deployment(&facts, &Settings::default()).expect("an answer")
}

#[test]
fn several_versions_at_once_are_found_before_and_after() {
    let of = |id: &str, version, stale| Worker { version: Some(version), stale: Some(stale), ..worker(id, "IDLE") };
    let workers = vec![of("a", 3, true), of("b", 4, false)];
    let release = Release { version: 4, created: None, changed: vec!["image".into()] };
    let releases = ReleaseFacts {
        newest: Some(4),
        in_progress: Some(true),
        workers_on_newest: Some(1),
        workers_total: Some(2),
        releases: vec![release],
    };
    let management = || Management { workers: Ok(workers.clone()), ..managed(usual()) };
    let rollout = Management { releases: Ok(releases), ..management() };
    let samples = vec![done(0, "a"), done(1, "b"), done(2, "b")];
    let facts = RunFacts { management: management(), ..after(samples, observations("0 running 1")) };
    let after = rules::judge_run(&facts, &Settings::default()).expect("an answer");
    let before = judge_before("idle 2 queue 0", rollout);
    assert_eq!(finding(&before, "mixed-versions").subjects, [Subject::Worker("a".into())]);
    assert_table!([
        row("before, with releases", before, "mixed-versions"),
        row("before, by the workers", judge_before("idle 2 queue 0", management()), "mixed-versions"),
        row("after", after, "mixed-versions"),
    ]);
}

/// A case of an endpoint with this image, these GPU pools and these variables.
fn image(image: &str, pools: &[&str], variables: &[&str], expected: &str) -> Row {
    let configuration = ConfigurationFacts {
        image: Some(image.into()),
        gpu_pools: pools.iter().map(|&pool| pool.into()).collect(),
        ..usual()
    };
    let environment = Ok(variables.iter().map(|&name| name.into()).collect());
    let answer = judge_before("queue 0", Management { environment, ..managed(configuration) });
    row(format!("{image} on {pools:?} with {variables:?}"), answer, expected)
}

#[test]
fn an_image_that_does_not_fit_is_recognized_by_its_tag() {
    let official = "runpod/worker-comfyui:5.8.5-base";
    let old = "timpietruskyblibla/runpod-worker-comfy:3.6.0-base";
    assert_table!([
        image(official, &["ADA_24"], &["COMFY_LOG_LEVEL"], ""),
        image(official, &["ADA_32_PRO"], &[], "old-cuda-image"),
        image("docker.io/runpod/worker-comfyui:5.8.5-base", &["ADA_24", "BLACKWELL_180"], &[], "old-cuda-image"),
        image("runpod/worker-comfyui:5.8.5-base-cuda12.8.1", &["ADA_32_PRO"], &[], ""),
        image("acme/comfyui:7", &["ADA_32_PRO"], &["REFRESH_WORKER"], ""),
        image(official, &["ADA_24"], &["REFRESH_WORKER"], "ineffective-variable"),
        image(old, &["ADA_24"], &["REFRESH_WORKER"], ""),
    ]);
}

#[test]
fn a_tag_that_moves_is_found() {
    assert_table!([
        image("acme/comfyui", &["ADA_24"], &[], "floating-tag"),
        image("registry.example:5000/acme/comfyui:latest", &["ADA_24"], &[], "floating-tag"),
        image("registry.example:5000/acme/comfyui:7", &["ADA_24"], &[], ""),
        image("acme/comfyui@sha256:0123", &["ADA_24"], &[], ""),
    ]);
}
