//! The plan of a run as JSON, `comfycheck.plan/1`.

use comfycheck_core::cost::Price;
use comfycheck_core::plan::{Plan, PlannedCheck};
use comfycheck_core::request::InputFile;
use comfycheck_core::suite::{Suite, SuiteWaiver};
use serde_json::{Value, json};

pub(super) fn document(suite: &Suite, plan: &Plan) -> String {
    let price = plan
        .price
        .as_ref()
        .map(|Price { per_second, source, .. }| json!({ "usd-per-second": per_second, "source": source.word() }));
    let mut document = json!({
        "version": "comfycheck.plan/1",
        "suite": suite.name,
        "file": suite.file.as_ref().map(|file| &file.path),
        "workflow": suite.workflow.as_ref().map(|file| &file.path),
        "samples": plan.samples.len(),
        "concurrency": suite.sampling.concurrency,
        "dry-run-jobs": suite.deployment.dry_run,
        "budget": {
            "max-jobs": suite.sampling.budget.max_jobs,
            "max-cost-usd": suite.sampling.budget.max_cost,
        },
        "price": price,
        "at-most-usd": plan.estimate.map(|estimate| estimate.high),
        "checks": plan.checks.iter().enumerate().map(|(index, one)| check(one, index, plan)).collect::<Vec<_>>(),
        "waivers": suite.waivers.iter().map(waiver).collect::<Vec<_>>(),
        "warnings": plan.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if !suite.request.inputs.is_empty() {
        document["inputs"] = suite.request.inputs.iter().map(input).collect();
    }
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// A file that is sent with jobs.
fn input(input: &InputFile) -> Value {
    let media = input.media.map(|media| media.name);
    json!({ "name": input.name, "media-type": media, "bytes": input.size(), "sha256": input.sha256 })
}

fn check(check: &PlannedCheck, index: usize, plan: &Plan) -> Value {
    json!({
        "name": check.suite.name,
        "component": check.manifest.name,
        "version": check.manifest.version,
        "scopes": check.manifest.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>(),
        "instances": plan.instances.iter().filter(|planned| planned.check == index).count(),
        "gates": check.gates,
        "grants": check.grants,
    })
}

fn waiver(SuiteWaiver { check, rule, subject, reason, expires, place: _ }: &SuiteWaiver) -> Value {
    let rule = format!("{check}/{rule}");
    json!({ "rule": rule, "subject": subject, "reason": reason, "expires": expires.to_string() })
}
