//! Findings, open questions and crashes as blocks: equal ones are one, and so are twins.

mod twins;

use super::fold::{At, Fold};
use super::statement::Statement;
use crate::execution::{ErrorKind, Execution, Outcome};
use crate::finding::{Finding, Severity, Subject, Waiver};
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use twins::twins_once;

/// One thing that a person should look at.
#[derive(Debug)]
pub(in crate::render) struct Block<'a> {
    pub(in crate::render) kind: Kind,
    /// `check/rule`, or the check alone where it did not run to its end. Several rules may be unknown for the same reason.
    pub(in crate::render) ids: Vec<String>,
    pub(in crate::render) message: Cow<'a, str>,
    /// Of a check that did not run to its end.
    pub(in crate::render) error: Option<ErrorKind>,
    /// Of samples that nothing explains: how many.
    pub(in crate::render) samples: usize,
    /// Of those: whether their jobs ran to an end.
    pub(in crate::render) have_results: bool,
    /// Evidence, and what the check could not find out about it: the members `seen` and `unknown` of the finding's data.
    pub(in crate::render) seen: Option<Cow<'a, str>>,
    pub(in crate::render) unknown: Option<&'a str>,
    /// Where it stands in the workflow's file, if that file is not at hand for an excerpt.
    pub(in crate::render) place: Option<&'a str>,
    pub(in crate::render) help: Option<&'a str>,
    /// The waiver that applies to it, whether it counts or not.
    pub(in crate::render) waiver: Option<&'a Waiver>,
    pub(in crate::render) subjects: Vec<Subject>,
    /// The rules of other checks that report the same defect.
    pub(in crate::render) also: Vec<Twin>,
    /// What follows from it, in clauses.
    pub(in crate::render) therefore: Vec<String>,
    /// The findings that it shows. Those of open questions are not among them.
    pub(in crate::render) findings: Vec<At>,
    /// The findings that decide what its twins are, each with its check.
    leads: Vec<(&'a str, &'a Finding)>,
}

/// A rule of another check that reports the same defect.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::render) struct Twin {
    pub(in crate::render) id: String,
    /// Whether it is waived where the block is not.
    pub(in crate::render) is_waived: bool,
}

/// What a block is, in the order in which reports show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::render) enum Kind {
    Error,
    /// A check that trapped, broke the contract or exceeded a limit of the sandbox: a retry gives the same.
    Crashed,
    Unknown,
    Warning,
    /// A finding of this severity that does not count.
    Waived(Reverse<Severity>),
}

impl Kind {
    pub(in crate::render) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Crashed => "crashed",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Waived(Reverse(Severity::Error)) => "waived error",
            Self::Waived(Reverse(Severity::Warning)) => "waived warning",
            Self::Waived(Reverse(Severity::Note)) => "waived note",
        }
    }

    pub(in crate::render) fn is_waived(self) -> bool {
        matches!(self, Self::Waived(_))
    }
}

impl<'a> Block<'a> {
    /// Adds the subjects that it does not have.
    fn add_subjects(&mut self, subjects: Vec<Subject>) {
        for subject in subjects {
            if !self.subjects.contains(&subject) {
                self.subjects.push(subject);
            }
        }
    }

    /// A block without subjects, help and evidence.
    pub(in crate::render) fn new(kind: Kind, id: String, message: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind,
            ids: vec![id],
            message: message.into(),
            error: None,
            samples: 0,
            have_results: false,
            seen: None,
            unknown: None,
            place: None,
            help: None,
            waiver: None,
            subjects: Vec::new(),
            also: Vec::new(),
            therefore: Vec::new(),
            findings: Vec::new(),
            leads: Vec::new(),
        }
    }

    /// The first of its rules.
    pub(in crate::render) fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// What it says. The evidence is the data of the finding, else the clauses of the message after the first.
    pub(in crate::render) fn statement(&self) -> Statement<'_> {
        let is_finding = matches!(self.kind, Kind::Error | Kind::Warning | Kind::Waived(_));
        match self.seen.as_deref() {
            None if is_finding => {
                let parsed = Statement::parse(&self.message);
                Statement { unknown: self.unknown.or(parsed.unknown), ..parsed }
            }
            seen => Statement { what: &self.message, seen, unknown: self.unknown },
        }
    }

    fn finding(execution: &'a Execution, at: At, finding: &'a Finding) -> Option<Self> {
        let kind = match finding.severity {
            severity if finding.is_waived() => Kind::Waived(Reverse(severity)),
            Severity::Error => Kind::Error,
            Severity::Warning => Kind::Warning,
            Severity::Note => return None,
        };
        let check = execution.instance.check.as_str();
        let text = |member: &str| finding.data.as_ref().and_then(|data| data.get(member)).and_then(Value::as_str);
        let subjects = if finding.subjects.is_empty() { own_sample(execution) } else { finding.subjects.clone() };
        Some(Self {
            seen: text("seen").map(Cow::Borrowed),
            unknown: text("unknown"),
            help: finding.help.as_deref(),
            waiver: finding.waiver.as_ref(),
            subjects,
            findings: vec![at],
            leads: vec![(check, finding)],
            ..Self::new(kind, format!("{check}/{}", finding.rule), &finding.message)
        })
    }

    fn errored(execution: &'a Execution, kind: ErrorKind, message: &'a str) -> Self {
        let crashed = matches!(kind, ErrorKind::Trap | ErrorKind::Contract | ErrorKind::Limit);
        // Where it happened differs from one sample to the next.
        let (message, place) =
            message.split_once(" (in `").map_or((message, None), |(what, place)| (what, Some(place)));
        let place = place.map(|place| format!("in `{}", place.strip_suffix(')').unwrap_or(place)));
        Self {
            error: Some(kind),
            seen: place.map(Cow::Owned),
            help: help(kind),
            subjects: own_sample(execution),
            ..Self::new(if crashed { Kind::Crashed } else { Kind::Unknown }, execution.instance.check.clone(), message)
        }
    }
}

/// What the reader can do about an instance that did not run to its end.
fn help(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        // The check's own words say what it needs.
        ErrorKind::Inconclusive | ErrorKind::Cassette => None,
        ErrorKind::InvalidSettings => Some("correct the settings of this check in the suite"),
        ErrorKind::Limit => {
            Some("raise the limit in the suite (`limits` of this check): a retry gives the same result")
        }
        ErrorKind::Waiting => Some("run again, or raise `wall-s` in this check's `limits`"),
        ErrorKind::Trap | ErrorKind::Contract => {
            Some("report it to the author of the check: a retry gives the same result")
        }
    }
}

fn own_sample(execution: &Execution) -> Vec<Subject> {
    execution.instance.sample.map(Subject::Sample).into_iter().collect()
}

/// The blocks of executions, in the order of their kinds and then of the executions. What follows from an error has none.
pub(in crate::render) fn blocks<'a>(executions: &'a [Execution], fold: &Fold) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for (index, execution) in executions.iter().enumerate() {
        for (item, finding) in execution.findings().iter().enumerate() {
            let at = At { execution: index, item };
            if fold.finding(at).is_empty() {
                blocks.extend(Block::finding(execution, at, finding));
            }
        }
        if let Outcome::Errored { kind, message } = &execution.outcome {
            blocks.push(Block::errored(execution, *kind, message));
        }
        for (item, question) in execution.open().iter().enumerate().filter(|(_, question)| !question.closed) {
            let at = At { execution: index, item };
            if fold.question(at).is_empty() && !fold.is_unanswered(at) {
                blocks.push(Block {
                    help: question.help.as_deref(),
                    subjects: own_sample(execution),
                    ..Block::new(
                        Kind::Unknown,
                        format!("{}/{}", execution.instance.check, question.rule),
                        &question.reason,
                    )
                });
            }
        }
    }
    let mut blocks = questions_once(equal_once(blocks));
    blocks.sort_by_key(|block| block.kind);
    explained_once(twins_once(blocks))
}

/// The most findings of a block that decide what its twins are: all pairs of two blocks are compared.
const MOST_LEADS: usize = 16;

/// Blocks with the same rule, message and waiver become one with all subjects. So do blocks that only name samples and
/// differ in their evidence: the first one's is shown.
fn equal_once(all: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut position = HashMap::new();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut more: HashMap<usize, BTreeSet<String>> = HashMap::new();
    for block in all {
        let (message, help) = if is_of_samples(&block) {
            (block.statement().what.to_owned(), block.help)
        } else {
            (block.message.to_string(), None)
        };
        let key = (block.kind, block.ids.clone(), message, help, block.waiver);
        let at = *position.entry(key).or_insert(blocks.len());
        match blocks.get_mut(at) {
            Some(known) => {
                if known.message != block.message {
                    more.entry(at).or_default().insert(block.message.to_string());
                }
                known.findings.extend(block.findings);
                known.leads.extend(block.leads);
                known.leads.truncate(MOST_LEADS);
                known.add_subjects(block.subjects);
            }
            None => blocks.push(block),
        }
    }
    for (at, others) in more {
        let Some(block) = blocks.get_mut(at) else { continue };
        let Statement { what, seen, .. } = block.statement();
        let (what, seen) = (what.to_owned(), seen.unwrap_or_default().to_owned());
        (block.message, block.seen) = (what.into(), Some(format!("{seen}; and {} more like it", others.len()).into()));
    }
    blocks
}

fn is_of_samples(block: &Block<'_>) -> bool {
    let is_sample = |subject: &Subject| matches!(subject, Subject::Sample(_) | Subject::Image(..));
    !block.leads.is_empty() && !block.subjects.is_empty() && block.subjects.iter().all(is_sample)
}

/// A rule that is unknown for several reasons is one block, with the first reason. Rules that are unknown for the same
/// reason are one block, too.
fn questions_once(all: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for block in all {
        let is_question = |block: &Block<'_>| block.kind == Kind::Unknown && block.error.is_none();
        let known = blocks.iter_mut().filter(|_| is_question(&block)).find(|known| {
            let same_rule = known.ids.iter().any(|id| block.ids.contains(id));
            let same_reason = known.message == block.message && known.help == block.help;
            is_question(known) && (same_rule || same_reason)
        });
        match known {
            Some(known) => {
                known.ids.extend(block.ids.into_iter().filter(|id| !known.ids.contains(id)).collect::<Vec<_>>());
                known.add_subjects(block.subjects);
            }
            None => blocks.push(block),
        }
    }
    blocks
}

/// A warning of the same check about the input or the model file of an error explains that error: it is its evidence, and its
/// help fits better.
fn explained_once(all: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for block in all {
        let is_warning = block.kind == Kind::Warning;
        let explained = |known: &&mut Block<'_>| {
            let mut pairs =
                block.leads.iter().flat_map(|warning| known.leads.iter().map(move |error| (warning, error)));
            known.kind == Kind::Error && pairs.any(|(warning, error)| explains(*warning, *error))
        };
        let error = if is_warning { blocks.iter_mut().find(explained) } else { None };
        let Some(error) = error else {
            blocks.push(block);
            continue;
        };
        let Statement { what, seen, unknown } = error.statement();
        let in_message = unknown.filter(|_| error.unknown.is_none()).map(|unknown| format!("unknown: {unknown}"));
        let (what, message) = (what.to_owned(), Some(block.message.to_string()));
        let evidence = [seen.map(str::to_owned), message, in_message].into_iter().flatten().collect::<Vec<_>>();
        (error.message, error.seen) = (what.into(), Some(evidence.join("; ").into()));
        error.help = block.help.or(error.help);
        error.also.extend(block.ids.into_iter().map(|id| Twin { id, is_waived: false }));
        error.findings.extend(block.findings);
    }
    blocks
}

/// Whether a warning is about the same model file as an error of its check, or about the same input if either names no file.
fn explains((one_check, warning): (&str, &Finding), (other_check, error): (&str, &Finding)) -> bool {
    let is_model = |subject: &&Subject| matches!(subject, Subject::Model { .. });
    let is_input = |subject: &&Subject| matches!(subject, Subject::Node { input: Some(_), .. });
    let share = |kind: fn(&&Subject) -> bool| {
        warning.subjects.iter().filter(kind).any(|subject| error.subjects.contains(subject))
    };
    let both_name_models =
        [warning, error].iter().all(|finding| finding.subjects.iter().any(|subject| is_model(&subject)));
    one_check == other_check && if both_name_models { share(is_model) } else { share(is_input) }
}
