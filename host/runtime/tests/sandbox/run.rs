//! A run's four phases: which instances run, and whether samples are submitted.

use crate::guest::{SANDBOX, component};
use comfycheck_core::execution::{CheckInstance, Execution, Outcome};
use comfycheck_core::finding::{Finding, Severity, Subject};
use comfycheck_core::manifest::Scope;
use comfycheck_core::money::Budget;
use comfycheck_core::plan::{Plan, PlannedCheck, PlannedInstance, PlannedSample};
use comfycheck_core::report::Signal;
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::Ending;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{CheckSource, Deployment, HttpPaths, Limits, Patience, Sampling, Suite, SuiteCheck};
use comfycheck_runtime::event::{Listener, RunEvent, SampleState};
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{
    HopelessWait, Retries, RunError, RunOutcome, RunRequest, ShardedSampling, conclude, run,
};
use comfycheck_runtime::sandbox::{ComponentSource, Interface};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::simulate::ScenarioClock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};

/// A run of one check in every scope, with two samples and an empty cassette: submitting a sample
/// fails because of that.
struct Trial {
    guest: &'static str,
    severity: Severity,
    gates: bool,
    interrupted: bool,
    /// Whether `RunPod` accepts jobs. They wait until the run is interrupted.
    jobs: bool,
    events: Mutex<Vec<String>>,
}

impl Trial {
    fn of(guest: &'static str) -> Self {
        Self {
            guest,
            severity: Severity::Error,
            gates: true,
            interrupted: false,
            jobs: false,
            events: Mutex::default(),
        }
    }

    fn run(&self) -> RunOutcome {
        self.try_run().unwrap()
    }

    fn try_run(&self) -> Result<RunOutcome, RunError> {
        self.with_request(|request, interruption, listener| executor().block_on(run(request, interruption, listener)))
    }

    fn with_request<T>(&self, act: impl FnOnce(RunRequest<'_>, Interruption, Listener<'_>) -> T) -> T {
        let wasm = component(self.guest);
        let component = SANDBOX.load(ComponentSource { name: self.guest, wasm: &wasm, sha256: None }).unwrap();
        let check = SuiteCheck {
            name: "guest".to_owned(),
            source: CheckSource::File("guest.wasm".to_owned()),
            grants: None,
            http_paths: HttpPaths::default(),
            gate: None,
            settings: json!({}),
            severity: BTreeMap::from([("a-rule".to_owned(), self.severity)]),
            limits: Limits::default(),
            place: None,
        };
        let instance = |scope, sample| PlannedInstance {
            instance: CheckInstance { check: "guest".to_owned(), scope, sample },
            check: 0,
        };
        let plan = Plan {
            checks: vec![PlannedCheck {
                suite: check.clone(),
                manifest: component.manifest().clone(),
                grants: Interface::ALL.map(|interface| interface.name().to_owned()).to_vec(),
                gates: self.gates,
                sha256: component.sha256().to_owned(),
            }],
            instances: vec![
                instance(Scope::Deployment, None),
                instance(Scope::Sample, Some(0)),
                instance(Scope::Sample, Some(1)),
                instance(Scope::Run, None),
            ],
            samples: (0..2).map(|index| PlannedSample { index, seed: None, workflow: "{}".into() }).collect(),
            estimate: None,
            price: None,
            warnings: Vec::new(),
        };
        let (interrupter, interruption) = Interruption::new();
        if self.interrupted {
            interrupter.interrupt(Signal::Interrupt);
        }
        let order = RunRequest {
            suite: &suite(check),
            plan: &plan,
            components: &[component],
            saved: None,
            date: None,
            transport: Arc::new(Transport::Replay(Replay::new(if self.jobs {
                waiting_job()
            } else {
                empty_cassette()
            }))),
            threads: NonZeroUsize::MIN,
            retries: Retries::default(),
            log: Arc::new(|_, _, _| {}),
        };
        let listener = |event: RunEvent| {
            let line = match event {
                RunEvent::PhaseStarted { phase, parts } => format!("{} of {parts} parts", phase.word()),
                RunEvent::InstanceEnded { execution } | RunEvent::InstanceSkipped { execution } => line(&execution),
                RunEvent::PhaseEnded { .. } => return,
                RunEvent::SampleSeen { state: SampleState::Waiting { .. }, .. } => {
                    interrupter.interrupt(Signal::Interrupt);
                    "a sample waits".to_owned()
                }
                other => format!("{other:?}"),
            };
            self.events.lock().unwrap().push(line);
        };
        act(order, interruption, &listener)
    }

    /// Checks the results of all instances, and whether submissions were tried; returns why the
    /// samples were not submitted.
    #[track_caller]
    fn check(&self, executions: &[&str], submits: bool) -> String {
        let done = self.run();
        assert_eq!(done.executions.iter().map(line).collect::<Vec<_>>(), executions);
        let sampling = self.events.lock().unwrap().iter().any(|event| event.starts_with("sampling"));
        assert_eq!(sampling, submits);
        let reasons: Vec<_> = done.samples.samples.iter().map(|sample| sample.reason.clone()).collect();
        assert_eq!(reasons[0], reasons[1]);
        reasons[0].clone().unwrap()
    }
}

fn executor() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn suite(check: SuiteCheck) -> Suite {
    Suite {
        name: "test".to_owned(),
        run_name: "test".to_owned(),
        file: None,
        workflow: None,
        request: JobRequest::default(),
        deployment: Deployment::default(),
        sampling: Sampling {
            submit: comfycheck_core::suite::Submit::Run,
            rate_limit: None,
            samples: 2,
            concurrency: NonZeroU32::MIN,
            variations: Vec::new(),
            seed_inputs: None,
            seed: None,
            patience: Patience::default(),
            budget: Budget::default(),
            share: None,
        },
        checks: vec![check],
        waivers: Vec::new(),
        notifications: Vec::new(),
        secrets: Secrets::default(),
    }
}

fn empty_cassette() -> Cassette {
    cassette(&json!([]))
}

/// A watcher found it while a shard's samples waited.
fn found_while_waiting(rule: &str) -> HopelessWait {
    let finding = Finding {
        rule: rule.to_owned(),
        severity: Severity::Error,
        message: "the image cannot be pulled".to_owned(),
        subjects: vec![Subject::Sample(0)],
        measurement: None,
        help: None,
        data: None,
        waiver: None,
    };
    HopelessWait { check: "guest".to_owned(), finding }
}

#[test]
fn a_finding_that_ended_the_samples_of_a_shard_is_in_the_merged_report() {
    for (guest, found, expected) in [
        ("leaves_open", vec![found_while_waiting("b-rule")], vec!["b-rule"]),
        // Of the same rule, that of the whole run says more.
        ("answers", vec![found_while_waiting("a-rule")], vec!["a-rule"]),
        ("answers", vec![HopelessWait { check: "other".to_owned(), ..found_while_waiting("b-rule") }], vec!["a-rule"]),
    ] {
        let sharded = ShardedSampling {
            samples: Samples::default(),
            price: None,
            clock: ScenarioClock::default(),
            hopeless: found,
            lost: BTreeSet::new(),
        };
        let executions = Trial::of(guest)
            .with_request(|request, _, listener| executor().block_on(conclude(request, sharded, listener)))
            .unwrap();
        let rules = executions.iter().flat_map(Execution::findings).map(|finding| finding.rule.as_str());
        assert_eq!(rules.collect::<Vec<_>>(), expected, "{guest}");
    }
}

/// One job is accepted, and no worker takes it.
fn waiting_job() -> Cassette {
    let exchange = |method: &str, path: &str, body: Option<Value>, answer: Value| {
        let mut request = json!({"method": method, "path": format!("/v2/{{endpoint}}{path}")});
        if let Some(body) = body {
            request["body"] = json!({"json": body});
        }
        json!({"api": "jobs", "phase": "sampling", "request": request, "sent-ms": 0, "answered-ms": 100,
               "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": {"json": answer}}})
    };
    let queued = json!({"id": "job-0", "status": "IN_QUEUE"});
    cassette(&json!([
        exchange("GET", "/health", None, json!({"workers": {"idle": 0}, "jobs": {"inQueue": 1}})),
        exchange("POST", "/run", Some(json!({"input": {"workflow": {}}})), queued.clone()),
        exchange("GET", "/status/job-0", None, queued),
        exchange("POST", "/cancel/job-0", None, json!({"id": "job-0", "status": "CANCELLED"})),
    ]))
}

fn cassette(exchanges: &Value) -> Cassette {
    let folder = tempfile::tempdir().unwrap();
    let cassette = json!({
        "version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": [], "exchanges": exchanges,
    });
    std::fs::write(folder.path().join("cassette.json"), cassette.to_string()).unwrap();
    Cassette::load(folder.path()).unwrap()
}

fn line(execution: &Execution) -> String {
    let CheckInstance { scope, sample, .. } = execution.instance;
    let sample = sample.map(|index| format!(" {index}")).unwrap_or_default();
    let outcome = match &execution.outcome {
        Outcome::Completed { findings, open } => format!("{} found, {} open", findings.len(), open.len()),
        Outcome::Skipped { .. } => "skipped".to_owned(),
        Outcome::Errored { kind, .. } => format!("errored: {}", kind.word()),
    };
    format!("{}{sample}: {outcome}", scope.word())
}

#[test]
fn an_error_of_a_gating_check_keeps_the_samples_from_being_submitted_and_the_run_is_checked_nevertheless() {
    let trial = Trial::of("answers");
    let why = trial.check(
        &["deployment: 1 found, 0 open", "sample 0: skipped", "sample 1: skipped", "run: 1 found, 0 open"],
        false,
    );
    insta::assert_snapshot!(why);
    assert_eq!(
        trial.events.into_inner().unwrap(),
        [
            "deployment of 1 parts",
            "deployment: 1 found, 0 open",
            "sample of 0 parts",
            "sample 0: skipped",
            "sample 1: skipped",
            "run of 1 parts",
            "run: 1 found, 0 open"
        ]
    );
}

#[test]
fn samples_are_submitted_unless_a_gating_check_found_an_error() {
    let cases = [
        (Trial { gates: false, ..Trial::of("answers") }, "1 found, 0 open"),
        (Trial { severity: Severity::Warning, ..Trial::of("answers") }, "1 found, 0 open"),
        (Trial::of("leaves_open"), "0 found, 1 open"),
        (Trial::of("cannot_tell"), "errored: inconclusive"),
        (Trial { gates: false, ..Trial::of("panics") }, "errored: trap"),
    ];
    for (trial, outcome) in cases {
        let (first, last) = (format!("deployment: {outcome}"), format!("run: {outcome}"));
        trial.check(&[&first, "sample 0: skipped", "sample 1: skipped", &last], true);
    }
}

#[test]
fn a_gate_that_crashes_keeps_the_samples_from_being_submitted() {
    let why = Trial::of("panics")
        .check(&["deployment: errored: trap", "sample 0: skipped", "sample 1: skipped", "run: errored: trap"], false);
    insta::assert_snapshot!(why);
}

#[test]
fn rejected_settings_end_the_run_before_any_job() {
    let trial = Trial::of("refuses_its_settings");
    let Err(RunError::Settings(rejected)) = trial.try_run() else { panic!("the settings were accepted") };
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].check, "guest");
    let events = trial.events.into_inner().unwrap();
    assert_eq!(events, ["deployment of 1 parts", "deployment: errored: invalid-settings"]);
}

#[test]
fn settings_that_are_rejected_after_the_samples_do_not_end_the_run() {
    let trial = Trial::of("refuses_its_settings_later");
    let last = "run: errored: invalid-settings";
    trial.check(&["deployment: 0 found, 0 open", "sample 0: skipped", "sample 1: skipped", last], true);
}

#[test]
fn after_an_interruption_nothing_is_started_and_nothing_is_submitted() {
    let trial = Trial { interrupted: true, ..Trial::of("answers") };
    let done = trial.run();
    let skipped = |execution: &Execution| matches!(execution.outcome, Outcome::Skipped { .. });
    assert!(done.executions.iter().all(skipped), "{:?}", done.executions);
    assert!(done.samples.samples.iter().all(|sample| sample.ending == Ending::NotSubmitted));
    insta::assert_snapshot!(done.samples.samples[0].reason.as_deref().unwrap());
}

#[test]
fn a_run_that_is_interrupted_while_its_jobs_wait_is_still_checked() {
    let trial = Trial { jobs: true, ..Trial::of("cannot_tell") };
    let done = trial.run();
    let outcomes: Vec<_> = done.executions.iter().map(line).collect();
    assert_eq!(outcomes, ["deployment: errored: inconclusive", "sample 1: skipped", "run: errored: inconclusive"]);
    let endings: Vec<_> = done.samples.samples.iter().map(|sample| (sample.ending, sample.job.as_deref())).collect();
    assert_eq!(endings, [(Ending::Cancelled, Some("job-0")), (Ending::NotSubmitted, None)]);
}
