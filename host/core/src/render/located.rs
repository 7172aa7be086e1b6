//! Findings with their places in files: what the formats render that point at lines, `sarif` and `github`.
//!
//! The report of a run gives them ([`Located::of`]), and so may whatever looks at files without a run.

use crate::finding::{Effect, Finding, Severity, Waiver};
use crate::manifest::Manifest;
use crate::render::places::Places;
use crate::render::wording::{all_attempts, instance_name, subject_name};
use crate::report::Report;
use crate::suite::Place;
use crate::suite::paths::normal;
use crate::validation::{VERDICT, Validations};
use std::collections::BTreeSet;
use std::path::Path;

/// What formats need that point at lines of files. Texts are as they were given: a format escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What was looked at, or what was done: the suite's name, or a word such as `validate`. Tells the results of one
    /// from those of another where both are uploaded.
    pub name: String,
    /// The version of comfycheck that found it, such as `0.1.0`.
    pub version: String,
    /// The rules that the findings name. A rule that is not among them has only its id.
    pub rules: Vec<LocatedRule>,
    /// In the order in which a reader should see them, without duplicates.
    pub findings: Vec<LocatedFinding>,
    /// What could not be told, one line each. Not empty: that there are no findings is no proof.
    pub untold: Vec<String>,
    /// What was attempted more than once, and what the first attempt said, one line each.
    pub attempts: Vec<String>,
}

/// A rule that findings name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRule {
    /// `check/rule`, such as `nodes/missing-node`.
    pub id: String,
    /// The severity of its findings, unless the suite says otherwise.
    pub severity: Severity,
    /// One sentence.
    pub summary: String,
    /// What it finds, why it matters and what to do, in Markdown.
    pub explanation: Option<String>,
}

/// A finding and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFinding {
    /// `check/rule`, such as `nodes/missing-node`.
    pub rule: String,
    /// The severity that holds in this run.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// What the reader can do.
    pub help: Option<String>,
    /// What it is about, in words that stay the same from run to run and when lines move, such as ``node `9` ``.
    pub subject: String,
    /// Where it stands; none if it is about no place in a file.
    pub place: Option<FilePlace>,
    /// The suite's waiver that names it.
    pub waiver: Option<Waiver>,
}

impl LocatedFinding {
    /// Whether a waiver keeps it from counting.
    pub(super) fn is_waived(&self) -> bool {
        self.waiver.as_ref().is_some_and(|waiver| waiver.effect == Effect::Waived)
    }

    /// The waiver that names it and does not keep it from counting.
    pub(super) fn idle_waiver(&self) -> Option<&Waiver> {
        self.waiver.as_ref().filter(|waiver| waiver.effect != Effect::Waived)
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePlace {
    /// The file's path: absolute, or relative to the folder from which the reader looks.
    pub file: String,
    /// The line and the column.
    pub place: Place,
}

impl Located {
    /// All findings of a report, each at the first of its subjects that stands in the workflow's file. What several
    /// instances say alike of one place is one finding.
    pub fn of(report: &Report) -> Self {
        let places = Places::of(report);
        let mut known = BTreeSet::new();
        let mut findings = Vec::new();
        for execution in &report.executions {
            for finding in execution.findings() {
                let path = report.workflow.as_ref().map(|workflow| workflow.path.as_str());
                let located = located(path, &execution.instance.check, finding, &places);
                let subject = located.subject.is_empty().then(|| instance_name(&execution.instance));
                let located = LocatedFinding { subject: subject.unwrap_or(located.subject), ..located };
                let waiver = located.waiver.clone();
                let key =
                    (located.rule.clone(), finding.severity, located.message.clone(), located.place.clone(), waiver);
                if known.insert(key) {
                    findings.push(located);
                }
            }
        }
        Self {
            name: report.suite.clone(),
            version: report.version.clone(),
            rules: rules(report.checks.iter().map(|check| (check.suite.name.as_str(), &check.manifest)), &findings),
            findings,
            untold: report.summary.inconclusive.clone(),
            attempts: all_attempts(&report.executions),
        }
    }

    /// All findings about validated files, each at the first of its subjects that stands in its file, else at the file's
    /// beginning. ComfyUI's bare verdict is not among them: findings tell what it means.
    pub fn of_validations(validations: &Validations) -> Self {
        let (mut findings, mut untold) = (Vec::new(), Vec::new());
        for validation in &validations.files {
            let (path, check) = (validation.file.path.as_str(), &validation.execution.instance.check);
            let places = Places::of_file(&validation.file);
            for finding in validation.execution.findings().iter().filter(|finding| finding.rule != VERDICT) {
                let located = located(Some(path), check, finding, &places);
                let beginning = || FilePlace { file: path.to_owned(), place: Place { line: 1, column: 1 } };
                findings.push(LocatedFinding { place: located.place.or_else(|| Some(beginning())), ..located });
            }
            let open = validation.execution.still_open().map(|question| question.reason.as_str());
            untold.extend(validation.not_carried_out().into_iter().chain(open).map(|why| format!("{path}: {why}")));
        }
        Self {
            name: "validate".to_owned(),
            version: validations.version.clone(),
            rules: rules(std::iter::once((validations.manifest.name.as_str(), &validations.manifest)), &findings),
            findings,
            untold,
            attempts: Vec::new(),
        }
    }

    /// The same, with files named relative to `root`, from where the readers of a report look; relative paths are taken
    /// to begin in `folder`. Both are absolute. Nothing is looked up: a symbolic link counts as a folder.
    ///
    /// What lies outside of the root has no place for such a reader: it is told in the message.
    #[must_use]
    pub fn seen_from(mut self, root: &Path, folder: &Path) -> Self {
        let root = normal(root);
        for finding in &mut self.findings {
            let Some(FilePlace { file, place }) = &mut finding.place else { continue };
            if let Ok(inside) = normal(&folder.join(&*file)).strip_prefix(&root) {
                *file = inside.to_string_lossy().into_owned();
            } else {
                finding.message = format!("{file}:{place}: {}", finding.message);
                finding.place = None;
            }
        }
        self
    }
}

fn located(path: Option<&str>, check: &str, finding: &Finding, places: &Places) -> LocatedFinding {
    let Finding { rule, severity, message, subjects, measurement: _, help, data: _, waiver } = finding;
    let standing = subjects.iter().find_map(|subject| Some((subject, places.place(subject)?)));
    let subject = standing.map(|(subject, _)| subject).or(subjects.first());
    let place = path.zip(standing);
    LocatedFinding {
        rule: format!("{check}/{rule}"),
        severity: *severity,
        message: message.clone(),
        help: help.clone(),
        subject: subject.map(subject_name).unwrap_or_default(),
        place: place.map(|(path, (_, place))| FilePlace { file: path.to_owned(), place }),
        waiver: waiver.clone(),
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
            message: "gone".into(),
            help: None,
            subject: "node `1`".into(),
            place: Some(place),
            waiver: None,
        };
        let located = Located {
            name: "validate".into(),
            version: "0.1.0".into(),
            rules: Vec::new(),
            findings: vec![finding],
            untold: Vec::new(),
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
    fn what_lies_outside_is_told_in_the_message() {
        check("../../w.json", None, "../../w.json:3:5: gone");
        check("/tmp/w.json", None, "/tmp/w.json:3:5: gone");
    }
}
