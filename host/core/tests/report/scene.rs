//! Builds small reports: a plan in which everything went well, and what differs from that.

use comfycheck_core::cost::{Price, PriceSource};
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Bound, Finding, Measurement, OpenQuestion, Severity, Subject};
use comfycheck_core::manifest::{Manifest, Rule, Scope};
use comfycheck_core::money::CostRange;
use comfycheck_core::plan::{Plan, PlannedCheck, PlannedInstance, PlannedSample};
use comfycheck_core::render::{Detail, PageStyle, human};
use comfycheck_core::report::{Origin, Report, RunResult, Signal, summarize};
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::{Ending, FileFacts, Sample, Start};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{
    CheckSource, Deployment, HttpPaths, Limits, Patience, Sampling, Suite, SuiteCheck, SuiteWaiver,
};
use comfycheck_core::text::{Place, TextFile};
use comfycheck_core::waiver::Waivers;
use serde_json::json;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

/// A workflow of three nodes, as a person would write it.
pub(crate) const WORKFLOW: &str = r#"{
  "1": {
    "class_type": "VAELoader",
    "inputs": { "vae_name": "z-image-turbo-vae.safetensors" }
  },
  "2": {
    "class_type": "ClownsharKSampler_Beta",
    "inputs": { "seed": 7, "steps": 8 }
  },
  "3": { "class_type": "SaveImage", "inputs": { "images": ["2", 0] } }
}
"#;

/// A run that is about to be summarized.
pub(crate) struct Scene {
    pub(crate) suite: Suite,
    pub(crate) plan: Plan,
    pub(crate) run: RunResult,
}

impl Scene {
    /// A suite without checks and samples, in replay.
    pub(crate) fn new() -> Self {
        let price =
            Price { per_second: 0.000_25, lowest: None, source: PriceSource::Table, date: Some("2026-08-01".into()) };
        Self {
            suite: suite(),
            plan: Plan {
                checks: Vec::new(),
                instances: Vec::new(),
                samples: Vec::new(),
                estimate: None,
                price: Some(price.clone()),
                warnings: Vec::new(),
            },
            run: RunResult {
                origin: Origin::Replay {
                    cassette: "denrisi-healthy".into(),
                    note: Some("synthetic: no endpoint was called".into()),
                },
                date: "2026-09-14".into(),
                executions: Vec::new(),
                samples: Vec::new(),
                dry_run: Vec::new(),
                price: Some(price),
                interrupted: None,
                machine: None,
            },
        }
    }

    /// Makes a dry run of one job.
    pub(crate) fn dry_run(mut self) -> Self {
        let refused =
            Sample { ending: Ending::Failed, error: Some("refused".into()), images: Vec::new(), ..good_sample(0) };
        self.run.dry_run = vec![refused];
        self
    }

    /// Runs samples: all succeed, the first hits a cold start. Call it before any check is added.
    pub(crate) fn samples(mut self, samples: u32) -> Self {
        self.run.samples = (0..samples).map(good_sample).collect();
        self.plan.samples = (0..samples)
            .map(|index| PlannedSample { index, seed: Some(u64::from(index)), workflow: "{}".into() })
            .collect();
        self
    }

    /// Adds a check that runs in these scopes and finds nothing.
    pub(crate) fn check(mut self, name: &str, scopes: &[Scope]) -> Self {
        self.plan.checks.push(planned_check(name, scopes));
        for scope in scopes {
            match scope {
                Scope::Deployment | Scope::Run => self.plan_instance(name, *scope, None),
                Scope::Sample => {
                    (0..self.plan.samples.len()).zip(0..).for_each(|(_, i)| self.plan_instance(name, *scope, Some(i)));
                }
            }
        }
        self
    }

    fn plan_instance(&mut self, name: &str, scope: Scope, sample: Option<u32>) {
        let instance = CheckInstance { check: name.into(), scope, sample };
        let check = self.plan.checks.len() - 1;
        self.plan.instances.push(PlannedInstance { instance: instance.clone(), check });
        self.plan.instances.sort_by_key(|planned| (planned.instance.scope, planned.check, planned.instance.sample));
        let outcome = Outcome::Completed { findings: Vec::new(), open: Vec::new() };
        self.run.executions.push(Execution {
            instance,
            outcome,
            earlier: Vec::new(),
            waited: Duration::from_millis(180),
        });
    }

    /// Sets the outcome of a check in a scope.
    pub(crate) fn with(self, check: &str, scope: Scope, outcome: Outcome) -> Self {
        self.with_instance(&CheckInstance { check: check.into(), scope, sample: None }, outcome)
    }

    /// Sets the outcome of a check on a sample.
    pub(crate) fn on_sample(self, check: &str, sample: u32, outcome: Outcome) -> Self {
        self.with_instance(&CheckInstance { check: check.into(), scope: Scope::Sample, sample: Some(sample) }, outcome)
    }

    /// Adds the outcome of an earlier attempt.
    pub(crate) fn after(mut self, check: &str, scope: Scope, earlier: Outcome) -> Self {
        let instance = CheckInstance { check: check.into(), scope, sample: None };
        let execution = self.run.executions.iter_mut().find(|execution| execution.instance == instance);
        execution.expect("the instance is planned").earlier.push(earlier);
        self
    }

    fn with_instance(mut self, instance: &CheckInstance, outcome: Outcome) -> Self {
        let execution = self.run.executions.iter_mut().find(|execution| execution.instance == *instance);
        execution.expect("the instance is planned").outcome = outcome;
        self
    }

    /// Changes a sample.
    pub(crate) fn sample(mut self, index: usize, change: impl FnOnce(&mut Sample)) -> Self {
        change(&mut self.run.samples[index]);
        self
    }

    /// Ends the run with a signal.
    pub(crate) fn interrupted(mut self, signal: Signal) -> Self {
        self.run.interrupted = Some(signal);
        self
    }

    /// Waives a rule of a check until a day.
    pub(crate) fn waive(mut self, check: &str, rule: &str, subject: Option<&str>, expires: &str) -> Self {
        self.suite.waivers.push(SuiteWaiver {
            check: check.into(),
            rule: rule.into(),
            subject: subject.map(Into::into),
            reason: "the pack is being replaced".into(),
            expires: expires.parse().expect("a day"),
            place: Some(Place { line: 30, column: 1 }),
        });
        self
    }

    /// Changes all samples.
    pub(crate) fn every_sample(mut self, change: impl Fn(&mut Sample)) -> Self {
        self.run.samples.iter_mut().for_each(change);
        self
    }

    /// Keeps a check from closing the gate.
    pub(crate) fn without_gate(mut self, name: &str) -> Self {
        let check = self.plan.checks.iter_mut().find(|check| check.suite.name == name);
        check.expect("the check is planned").gates = false;
        self
    }

    pub(crate) fn report(mut self) -> Report {
        // What a run does as each instance ends.
        if !self.suite.waivers.is_empty() {
            let waivers = Waivers::of(&self.suite, self.run.date.parse().ok());
            self.run.executions.iter_mut().for_each(|execution| waivers.apply(execution));
        }
        // Not the version of today, which would change every snapshot with each release.
        Report { version: "0.0.0".into(), ..summarize(&self.suite, &self.plan, self.run) }
    }
}

/// The page for people, as in a file.
pub(crate) fn page(report: &Report) -> String {
    human(report, PageStyle::default(), &[])
}

/// The page with every note, measurement and sample.
pub(crate) fn verbose(report: &Report) -> String {
    human(report, PageStyle { detail: Detail::Verbose, ..PageStyle::default() }, &[])
}

/// A completed outcome with these findings.
pub(crate) fn found(findings: impl IntoIterator<Item = Finding>) -> Outcome {
    Outcome::Completed { findings: findings.into_iter().collect(), open: Vec::new() }
}

/// A completed outcome that leaves one question open.
pub(crate) fn open(rule: &str, reason: &str, help: &str) -> Outcome {
    let question = OpenQuestion {
        rule: rule.into(),
        reason: reason.into(),
        help: Some(help.into()),
        closed: false,
        unrecorded: false,
    };
    Outcome::Completed { findings: Vec::new(), open: vec![question] }
}

pub(crate) fn skipped(reason: &str) -> Outcome {
    Outcome::Skipped { reason: reason.into() }
}

pub(crate) fn errored(kind: ErrorKind, message: &str) -> Outcome {
    Outcome::Errored { kind, message: message.into() }
}

pub(crate) fn finding(severity: Severity, rule: &str, message: &str) -> Finding {
    Finding {
        rule: rule.into(),
        severity,
        message: message.into(),
        subjects: Vec::new(),
        measurement: None,
        help: None,
        data: None,
        waiver: None,
    }
}

pub(crate) fn error(rule: &str, message: &str) -> Finding {
    finding(Severity::Error, rule, message)
}

pub(crate) fn note(rule: &str, message: &str) -> Finding {
    finding(Severity::Note, rule, message)
}

pub(crate) fn node(id: &str, input: Option<&str>) -> Subject {
    Subject::Node { id: id.into(), input: input.map(Into::into) }
}

/// What a test adds to a finding.
pub(crate) trait With: Sized {
    fn about(self, subject: Subject) -> Self;
    fn help(self, help: &str) -> Self;
    fn measured(self, value: f64, unit: &str, limit: Option<Bound>) -> Self;
}

impl With for Finding {
    fn about(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    fn help(mut self, help: &str) -> Self {
        self.help = Some(help.into());
        self
    }

    fn measured(mut self, value: f64, unit: &str, limit: Option<Bound>) -> Self {
        self.measurement = Some(Measurement { value, unit: unit.into(), limit });
        self
    }
}

fn good_sample(index: u32) -> Sample {
    let i = u64::from(index);
    let cold = index == 0;
    let submitted = Duration::from_millis(i * 100);
    let delay = Duration::from_millis(if cold { 31_240 } else { 410 });
    let execution = Duration::from_millis(if cold { 22_810 } else { 9_300 + i * 20 });
    Sample {
        index,
        seed: Some(1000 + i),
        workflow: json!({ "2": { "inputs": { "seed": 1000 + i } } }).to_string().into(),
        job: Some(format!("job-{index:04}-u1")),
        status: Some("COMPLETED".into()),
        ending: Ending::Succeeded,
        reason: None,
        error: None,
        output: Some(json!({ "images": [{ "filename": "a.png", "data": "<1234 bytes>" }] })),
        worker: Some("w7f3k2".into()),
        gpu: Some("NVIDIA GeForce RTX 4090".into()),
        retries: 0,
        start: if cold { Start::Cold } else { Start::Warm },
        delay: Some(delay),
        execution: Some(execution),
        submitted: Some(submitted),
        first_running: Some(submitted + delay),
        finished: Some(submitted + delay + execution),
        cost: Some(CostRange { low: 0.0023, high: if cold { 0.0135 } else { 0.0023 } }),
        images: vec![FileFacts {
            name: "a.png".into(),
            media_type: Some("image/png".into()),
            size: 1234,
            sha256: format!("{index:064x}"),
            ..FileFacts::default()
        }],
        files: Vec::new(),
        lost_images: Vec::new(),
    }
}

fn planned_check(name: &str, scopes: &[Scope]) -> PlannedCheck {
    let rule = |id: &str, default_severity| Rule {
        id: id.into(),
        default_severity,
        summary: format!("says something of `{id}`."),
        explanation: format!("*What it finds.* Something of `{id}`."),
    };
    PlannedCheck {
        suite: SuiteCheck {
            name: name.into(),
            source: CheckSource::Bundled(name.into()),
            grants: None,
            http_paths: HttpPaths::default(),
            gate: None,
            settings: json!({}),
            severity: BTreeMap::new(),
            limits: Limits::default(),
            place: Some(Place { line: 12, column: 1 }),
        },
        manifest: Manifest {
            name: name.into(),
            version: "0.1.0".into(),
            summary: format!("Looks at {name}."),
            scopes: scopes.to_vec(),
            gates: scopes.contains(&Scope::Deployment),
            rules: vec![rule("broken", Severity::Error), rule("measured", Severity::Note)],
            settings_schema: json!({ "type": "object" }),
        },
        grants: vec!["comfyui/inventory".into()],
        gates: scopes.contains(&Scope::Deployment),
        sha256: "c0ffee".repeat(10) + "c0ff",
    }
}

fn suite() -> Suite {
    Suite {
        name: "denrisi".into(),
        run_name: "denrisi".into(),
        file: Some(TextFile { path: "suite.toml".into(), text: String::new() }),
        workflow: Some(TextFile { path: "workflows/denrisi.json".into(), text: WORKFLOW.into() }),
        request: JobRequest::default(),
        deployment: Deployment::default(),
        sampling: Sampling {
            submit: comfycheck_core::suite::Submit::Run,
            rate_limit: None,
            samples: 0,
            concurrency: NonZeroU32::MIN,
            variations: Vec::new(),
            seed_inputs: None,
            seed: None,
            patience: Patience::default(),
            budget: comfycheck_core::money::Budget::default(),
            share: None,
        },
        checks: Vec::new(),
        waivers: Vec::new(),
        notifications: Vec::new(),
        secrets: Secrets::default(),
    }
}
