//! `comfycheck doctor`: shows what a run still needs. Only reads: submits no job and costs nothing.
//!
//! It has no verdict of its own. Everything about the endpoint is a finding of the check `endpoint` at deployment scope. The rest
//! comes from the capabilities that checks have, so it works on recordings and simulations, too. In a live run, each query ends
//! after ten seconds, including its retries.

mod deployment;
mod items;

use super::{init, list};
use crate::answers::Answers;
use crate::args::{Choices, DoctorArguments, Selection};
use crate::checks::{self, Checks};
use crate::environment::environment;
use crate::failure::{Failure, chain};
use crate::prepare::{Demands, Prepared, SUITE, has_suite, prepare_as};
use crate::terminal::Terminal;
use crate::{files, hub};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::{Suite, SuiteNotification, UnsetVariables, WebhookUrl};
use comfycheck_core::wording::{count, money};
use comfycheck_runtime::sandbox::Cache;
use items::Items;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// The default variable of the API key.
const KEY: &str = "RUNPOD_API_KEY";
const KEY_HELP: &str = "export RUNPOD_API_KEY=… with a key from RunPod's console (Settings → API Keys)";
const SUITE_HELP: &str = "export a workflow from ComfyUI into this folder (Workflow → Export (API)) and run `comfycheck init`; or name a \
                          suite, or add `--endpoint ID --workflow FILE`";
const INIT_HELP: &str = "run `comfycheck init`; or name a suite, or add `--endpoint ID --workflow FILE`";
const IGNORED_HELP: &str = "leave out `--no-suite`, or add `--endpoint ID --workflow FILE`";

/// The environment variables that were read, and whether each is set.
type Variables = BTreeMap<String, bool>;

/// Prints one line per item. The worst item determines the exit code.
pub(crate) fn doctor(
    DoctorArguments { selection, json }: &DoctorArguments,
    cache_dir: Option<&Path>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let print = |line: &str| if *json { Ok(()) } else { terminal.print(line) };
    let mut items = Items::new(&print, terminal.width());
    items.ok("comfycheck", format!("version {}", env!("CARGO_PKG_VERSION")));
    cache(cache_dir, &mut items);
    let (prepared, variables) = prepared(selection, checks, terminal, &mut items)?;
    items.fold();
    let ready = prepared.as_ref().map(ready);
    let interrupted = match prepared {
        Some(prepared) => deployment::query(prepared, checks, &mut items)?,
        None => None,
    };
    if interrupted.is_some() {
        terminal.say("interrupted: the remaining items were not checked");
    }
    let code = interrupted.map_or(items.code(), ExitCode::Interrupted);
    let next = next(&items, code, ready, selection);
    if *json {
        let names = |is_set| variables.iter().filter(move |(_, set)| **set == is_set).map(|(name, _)| name);
        let document = json!({
            "version": "comfycheck.doctor/1",
            "exit-code": code.number(),
            "items": items.json(),
            "environment": {
                "set": names(true).collect::<Vec<_>>(),
                "not-set": names(false).collect::<Vec<_>>(),
            },
            "next": next,
        });
        terminal.print(&(serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"))?;
    }
    items.end(&next)?;
    Ok(code)
}

/// What a run would do, in words: `12 samples, up to $2.23`.
fn ready(Prepared { plan, answers, .. }: &Prepared) -> String {
    let samples = count(plan.samples.len(), "sample");
    let cost = plan.estimate.filter(|_| matches!(answers, Answers::Network));
    cost.map_or(samples.clone(), |cost| format!("{samples}, up to {}", money(cost.high)))
}

/// What to do next, in one line.
fn next(items: &Items<'_>, code: ExitCode, ready: Option<String>, selection: &Selection) -> String {
    let suite = selection.suite.as_ref().map(|suite| format!(" {}", suite.display())).unwrap_or_default();
    let fix = |marked: &str| format!("fix what is marked {marked}, then run `comfycheck doctor{suite}` again");
    match code {
        ExitCode::Invalid => {
            let marked = if items.has_invalid() { "`wrong`" } else { "`missing`" };
            format!("{}; without an account, try {}", fix(marked), without_account(items, selection))
        }
        ExitCode::Failed => fix("`wrong`"),
        ExitCode::Passed => {
            let same = if selection.choices == Choices::default() { "" } else { " with the same options" };
            let what = ready.map(|ready| format!(" ({ready})")).unwrap_or_default();
            format!("`comfycheck run{suite}`{same}{what}")
        }
        _ => items.first_help(code).map_or_else(|| format!("run `comfycheck doctor{suite}` again"), str::to_owned),
    }
}

/// How to try comfycheck without an account: a simulation needs a valid suite.
fn without_account(items: &Items<'_>, selection: &Selection) -> String {
    let has_workflow = has_suite(selection) && selection.choices == Choices::default() && !items.has_invalid();
    let suite = selection.suite.as_ref().map(|suite| format!(" {}", suite.display())).unwrap_or_default();
    if has_workflow {
        format!("`comfycheck demo` or `comfycheck run{suite} --simulate healthy`")
    } else {
        "`comfycheck demo`".to_owned()
    }
}

/// The cache for compiled checks: a folder that only this user can write.
fn cache(named: Option<&Path>, items: &mut Items<'_>) {
    let help = "set `--cache-dir` or `COMFYCHECK_CACHE_DIR` to a folder that only you can write";
    let Some(folder) = checks::cache_dir(named.map(Path::to_owned)) else {
        return items.optional("cache", "no home folder to cache compiled checks in", help);
    };
    let error = match Cache::open(&folder) {
        Ok(_) => {
            tempfile::tempfile_in(&folder).err().map(|error| format!("cannot write to `{}`: {error}", folder.display()))
        }
        Err(error) => Some(chain(error.to_string(), error.source()).what),
    };
    match error {
        None => items.ok("cache", "writable"),
        Some(error) => items.optional("cache", format!("every run compiles the checks again: {error}"), help),
    }
}

/// Checks suite, workflow, components and environment. None if the deployment cannot be queried.
fn prepared(
    selection: &Selection,
    checks: &Checks,
    terminal: Terminal,
    items: &mut Items<'_>,
) -> Result<(Option<Prepared>, Variables), Failure> {
    let variables = RefCell::new(Variables::new());
    let seen = |name: &str| {
        let value = environment(name);
        // An empty value counts as unset.
        let is_set = value.as_ref().is_some_and(|value| !value.trimmed().expose().is_empty());
        variables.borrow_mut().insert(name.to_owned(), is_set);
        value
    };
    let tests = files::hub_tests(selection.suite.as_deref())?;
    let attempt = |unset| {
        let demands = Demands { environment: &seen, unset, suite: false, ..Demands::RUN };
        match &tests {
            Some(tests) => hub::prepare(tests, selection, demands, checks, terminal).map(|(_, runs)| of_all(runs)),
            None => prepare_as(selection, demands, checks, terminal),
        }
    };
    if !has_suite(selection) {
        let (what, help) = no_suite(selection);
        items.needed("suite", what, help);
    }
    let live = match attempt(UnsetVariables::Refused) {
        Ok(prepared) => {
            valid(&prepared, selection, items);
            key(&prepared, items);
            Ok(prepared)
        }
        Err(failure) => Err(refused(failure, attempt(UnsetVariables::Tolerated), selection, items)?),
    };
    let variables = variables.into_inner();
    // A suite without an endpoint is refused first. Report the missing key in the same run.
    if live.is_err() && variables.get(KEY) == Some(&false) && !items.mention(KEY) {
        items.needed("environment", format!("`{KEY}` is not set"), KEY_HELP);
    }
    if let Ok(prepared) = &live {
        webhooks(&prepared.suite, items);
    }
    Ok((live.ok(), variables))
}

/// The first run of the Hub's tests, with the samples of all. They share their endpoint.
fn of_all(runs: Vec<Prepared>) -> Prepared {
    let mut runs = runs.into_iter();
    let mut first = runs.next().expect("a file has at least one test");
    for other in runs {
        first.plan.samples.extend(other.plan.samples);
        let both = first.plan.estimate.zip(other.plan.estimate);
        first.plan.estimate = both.map(|(one, more)| one + more);
    }
    first
}

/// Why there is no suite, and what to do.
fn no_suite(selection: &Selection) -> (String, &'static str) {
    if selection.no_suite && Path::new(SUITE).exists() {
        return (format!("`--no-suite` ignores `{SUITE}`"), IGNORED_HELP);
    }
    let help = if init::has_workflow() { INIT_HELP } else { SUITE_HELP };
    (format!("there is no `{SUITE}` in this folder"), help)
}

/// The notifications that could not be sent.
fn webhooks(suite: &Suite, items: &mut Items<'_>) {
    for SuiteNotification { to, url, .. } in &suite.notifications {
        if let WebhookUrl::Unusable(why) = url {
            let help = "set the variable to the webhook URL, or remove the notification";
            items.warning("webhook", format!("cannot notify {}: {why}", to.words()), Some(help));
        }
    }
}

/// Whether a key is set. Never prints it.
fn key(prepared: &Prepared, items: &mut Items<'_>) {
    if !matches!(prepared.answers, Answers::Network) {
        return;
    }
    let deployment = &prepared.suite.deployment;
    if deployment.local_worker {
        return items.ok("key", "not needed for a local worker");
    }
    if deployment.key.is_some() {
        return items.ok("key", "set");
    }
    items.missing("key", "not set: the endpoint cannot be queried", KEY_HELP);
}

/// Why the deployment cannot be queried: problems of the suite on any machine, and problems of this environment.
fn refused(
    live: Failure,
    anywhere: Result<Prepared, Failure>,
    selection: &Selection,
    items: &mut Items<'_>,
) -> Result<(), Failure> {
    let of_suite = match anywhere {
        Ok(prepared) => {
            valid(&prepared, selection, items);
            Vec::new()
        }
        Err(failure) => diagnostics(failure)?,
    };
    for diagnostic in &of_suite {
        items.invalid("suite", diagnostic.to_string(), diagnostic.help.as_deref());
    }
    for diagnostic in diagnostics(live)?.iter().filter(|diagnostic| !of_suite.contains(diagnostic)) {
        let (text, help) = (diagnostic.to_string(), diagnostic.help.as_deref());
        if diagnostic.missing {
            let help = if text.contains(KEY) { Some(KEY_HELP) } else { help };
            items.needed("environment", text, help.unwrap_or_default());
        } else {
            items.invalid("environment", text, help);
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
fn valid(prepared: &Prepared, selection: &Selection, items: &mut Items<'_>) {
    let Prepared { suite, plan, answers, .. } = prepared;
    if has_suite(selection) {
        let named = selection.suite.as_ref().map(|path| path.display().to_string());
        let file = suite.file.as_ref().map(|file| file.path.clone()).or(named);
        let file = file.unwrap_or_else(|| "the command line".to_owned());
        let (checks, samples) = (count(plan.checks.len(), "check"), count(plan.samples.len(), "sample"));
        items.ok("suite", format!("{file}: {checks}, {samples}"));
    }
    if let Some(file) = &suite.workflow {
        items.ok("workflow", &file.path);
    } else if has_suite(selection) {
        let help = "export one from ComfyUI with Workflow → Export (API)";
        items.missing("workflow", "no workflow is named: no samples will run", help);
    }
    for input in &suite.request.inputs {
        items.ok("input", format!("{}, {}", input.name, list::type_and_size(input)));
    }
    match answers {
        Answers::Network => {}
        Answers::Cassette(replay) => items.ok("responses", format!("recording `{}`", replay.cassette().name)),
        Answers::Scenario(name, _) => items.ok("responses", format!("scenario `{name}`")),
    }
}
