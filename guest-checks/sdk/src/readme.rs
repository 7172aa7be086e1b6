//! Rules are documented once, in the README of their check.

use crate::{Rule, Severity};

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

    const README: &str = "# nodes\n\nIntro.\n\n## `missing`\n\nA node\nis missing.\n\n### What to do\n\nInstall it.\n\n\
                          ```sh\n## not a heading\n```\n\n## Settings\n\nNone.\n";

    #[test]
    fn a_section_gives_summary_and_explanation() {
        let rules = readme_rules(README, &[("missing", Severity::Error)]);
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].summary, "A node is missing.");
        assert_eq!(rules[0].explanation, "### What to do\n\nInstall it.\n\n```sh\n## not a heading\n```");
    }

    #[test]
    #[should_panic(expected = "the README has no section for the rule `gone`")]
    fn a_rule_without_a_section_is_refused() {
        let _ = readme_rules(README, &[("missing", Severity::Error), ("gone", Severity::Note)]);
    }

    #[test]
    #[should_panic(expected = "the README explains `missing`, which is no rule")]
    fn a_section_without_a_rule_is_refused() {
        let _ = readme_rules(README, &[]);
    }
}
