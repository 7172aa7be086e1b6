//! What a benchmark decides.

use super::{Bench, BenchFinding, Decision, LevelComparison, LevelsNotRun, LoadKind, MetricChange, NeededSize};
use crate::report::{ExitCode, Signal};
use comfycheck_wording::{count, names};

/// Sets the decision of a benchmark and the reasons for it.
///
/// - An error finding fails it, such as a broken limit.
/// - A metric that is worse than in the baseline makes it worse.
/// - A level that ended early or did not run, an unknown limit and an unclear metric make it inconclusive.
/// - Otherwise a better metric makes it better.
///
/// Where a job succeeded, failed jobs and jobs without a result lower the success rate and decide nothing else. An open
/// question about the deployment decides nothing: the jobs show whether it works.
pub fn decide(bench: &mut Bench) {
    let findings = || bench.findings.iter().chain(bench.levels.iter().flat_map(|level| &level.findings));
    let has = |severity: &str| findings().any(|finding| finding.severity == severity);
    let changes = || {
        let levels = bench.comparison.iter().flat_map(|comparison| &comparison.levels);
        levels.flat_map(|level| level.metrics.iter().map(move |metric| (level, metric)))
    };
    let any = |change| changes().any(|(_, metric)| metric.change == change);
    let reasons = reasons(bench);
    let decision = match () {
        () if has("error") => Decision::Failed,
        () if any(MetricChange::Worse) => Decision::Worse,
        () if !reasons.is_empty() => Decision::Inconclusive,
        () if any(MetricChange::Better) => Decision::Better,
        () if bench.comparison.is_some() => Decision::NoDifference,
        () => Decision::Measured,
    };
    bench.decision = decision;
    bench.reasons = if decision == Decision::Inconclusive { reasons } else { Vec::new() };
}

fn reasons(bench: &Bench) -> Vec<String> {
    let mut reasons = Vec::new();
    let unknown = |finding: &&BenchFinding| finding.severity == "unknown";
    for level in &bench.levels {
        let words = level.load.words();
        reasons.extend(level.findings.iter().filter(unknown).map(|finding| format!("{words}: {}", finding.message)));
        // Which ended the last level, and is a reason of its own.
        let stopped = level.stopped.iter().filter(|_| bench.interrupted.is_none());
        reasons.extend(stopped.map(|reason| format!("{words}: {reason}")));
        if level.submitted == 0 && level.stopped.is_none() {
            reasons.push(format!("{words}: no job was submitted"));
        }
    }
    reasons.extend(bench.not_run.iter().map(LevelsNotRun::sentence));
    if bench.levels.iter().all(|level| level.succeeded == level.cached) {
        reasons.push("no job succeeded".to_owned());
    }
    if let Some(comparison) = &bench.comparison {
        if comparison.levels.is_empty() {
            reasons.push("the baseline has none of these loads".to_owned());
        }
        reasons.extend(comparison.levels.iter().flat_map(unclear));
    }
    if let Some(unknown) = bench.search.as_ref().and_then(|search| search.unknown.clone()) {
        reasons.push(format!("the search ended without an answer: {unknown}"));
    }
    reasons
}

/// What the metrics of a level leave unclear, and what would show it.
fn unclear(level: &LevelComparison) -> impl Iterator<Item = String> {
    let words = level.load.words();
    let of = |change| level.metrics.iter().filter(move |metric| metric.change == change);
    let unclear: Vec<_> = of(MetricChange::Inconclusive).collect();
    // No more workers than jobs at a time have one.
    let has_jobs = |needs: &NeededSize| match level.load {
        LoadKind::Closed { concurrency } => needs.workers.is_none_or(|workers| workers <= concurrency),
        LoadKind::Open { .. } | LoadKind::Cold => true,
    };
    let needs: Option<Vec<NeededSize>> = unclear.iter().map(|metric| metric.needs.filter(has_jobs)).collect();
    let names = names(unclear.iter().map(|metric| metric.metric.as_str()));
    let what =
        (!unclear.is_empty()).then(|| format!("{words}: too few jobs to show a change of {names}{}", need(needs)));
    let too_few = of(MetricChange::TooFew).map(move |metric| {
        let (name, (before, after)) = (&metric.metric, metric.counts);
        format!("{}: too few samples to compare `{name}`: {before} and {after}, need 5", level.load.words())
    });
    what.into_iter().chain(too_few)
}

/// The jobs that are needed for all metrics, in words. Rounded, because the spread of the next benchmark is another one.
fn need(needs: Option<Vec<NeededSize>>) -> String {
    let Some(needs) = needs else { return "; more jobs on so few workers will hardly show it".to_owned() };
    let jobs = needs.iter().map(|needs| needs.jobs).max().unwrap_or(0).div_ceil(10) * 10;
    let workers = needs.iter().filter_map(|needs| needs.workers).max();
    let workers = workers.map(|workers| format!(" on {}", count(workers, "worker"))).unwrap_or_default();
    format!("; about {}{workers} would", count(jobs, "job"))
}

/// The exit code: 1 for `failed` and `worse`, 3 for `inconclusive`, else 0; and that of the signal after an interruption.
pub fn exit_code(bench: &Bench, interrupted: Option<Signal>) -> ExitCode {
    match (interrupted, bench.decision) {
        (Some(signal), _) => ExitCode::Interrupted(signal),
        (None, Decision::Failed | Decision::Worse) => ExitCode::Failed,
        (None, Decision::Inconclusive) => ExitCode::Inconclusive,
        (None, Decision::Better | Decision::NoDifference | Decision::Measured) => ExitCode::Passed,
    }
}

impl LevelsNotRun {
    /// `2 levels did not run (2 jobs at a time, 4 jobs at a time): …`.
    pub fn sentence(&self) -> String {
        let loads: Vec<String> = self.loads.iter().map(|load| load.words()).collect();
        format!("{}: {}", did_not_run(&loads), self.reason)
    }
}

fn did_not_run(loads: &[String]) -> String {
    match loads {
        [one] => format!("level `{one}` did not run"),
        several => format!("{} levels did not run ({})", several.len(), several.join(", ")),
    }
}

impl Bench {
    /// How many errors and warnings its checks found.
    pub fn problems(&self) -> String {
        let all = || self.findings.iter().chain(self.levels.iter().flat_map(|level| &level.findings));
        let number = |severity: &str| all().filter(|finding| finding.severity == severity).count();
        format!("{}, {}", count(number("error"), "error"), count(number("warning"), "warning"))
    }
}
