//! Findings with their places in files, for the formats that point at lines: `sarif` and `github`.
//!
//! They are made of the report of a run ([`LocatedFindings::of`]) or of files that were validated without one.

use crate::execution::Execution;
use crate::finding::subject_name;
use crate::finding::{Finding, Severity, Waiver};
use crate::fix::Fix;
use crate::manifest::Manifest;
use crate::render::view::{Block, Fold, Kind, Places, View, blocks};
use crate::render::wording::{all_attempts, instance_name};
use crate::report::{Report, Verdict, WorkflowFile};
use crate::sample::Ending;
use crate::suite::paths::{normal, shown};
use crate::text::{Place, TextEdit};
use crate::validation::{VERDICT, Validations};
use crate::workflow::EditableWorkflow;
use comfycheck_wording::count;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

/// The findings of a run or of a validation, with what the formats need that point at lines. Texts are unescaped: a format
/// escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFindings {
    /// The run's name, or a word such as `validate`. It keeps the results of several uploads apart.
    pub name: String,
    /// The version of comfycheck, such as `0.1.0`.
    pub version: String,
    /// The rules that the findings name. A rule that is not among them has only its id.
    pub rules: Vec<LocatedRule>,
    /// In the order in which a reader should see them, each defect once. What follows from an error is not among them.
    pub findings: Vec<LocatedFinding>,
    /// What is unknown, one line each. If it is not empty, a list without findings proves nothing. A run that did not pass has
    /// an error among its findings, or a line here.
    pub unknown: Vec<String>,
    /// Where formats that need a place put what has none.
    pub default_place: FilePlace,
    /// What ran more than once, and the result of the first attempt, one line each.
    pub attempts: Vec<String>,
}

/// A rule that findings name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRule {
    /// `check/rule`, such as `nodes/missing-node`.
    pub id: String,
    /// The default severity of its findings.
    pub severity: Severity,
    /// One sentence.
    pub summary: String,
    /// What it finds, why it matters and what to do, in Markdown.
    pub explanation: Option<String>,
}

/// A finding and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFinding {
    /// `check/rule`, such as `nodes/missing-node`.
    pub rule: String,
    /// The severity that applies in this run.
    pub severity: Severity,
    /// Whether a waiver keeps it from counting.
    pub is_waived: bool,
    /// One line.
    pub message: String,
    /// Further lines, such as `help: …`.
    pub details: Vec<String>,
    /// What it is about, in words that stay the same from run to run and when lines move, such as ``node `9` ``.
    pub subject: String,
    /// Its place in a file.
    pub place: Option<FilePlace>,
    /// The waiver that applies to it.
    pub waiver: Option<Waiver>,
    /// The change of the file that resolves it. Only validated files have some.
    pub fix: Option<LocatedFix>,
}

/// A change of the file in which a finding stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFix {
    /// What it does, in one line.
    pub message: String,
    /// In the order of the file, without overlaps.
    pub edits: Vec<TextEdit>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePlace {
    /// The file's path: absolute, or relative to the reader's folder.
    pub file: String,
    pub place: Place,
}

impl LocatedFix {
    fn of(finding: &Finding, workflow: &EditableWorkflow<'_>) -> Option<Self> {
        let Fix { message, is_safe: _, edits } = Fix::of(finding)?;
        Some(Self { message, edits: workflow.text_edits(&edits)? })
    }
}

impl LocatedFindings {
    /// The findings of a report, each at the first of its subjects that stands in the workflow's file.
    pub fn of(report: &Report) -> Self {
        let view = View::of(report);
        let path = report.workflow.as_ref().map(WorkflowFile::path);
        let mut findings: Vec<LocatedFinding> = view
            .blocks
            .iter()
            .flat_map(|block| located(path, block, &report.executions, &view.places, &|_| None))
            .collect();
        findings.extend(notes(report, path, &view.places));
        let unknown = view.blocks.iter().filter(|block| matches!(block.kind, Kind::Unknown | Kind::Crashed));
        let unknown = unknown.map(|block| format!("{}: {}", block.ids.join(", "), block.message));
        let interrupted = report.interrupted.map(|signal| signal.sentence().to_owned());
        let mut unknown: Vec<String> = unknown.chain(interrupted).collect();
        let has_error = findings.iter().any(|finding| finding.severity == Severity::Error && !finding.is_waived);
        if report.summary.verdict != Verdict::Passed && !has_error && unknown.is_empty() {
            unknown.push(unexplained(report));
        }
        Self {
            name: report.name.clone(),
            version: report.version.clone(),
            rules: rules(report.checks.iter().map(|check| (check.suite.name.as_str(), &check.manifest)), &findings),
            findings,
            unknown,
            default_place: beginning(path.unwrap_or(SUITE)),
            attempts: all_attempts(&report.executions),
        }
    }

    /// The findings about validated files, each at the first of its subjects that stands in its file, else at the file's
    /// beginning. ComfyUI's bare verdict is not among them: other findings say what it means.
    pub fn of_validations(validations: &Validations) -> Self {
        let (mut findings, mut unknown) = (Vec::new(), Vec::new());
        for validation in &validations.files {
            let (path, execution) = (validation.file.path.as_str(), &validation.execution);
            let places = Places::of_file(validation);
            let blocks = blocks(std::slice::from_ref(execution), &Fold::default());
            let executions = std::slice::from_ref(execution);
            let editable = validation.editable();
            let fix = |finding: &Finding| LocatedFix::of(finding, editable.as_ref()?);
            let place = places.syntax_error().map(|excerpt| excerpt.place);
            let whole = FilePlace { place: place.unwrap_or(beginning(path).place), ..beginning(path) };
            let found = blocks.iter().flat_map(|block| located(Some(path), block, executions, &places, &fix));
            let notes = execution.findings().iter().filter(|finding| finding.rule != VERDICT);
            let notes = notes.filter(|finding| finding.severity == Severity::Note);
            let notes = notes.map(|finding| note(&execution.instance.check, finding, Some(path), &places));
            let found = found.chain(notes);
            findings.extend(
                found.map(|found| LocatedFinding { place: found.place.or_else(|| Some(whole.clone())), ..found }),
            );
            let open = execution.still_open().map(|question| question.reason.as_str());
            let test = validation.test.as_ref().map(|test| format!("test `{test}`: ")).unwrap_or_default();
            let why = validation.incomplete_reason().into_iter().chain(open);
            unknown.extend(why.map(|why| format!("{path}: {test}{why}")));
        }
        Self {
            name: "validate".to_owned(),
            version: validations.version.clone(),
            rules: rules(std::iter::once((validations.manifest.name.as_str(), &validations.manifest)), &findings),
            findings,
            unknown,
            default_place: beginning(validations.files.first().map_or(SUITE, |first| first.file.path.as_str())),
            attempts: Vec::new(),
        }
    }

    /// The same with files named relative to `root`, the folder of the report's readers. Relative paths begin in `folder`.
    /// Both are absolute. Symbolic links are not resolved.
    ///
    /// A file outside of the root has no place for such a reader: the message names it.
    #[must_use]
    pub fn seen_from(mut self, root: &Path, folder: &Path) -> Self {
        let root = normal(root);
        if let Ok(inside) = normal(&folder.join(&self.default_place.file)).strip_prefix(&root) {
            self.default_place.file = shown(inside);
        }
        for finding in &mut self.findings {
            let Some(FilePlace { file, place }) = &mut finding.place else { continue };
            if let Ok(inside) = normal(&folder.join(&*file)).strip_prefix(&root) {
                *file = shown(inside);
            } else {
                finding.message = format!("{file}:{place}: {}", finding.message);
                finding.place = None;
            }
        }
        self
    }
}

/// The usual name of a suite's file.
const SUITE: &str = "comfycheck.toml";

fn beginning(file: &str) -> FilePlace {
    FilePlace { file: file.to_owned(), place: Place { line: 1, column: 1 } }
}

/// Why a run did not pass that has neither errors nor open questions.
fn unexplained(report: &Report) -> String {
    let failed = report.samples.iter().filter(|sample| sample.ending != Ending::Succeeded).count();
    match failed {
        0 => "no check ran".to_owned(),
        failed => format!("{} did not succeed", count(failed, "sample")),
    }
}

fn severity(kind: Kind) -> Option<Severity> {
    match kind {
        Kind::Error => Some(Severity::Error),
        Kind::Warning => Some(Severity::Warning),
        Kind::Waived(Reverse(severity)) => Some(severity),
        Kind::Crashed | Kind::Unknown => None,
    }
}

/// A block as findings: one for each place at which it stands, or one without a place.
fn located(
    path: Option<&str>,
    block: &Block<'_>,
    executions: &[Execution],
    places: &Places,
    fix: &dyn Fn(&Finding) -> Option<LocatedFix>,
) -> Vec<LocatedFinding> {
    let Some(severity) = severity(block.kind) else { return Vec::new() };
    let also: Vec<&str> = block.also.iter().map(|twin| twin.id.as_str()).collect();
    let line = |key: &str, text: Option<&str>| text.map(|text| format!("{key}: {text}"));
    let details = [
        line("seen", block.seen.as_deref()),
        line("help", block.help),
        line("also", Some(also.join(", ")).filter(|also| !also.is_empty()).as_deref()),
        line("therefore", Some(block.therefore.join(", ")).filter(|clauses| !clauses.is_empty()).as_deref()),
    ];
    let whole = LocatedFinding {
        rule: block.id().to_owned(),
        severity,
        is_waived: block.kind.is_waived(),
        message: block.message.clone().into_owned(),
        details: details.into_iter().flatten().collect(),
        subject: block.subjects.first().map(subject_name).unwrap_or_default(),
        place: None,
        waiver: block.waiver.cloned(),
        fix: None,
    };
    let mut known = BTreeSet::new();
    let at_places: Vec<LocatedFinding> = block
        .findings
        .iter()
        .filter_map(|at| executions.get(at.execution)?.findings().get(at.item))
        .filter_map(|finding| Some((standing(finding, path, places)?, fix(finding))))
        .filter(|((_, place), _)| known.insert(place.clone()))
        .map(|((subject, place), fix)| LocatedFinding { subject, place: Some(place), fix, ..whole.clone() })
        .collect();
    if !at_places.is_empty() {
        return at_places;
    }
    let instance = block.findings.first().and_then(|at| executions.get(at.execution));
    let instance = instance.map(|execution| instance_name(&execution.instance)).unwrap_or_default();
    let subject = if whole.subject.is_empty() { instance } else { whole.subject.clone() };
    vec![LocatedFinding { subject, ..whole }]
}

/// The first subject of a finding that stands in the file, and its place.
fn standing(finding: &Finding, path: Option<&str>, places: &Places) -> Option<(String, FilePlace)> {
    let path = path?;
    let standing =
        |subject| Some((subject_name(subject), FilePlace { file: path.to_owned(), place: places.place(subject)? }));
    finding.subjects.iter().find_map(standing)
}

/// The notes that stand in the workflow's file, each once.
fn notes(report: &Report, path: Option<&str>, places: &Places) -> Vec<LocatedFinding> {
    let mut known = BTreeSet::new();
    let all = report.executions.iter().flat_map(|execution| {
        let notes =
            execution.findings().iter().filter(|finding| finding.severity == Severity::Note && !finding.is_waived());
        notes.map(|finding| {
            let note = note(&execution.instance.check, finding, path, places);
            let subject = if note.subject.is_empty() { instance_name(&execution.instance) } else { note.subject };
            LocatedFinding { subject, ..note }
        })
    });
    all.filter(|note| known.insert((note.rule.clone(), note.message.clone(), note.place.clone()))).collect()
}

fn note(check: &str, finding: &Finding, path: Option<&str>, places: &Places) -> LocatedFinding {
    let (subject, place) = standing(finding, path, places).unzip();
    LocatedFinding {
        rule: format!("{check}/{}", finding.rule),
        severity: Severity::Note,
        is_waived: false,
        message: finding.message.clone(),
        details: finding.help.iter().map(|help| format!("help: {help}")).collect(),
        subject: subject.or_else(|| finding.subjects.first().map(subject_name)).unwrap_or_default(),
        place,
        waiver: finding.waiver.clone(),
        fix: None,
    }
}

/// The rules that the findings name, in the order of the checks and of their manifests.
fn rules<'a>(checks: impl Iterator<Item = (&'a str, &'a Manifest)>, findings: &[LocatedFinding]) -> Vec<LocatedRule> {
    let named: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let all = checks.flat_map(|(check, manifest)| {
        manifest.rules.iter().map(move |rule| LocatedRule {
            id: format!("{check}/{}", rule.id),
            severity: rule.default_severity,
            summary: rule.summary.clone(),
            explanation: Some(rule.explanation.clone()).filter(|explanation| !explanation.is_empty()),
        })
    });
    all.filter(|rule| named.contains(rule.id.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, seen: Option<&str>, message: &str) {
        let place = FilePlace { file: file.into(), place: Place { line: 3, column: 5 } };
        let finding = LocatedFinding {
            rule: "nodes/missing-node".into(),
            severity: Severity::Error,
            is_waived: false,
            message: "gone".into(),
            details: Vec::new(),
            subject: "node `1`".into(),
            place: Some(place),
            waiver: None,
            fix: None,
        };
        let located = LocatedFindings {
            name: "validate".into(),
            version: "0.1.0".into(),
            rules: Vec::new(),
            findings: vec![finding],
            unknown: Vec::new(),
            default_place: beginning("w.json"),
            attempts: Vec::new(),
        };
        let located = located.seen_from(Path::new("/repo"), Path::new("/repo/deploy"));
        let [finding] = &located.findings[..] else { panic!("{located:?}") };
        let file = finding.place.as_ref().map(|place| place.file.as_str());
        assert_eq!((file, finding.message.as_str()), (seen, message));
    }

    #[test]
    fn files_are_named_from_the_root() {
        check("w.json", Some("deploy/w.json"), "gone");
        check("./suites/../../flows/w.json", Some("flows/w.json"), "gone");
        check("/repo/w.json", Some("w.json"), "gone");
    }

    #[test]
    fn the_message_names_a_file_outside_of_the_root() {
        check("../../w.json", None, "../../w.json:3:5: gone");
        check("/tmp/w.json", None, "/tmp/w.json:3:5: gone");
    }
}
