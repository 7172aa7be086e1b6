//! The name of a run. It keeps the comments, alerts and test cases of several runs of one suite apart.

use super::paths::normal;
use crate::digest::sha256_hex;
use std::path::{Component, Path};

/// What a name is made of.
pub(super) struct RunName<'a> {
    /// The name in the suite's file.
    pub(super) suite: Option<&'a str>,
    /// The path of the suite's file.
    pub(super) path: Option<&'a str>,
    /// The path of the workflow, if the command line names it.
    pub(super) workflow: Option<&'a str>,
    /// The endpoint or the local worker, if the command line or the environment names it.
    pub(super) endpoint: Option<&'a str>,
}

/// The stem that every suite file has by default.
const DEFAULT_STEM: &str = "comfycheck";

/// The longest name, in characters.
const LONGEST: usize = 200;

/// The suite's name, and in parentheses what the file does not name: `prod (flux.json, abc123)`.
pub(super) fn run_name(RunName { suite, path, workflow, endpoint }: RunName<'_>) -> String {
    let name = suite.map(str::to_owned).or_else(|| path.and_then(of_path)).unwrap_or_else(|| DEFAULT_STEM.to_owned());
    let workflow = workflow.map(|path| normal(Path::new(path)).to_string_lossy().into_owned());
    let chosen: Vec<String> = workflow.into_iter().chain(endpoint.map(str::to_owned)).collect();
    shortened(if chosen.is_empty() { name } else { format!("{name} ({})", chosen.join(", ")) })
}

/// A long name without its end. A part of its digest keeps it apart from others with the same beginning.
fn shortened(name: String) -> String {
    if name.chars().count() <= LONGEST {
        return name;
    }
    let digest = &sha256_hex(name.as_bytes())[..8];
    let beginning: String = name.chars().take(LONGEST - digest.len() - 1).collect();
    format!("{beginning}…{digest}")
}

/// The file's stem. Every folder may have a `comfycheck.toml`, so that one has the name of its folder.
fn of_path(path: &str) -> Option<String> {
    let path = normal(Path::new(path));
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    if stem != DEFAULT_STEM {
        return Some(stem);
    }
    let folder = path.parent()?;
    // The folders above belong to the machine.
    let folder = if folder.is_absolute() { Path::new(folder.file_name()?) } else { folder };
    let is_named = folder.components().any(|part| matches!(part, Component::Normal(_)));
    Some(if is_named { folder.to_string_lossy().into_owned() } else { stem })
}

#[cfg(test)]
mod tests {
    use super::{RunName, run_name};

    #[track_caller]
    fn check(suite: Option<&str>, path: &str, workflow: Option<&str>, endpoint: Option<&str>, expected: &str) {
        assert_eq!(run_name(RunName { suite, path: Some(path), workflow, endpoint }), expected);
    }

    #[test]
    fn what_the_file_does_not_name_is_part_of_the_name() {
        check(Some("prod"), "a.toml", None, None, "prod");
        check(Some("prod"), "a.toml", Some("./flows/flux.json"), None, "prod (flows/flux.json)");
        check(Some("prod"), "a.toml", None, Some("abc123"), "prod (abc123)");
        check(Some("prod"), "a.toml", Some("flux.json"), Some("abc123"), "prod (flux.json, abc123)");
    }

    #[test]
    fn long_names_with_the_same_beginning_differ() {
        let long = |end: &str| {
            let workflow = format!("{}{end}.json", "ä".repeat(300));
            run_name(RunName { suite: Some("prod"), path: None, workflow: Some(&workflow), endpoint: None })
        };
        assert_ne!(long("a"), long("b"));
        assert_eq!(long("a").chars().count(), 200);
    }

    #[test]
    fn a_suite_without_a_name_has_that_of_its_file_or_folder() {
        check(None, "suites/smoke.toml", None, None, "smoke");
        check(None, "comfycheck.toml", None, None, "comfycheck");
        check(None, "./comfycheck.toml", None, None, "comfycheck");
        check(None, "../comfycheck.toml", None, None, "comfycheck");
        check(None, "services/a/comfycheck.toml", None, None, "services/a");
        check(None, "/builds/a/comfycheck.toml", None, None, "a");
        let of_arguments = RunName { suite: None, path: None, workflow: Some("flux.json"), endpoint: Some("abc123") };
        assert_eq!(run_name(of_arguments), "comfycheck (flux.json, abc123)");
    }
}
