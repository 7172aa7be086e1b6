//! How findings, open questions and answers are made.

use crate::{Answer, Bound, Finding, Measurement, Node, OpenQuestion, Subject};

impl Finding {
    /// A finding of one of the manifest's rules. `message` is one line, lower case,
    /// without a final period.
    pub fn new(rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            message: message.into(),
            subjects: Vec::new(),
            measurement: None,
            help: None,
            data: None,
        }
    }

    /// Adds a subject; the first that is added is the primary one.
    #[must_use]
    pub fn about(mut self, subject: impl Into<Subject>) -> Self {
        self.subjects.push(subject.into());
        self
    }

    /// Adds subjects in their order.
    #[must_use]
    pub fn about_all(mut self, subjects: impl IntoIterator<Item = impl Into<Subject>>) -> Self {
        self.subjects.extend(subjects.into_iter().map(Into::into));
        self
    }

    /// Says what the reader can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Attaches a measured value; `unit` is a UCUM symbol, or `[USD]`.
    #[must_use]
    pub fn measured(mut self, value: f64, unit: &str, limit: Option<Bound>) -> Self {
        self.measurement = Some(Measurement { value, unit: unit.into(), limit });
        self
    }

    /// Attaches JSON for those who read the report by program.
    #[must_use]
    pub fn data(mut self, data: &serde_json::Value) -> Self {
        self.data = Some(data.to_string());
        self
    }
}

impl OpenQuestion {
    /// A question of one of the manifest's rules that has no answer, and why.
    pub fn new(rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { rule: rule.into(), reason: reason.into(), help: None }
    }

    /// Says what the reader can do so that it can be answered.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Bound {
    /// Whether a value keeps the bound. A NaN keeps none.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        match *self {
            Self::Below(limit) => value < limit,
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Above(limit) => value > limit,
        }
    }
}

impl Default for Answer {
    /// Nothing is wrong, and nothing is open.
    fn default() -> Self {
        Self { findings: Vec::new(), open: Vec::new() }
    }
}

impl FromIterator<Finding> for Answer {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        Self { findings: findings.into_iter().collect(), open: Vec::new() }
    }
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding], open: Vec::new() }
    }
}

impl From<OpenQuestion> for Answer {
    fn from(open: OpenQuestion) -> Self {
        Self { findings: Vec::new(), open: vec![open] }
    }
}

impl FromIterator<Answer> for Answer {
    fn from_iter<I: IntoIterator<Item = Answer>>(answers: I) -> Self {
        let mut all = Self::default();
        for Answer { findings, open } in answers {
            all.findings.extend(findings);
            all.open.extend(open);
        }
        all
    }
}

impl From<&Node> for Subject {
    fn from(node: &Node) -> Self {
        node.subject(None)
    }
}
