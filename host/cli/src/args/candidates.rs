//! What shells complete beside commands and options: scenarios, rules, checks, formats and files.

use super::format::Format;
use clap::ValueEnum;
use clap::builder::StyledStr;
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use comfycheck_simulator::scenario::{BUNDLED, bundled};
use std::ffi::OsStr;
use std::path::Path;

/// Built-in scenarios with what happens in them, then files.
pub(super) fn scenarios(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = BUNDLED.iter().map(|(name, _)| *name);
    let candidate = |name: &str| candidate(name, &bundled(name).map(|scenario| scenario.about).unwrap_or_default());
    beginning_with(current, names).map(candidate).chain(files(current, "toml")).collect()
}

/// Built-in checks, then components in files.
pub(super) fn components(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = comfycheck_checks::CHECKS.iter().map(|check| check.name);
    beginning_with(current, names).map(CompletionCandidate::new).chain(files(current, "wasm")).collect()
}

/// Suite files.
pub(super) fn suites(current: &OsStr) -> Vec<CompletionCandidate> {
    files(current, "toml").collect()
}

/// Built-in checks.
pub(super) fn checks() -> Vec<CompletionCandidate> {
    comfycheck_checks::CHECKS.iter().map(|check| CompletionCandidate::new(check.name)).collect()
}

/// Rules of the built-in checks as `check/rule`, and the checks.
pub(super) fn rules() -> Vec<CompletionCandidate> {
    let rules = comfycheck_checks::CHECKS.iter().flat_map(|check| {
        let rules = check.rules.iter().map(|rule| CompletionCandidate::new(format!("{}/{rule}", check.name)));
        std::iter::once(CompletionCandidate::new(check.name)).chain(rules)
    });
    rules.collect()
}

/// Formats of reports, then files whose names give the format.
pub(super) fn formats(current: &OsStr) -> Vec<CompletionCandidate> {
    let formats = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let formats = formats.filter(|format| begins_with(format.get_name(), current));
    let formats = formats.map(|format| CompletionCandidate::new(format.get_name()).help(format.get_help().cloned()));
    formats.chain(PathCompleter::any().complete(current)).collect()
}

fn files(current: &OsStr, ending: &'static str) -> impl Iterator<Item = CompletionCandidate> {
    let is_one = move |path: &Path| path.extension().is_some_and(|extension| extension == ending);
    PathCompleter::any().filter(is_one).complete(current).into_iter()
}

fn candidate(name: &str, about: &str) -> CompletionCandidate {
    CompletionCandidate::new(name).help(Some(StyledStr::from(about.to_owned())))
}

fn beginning_with<'a>(current: &OsStr, names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    names.filter(move |name| begins_with(name, current))
}

fn begins_with(name: &str, current: &OsStr) -> bool {
    current.to_str().is_some_and(|current| name.starts_with(current))
}
