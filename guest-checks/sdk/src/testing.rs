//! For the tests of a check: facts are compared in code, words in snapshots.
//!
//! A test states which rules, subjects and measurements it expects. How they are worded is
//! the business of a snapshot, so that a message can change without a test.

#[cfg(not(target_family = "wasm"))]
mod host;

#[cfg(not(target_family = "wasm"))]
pub(crate) use host::part;
#[cfg(not(target_family = "wasm"))]
pub use host::{Endpoint, Host, SampleFile, SamplePicture, SuiteFile};

use crate::{Answer, Bound, Finding, OpenQuestion, Severity, Subject};

/// A row of a table of tests: its name, an answer, and the answer's [`facts`].
pub type Case<'a> = (&'a str, Answer, &'a [&'a str]);

/// Compares the facts of every answer, and returns the [`wording`] of all for a snapshot.
///
/// # Panics
///
/// If the facts of an answer differ from those of its row.
#[must_use]
#[track_caller]
pub fn table(cases: &[Case<'_>], rules: &[(&str, Severity)]) -> String {
    for (name, answer, expected) in cases {
        assert_eq!(facts(answer), *expected, "{name}");
    }
    let rows = cases.iter().map(|(name, answer, _)| format!("# {name}\n{}", wording(answer, rules)));
    rows.collect::<Vec<_>>().join("\n")
}

/// An answer without its words: `rule: subjects = measurement` for each finding, and
/// `rule?` for each open question.
#[must_use]
pub fn facts(answer: &Answer) -> Vec<String> {
    let finding = |finding: &Finding| {
        let subjects: Vec<_> = finding.subjects.iter().map(subject).collect();
        let separator = if subjects.is_empty() { "" } else { ": " };
        format!("{}{separator}{}{}", finding.rule, subjects.join(", "), measurement(finding))
    };
    let open = answer.open.iter().map(|open| format!("{}?", open.rule));
    answer.findings.iter().map(finding).chain(open).collect()
}

/// An answer as text: severity, rule, subjects, message and help of each finding, then the
/// open questions. `rules` are those of the check.
///
/// # Panics
///
/// If a finding or an open question names no rule of the check.
#[must_use]
#[track_caller]
pub fn wording(answer: &Answer, rules: &[(&str, Severity)]) -> String {
    let severity = |rule: &str| match rules.iter().find(|(id, _)| *id == rule) {
        Some((_, Severity::Error)) => "error",
        Some((_, Severity::Warning)) => "warning",
        Some((_, Severity::Note)) => "note",
        None => panic!("`{rule}` is not a rule of the check"),
    };
    let help = |help: &Option<String>| help.as_ref().map_or(String::new(), |help| format!("  help: {help}\n"));
    let finding = |finding: &Finding| {
        let Finding { rule, message, .. } = finding;
        let subjects: Vec<_> = finding.subjects.iter().map(subject).collect();
        let about = if subjects.is_empty() { String::new() } else { format!(" {}", subjects.join(", ")) };
        format!("{}[{rule}]{about}: {message}\n{}", severity(rule), help(&finding.help))
    };
    let open = |open: &OpenQuestion| {
        let _ = severity(&open.rule);
        format!("unknown[{}]: {}\n{}", open.rule, open.reason, help(&open.help))
    };
    answer.findings.iter().map(finding).chain(answer.open.iter().map(open)).collect()
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Node(node) => {
            let input = node.input.as_ref().map_or(String::new(), |input| format!(".{input}"));
            format!("node {}{input}", node.id)
        }
        Subject::Model(model) => format!("model {}/{}", model.folder, model.name),
        Subject::Sample(index) => format!("sample {index}"),
        Subject::Image((sample, image)) => format!("image {sample}/{image}"),
        Subject::Pack(name) => format!("pack {name}"),
        Subject::Worker(id) => format!("worker {id}"),
        Subject::Other(name) => name.clone(),
    }
}

fn measurement(finding: &Finding) -> String {
    let Some(measured) = &finding.measurement else { return String::new() };
    let limit = match measured.limit {
        None => String::new(),
        Some(Bound::Below(limit)) => format!(" (below {limit})"),
        Some(Bound::AtMost(limit)) => format!(" (at most {limit})"),
        Some(Bound::AtLeast(limit)) => format!(" (at least {limit})"),
        Some(Bound::Above(limit)) => format!(" (above {limit})"),
    };
    format!(" = {} {}{limit}", measured.value, measured.unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NodeRef;

    #[test]
    fn facts_hold_no_words_and_wording_holds_all() {
        let node = Subject::Node(NodeRef { id: "3".into(), input: Some("seed".into()) });
        let small = Finding::new("small", "3 bytes").measured(3.0, "By", Some(Bound::AtLeast(9.0))).help("get more");
        let answer: Answer =
            [Answer::from(small.about(node).about(Subject::Sample(7))), OpenQuestion::new("small", "why").into()]
                .into_iter()
                .collect();
        assert_eq!(facts(&answer), ["small: node 3.seed, sample 7 = 3 By (at least 9)", "small?"]);
        assert_eq!(
            wording(&answer, &[("small", Severity::Warning)]),
            "warning[small] node 3.seed, sample 7: 3 bytes\n  help: get more\nunknown[small]: why\n"
        );
    }

    #[test]
    #[should_panic(expected = "`other`")]
    fn a_finding_of_an_unknown_rule_is_refused() {
        let _ = wording(&Finding::new("other", "").into(), &[("small", Severity::Note)]);
    }
}
