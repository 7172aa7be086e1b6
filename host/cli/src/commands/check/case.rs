//! A case of `comfycheck check test`: what the check runs on, and what it should answer.

use super::trial::{Trial, suite_of};
use crate::answers::{Answers, answers};
use crate::failure::Failure;
use crate::files;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::execution::Outcome;
use comfycheck_core::finding::{Finding, Measurement, Subject};
use comfycheck_core::text::TextFile;
use serde::Deserialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use toml::Table;

/// The file of a case.
const FILE: &str = "case.toml";

/// What the check runs on.
pub(super) struct Case {
    /// The name of its folder.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    file: CaseFile,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CaseFile {
    /// A built-in scenario, or a scenario file.
    scenario: Option<PathBuf>,
    /// The folder of a recording.
    cassette: Option<PathBuf>,
    workflow: Option<PathBuf>,
    object_info: Option<PathBuf>,
    samples: Option<u32>,
    #[serde(default)]
    settings: Table,
}

impl Case {
    /// Reads the file of a case.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let TextFile { path, text } = files::named(&folder.join(FILE))?;
        let file: CaseFile = toml::from_str(&text).map_err(|error| {
            let place = error.span().map(|span| text[..span.start].lines().count().max(1));
            let place = place.map(|line| format!(":{line}")).unwrap_or_default();
            Diagnostic::new(format!("{path}{place}: {}", error.message().trim()))
        })?;
        if file.scenario.is_some() == file.cassette.is_some() {
            let what = format!("{path}: name a `scenario` or a `cassette`");
            return Err(Diagnostic::new(what).help("add `scenario = \"healthy\"`").into());
        }
        let name = folder.file_name().map_or_else(String::new, |name| inert(&name.to_string_lossy()));
        Ok(Self { name, folder: folder.to_owned(), file })
    }

    /// The case of a check that has none: its default settings, on the workflow of the project.
    pub(super) fn of_project(folder: &Path) -> Self {
        Self { name: "default settings".to_owned(), folder: folder.join("cases/none"), file: CaseFile::default() }
    }

    /// Where its answers come from. A name without a dot is a built-in scenario.
    pub(super) fn answers(&self) -> Result<Answers, Failure> {
        let is_file = |path: &&PathBuf| path.extension().is_some() || path.components().count() > 1;
        let scenario = self.file.scenario.as_ref().map(|named| match Some(named).filter(is_file) {
            Some(path) => self.folder.join(path),
            None => named.clone(),
        });
        let cassette = self.file.cassette.as_ref().map(|path| self.folder.join(path));
        answers(cassette.as_deref(), scenario.as_deref())
    }

    /// A suite with the check alone. Paths in it are relative to the folder of the case.
    pub(super) fn suite(&self, component: &Path, grants: &[&str]) -> TextFile {
        let CaseFile { settings, workflow, samples, .. } = self.file.clone();
        let workflow = workflow.unwrap_or_else(|| "../../workflow.json".into());
        let mut suite = suite_of(component, grants, settings, &workflow.display().to_string(), samples.unwrap_or(2));
        if let Some(inventory) = &self.file.object_info {
            let inventory = inventory.display().to_string();
            suite.insert(
                "deployment".to_owned(),
                Table::from_iter([("object-info".to_owned(), inventory.into())]).into(),
            );
        }
        // Its lines are not those of the file.
        let path = format!("{} (as a suite)", self.folder.join(FILE).display());
        TextFile { path, text: suite.to_string() }
    }

    /// The file of the answers.
    pub(super) fn expected(&self) -> PathBuf {
        self.folder.join("expected.txt")
    }
}

/// The answers of a check as text, for `expected.txt`.
pub(super) fn written(trial: &Trial) -> String {
    let mut text = String::new();
    for execution in &trial.executions {
        let sample = execution.instance.sample.map(|index| format!(" {index}")).unwrap_or_default();
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        line(format!("# {}{sample}", execution.instance.scope.word()));
        match &execution.outcome {
            Outcome::Completed { findings, open } if findings.is_empty() && open.is_empty() => {
                line("nothing".to_owned());
            }
            Outcome::Completed { findings, open } => {
                for finding in findings {
                    line(of_finding(finding));
                }
                for question in open {
                    let help = of_help(question.help.as_deref());
                    line(format!("unknown[{}]: {}{help}", question.rule, inert(&question.reason)));
                }
            }
            Outcome::Skipped { reason } => line(format!("skipped: {}", inert(reason))),
            Outcome::Errored { kind, message } => line(format!("{}: {}", kind.word(), inert(message))),
        }
    }
    trial.rejected.iter().for_each(|reason| {
        let _ = writeln!(text, "invalid-settings: {}", inert(reason));
    });
    text
}

fn of_finding(finding: &Finding) -> String {
    let Finding { rule, severity, message, subjects, measurement, help, data, waiver: _ } = finding;
    let subjects: Vec<_> = subjects.iter().map(of_subject).collect();
    let about = if subjects.is_empty() { String::new() } else { format!(" {}", subjects.join(", ")) };
    let measured = measurement.as_ref().map(of_measurement).unwrap_or_default();
    let data = data.as_ref().map(|data| format!("\n  data: {data}")).unwrap_or_default();
    let help = of_help(help.as_deref());
    format!("{}[{rule}]{about}: {}{measured}{help}{data}", severity.word(), inert(message))
}

fn of_help(help: Option<&str>) -> String {
    help.map(|help| format!("\n  help: {}", inert(help))).unwrap_or_default()
}

fn of_measurement(Measurement { value, unit, limit }: &Measurement) -> String {
    let limit = limit.map(|limit| format!(" (limit: {})", limit.limit())).unwrap_or_default();
    format!("\n  value: {value} {unit}{limit}")
}

fn of_subject(subject: &Subject) -> String {
    match subject {
        Subject::Node { id, input: None } => format!("node {}", inert(id)),
        Subject::Node { id, input: Some(input) } => format!("node {}.{}", inert(id), inert(input)),
        Subject::Model { folder, name } => format!("model {}/{}", inert(folder), inert(name)),
        Subject::Sample(index) => format!("sample {index}"),
        Subject::Image(sample, image) => format!("image {sample}/{image}"),
        Subject::Pack(folder) => format!("pack {}", inert(folder)),
        Subject::Worker(id) => format!("worker {}", inert(id)),
        Subject::Other(words) => inert(words),
    }
}
