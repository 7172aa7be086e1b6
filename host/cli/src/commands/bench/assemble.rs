//! From the results of loads to a benchmark.

use comfycheck_core::bench::{
    Bench, BenchFinding, BenchOrigin, BenchPrice, Decision, LevelInput, SearchResult, bound, level,
};
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Finding, OpenQuestion, Severity};
use comfycheck_core::plan::Plan;
use comfycheck_core::render::bench_findings;
use comfycheck_core::report::{Origin, Report, RunResult, Signal, summarize};
use comfycheck_core::statistics::times::warm_execution;
use comfycheck_core::suite::Suite;
use comfycheck_runtime::run::{BenchOutcome, LoadOutcome};

/// What is known of a benchmark beside its results.
pub(super) struct Head<'a> {
    pub(super) suite: &'a Suite,
    pub(super) plan: Plan,
    pub(super) origin: Origin,
    pub(super) date: String,
    /// Live runs only.
    pub(super) started: Option<String>,
    pub(super) interrupted: Option<Signal>,
}

/// The benchmark, without a baseline and without its decision.
pub(super) fn bench(head: Head<'_>, outcome: &BenchOutcome, search: Option<SearchResult>) -> Bench {
    let Head { suite, plan, origin, date, started, interrupted } = head;
    let warm = warm_execution(
        &outcome.loads.iter().flat_map(|load| input(load, outcome, None, &[]).timed()).collect::<Vec<_>>(),
    );
    let (mut levels, mut samples) = (Vec::new(), Vec::new());
    for (number, load) in (0..).zip(&outcome.loads) {
        let findings = findings(&load.executions);
        let (level, of_level) = level(&input(load, outcome, warm, &findings), number);
        levels.push(level);
        samples.extend(of_level);
    }
    let left_out = bound(&mut samples);
    Bench {
        version: comfycheck_core::bench::BENCH_VERSION.to_owned(),
        comfycheck: env!("CARGO_PKG_VERSION").to_owned(),
        suite: suite.name.clone(),
        name: suite.run_name.clone(),
        origin: bench_origin(&origin),
        date: date.clone(),
        decision: Decision::Measured,
        reasons: Vec::new(),
        price: outcome.price.as_ref().map(|price| BenchPrice {
            per_second: price.per_second,
            source: price.source.word().to_owned(),
            date: price.date.clone(),
        }),
        findings: bench_findings(&report(suite, plan, outcome, origin, date)),
        levels,
        not_run: None,
        samples,
        left_out,
        comparison: None,
        search,
        interrupted: interrupted.map(|signal| signal.sentence().to_owned()),
        started,
    }
}

/// The report of the checks of the deployment and of those that explain failed jobs.
fn report(suite: &Suite, mut plan: Plan, outcome: &BenchOutcome, origin: Origin, date: String) -> Report {
    let diagnosis = outcome.diagnosis.iter().flat_map(|it| it.executions.iter().cloned());
    let samples = outcome.diagnosis.as_ref().map(|it| it.samples.clone()).unwrap_or_default();
    let mut executions: Vec<Execution> = outcome.executions.iter().cloned().chain(diagnosis).collect();
    // What a recording does not hold changes nothing.
    executions.retain(|execution| !matches!(execution.outcome, Outcome::Errored { kind: ErrorKind::Cassette, .. }));
    for Execution { outcome, .. } in &mut executions {
        if let Outcome::Completed { open, .. } = outcome {
            open.retain(|question| !question.unrecorded);
        }
    }
    plan.instances.retain(|planned| executions.iter().any(|execution| execution.instance == planned.instance));
    let price = outcome.price.clone();
    let result =
        RunResult { origin, date, executions, samples, dry_run: Vec::new(), price, interrupted: None, machine: None };
    summarize(suite, &plan, result)
}

fn input<'a>(
    load: &'a LoadOutcome,
    outcome: &'a BenchOutcome,
    warm: Option<f64>,
    findings: &'a [BenchFinding],
) -> LevelInput<'a> {
    LevelInput {
        load: load.stage.load,
        samples: &load.samples.samples,
        due: &load.due,
        cached: &outcome.cached,
        warm,
        findings,
        stopped: load.stopped.as_deref(),
    }
}

fn bench_origin(origin: &Origin) -> BenchOrigin {
    let (kind, name) = match origin {
        Origin::Live { endpoint, server, .. } => ("live", endpoint.clone().or_else(|| server.clone())),
        Origin::Replay { cassette, .. } => ("replay", Some(cassette.clone())),
        Origin::Simulation { scenario, .. } => ("simulation", Some(scenario.clone())),
    };
    BenchOrigin { kind: kind.to_owned(), name }
}

/// Errors, warnings and unknowns. Waived findings and notes are left out.
fn findings(executions: &[Execution]) -> Vec<BenchFinding> {
    let mut all = Vec::new();
    for Execution { instance, outcome, .. } in executions {
        match outcome {
            Outcome::Completed { findings, open } => {
                let counts = |finding: &&Finding| finding.severity != Severity::Note && !finding.is_waived();
                all.extend(findings.iter().filter(counts).map(|finding| of_finding(&instance.check, finding)));
                all.extend(
                    open.iter()
                        .filter(|open| !open.closed && !open.unrecorded)
                        .map(|open| of_question(&instance.check, open)),
                );
            }
            Outcome::Errored { message, .. } => all.push(BenchFinding {
                message: format!("the check did not run to its end: {message}"),
                ..empty(&instance.check, "", "unknown")
            }),
            Outcome::Skipped { .. } => {}
        }
    }
    all
}

fn of_finding(check: &str, finding: &Finding) -> BenchFinding {
    let severity = if finding.is_error() { "error" } else { "warning" };
    let measurement = finding.measurement.as_ref();
    BenchFinding {
        message: finding.message.clone(),
        help: finding.help.clone(),
        value: measurement.map(|measurement| measurement.value),
        limit: measurement.and_then(|measurement| Some(measurement.limit?.limit())),
        unit: measurement.map(|measurement| measurement.unit.clone()),
        ..empty(check, &finding.rule, severity)
    }
}

fn of_question(check: &str, open: &OpenQuestion) -> BenchFinding {
    BenchFinding { message: open.reason.clone(), help: open.help.clone(), ..empty(check, &open.rule, "unknown") }
}

fn empty(check: &str, rule: &str, severity: &str) -> BenchFinding {
    BenchFinding {
        check: check.to_owned(),
        rule: rule.to_owned(),
        severity: severity.to_owned(),
        message: String::new(),
        place: None,
        evidence: None,
        help: None,
        value: None,
        limit: None,
        unit: None,
    }
}
