//! Hints for command lines that are not understood: what was probably meant.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use comfycheck_core::nearest::nearest;
use std::ffi::OsString;

/// Commands that do not exist, and what does their work.
const COMMANDS: [(&[&str], &str); 19] = [
    (&["record"], "to record a run, use `comfycheck run --record DIR`"),
    (&["replay"], "to replay a recording, use `comfycheck run --replay DIR`"),
    (&["simulate"], "to run on a simulated endpoint, use `comfycheck run --simulate SCENARIO`"),
    (&["scenario", "scenarios"], "to list the scenarios, use `comfycheck mock`"),
    (&["check", "test"], "to run a suite's checks, use `comfycheck run`"),
    (&["lint"], "to check workflow files, use `comfycheck validate`"),
    (&["rule", "rules", "checks"], "to list checks and rules, use `comfycheck explain`"),
    (&["plan"], "to show what a run would do, use `comfycheck list`"),
    (&["new"], "to write a suite, use `comfycheck init`"),
    (&["render", "merge"], "to render and merge reports, use `comfycheck report`"),
    (&["verify"], "to verify recordings, use `comfycheck cassette verify`"),
    (&["serve", "server", "simulator"], "to serve a simulated endpoint, use `comfycheck mock SCENARIO`"),
    (&["benchmark", "load", "perf"], "to measure under load, use `comfycheck bench`"),
    (
        &["diff", "compare"],
        "to compare a run with another, use `comfycheck run --baseline FILE` or `comfycheck history`",
    ),
    (&["status", "health", "ping"], "to check the endpoint without a job, use `comfycheck doctor`"),
    (&["cancel"], "to remove queued jobs, use `comfycheck purge`"),
    (&["login", "auth", "key"], "set `RUNPOD_API_KEY` to a key of RunPod's console"),
    (&["version"], "to print the version, use `comfycheck --version`"),
    (&["notify"], "to send notifications, add `[[notifications]]` to the suite"),
];

/// Options that do not exist: by command and option, and what does their work.
const OPTIONS: [(&[&str], &[&str], &str); 8] = [
    (&["run", "demo", "report"], &["--json"], "for JSON, use `--format json`, or `--format json:FILE`"),
    (&["validate", "inventory"], &["--json"], "for JSON, use `--format json`"),
    (&["run", "demo", "report"], &["--output", "-o"], "to write a report, use `--format FORMAT:PATH`"),
    (&["run"], &["--retry", "--retries"], "to retry requests that got no response, use `--retry-errors N`"),
    (&["run", "list", "doctor"], &["--only", "--filter"], "to choose checks, use `--check NAME`"),
    (&["run", "list", "doctor"], &["--exclude"], "to leave out checks, use `--skip NAME`"),
    (&["run", "list", "doctor"], &["--suite"], "name the suite without an option: `comfycheck run SUITE`"),
    (&["run"], &["--dry-run"], "to see what a run would do, use `comfycheck list`"),
];

/// Options that exclude each other, and why.
const CONFLICTS: [([&str; 2], &str); 10] = [
    (["--seed", "--replay"], "a recording has its own seed: leave out `--seed`"),
    (
        ["--record", "--simulate"],
        "only live runs are recorded: serve the scenario with `comfycheck mock SCENARIO`, and record a run against it",
    ),
    (["--record", "--replay"], "a replay sends nothing that could be recorded: leave out `--record`"),
    (["--replay", "--simulate"], "a run has one source of responses: leave out one of them"),
    (["--endpoint", "--local-worker"], "a run has one deployment: leave out one of them"),
    (["--partition", "--format"], "a shard has no report: `comfycheck report merge` writes that of the whole run"),
    (["--partition", "--previous"], "a shard sends no notification: give `--previous` to `comfycheck report merge`"),
    (["--partition", "--save-images"], "a shard keeps its files in its own folder: leave out `--save-images`"),
    (["--partition", "--retry-errors"], "retries concern the whole run: leave out `--retry-errors`"),
    (["--no-suite", "[SUITE]"], "a suite that is named is read: leave out `--no-suite`"),
];

/// The same error, with a tip for what was probably meant.
pub(crate) fn with_hints(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
    let first = words.find(|word| !word.starts_with('-')).unwrap_or_default().into_owned();
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let Some(word) = text(&error, ContextKind::InvalidSubcommand) else { return error };
            if let Some(hint) = hint(&COMMANDS, &word).filter(|_| word == first) {
                error.remove(ContextKind::SuggestedSubcommand);
                tip(&mut error, hint);
            } else if let Some(command) = nearest(&word, commands(&first, &word).iter().map(String::as_str)) {
                let value = ContextValue::Strings(vec![command.to_owned()]);
                error.insert(ContextKind::SuggestedSubcommand, value);
            }
        }
        ErrorKind::UnknownArgument => {
            // An unknown option is a mistake, not a value to escape.
            error.remove(ContextKind::Suggested);
            let Some(option) = text(&error, ContextKind::InvalidArg) else { return error };
            let fits = |(commands, options, _): &&(&[&str], &[&str], &str)| {
                commands.contains(&&*first) && options.contains(&&*option)
            };
            if let Some((.., hint)) = OPTIONS.iter().find(fits) {
                error.remove(ContextKind::SuggestedArg);
                tip(&mut error, hint);
            }
        }
        ErrorKind::ArgumentConflict => {
            let given = [ContextKind::InvalidArg, ContextKind::PriorArg].map(|kind| text(&error, kind));
            let [Some(one), Some(other)] = given else { return error };
            let is = |option: &str| one.starts_with(option) || other.starts_with(option);
            if let Some((_, hint)) = CONFLICTS.iter().find(|(pair, _)| pair.iter().all(|option| is(option))) {
                tip(&mut error, hint);
            }
        }
        ErrorKind::MissingRequiredArgument if ["validate", "convert"].contains(&&*first) => {
            let missing = text(&error, ContextKind::InvalidArg).unwrap_or_default();
            if missing.starts_with("--object-info") {
                tip(&mut error, "save an inventory once: `comfycheck inventory save FILE --comfyui URL`");
            }
        }
        _ => {}
    }
    error
}

fn hint(table: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, hint)| *hint)
}

/// The commands where a word stands: of the whole, or below the first word.
fn commands(first: &str, word: &str) -> Vec<String> {
    let whole = super::command();
    let names = |command: &clap::Command| command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    whole.find_subcommand(first).filter(|_| first != word).map_or_else(|| names(&whole), names)
}

/// What the error says of one part of its context: the first of several.
fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn tip(error: &mut clap::Error, hint: &str) {
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint.to_owned())]));
}

#[cfg(test)]
mod tests {
    use crate::args::Arguments;
    use std::fmt::Write;

    #[test]
    fn what_is_not_understood_comes_with_a_hint() {
        let mut text = String::new();
        for line in [
            "record",
            "replay cassette",
            "scenarios",
            "rnu",
            "notify",
            "report rendr r.json",
            "list --jsn",
            "run --json",
            "validate a.json --json",
            "run --retries 2",
            "run --exclude nodes",
            "run --samples -1",
            "run --samples 2.5",
            "run --samples 1001",
            "run --concurrency 0",
            "run --max-cost free",
            "run --replay r --seed 5",
            "run --simulate healthy --record r",
            "run --replay r --simulate healthy",
            "run --partition 1/2 --out o --format json",
            "run --no-suite s.toml",
            "demo everything",
        ] {
            let words = ["comfycheck"].into_iter().chain(line.split(' ')).map(Into::into);
            let error = Arguments::from_words(words).err().unwrap_or_else(|| panic!("`{line}` is accepted"));
            assert_eq!(error.exit_code(), 2, "{line}");
            // The usage follows, which the help has, too.
            let message = error.to_string();
            let message = message.split("\n\nUsage:").next().unwrap_or_default();
            let message = message.split("\n\nFor more information").next().unwrap_or_default();
            let _ = writeln!(text, "$ comfycheck {line}\n{}\n", message.trim_end());
        }
        insta::assert_snapshot!(text.trim_end());
    }

    #[test]
    fn checks_are_separated_by_commas() {
        let line = "comfycheck run --check image,nodes --check models --skip denrisi,performance";
        let arguments = Arguments::from_words(line.split(' ').map(Into::into)).unwrap();
        let crate::args::Command::Run(run) = arguments.command else { panic!("{arguments:?}") };
        assert_eq!(run.selection.choices.checks, ["image", "nodes", "models"]);
        assert_eq!(run.selection.choices.skip, ["denrisi", "performance"]);
    }
}
