//! `comfycheck list`: shows the plan of a run. Sends nothing.

mod json;

use crate::args::ListArguments;
use crate::checks::Checks;
use crate::failure::Failure;
use crate::files;
use crate::prepare::{Demands, Prepared, prepare_as};
use crate::terminal::Terminal;
use crate::{fleet, hub};
use comfycheck_core::cost::per_hour;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::{Plan, PlannedCheck};
use comfycheck_core::report::ExitCode;
use comfycheck_core::request::InputFile;
use comfycheck_core::suite::{Suite, SuiteWaiver, UnsetVariables};
use comfycheck_core::wording::{bytes, count, limit, money};

/// Shows the plan of a suite, or the runs of a fleet.
pub(crate) fn list(
    arguments: &ListArguments,
    checks: impl FnOnce() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.fleet {
        return fleet::list(path, arguments.json, terminal);
    }
    // No requests, so no key is needed.
    let demands = Demands { unset: UnsetVariables::Tolerated, ..Demands::RUN };
    let selection = &arguments.selection;
    let prepared = match files::hub_tests(selection.suite.as_deref())? {
        Some(tests) => hub::prepare(&tests, selection, demands, &checks()?, terminal)?.1,
        None => vec![prepare_as(selection, demands, &checks()?, terminal)?],
    };
    for Prepared { suite, plan, .. } in &prepared {
        if let Some(warning) = plan.small_budget(suite) {
            terminal.say(format!("warning: {warning}"));
        }
    }
    let plans: Vec<String> = prepared
        .iter()
        .map(
            |Prepared { suite, plan, .. }| if arguments.json { json::document(suite, plan) } else { text(suite, plan) },
        )
        .collect();
    let page = match plans.as_slice() {
        [plan] => plan.clone(),
        plans if arguments.json => format!("[\n{}]\n", plans.join(",")),
        plans => plans.join("\n"),
    };
    terminal.print(&page)?;
    Ok(ExitCode::Passed)
}

/// The files that are sent with jobs, one line each.
pub(super) fn inputs(suite: &Suite) -> impl Iterator<Item = String> {
    suite.request.inputs.iter().map(|input| format!("input     {} ({})", input.name, type_and_size(input)))
}

/// The type and the size of a file that is sent with jobs.
pub(super) fn type_and_size(input: &InputFile) -> String {
    let media = input.media.map_or("unknown type", |media| media.name);
    format!("{media}, {}", bytes(input.size()))
}

fn text(suite: &Suite, plan: &Plan) -> String {
    let mut lines = head(suite, plan);
    lines.push(String::new());
    lines.push("checks, in report order:".to_owned());
    let width = plan.checks.iter().map(|check| check.suite.name.len()).max().unwrap_or_default();
    for check in &plan.checks {
        let name = &check.suite.name;
        let component = Some(&check.manifest.name).filter(|component| *component != name);
        let component = component.map(|component| format!(" (`{component}`)")).unwrap_or_default();
        lines.push(format!("  {name:width$}  {}{component}", when(check)));
        let grants = if check.grants.is_empty() { "none".to_owned() } else { check.grants.join(", ") };
        lines.push(format!("  {:width$}  permissions: {grants}", ""));
        if !check.suite.http_paths.is_empty() {
            lines.push(format!(
                "  {:width$}  requests of ComfyUI: {}",
                "",
                check.suite.http_paths.patterns().join(", ")
            ));
        }
    }
    if !suite.waivers.is_empty() {
        lines.push(String::new());
        lines.push("waivers, each until it expires:".to_owned());
    }
    for SuiteWaiver { check, rule, subject, reason, expires, place: _ } in &suite.waivers {
        let on = subject.as_ref().map(|subject| format!(" on {subject}")).unwrap_or_default();
        lines.push(format!("  {check}/{rule}{on}, until {expires}: {reason}"));
    }
    // Text from a suite must stay on one line and not move the cursor.
    lines.iter().map(|line| inert(line) + "\n").collect()
}

fn head(suite: &Suite, plan: &Plan) -> Vec<String> {
    let file = suite.file.as_ref().map(|file| format!(" ({})", file.path)).unwrap_or_default();
    let workflow = suite.workflow.as_ref().map_or("none", |file| file.path.as_str());
    let mut lines = vec![format!("suite     {}{file}", suite.name), format!("workflow  {workflow}")];
    lines.extend(inputs(suite));
    let at_once =
        if plan.samples.is_empty() { String::new() } else { format!(", {} at a time", suite.sampling.concurrency) };
    lines.push(format!("samples   {}{at_once}", plan.samples.len()));
    if suite.deployment.dry_run > 0 {
        let jobs = count(suite.deployment.dry_run, "job");
        lines.push(format!(
            "dry run   at most {jobs}, before the samples, if a check needs it; ComfyUI must refuse them"
        ));
    }
    if let Some(most) = suite.sampling.budget.max_jobs {
        lines.push(format!("budget    at most {}", count(most, "job")));
    }
    if let Some(most) = suite.sampling.budget.max_cost {
        lines.push(format!("budget    at most {}", limit(most, "[USD]")));
    }
    match (&plan.price, &plan.estimate) {
        (Some(price), Some(estimate)) => {
            let running = suite.sampling.patience.in_progress.as_secs_f64();
            lines.push(format!("price     {} ({})", per_hour(price.per_second), price.source.words()));
            lines.push(format!(
                "cost      at most {} if every job runs for {}, not counting worker startup",
                money(estimate.high),
                limit(running, "s")
            ));
        }
        (Some(_), None) => lines.push("cost      none: no samples".to_owned()),
        (None, _) => match &suite.deployment.gpu {
            Some(gpu) => lines.push(format!(
                "cost      unknown: no price is known for GPU `{gpu}`; set `price-per-second` in `[deployment]`"
            )),
            None => lines.push("cost      unknown: set `gpu` or `price-per-second` in `[deployment]`".to_owned()),
        },
    }
    lines
}

/// When a check runs: `before and after the samples`.
fn when(check: &PlannedCheck) -> String {
    let has = |scope| check.manifest.scopes.contains(&scope);
    let around = match (has(Scope::Deployment), has(Scope::Run)) {
        (true, true) => "before and after the samples",
        (true, false) => "before the samples",
        (false, true) => "after the samples",
        (false, false) => "",
    };
    let each = if has(Scope::Sample) { "on each sample" } else { "" };
    let times: Vec<_> = [each, around].into_iter().filter(|when| !when.is_empty()).collect();
    let gate = if check.gates { "; an error stops the run before the samples" } else { "" };
    times.join(", ") + gate
}
