//! Rules are documented once, in the README of their check.

use crate::{Answer, Rule, Severity};

/// Rules with the texts of their sections in a README.
///
/// A section is headed ``## `rule-id` `` and ends at the next heading of its level or
/// above. Its first paragraph, one sentence, is the rule's summary; all that follows is
/// the explanation.
///
/// # Panics
///
/// If a rule has no section, a section has no text after its first paragraph, or a
/// section names no rule of the list: a mistake of the check's author, found by the
/// first test that asks for the manifest.
#[must_use]
pub fn readme_rules(readme: &str, rules: &[(&str, Severity)]) -> Vec<Rule> {
    let sections = sections(readme);
    for (id, _) in &sections {
        assert!(rules.iter().any(|(rule, _)| rule == id), "the README explains `{id}`, which is no rule");
    }
    rules
        .iter()
        .map(|&(id, default_severity)| {
            let text = sections.iter().find(|(section, _)| section == id).map(|(_, text)| text.trim());
            let text = text.unwrap_or_else(|| panic!("the README has no section for the rule `{id}`"));
            let (summary, explanation) =
                text.split_once("\n\n").unwrap_or_else(|| panic!("the README does not explain the rule `{id}`"));
            Rule {
                id: id.to_owned(),
                default_severity,
                summary: summary.split_whitespace().collect::<Vec<_>>().join(" "),
                explanation: explanation.trim().to_owned(),
            }
        })
        .collect()
}

/// The headings of an explanation, in their order.
const HEADINGS: [&str; 4] = ["### What it finds", "### Why it matters", "### What to do", "### Example"];

/// For a check's tests: each rule is explained under the same four headings, and the
/// example that ends it is a finding or an open question of `said`, to the letter.
///
/// # Panics
///
/// If the README says otherwise; the message names the rule, and shows what is said.
#[track_caller]
pub fn assert_examples(rules: &[Rule], said: &Answer) {
    let findings = said.findings.iter().map(|finding| (&finding.rule, &finding.message, &finding.help));
    let open = said.open.iter().map(|open| (&open.rule, &open.reason, &open.help));
    let said: Vec<_> = findings.chain(open).collect();
    for Rule { id, explanation, .. } in rules {
        let headings: Vec<_> = explanation.lines().filter(|line| line.starts_with("###")).collect();
        assert_eq!(headings, HEADINGS, "the headings of `{id}`");
        let example = |(rule, text, help): &(&String, &String, &Option<String>)| {
            let help = help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            format!("### Example\n\n```text\n{rule}: {text}{help}\n```")
        };
        let examples: Vec<_> = said.iter().filter(|(rule, ..)| *rule == id).map(example).collect();
        let is_said = examples.iter().any(|example| explanation.ends_with(example));
        assert!(is_said, "the explanation of `{id}` should end with one of these:\n{}", examples.join("\n"));
    }
}

/// The sections that are headed by a rule's id, in order, with their text.
fn sections(readme: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    let mut open = false;
    let mut code = false;
    for line in readme.lines() {
        code ^= line.starts_with("```");
        if !code && (line.starts_with("# ") || line.starts_with("## ")) {
            let id = line.strip_prefix("## `").and_then(|rest| rest.strip_suffix('`'));
            open = id.is_some();
            sections.extend(id.map(|id| (id.to_owned(), String::new())));
        } else if let Some((_, text)) = sections.last_mut().filter(|_| open) {
            text.push_str(line);
            text.push('\n');
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finding, OpenQuestion};

    const README: &str = "# nodes\n\nIntro.\n\n## `missing`\n\nA node\nis missing.\n\n### What to do\n\nInstall it.\n\n\
                          ```sh\n## not a heading\n```\n\n## Settings\n\nNone.\n";

    #[test]
    fn a_section_gives_summary_and_explanation() {
        let rules = readme_rules(README, &[("missing", Severity::Error)]);
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].summary, "A node is missing.");
        assert_eq!(rules[0].explanation, "### What to do\n\nInstall it.\n\n```sh\n## not a heading\n```");
    }

    /// A rule whose explanation ends in this example.
    fn rule(headings: &str, example: &str) -> Rule {
        let explanation = format!("{headings}### Example\n\n```text\n{example}\n```");
        Rule { id: "missing".into(), default_severity: Severity::Error, summary: String::new(), explanation }
    }

    const ABOVE: &str = "### What it finds\n\n### Why it matters\n\n### What to do\n\n";

    fn said() -> Answer {
        let finding = Finding::new("missing", "`a` is missing").help("install it");
        [Answer::from(finding), OpenQuestion::new("missing", "cannot tell").into()].into_iter().collect()
    }

    #[test]
    fn an_example_is_a_finding_or_an_open_question() {
        let finding = rule(ABOVE, "missing: `a` is missing\nhelp: install it");
        assert_examples(&[finding, rule(ABOVE, "missing: cannot tell")], &said());
    }

    /// The message of a panic.
    #[track_caller]
    fn panics(run: impl FnOnce() + std::panic::UnwindSafe) -> String {
        *std::panic::catch_unwind(run).expect_err("a panic").downcast::<String>().expect("a message")
    }

    #[test]
    fn an_author_is_shown_what_is_wrong_with_a_readme() {
        let panics = [
            ("example not given", panics(|| assert_examples(&[rule(ABOVE, "missing: `a` is missing")], &said()))),
            ("headings absent", panics(|| assert_examples(&[rule("", "missing: cannot tell")], &said()))),
            (
                "rule without a section",
                panics(|| {
                    let _ = readme_rules(README, &[("missing", Severity::Error), ("gone", Severity::Note)]);
                }),
            ),
            (
                "section without a rule",
                panics(|| {
                    let _ = readme_rules(README, &[]);
                }),
            ),
            (
                "section without an explanation",
                panics(|| {
                    let _ = readme_rules("## `missing`\n\nA node is missing.\n", &[("missing", Severity::Error)]);
                }),
            ),
        ];
        let lines = panics.map(|(name, message)| format!("# {name}\n{message}\n"));
        insta::assert_snapshot!(lines.join("\n"));
    }
}
