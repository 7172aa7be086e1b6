//! The waivers of a suite.

use super::SuiteWaiver;
use super::file::{CheckFile, WaiverFile};
use super::problems::Problems;
use crate::diagnostic::Diagnostic;
use crate::nearest::did_you_mean;
use jiff::civil::Date;

/// The waivers, in the order of the file. Adds a problem for each that is not whole or names a check that the suite does
/// not have; whether a check has the rule is known to its component only.
pub(super) fn waivers(
    files: Vec<WaiverFile>,
    checks: &[(String, CheckFile)],
    problems: &mut Problems<'_>,
) -> Vec<SuiteWaiver> {
    let mut waivers: Vec<SuiteWaiver> = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let index = index.to_string();
        let WaiverFile { rule, subject, reason, expires } = file;
        let known = || checks.iter().map(|(name, _)| name.as_str());
        let Some((check, rule)) = rule.split_once('/') else {
            let what = format!("`{rule}` is not a check and its rule");
            let help = "write both, such as `nodes/missing-node`: reports show them in brackets.";
            problems.value(&["waivers", &index, "rule"], Diagnostic::new(what).help(help));
            continue;
        };
        if !known().any(|name| name == check) {
            let help = did_you_mean(check, known());
            let diagnostic = Diagnostic::new(format!("the suite has no check `{check}` to waive findings of"));
            problems.value(&["waivers", &index, "rule"], Diagnostic { help, ..diagnostic });
        }
        if subject.as_ref().is_some_and(|subject| subject.trim().is_empty()) {
            let help = "name what the findings are about, or leave it out to waive whatever they are about.";
            problems.value(&["waivers", &index, "subject"], Diagnostic::new("`subject` must not be empty").help(help));
        }
        if reason.trim().is_empty() {
            let help = "say why this is accepted: reports show it.";
            problems.value(&["waivers", &index, "reason"], Diagnostic::new("`reason` must not be empty").help(help));
        }
        let Some(expires) = day(&expires) else {
            let what = format!("`expires` is `{expires}`, not a day such as `2026-12-31`");
            let help = "give the last day on which the waiver counts.";
            problems.value(&["waivers", &index, "expires"], Diagnostic::new(what).help(help));
            continue;
        };
        if waivers.iter().any(|other| other.check == check && other.rule == rule && other.subject == subject) {
            let on = subject.as_ref().map(|subject| format!(" on `{subject}`")).unwrap_or_default();
            let what = format!("`{check}/{rule}` is waived twice{on}");
            problems.value(&["waivers", &index, "rule"], Diagnostic::new(what));
        }
        let place = problems.place(&["waivers", &index]);
        waivers.push(SuiteWaiver { check: check.to_owned(), rule: rule.to_owned(), subject, reason, expires, place });
    }
    waivers
}

/// A day as `YYYY-MM-DD`, and in no other way.
fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text)
}
