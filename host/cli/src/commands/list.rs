//! `comfycheck list`: shows the plan of a run. Sends nothing.

mod json;

use crate::answers::Answers;
use crate::args::ListArguments;
use crate::checks::Checks;
use crate::failure::Failure;
use crate::files;
use crate::prepare::{Demands, Prepared, prepare_as};
use crate::reflow::continued;
use crate::terminal::Terminal;
use crate::{answers, fleet, hub};
use comfycheck_core::cost::per_hour;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::PlannedCheck;
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
        .map(|prepared| {
            if arguments.json {
                json::document(&prepared.suite, &prepared.plan)
            } else {
                text(prepared, terminal.width())
            }
        })
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

fn text(prepared: &Prepared, columns: usize) -> String {
    let Prepared { suite, plan, .. } = prepared;
    let mut lines = head(prepared);
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
    // Text from a suite must not begin a line of its own and not move the cursor.
    let wrapped = lines.iter().flat_map(|line| continued(&inert(line), columns));
    wrapped.map(|line| line + "\n").collect()
}

/// What is tested.
fn endpoint(Prepared { suite, answers, .. }: &Prepared) -> String {
    match answers {
        Answers::Cassette(replay) => format!("replay of {}", replay.cassette().name),
        Answers::Scenario(name, _) => format!("simulation of {name}"),
        Answers::Network => answers::endpoint(&suite.deployment).unwrap_or_else(|| "none is named".to_owned()),
    }
}

fn head(prepared: &Prepared) -> Vec<String> {
    let Prepared { suite, plan, answers, .. } = prepared;
    let file = suite.file.as_ref().map(|file| format!(" ({})", file.path)).unwrap_or_default();
    let workflow = suite.workflow.as_ref().map_or("none", |file| file.path.as_str());
    let mut lines = vec![
        format!("suite     {}{file}", suite.run_name),
        format!("endpoint  {}", endpoint(prepared)),
        format!("workflow  {workflow}"),
    ];
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
    let budget = &suite.sampling.budget;
    let (jobs, cost) =
        (budget.max_jobs.map(|most| count(most, "job")), budget.max_cost.map(|most| limit(most, "[USD]")));
    let most: Vec<String> = jobs.into_iter().chain(cost).collect();
    if !most.is_empty() {
        lines.push(format!("budget    at most {}", most.join(" and ")));
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
            None if matches!(answers, Answers::Scenario(..)) => {
                lines.push("cost      simulated: the run reads the scenario's prices".to_owned());
            }
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
