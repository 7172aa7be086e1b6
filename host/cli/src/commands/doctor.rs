//! `comfycheck doctor`: what a run still lacks. Only reads, takes no sample, and costs nothing.

mod asked;
mod lines;

use crate::args::Selection;
use crate::checks::{self, Checks};
use crate::failure::{Failure, chain};
use crate::prepare::{Answers, Demands, Prepared, SUITE, has_suite, prepare_as};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::render::count;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::{Suite, SuiteNotification, Unset, WebhookUrl};
use comfycheck_runtime::sandbox::Cache;
use lines::Lines;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// The variable that has the key, unless the suite names another.
const KEY: &str = "RUNPOD_API_KEY";
const KEY_HELP: &str = "make a key in RunPod's console, and set `RUNPOD_API_KEY` to it";

/// Tells what is there and what is not. The exit code is that of the worst line.
pub(crate) fn doctor(
    selection: &Selection,
    cache_dir: Option<&Path>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let tell = |line: &str| terminal.print(line);
    let mut lines = Lines::new(&tell);
    lines.ok("comfycheck", format!("version {}", env!("CARGO_PKG_VERSION")));
    cache(cache_dir, &mut lines);
    let interrupted = match prepared(selection, checks, terminal, &mut lines)? {
        Some(prepared) => asked::ask(prepared, checks, &mut lines)?,
        None => None,
    };
    if interrupted.is_some() {
        terminal.say("interrupted: what else there is to ask is not told");
    }
    let worst = lines.end()?;
    Ok(interrupted.map_or(worst, ExitCode::Interrupted))
}

/// Compiled checks are kept where this user, and nobody else, can write.
fn cache(named: Option<&Path>, lines: &mut Lines<'_>) {
    let help = "name a folder of your own with `--cache-dir` or `COMFYCHECK_CACHE_DIR`";
    let Some(folder) = checks::cache_dir(named.map(Path::to_owned)) else {
        return lines.optional("cache", "there is no home to keep compiled checks in", help);
    };
    let told = match Cache::open(&folder) {
        Ok(_) => {
            tempfile::tempfile_in(&folder).err().map(|error| format!("cannot write to `{}`: {error}", folder.display()))
        }
        Err(error) => Some(chain(error.to_string(), error.source()).what),
    };
    match told {
        None => lines.ok("cache", "compiled checks are kept"),
        Some(error) => lines.optional("cache", format!("every run compiles the checks anew: {error}"), help),
    }
}

/// Looks at suite, workflow, components and environment. None if there is nothing to ask, or nobody may be asked.
fn prepared(
    selection: &Selection,
    checks: &Checks,
    terminal: Terminal,
    lines: &mut Lines<'_>,
) -> Result<Option<Prepared>, Failure> {
    let looked_at = RefCell::new(BTreeMap::new());
    let environment = |name: &str| {
        let value = std::env::var(name).ok();
        // An empty one counts as not set.
        let is_set = value.as_ref().is_some_and(|value| !value.trim().is_empty());
        looked_at.borrow_mut().insert(name.to_owned(), is_set);
        value
    };
    let attempt = |unset| {
        let demands = Demands { environment: &environment, unset, suite: false };
        prepare_as(selection, demands, checks, terminal)
    };
    if !has_suite(selection) {
        let help = "`comfycheck init` writes one; or name one, or give `--endpoint ID --workflow FILE`";
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
    let looked_at = looked_at.into_inner();
    // A suite without an endpoint is refused for that, and its key would be missed next.
    if live.is_err() && looked_at.get(KEY) == Some(&false) && !lines.mention(KEY) {
        lines.needed("environment", format!("`{KEY}` is not set"), KEY_HELP);
    }
    let words = |wanted| {
        let names = looked_at.iter().filter(|(_, is_set)| **is_set == wanted).map(|(name, _)| format!("`{name}`"));
        names.reduce(|names, name| names + ", " + &name).unwrap_or_else(|| "none".to_owned())
    };
    if !looked_at.is_empty() {
        lines.ok("environment", format!("set: {}; not set: {}", words(true), words(false)));
    }
    if let Ok(prepared) = &live {
        webhooks(&prepared.suite, lines);
    }
    Ok(live.ok())
}

/// Who would not be told of a run.
fn webhooks(suite: &Suite, lines: &mut Lines<'_>) {
    for SuiteNotification { to, url, .. } in &suite.notifications {
        if let WebhookUrl::Unusable(why) = url {
            let help = "set the variable to the URL of the webhook, or remove the notification";
            lines.odd("webhook", format!("{} cannot be told of runs: {why}", to.words()), Some(help));
        }
    }
}

/// Whether there is a key. It is never shown.
fn key(prepared: &Prepared, lines: &mut Lines<'_>) {
    if !matches!(prepared.answers, Answers::Network) {
        return;
    }
    let deployment = &prepared.suite.deployment;
    if deployment.local_worker {
        return lines.ok("key", "a local worker needs none");
    }
    if deployment.key.is_some() {
        return lines.ok("key", "there is one");
    }
    lines.optional("key", "there is none, so that no endpoint can be asked", KEY_HELP);
}

/// Why nothing can be asked: what is wrong wherever a run would be made, and what this environment lacks.
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

/// What the user gave and is not valid. A failure of this machine stays one.
fn diagnostics(failure: Failure) -> Result<Vec<Diagnostic>, Failure> {
    match failure {
        Failure::Invalid(refusal) => Ok(refusal.diagnostics),
        Failure::Wrong(_) | Failure::Machine(_) => Err(failure),
    }
}

/// What is there of a suite that can be run.
fn valid(prepared: &Prepared, selection: &Selection, lines: &mut Lines<'_>) {
    let Prepared { suite, plan, answers, .. } = prepared;
    if has_suite(selection) {
        let file = suite.file.as_ref().map_or("the command line".to_owned(), |file| format!("`{}`", file.path));
        let (instances, jobs) = (plan.instances.len(), plan.samples.len());
        lines.ok("suite", format!("{file} plans {instances} check instances and {}", count(jobs, "job")));
        let versions = plan.checks.iter().map(|check| (&check.suite.name, &check.manifest.version));
        let versions: Vec<_> = versions.map(|(name, version)| format!("{name} {version}")).collect();
        lines.ok("checks", versions.join(", "));
    }
    match &suite.workflow {
        Some(file) => lines.ok("workflow", format!("`{}` is in API format", file.path)),
        None => lines.optional(
            "workflow",
            "none is named, so that no sample is taken",
            "export one from ComfyUI with Workflow → Export (API)",
        ),
    }
    match answers {
        Answers::Network => {}
        Answers::Cassette(cassette) => {
            lines.ok("answers", format!("the recording `{}`, which needs no key", cassette.name));
        }
        Answers::Scenario(name, _) => lines.ok("answers", format!("the scenario `{name}`, which needs no key")),
    }
}
