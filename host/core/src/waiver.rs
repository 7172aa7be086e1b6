//! The suite's waivers: which findings they apply to, and which of them apply to none.

mod twins;

pub use twins::cover_twins;
pub(crate) use twins::{are_twins, uncover_twins};

use crate::execution::{CheckInstance, Execution, Outcome};
use crate::finding::{Effect, Finding, Subject, Waiver};
use crate::finding::{LONGEST_SUBJECT, subject_name};
use crate::plain::one_line;
use crate::sample::{Ending, Sample};
use crate::suite::{Suite, SuiteWaiver};
use crate::workflow::Workflow;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

/// How many subjects the message about an unused waiver names.
const SUBJECTS: usize = 5;

/// The waivers of a suite on the day of a run.
#[derive(Clone, Debug)]
pub struct Waivers {
    all: Vec<SuiteWaiver>,
    /// The suite's file, for messages.
    file: Option<String>,
    /// The day of the run; none if unknown.
    date: Option<Date>,
    /// The classes of the workflow's nodes by id: reports show them.
    classes: BTreeMap<String, String>,
}

/// A waiver of the suite that applies to no finding, though its check ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnusedWaiver {
    /// The rule that it names, such as `nodes/missing-node`.
    pub rule: String,
    /// The subject that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// One line, harmless for a terminal: where the suite has it, and what the rule reports instead.
    pub message: String,
}

impl Waivers {
    /// The waivers of a suite, for a run of this date. Without a date no waiver counts.
    pub fn of(suite: &Suite, date: Option<Date>) -> Self {
        let named = suite.waivers.iter().any(|waiver| waiver.subject.is_some());
        let workflow = suite.workflow.as_ref().filter(|_| named);
        let workflow = workflow.and_then(|file| Workflow::parse(file.clone()).ok());
        Self::with(suite, date, workflow.as_ref())
    }

    /// The same with the suite's workflow, already parsed.
    pub(crate) fn with(suite: &Suite, date: Option<Date>, workflow: Option<&Workflow>) -> Self {
        Self {
            all: suite.waivers.clone(),
            file: suite.file.as_ref().map(|file| file.path.clone()),
            date,
            classes: workflow.map(classes).unwrap_or_default(),
        }
    }

    /// Writes into each finding of an execution which waiver applies to it. Of several, one that counts goes first, and
    /// then the one that counts longest.
    pub fn apply(&self, execution: &mut Execution) {
        let Execution { instance, outcome, .. } = execution;
        let Outcome::Completed { findings, .. } = outcome else { return };
        for finding in findings {
            let naming = self.all.iter().filter(|waiver| self.names(waiver, instance, finding));
            finding.waiver = naming.max_by_key(|waiver| waiver.expires).map(|waiver| Waiver {
                reason: waiver.reason.clone(),
                expires: waiver.expires.to_string(),
                effect: match self.date {
                    Some(date) if date <= waiver.expires => Effect::Waived,
                    Some(_) => Effect::Expired,
                    None => Effect::Undated,
                },
                twin: None,
            });
        }
    }

    /// The waivers that apply to no finding, though their check ran.
    ///
    /// A waiver is not among them where that is unknown: the check was left out or did not run to its end, it was skipped
    /// because samples did not run, or the rule's question stayed open.
    pub fn unused(&self, executions: &[Execution], samples: &[Sample]) -> Vec<UnusedWaiver> {
        self.all.iter().filter_map(|waiver| self.unused_waiver(waiver, executions, samples)).collect()
    }

    fn unused_waiver(
        &self,
        waiver: &SuiteWaiver,
        executions: &[Execution],
        samples: &[Sample],
    ) -> Option<UnusedWaiver> {
        let SuiteWaiver { check, rule, subject, place, .. } = waiver;
        let executions: Vec<&Execution> =
            executions.iter().filter(|execution| execution.instance.check == *check).collect();
        let all_ran = samples.iter().all(|sample| sample.ending != Ending::NotSubmitted);
        let answered = |execution: &&Execution| match &execution.outcome {
            Outcome::Completed { open, .. } => !open.iter().any(|question| question.rule == *rule && !question.closed),
            Outcome::Skipped { .. } => all_ran,
            Outcome::Errored { .. } => false,
        };
        let completed = |execution: &&Execution| matches!(execution.outcome, Outcome::Completed { .. });
        if !executions.iter().any(completed) || !executions.iter().all(answered) {
            return None;
        }
        let of_rule: Vec<(&CheckInstance, &Finding)> = executions
            .iter()
            .flat_map(|execution| execution.findings().iter().map(|finding| (&execution.instance, finding)))
            .filter(|(_, finding)| finding.rule == *rule)
            .collect();
        if of_rule.iter().any(|(instance, finding)| self.names(waiver, instance, finding)) {
            return None;
        }
        let place = self.file.as_ref().zip(*place).map(|(file, place)| format!(" ({file}:{place})"));
        let others: BTreeSet<String> = of_rule
            .iter()
            .flat_map(|(instance, finding)| subjects(instance, finding))
            .map(|subject| self.shown(&subject))
            .collect();
        let on = subject.as_ref().map(|subject| format!(" on `{}`", plain(subject))).unwrap_or_default();
        let found = match others.len() {
            0 => "the rule found nothing".to_owned(),
            number => {
                let more = if number > SUBJECTS { ", …" } else { "" };
                let others: Vec<String> = others.into_iter().take(SUBJECTS).collect();
                format!("the rule found {}{more}", others.join(", "))
            }
        };
        let line = format!("unused waiver of `{check}/{rule}`{on}{}: {found}", place.unwrap_or_default());
        let message = one_line(&line, 1_000);
        Some(UnusedWaiver { rule: format!("{check}/{rule}"), subject: subject.clone(), message })
    }

    /// Whether a waiver names a finding. A finding about several subjects of one kind is one thing: the waiver has to
    /// name them all.
    fn names(&self, waiver: &SuiteWaiver, instance: &CheckInstance, finding: &Finding) -> bool {
        if waiver.check != instance.check || waiver.rule != finding.rule {
            return false;
        }
        let Some(written) = &waiver.subject else { return true };
        let written = plain(written);
        let subjects = subjects(instance, finding);
        let (named, others): (Vec<_>, Vec<_>) =
            subjects.iter().partition(|subject| self.spellings(subject).contains(&written));
        let left_out = |one: &Subject| others.iter().any(|other| discriminant(*other) == discriminant(one));
        !named.is_empty() && !named.into_iter().any(left_out)
    }

    /// A subject as reports show it: a node with its class.
    fn shown(&self, subject: &Subject) -> String {
        let class = match subject {
            Subject::Node { id, .. } => self.classes.get(id).map(|class| format!(" (`{class}`)")),
            _ => None,
        };
        format!("{}{}", subject_name(subject), class.unwrap_or_default())
    }

    /// The ways in which a report or a person writes a subject.
    fn spellings(&self, subject: &Subject) -> Vec<String> {
        let mut spellings = vec![subject_name(subject)];
        match subject {
            Subject::Node { id, input: _ } => {
                let node = Subject::Node { id: id.clone(), input: None };
                spellings.extend([subject_name(&node), self.shown(&node), self.shown(subject)]);
                spellings.extend(self.classes.get(id).cloned());
            }
            Subject::Model { folder, name } => spellings.extend([name.clone(), format!("{folder}/{name}")]),
            Subject::Image(sample, _) => spellings.push(subject_name(&Subject::Sample(*sample))),
            Subject::Pack(name) | Subject::Worker(name) => spellings.push(name.clone()),
            Subject::Sample(_) | Subject::Other(_) => {}
        }
        let cut = spellings.iter().map(|spelling| plain(&one_line(spelling, LONGEST_SUBJECT)));
        cut.chain(spellings.iter().map(|spelling| plain(spelling))).collect()
    }
}

/// The subjects of a finding; without any, the sample that its check inspected.
fn subjects(instance: &CheckInstance, finding: &Finding) -> Vec<Subject> {
    match finding.subjects.as_slice() {
        [] => instance.sample.map(Subject::Sample).into_iter().collect(),
        subjects => subjects.to_vec(),
    }
}

/// A subject in the form that is compared: a report's, without backquotes.
fn plain(text: &str) -> String {
    one_line(text, usize::MAX).replace('`', "").trim().to_owned()
}

fn classes(workflow: &Workflow) -> BTreeMap<String, String> {
    let class =
        |(id, node): (&String, &serde_json::Value)| Some((id.clone(), node.get("class_type")?.as_str()?.to_owned()));
    workflow.nodes().iter().filter_map(class).collect()
}
