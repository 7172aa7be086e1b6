//! A cassette that comfycheck 0.1.0 recorded still replays: all bundled checks find in it what was recorded.
//!
//! It has a dry run of two jobs, and four samples, of which one ran out of memory. Some of RunPod's responses failed.

use crate::bundled::LOADED;
use comfycheck_checks::CHECKS;
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::money::Budget;
use comfycheck_core::plan::{CheckDescription, plan};
use comfycheck_core::request::JobRequest;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{
    CheckSource, Deployment, HttpPaths, Limits, Patience, Sampling, Submit, Suite, SuiteCheck,
};
use comfycheck_core::text::TextFile;
use comfycheck_core::workflow::Workflow;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{Retries, RunOutcome, RunRequest, run};
use comfycheck_runtime::sandbox::Component;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::verify::verify;
use jiff::civil::date;
use serde_json::json;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;

const SEED: u64 = 7;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes/0.1.0")
}

/// The suite of the recorded run.
fn suite() -> Suite {
    let text = std::fs::read_to_string(folder().join("workflow.json")).unwrap();
    let check = |name: &str| SuiteCheck {
        name: name.to_owned(),
        source: CheckSource::Bundled(name.to_owned()),
        grants: None,
        http_paths: HttpPaths::default(),
        gate: None,
        settings: json!({}),
        severity: BTreeMap::new(),
        limits: Limits::default(),
        place: None,
    };
    Suite {
        name: "recorded by 0.1.0".to_owned(),
        run_name: "recorded by 0.1.0".to_owned(),
        file: None,
        workflow: Some(TextFile { path: "workflow.json".to_owned(), text }),
        request: JobRequest::default(),
        deployment: Deployment {
            endpoint: Some("simulated".to_owned()),
            dry_run: 4,
            price_per_second: Some(0.000_31),
            ..Deployment::default()
        },
        sampling: Sampling {
            submit: Submit::Run,
            rate_limit: None,
            samples: 4,
            concurrency: NonZeroU32::new(2).unwrap(),
            variations: Vec::new(),
            seed_inputs: None,
            seed: Some(SEED),
            patience: Patience::default(),
            budget: Budget { max_jobs: Some(12), max_cost: Some(0.05) },
            share: None,
        },
        checks: ["endpoint", "image", "nodes", "models", "performance"].map(check).to_vec(),
        waivers: Vec::new(),
        notifications: Vec::new(),
        secrets: Secrets::default(),
    }
}

fn component(name: &str) -> Component {
    let place = CHECKS.iter().position(|check| check.name == name).unwrap();
    LOADED[place].clone()
}

fn replayed() -> RunOutcome {
    let suite = suite();
    let workflow = suite.workflow.clone().map(|file| Workflow::parse(file).unwrap());
    let components: Vec<_> = suite.checks.iter().map(|check| component(&check.name)).collect();
    let described = |component: &Component| -> (Vec<&'static str>, String) {
        let imports = component.imports().iter().map(|import| import.interface.name()).collect();
        (imports, component.sha256().to_owned())
    };
    let known: Vec<_> = components.iter().map(described).collect();
    let described: Vec<_> = components
        .iter()
        .zip(&known)
        .map(|(component, (imports, sha256))| CheckDescription {
            manifest: component.manifest(),
            imports: imports.clone(),
            sha256,
        })
        .collect();
    let plan = plan(&suite, workflow.as_ref(), &described, SEED, false).unwrap();
    let request = RunRequest {
        suite: &suite,
        plan: &plan,
        components: &components,
        saved: None,
        date: Some(date(2026, 11, 29)),
        transport: Arc::new(Transport::Replay(Replay::new(Cassette::load(&folder()).unwrap()))),
        threads: NonZeroUsize::MIN,
        retries: Retries::default(),
        log: Arc::new(|_, _, _| {}),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run(request, Interruption::never(), &|_| {})).unwrap()
}

#[test]
fn it_is_valid() {
    let verified = verify(&folder(), &Secrets::default(), date(2026, 11, 29)).unwrap();
    assert_eq!((verified.flaws.len(), verified.exchanges), (0, Some(86)));
}

#[test]
fn it_replays_with_the_recorded_results() {
    let RunOutcome { executions, samples, dry_run, price: _, hopeless: _ } = replayed();
    let results: Vec<_> = samples
        .samples
        .iter()
        .map(|sample| {
            let images: Vec<_> = sample.images.iter().map(|image| &image.sha256[..8]).collect();
            let execution = sample.execution.unwrap_or_default().as_millis();
            (sample.ending.word(), sample.start.word(), execution, images, &sample.job.as_deref().unwrap()[..8])
        })
        .collect();
    assert_eq!(
        results,
        [
            ("succeeded", "unclear", 6357, vec!["42b6d6af"], "bf2e26d9"),
            ("succeeded", "warm", 6952, vec!["7afb8ce0"], "66e554f4"),
            ("succeeded", "warm", 6290, vec!["8def15e6"], "83c69d68"),
            ("failed", "cold", 4797, vec![], "20d34bf2"),
        ]
    );
    let jobs: Vec<_> = dry_run.iter().map(|job| (job.ending.word(), &job.job.as_deref().unwrap()[..8])).collect();
    assert_eq!(jobs, [("failed", "84ee2112"), ("failed", "7f3fc331")]);
    for execution in &executions {
        let is_missing = matches!(execution.outcome, Outcome::Errored { kind: ErrorKind::Cassette, .. });
        assert!(!is_missing, "{execution:?}");
    }
    let has_memory_error = executions.iter().any(|execution| {
        execution.instance.check == "endpoint" && execution.findings().iter().any(|it| it.rule == "out-of-memory")
    });
    assert!(has_memory_error, "{executions:?}");
}
