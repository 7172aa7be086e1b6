//! `comfycheck check new`: writes a project for a check. `build.rs` writes the table of its files.

use super::toolchain::{self, setup};
use crate::args::{Language, NewArguments};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::manifest::is_kebab_case;
use comfycheck_core::report::ExitCode;
use comfycheck_runtime::sandbox::Interface;
use std::io;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/project_files.rs"));

/// Writes a project into a new folder, completely or not at all.
pub(crate) fn new(NewArguments { folder, lang }: &NewArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let name = name(folder)?;
    let shown = inert(&folder.display().to_string());
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(1..) => {
            let help = "name a new folder, or an empty one";
            return Err(Diagnostic::new(format!("the folder `{shown}` is not empty")).help(help).into());
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Diagnostic::new(format!("`{shown}` is a file")).help("name a new folder").into());
        }
        Ok(_) | Err(_) => {}
    }
    write(folder, &files(name, *lang))
        .map_err(|error| Failure::machine(format!("cannot write the folder `{shown}`"), &error))?;
    let setup = setup(*lang).map(|line| format!("  {line}\n")).unwrap_or_default();
    terminal.say(format!(
        "wrote the check `{name}` to {shown}; next:\n  cd {shown}\n{setup}  comfycheck check test\n\
         then change {} and the cases; `comfycheck check test --bless` accepts new answers",
        rules_file(*lang)
    ));
    Ok(ExitCode::Passed)
}

/// The name of the check: that of its folder.
fn name(folder: &Path) -> Result<&str, Failure> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if comfycheck_checks::check(name).is_some() {
        let what = format!("`{name}` is the name of a built-in check");
        return Err(Diagnostic::new(what).help("choose another name").into());
    }
    // The names of a Rust crate and of a package in `wit/` begin with a letter.
    if is_kebab_case(name) && name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Ok(name);
    }
    let what = format!("`{}` cannot be the name of a check", inert(name));
    Err(Diagnostic::new(what).help("use lower-case words with hyphens, such as `prompt-rules`").into())
}

/// The workflow of a new project.
pub(super) fn workflow() -> &'static str {
    PROJECT_FILES.iter().find(|(_, path, _)| *path == "workflow.json").map_or("{}", |(.., text)| text)
}

fn rules_file(language: Language) -> &'static str {
    match language {
        Language::Rust => "src/lib.rs",
        Language::Python => "rules.py",
        Language::Javascript => "rules.js",
    }
}

/// The paths and the texts of a project.
fn files(name: &str, language: Language) -> Vec<(String, String)> {
    let part = toolchain::word(language);
    let has_world = language != Language::Rust;
    let wanted = |of: &str| of == "common" || of == part || (of == "wit" && has_world);
    let files = PROJECT_FILES.iter().filter(|(of, ..)| wanted(of));
    files
        .map(|(_, path, text)| {
            // As templates, these would have an effect in this repository.
            let path = match path.split_once('/').unwrap_or((*path, "")) {
                ("gitignore", "") => ".gitignore".to_owned(),
                (folder @ ("github" | "cargo"), rest) => format!(".{folder}/{rest}"),
                _ => (*path).to_owned(),
            };
            (path, filled(text, name, language))
        })
        .collect()
}

/// A template with its values.
fn filled(text: &str, name: &str, language: Language) -> String {
    let step = |line: &str| format!("      - run: {line}");
    let values = [
        ("{{name}}", name.to_owned()),
        ("{{comfycheck}}", env!("CARGO_PKG_VERSION").to_owned()),
        ("{{check}}", Interface::Log.version().to_owned()),
        ("{{comfyui}}", Interface::Inventory.version().to_owned()),
        ("{{runpod}}", Interface::Samples.version().to_owned()),
        ("{{build}}", toolchain::summary(language).to_owned()),
        ("{{setup}}", step(toolchain::setup_on_ci(language))),
        ("{{unit}}", step(toolchain::unit_tests(language))),
    ];
    values.iter().fold(text.to_owned(), |text, (key, value)| text.replace(key, value))
}

/// Writes files to a new folder beside the named one, which it becomes.
fn write(folder: &Path, files: &[(String, String)]) -> io::Result<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let scratch = tempfile::Builder::new().prefix(".comfycheck-").tempdir_in(parent)?;
    // The scratch folder is private, and the project is not.
    let project = scratch.path().join("project");
    std::fs::create_dir(&project)?;
    for (path, text) in files {
        let path = project.join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, text)?;
    }
    // Replaces an empty folder, and no other.
    std::fs::rename(&project, folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_value_of_a_template_is_known() {
        for language in Language::value_variants() {
            for (path, text) in files("prompt-rules", *language) {
                // GitHub's own expressions have a `$` before them.
                let left = text.match_indices("{{").any(|(at, _)| {
                    !text[..at].ends_with('$') && Path::new(&path).extension().is_some_and(|ending| ending == "yml")
                });
                let named =
                    ["{{name", "{{check", "{{runpod", "{{build", "{{setup"].iter().any(|key| text.contains(key));
                assert!(!left && !named, "{path}");
            }
        }
    }

    #[test]
    fn a_project_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("a/prompt-rules");
        write(&project, &files("prompt-rules", Language::Python)).unwrap();
        assert!(project.join("check.py").is_file() && project.join(".github/workflows/check.yml").is_file());
        assert_eq!(std::fs::read_dir(project.parent().unwrap()).unwrap().count(), 1);
        write(&project, &[]).unwrap_err();
        assert!(project.join("check.py").is_file());
        assert_eq!(std::fs::read_dir(project.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_is_kebab_case() {
        assert_eq!(name(Path::new("a/prompt-rules")).unwrap(), "prompt-rules");
        for other in ["Prompt", "a_b", "3d", "a b", "..", "", "-a"] {
            assert!(name(Path::new(other)).is_err(), "{other}");
        }
    }
}
