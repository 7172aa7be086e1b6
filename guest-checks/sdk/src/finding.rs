//! Constructors of findings, open questions and answers.

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

    /// Adds what the reader can do, in the imperative.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a measured value; `unit` is a UCUM symbol, or `[USD]`.
    #[must_use]
    pub fn measured(mut self, value: f64, unit: &str, limit: Option<Bound>) -> Self {
        self.measurement = Some(Measurement { value, unit: unit.into(), limit });
        self
    }

    /// Adds JSON for programs that read the report.
    #[must_use]
    pub fn data(mut self, data: &serde_json::Value) -> Self {
        self.data = Some(data.to_string());
        self
    }
}

impl OpenQuestion {
    /// An unanswered question of one of the manifest's rules. `reason` is one line, lower case,
    /// without a final period.
    pub fn new(rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { rule: rule.into(), reason: reason.into(), help: None }
    }

    /// Adds what the reader can do to get an answer, in the imperative.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Bound {
    /// Whether a value is within the bound. A NaN is within none.
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
    /// No findings and no open questions.
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
