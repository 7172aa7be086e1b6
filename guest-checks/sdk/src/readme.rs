//! The explanations of rules: the sections of the check's README.

use crate::{Answer, Rule, Severity};

/// The rules of a check, explained by the sections of its README.
///
/// A section is headed ``## `rule-id` `` and ends at the next heading of its level or
/// above. Its first paragraph, one sentence, is the rule's summary. The rest is the
/// explanation.
///
/// # Panics
///
/// If a rule has no section, a section has no explanation, or a section is headed by an id
/// that is not in the list. Any test that asks for the manifest finds that.
#[must_use]
pub fn readme_rules(readme: &str, rules: &[(&str, Severity)]) -> Vec<Rule> {
    let sections = sections(readme);
    for (id, _) in &sections {
        assert!(rules.iter().any(|(rule, _)| rule == id), "the README explains `{id}`, which is not a rule");
    }
    rules
        .iter()
        .map(|&(id, default_severity)| {
            let text = sections.iter().find(|(section, _)| section == id).map(|(_, text)| text.trim());
            let text = text.unwrap_or_else(|| panic!("the README has no section for the rule `{id}`"));
            let (summary, explanation) = text
                .split_once("\n\n")
                .unwrap_or_else(|| panic!("the section `{id}` of the README has no explanation"));
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

/// For the tests of a check: every rule is explained under the same four headings, and its
/// example is a finding or an open question of `answer`, to the letter.
///
/// With `BLESS` in the environment, examples that differ are replaced in the README of the
/// current folder, which is the check's own under `cargo test`.
///
/// # Panics
///
/// If a heading or an example differs. The message shows what the example could be.
#[track_caller]
pub fn assert_examples(rules: &[Rule], answer: &Answer) {
    let findings = answer.findings.iter().map(|finding| (&finding.rule, &finding.message, &finding.help));
    let open = answer.open.iter().map(|open| (&open.rule, &open.reason, &open.help));
    let possible: Vec<_> = findings.chain(open).collect();
    for Rule { id, explanation, .. } in rules {
        let headings: Vec<_> = explanation.lines().filter(|line| line.starts_with("###")).collect();
        assert_eq!(headings, HEADINGS, "the headings of `{id}`");
        let example = |(rule, text, help): &(&String, &String, &Option<String>)| {
            let help = help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            format!("### Example\n\n```text\n{rule}: {text}{help}\n```")
        };
        let examples: Vec<_> = possible.iter().filter(|(rule, ..)| *rule == id).map(example).collect();
        let is_given = examples.iter().any(|example| explanation.ends_with(example));
        if !is_given && examples.first().is_some_and(|example| bless(id, example)) {
            continue;
        }
        assert!(is_given, "the explanation of `{id}` should end with one of these:\n{}", examples.join("\n"));
    }
}

/// Replaces the example of a rule in the README of the current folder. False if it was not to be
/// replaced, or could not be.
fn bless(id: &str, example: &str) -> bool {
    const README: &str = "README.md";
    let blessed = || {
        std::env::var_os("BLESS")?;
        let readme = std::fs::read_to_string(README).ok()?;
        std::fs::write(README, with_example(&readme, id, example)?).ok()
    };
    blessed().is_some()
}

/// A README with another example in the section of a rule. None without a section that has one.
fn with_example(readme: &str, id: &str, example: &str) -> Option<String> {
    let start = readme.find(&format!("\n## `{id}`\n"))? + 1;
    let length = readme[start..].find("\n## ").unwrap_or(readme.len() - start);
    let section = &readme[start..start + length];
    let begin = section.find("### Example\n\n```text\n")?;
    let end = begin
        + section[begin..].find("\n```\n").or_else(|| section[begin..].strip_suffix("\n```").map(str::len))?
        + "\n```".len();
    Some(format!("{}{}{example}{}{}", &readme[..start], &section[..begin], &section[end..], &readme[start + length..]))
}

/// The sections that are headed by the id of a rule, with their text.
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

    fn answer() -> Answer {
        let finding = Finding::new("missing", "`a` is missing").help("install it");
        [Answer::from(finding), OpenQuestion::new("missing", "could not check").into()].into_iter().collect()
    }

    #[test]
    fn an_example_is_a_finding_or_an_open_question() {
        let finding = rule(ABOVE, "missing: `a` is missing\nhelp: install it");
        assert_examples(&[finding, rule(ABOVE, "missing: could not check")], &answer());
    }

    #[test]
    fn an_example_is_replaced_in_its_own_section_only() {
        let example = |text: &str| format!("### Example\n\n```text\n{text}\n```");
        let readme = |second: &str| {
            format!(
                "# nodes\n\n## `one`\n\n{}\n\n## `two`\n\nA\n\n{}\n\n## `three`\n\nB\n",
                example("one: a"),
                example(second)
            )
        };
        assert_eq!(
            with_example(&readme("two: b"), "two", &example("two: c\nhelp: d")),
            Some(readme("two: c\nhelp: d"))
        );
        for without in ["three", "four"] {
            assert_eq!(with_example(&readme("two: b"), without, &example("x")), None);
        }
        let last = format!("# nodes\n\n## `one`\n\n{}", example("one: a"));
        assert_eq!(with_example(&last, "one", &example("b")), Some(last.replace("one: a", "b")));
    }

    /// The message of a panic.
    #[track_caller]
    fn panics(run: impl FnOnce() + std::panic::UnwindSafe) -> String {
        *std::panic::catch_unwind(run).expect_err("a panic").downcast::<String>().expect("a message")
    }

    #[test]
    fn an_author_is_shown_what_is_wrong_with_a_readme() {
        let panics = [
            ("example not given", panics(|| assert_examples(&[rule(ABOVE, "missing: `a` is missing")], &answer()))),
            ("headings absent", panics(|| assert_examples(&[rule("", "missing: could not check")], &answer()))),
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
        let lines = lines.join("\n");
        insta::assert_snapshot!(lines);
    }
}
