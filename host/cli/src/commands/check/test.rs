//! `comfycheck check test`: the cases of a project, and what every check must do on every built-in scenario.

use super::build::{built, loaded};
use super::case::{Case, written};
use super::project::Project;
use super::properties::{broken, differences, of_manifest};
use super::trial::{Trial, Trials};
use crate::answers::Answers;
use crate::args::TestArguments;
use crate::checks::Checks;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::execution::Execution;
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::{count, names};
use comfycheck_runtime::sandbox::Component;
use comfycheck_simulator::scenario::{BUNDLED, bundled};
use similar::TextDiff;
use std::collections::BTreeSet;
use std::fmt::Write;

pub(crate) fn test(arguments: &TestArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let project = Project::find(arguments.folder.as_deref())?;
    let component = if arguments.no_build { loaded(&project, checks)? } else { built(&project, checks)? };
    let cases: Vec<Case> = project.cases()?.iter().map(|folder| Case::read(folder)).collect::<Result<_, _>>()?;
    let trials = Trials { checks, tokio: crate::executor::tokio()?, terminal, verbose: arguments.verbose };
    let mut results = Results::default();
    results.add("describe", of_description(&project, &component, checks)?);
    let grants = component.surface().grants();
    let mut seen = BTreeSet::new();
    for case in &cases {
        let suite = case.suite(&project.component(), &grants);
        let trial = trials.run(suite, &case.folder, case.answers()?)?;
        let rules = trial.executions.iter().flat_map(|execution| {
            let findings = execution.findings().iter().map(|finding| finding.rule.clone());
            findings.chain(execution.open().iter().map(|question| question.rule.clone())).collect::<Vec<_>>()
        });
        seen.extend(rules);
        let label = format!("case {}: {}", case.name, counts(&trial));
        results.add(&label, against_file(case, &written(&trial), arguments.bless)?);
    }
    // The settings of the first case are an example of what a suite has.
    let of_project = Case::of_project(&project.folder);
    let case = cases.first().unwrap_or(&of_project);
    let quiet = Trials { verbose: false, ..trials };
    let mut instances = 0;
    let mut problems = Vec::new();
    for (name, _) in BUNDLED {
        let run = || {
            let suite = case.suite(&project.component(), &grants);
            quiet.run(suite, &case.folder, Answers::Scenario((*name).to_owned(), Box::new(bundled(name)?)))
        };
        let (first, second) = (run()?, run()?);
        instances += first.executions.len();
        let of_scenario = broken(&first).into_iter().chain(differences(&first, &second));
        problems.extend(of_scenario.map(|problem| format!("{name}: {problem}")));
    }
    let label = format!("{}, {} of the check", count(BUNDLED.len(), "scenario"), count(instances, "run"));
    results.add(&label, problems);
    let unseen: Vec<_> = component.manifest().rules.iter().map(|rule| rule.id.as_str()).collect();
    let unseen: Vec<_> = unseen.into_iter().filter(|rule| !seen.contains(*rule)).collect();
    if !unseen.is_empty() {
        let _ = writeln!(results.text, "note: no case has an answer of {}", names(unseen));
    }
    results.end(terminal)
}

/// How many findings and open questions a case has.
fn counts(trial: &Trial) -> String {
    let of = |each: fn(&Execution) -> usize| trial.executions.iter().map(each).sum::<usize>();
    let findings = count(of(|execution| execution.findings().len()), "finding");
    match of(|execution| execution.open().len()) {
        0 => findings,
        open => format!("{findings}, {open} unknown"),
    }
}

/// Whether the check describes itself in the same way twice, and its schema allows its own examples.
fn of_description(project: &Project, component: &Component, checks: &Checks) -> Result<Vec<String>, Failure> {
    let mut problems = of_manifest(component.manifest());
    if loaded(project, checks)?.manifest() != component.manifest() {
        problems.push("the check describes itself differently the second time".to_owned());
    }
    Ok(problems)
}

/// Compares the answers of a case with its file, or writes them there.
fn against_file(case: &Case, answers: &str, bless: bool) -> Result<Vec<String>, Failure> {
    let path = case.expected();
    if bless {
        write::file(&path, answers)?;
        return Ok(Vec::new());
    }
    let expected = match std::fs::read_to_string(&path) {
        Ok(expected) => expected,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::machine(format!("cannot read `{}`", path.display()), &error)),
    };
    if expected == answers {
        return Ok(Vec::new());
    }
    let diff = TextDiff::from_lines(expected.as_str(), answers);
    let diff = diff.unified_diff().header(&path.display().to_string(), "the answers").to_string();
    Ok(diff.lines().map(str::to_owned).collect())
}

/// One line for each part, with its problems below it.
#[derive(Default)]
struct Results {
    text: String,
    parts: u32,
    failed: u32,
}

impl Results {
    fn add(&mut self, part: &str, problems: Vec<String>) {
        self.parts += 1;
        self.failed += u32::from(!problems.is_empty());
        let word = if problems.is_empty() { "ok    " } else { "FAILED" };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{word}  {part}");
        for problem in problems {
            let _ = writeln!(self.text, "        {problem}");
        }
    }

    fn end(self, terminal: Terminal) -> Result<ExitCode, Failure> {
        terminal.print(&self.text)?;
        if self.failed == 0 {
            return Ok(ExitCode::Passed);
        }
        terminal.say(format!(
            "{} of {} failed; `comfycheck check test --bless` accepts the answers of cases",
            self.failed,
            count(self.parts, "test")
        ));
        Ok(ExitCode::Failed)
    }
}
