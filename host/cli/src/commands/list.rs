//! `comfycheck list`: shows the plan of a run. Sends nothing.

use crate::args::Selection;
use crate::checks::Checks;
use crate::failure::Failure;
use crate::prepare::{Demands, Prepared, prepare_as};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::ExitCode;
use comfycheck_core::request::InputFile;
use comfycheck_core::suite::{Needs, Suite, SuiteWaiver, Unset};
use comfycheck_core::wording::{bytes, count, money};

/// Shows the plan of a suite.
pub(crate) fn list(selection: &Selection, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    // No requests, so no key is needed.
    let demands = Demands { environment: &environment, unset: Unset::Tolerated, needs: Needs::Everything, suite: true };
    let Prepared { suite, plan, .. } = prepare_as(selection, demands, checks, terminal)?;
    if let Some(warning) = plan.small_budget(&suite) {
        terminal.say(format!("warning: {warning}"));
    }
    terminal.print(&describe(&suite, &plan))?;
    Ok(ExitCode::Passed)
}

/// The files that are sent with jobs, one line each.
pub(super) fn inputs(suite: &Suite) -> impl Iterator<Item = String> {
    suite.request.inputs.iter().map(|input| format!("input     {}", described(input)))
}

/// A file that is sent with jobs: its name, type and size.
pub(super) fn described(input: &InputFile) -> String {
    let media = input.media.map_or("unknown type", |media| media.name);
    format!("{} ({media}, {})", input.name, bytes(input.size()))
}

fn describe(suite: &Suite, plan: &Plan) -> String {
    let mut text = String::new();
    // Text from a suite must stay on one line and not move the cursor.
    let mut line = |line: std::fmt::Arguments<'_>| {
        text.push_str(&inert(&line.to_string()));
        text.push('\n');
    };
    let workflow = suite.workflow.as_ref().map_or("none", |file| file.path.as_str());
    line(format_args!("suite     {}", suite.name));
    line(format_args!("workflow  {workflow}"));
    for input in inputs(suite) {
        line(format_args!("{input}"));
    }
    line(format_args!("jobs      {}, {} at a time", plan.samples.len(), suite.sampling.concurrency));
    if suite.deployment.dry_run > 0 {
        let most = suite.deployment.dry_run;
        line(format_args!(
            "dry run   at most {}, before the samples, if a check needs it; ComfyUI must refuse them",
            count(most, "job")
        ));
    }
    if let Some(most) = suite.sampling.budget.max_jobs {
        line(format_args!("budget    at most {}", count(most, "job")));
    }
    if let Some(most) = suite.sampling.budget.max_cost {
        line(format_args!("budget    at most {}", money(most)));
    }
    match (&plan.price, &plan.estimate) {
        (Some(price), Some(estimate)) => {
            let (most, running) = (money(estimate.high), suite.sampling.patience.in_progress.as_secs());
            line(format_args!("price     {}/s", money(price.per_second)));
            line(format_args!(
                "cost      at most {most} if every job runs for {running} s, not counting worker startup"
            ));
        }
        (Some(_), None) => line(format_args!("cost      none: no samples")),
        (None, _) => line(format_args!("cost      unknown: set `gpu` or `price-per-second` in `[deployment]`")),
    }
    line(format_args!(""));
    line(format_args!("checks, in report order:"));
    let width = plan.checks.iter().map(|check| check.suite.name.len()).max().unwrap_or_default();
    for (position, check) in plan.checks.iter().enumerate() {
        let scopes: Vec<_> = check.manifest.scopes.iter().map(|scope| scope.word()).collect();
        let instances = plan.instances.iter().filter(|planned| planned.check == position).count();
        let gates = if check.gates { ", gates" } else { "" };
        let grants = if check.grants.is_empty() { "none".to_owned() } else { check.grants.join(", ") };
        let name = &check.suite.name;
        line(format_args!("  {name:width$}  {} {}", check.manifest.name, check.manifest.version));
        line(format_args!("  {:width$}  {}: {}{gates}", "", count(instances, "check"), scopes.join(", ")));
        line(format_args!("  {:width$}  permissions: {grants}", ""));
    }
    if !suite.waivers.is_empty() {
        line(format_args!(""));
        line(format_args!("waivers, each until it expires:"));
    }
    for SuiteWaiver { check, rule, subject, reason, expires, place: _ } in &suite.waivers {
        let on = subject.as_ref().map(|subject| format!(" on {subject}")).unwrap_or_default();
        line(format_args!("  {check}/{rule}{on}, until {expires}: {reason}"));
    }
    text
}
