//! `comfycheck doctor`: shows what a run still needs. Only reads: submits no job and costs nothing.

mod deployment;
mod lines;

use super::list;
use crate::args::Selection;
use crate::checks::{self, Checks};
use crate::failure::{Failure, chain};
use crate::prepare::{Answers, Demands, Prepared, SUITE, has_suite, prepare_as};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::{Needs, Suite, SuiteNotification, Unset, WebhookUrl};
use comfycheck_core::wording::count;
use comfycheck_runtime::sandbox::Cache;
use lines::Lines;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// The default variable of the API key.
const KEY: &str = "RUNPOD_API_KEY";
const KEY_HELP: &str =
    "export RUNPOD_API_KEY=… with a key from RunPod's console; without an account: `comfycheck run --simulate healthy`";

/// Prints one line per item. The worst line determines the exit code.
pub(crate) fn doctor(
    selection: &Selection,
    cache_dir: Option<&Path>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let print = |line: &str| terminal.print(line);
    let mut lines = Lines::new(&print);
    lines.ok("comfycheck", format!("version {}", env!("CARGO_PKG_VERSION")));
    cache(cache_dir, &mut lines);
    let interrupted = match prepared(selection, checks, terminal, &mut lines)? {
        Some(prepared) => deployment::query(prepared, checks, &mut lines)?,
        None => None,
    };
    if interrupted.is_some() {
        terminal.say("interrupted: the remaining items were not checked");
    } else {
        terminal.print(&lines.next_step())?;
    }
    let worst = lines.end()?;
    Ok(interrupted.map_or(worst, ExitCode::Interrupted))
}

/// The cache for compiled checks: a folder that only this user can write.
fn cache(named: Option<&Path>, lines: &mut Lines<'_>) {
    let help = "set `--cache-dir` or `COMFYCHECK_CACHE_DIR` to a folder that only you can write";
    let Some(folder) = checks::cache_dir(named.map(Path::to_owned)) else {
        return lines.optional("cache", "no home folder to cache compiled checks in", help);
    };
    let problem = match Cache::open(&folder) {
        Ok(_) => {
            tempfile::tempfile_in(&folder).err().map(|error| format!("cannot write to `{}`: {error}", folder.display()))
        }
        Err(error) => Some(chain(error.to_string(), error.source()).what),
    };
    match problem {
        None => lines.ok("cache", "compiled checks are cached"),
        Some(error) => lines.optional("cache", format!("every run compiles the checks again: {error}"), help),
    }
}

/// Checks suite, workflow, components and environment. None if the deployment cannot be queried.
fn prepared(
    selection: &Selection,
    checks: &Checks,
    terminal: Terminal,
    lines: &mut Lines<'_>,
) -> Result<Option<Prepared>, Failure> {
    let variables = RefCell::new(BTreeMap::new());
    let environment = |name: &str| {
        let value = std::env::var(name).ok();
        // An empty value counts as unset.
        let is_set = value.as_ref().is_some_and(|value| !value.trim().is_empty());
        variables.borrow_mut().insert(name.to_owned(), is_set);
        value
    };
    let attempt = |unset| {
        let demands = Demands { environment: &environment, unset, needs: Needs::Everything, suite: false };
        prepare_as(selection, demands, checks, terminal)
    };
    if !has_suite(selection) {
        let help = "create one with `comfycheck init`, name one, or add `--endpoint ID --workflow FILE`";
        lines.needed("suite", format!("there is no `{SUITE}` in this folder"), help);
    }
    let live = match attempt(Unset::Refused) {
        Ok(prepared) => {
            valid(&prepared, selection, lines);
            key(&prepared, lines);
            Ok(prepared)
        }
        Err(failure) => Err(refused(failure, attempt(Unset::Tolerated), selection, lines)?),
    };
    let variables = variables.into_inner();
    // A suite without an endpoint is refused first. Report the missing key in the same run.
    if live.is_err() && variables.get(KEY) == Some(&false) && !lines.mention(KEY) {
        lines.needed("environment", format!("`{KEY}` is not set"), KEY_HELP);
    }
    let words = |expected| {
        let names = variables.iter().filter(|(_, is_set)| **is_set == expected).map(|(name, _)| format!("`{name}`"));
        names.reduce(|names, name| names + ", " + &name).unwrap_or_else(|| "none".to_owned())
    };
    if !variables.is_empty() {
        lines.ok("environment", format!("set: {}; not set: {}", words(true), words(false)));
    }
    if let Ok(prepared) = &live {
        webhooks(&prepared.suite, lines);
    }
    Ok(live.ok())
}

/// The notifications that could not be sent.
fn webhooks(suite: &Suite, lines: &mut Lines<'_>) {
    for SuiteNotification { to, url, .. } in &suite.notifications {
        if let WebhookUrl::Unusable(why) = url {
            let help = "set the variable to the webhook URL, or remove the notification";
            lines.warning("webhook", format!("cannot notify {}: {why}", to.words()), Some(help));
        }
    }
}

/// Whether a key is set. Never prints it.
fn key(prepared: &Prepared, lines: &mut Lines<'_>) {
    if !matches!(prepared.answers, Answers::Network) {
        return;
    }
    let deployment = &prepared.suite.deployment;
    if deployment.local_worker {
        return lines.ok("key", "not needed for a local worker");
    }
    if deployment.key.is_some() {
        return lines.ok("key", "set");
    }
    lines.optional("key", "not set: the endpoint cannot be queried", KEY_HELP);
}

/// Why the deployment cannot be queried: problems of the suite on any machine, and problems of this environment.
fn refused(
    live: Failure,
    anywhere: Result<Prepared, Failure>,
    selection: &Selection,
    lines: &mut Lines<'_>,
) -> Result<(), Failure> {
    let of_suite = match anywhere {
        Ok(prepared) => {
            valid(&prepared, selection, lines);
            Vec::new()
        }
        Err(failure) => diagnostics(failure)?,
    };
    for diagnostic in &of_suite {
        lines.invalid("suite", diagnostic.to_string(), diagnostic.help.as_deref());
    }
    for diagnostic in diagnostics(live)?.iter().filter(|diagnostic| !of_suite.contains(diagnostic)) {
        let (text, help) = (diagnostic.to_string(), diagnostic.help.as_deref());
        if diagnostic.missing {
            lines.needed("environment", text, help.unwrap_or_default());
        } else {
            lines.invalid("environment", text, help);
        }
    }
    Ok(())
}

/// The problems of the input. A failure of this machine stays a failure.
fn diagnostics(failure: Failure) -> Result<Vec<Diagnostic>, Failure> {
    match failure {
        Failure::Invalid(refusal) => Ok(refusal.diagnostics),
        Failure::Wrong(_) | Failure::Machine(_) => Err(failure),
    }
}

/// The parts of a valid suite.
fn valid(prepared: &Prepared, selection: &Selection, lines: &mut Lines<'_>) {
    let Prepared { suite, plan, answers, .. } = prepared;
    if has_suite(selection) {
        let file = suite.file.as_ref().map_or("the command line".to_owned(), |file| format!("`{}`", file.path));
        let (instances, jobs) = (count(plan.instances.len(), "check"), count(plan.samples.len(), "job"));
        lines.ok("suite", format!("{file} plans {instances} and {jobs}"));
        let versions = plan.checks.iter().map(|check| (&check.suite.name, &check.manifest.version));
        let versions: Vec<_> = versions.map(|(name, version)| format!("{name} {version}")).collect();
        lines.ok("checks", versions.join(", "));
    }
    match &suite.workflow {
        Some(file) => lines.ok("workflow", format!("`{}` is in API format", file.path)),
        None => lines.optional(
            "workflow",
            "no workflow is named: no samples will run",
            "export one from ComfyUI with Workflow → Export (API)",
        ),
    }
    for input in &suite.request.inputs {
        lines.ok("input", list::described(input));
    }
    match answers {
        Answers::Network => {}
        Answers::Cassette(cassette) => {
            lines.ok("answers", format!("the recording `{}` (needs no key)", cassette.name));
        }
        Answers::Scenario(name, _) => lines.ok("answers", format!("the scenario `{name}` (needs no key)")),
    }
}
