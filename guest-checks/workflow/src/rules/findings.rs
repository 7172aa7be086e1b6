//! The findings of one answer, with a limit for each rule.

use super::{RULES, Settings};
use comfycheck_sdk::{Answer, Finding, wording};

pub(super) struct Findings {
    pub(super) answer: Answer,
    /// The most findings of one rule.
    most: usize,
    /// How many findings each rule has had, in the order of [`RULES`].
    counts: [usize; RULES.len()],
}

/// The most findings of one rule, unless the settings ask for everything.
const MOST: usize = 100;

impl Findings {
    pub(super) fn new(settings: &Settings) -> Self {
        let most = if settings.complete { usize::MAX } else { MOST };
        Self { answer: Answer::default(), most, counts: [0; RULES.len()] }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.has_room(&finding.rule) {
            self.answer.findings.push(finding);
        }
    }

    /// Adds a finding that is only made if there is room for it.
    pub(super) fn add_with(&mut self, rule: &str, make: impl FnOnce() -> Finding) {
        if self.has_room(rule) {
            self.answer.findings.push(make());
        }
    }

    /// Counts a finding of a rule. Returns whether it is below the limit.
    fn has_room(&mut self, rule: &str) -> bool {
        let place = RULES.iter().position(|(known, _)| *known == rule);
        let count = &mut self.counts[place.unwrap_or_default()];
        *count += 1;
        *count <= self.most
    }

    /// Puts a finding before others.
    pub(super) fn insert(&mut self, at: usize, finding: Finding) {
        self.answer.findings.insert(at, finding);
    }

    /// The answer, with one finding for all those of a rule above the limit.
    pub(super) fn into_answer(mut self) -> Answer {
        let most = self.most;
        for ((rule, _), count) in RULES.iter().zip(self.counts).filter(|(_, count)| *count > most) {
            let message = format!("{} of this rule", wording::count(count - most, "more finding"));
            let finding = Finding::new(*rule, message).help("fix the listed findings, then check again");
            self.answer.findings.push(finding);
        }
        self.answer
    }
}
