//! The waivers of a suite.

use super::SuiteWaiver;
use super::file::{CheckFile, WaiverFile};
use super::problems::Problems;
use crate::diagnostic::{Diagnostic, Kind};
use crate::nearest::did_you_mean;
use crate::render::plain::one_line;
use jiff::civil::Date;

/// How much of a value that is wrong is quoted, in characters.
const QUOTED: usize = 100;

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
        let WaiverFile { rule, subject, reason, expires: text } = file;
        let known = || checks.iter().map(|(name, _)| name.as_str());
        let Some((check, rule)) = rule.split_once('/') else {
            let what = format!("`{}` is not a check and its rule", one_line(&rule, QUOTED));
            let help = "write both, such as `nodes/missing-node`: reports show them in brackets.";
            problems.value(&["waivers", &index, "rule"], Diagnostic::of(Kind::InvalidValue, what).help(help));
            continue;
        };
        if !known().any(|name| name == check) {
            let help = did_you_mean(check, known());
            let diagnostic = Diagnostic::of(
                Kind::UnknownName,
                format!("the suite has no check `{}` to waive findings of", one_line(check, QUOTED)),
            );
            problems.value(&["waivers", &index, "rule"], Diagnostic { help, ..diagnostic });
        }
        if subject.as_ref().is_some_and(|subject| subject.trim().is_empty()) {
            let help = "name what the findings are about, or leave it out to waive whatever they are about.";
            problems.value(
                &["waivers", &index, "subject"],
                Diagnostic::of(Kind::InvalidValue, "`subject` must not be empty").help(help),
            );
        }
        if !reason.chars().any(is_visible) {
            let help = "say why this is accepted: reports show it.";
            problems.value(
                &["waivers", &index, "reason"],
                Diagnostic::of(Kind::InvalidValue, "`reason` must not be empty").help(help),
            );
        }
        let Some(expires) = day(&text) else {
            let what = format!("`expires` is `{}`, not a day such as `2026-12-31`", one_line(&text, QUOTED));
            let help = "give the last day on which the waiver counts.";
            problems.value(&["waivers", &index, "expires"], Diagnostic::of(Kind::InvalidValue, what).help(help));
            continue;
        };
        if waivers.iter().any(|other| other.check == check && other.rule == rule && other.subject == subject) {
            let on = subject.as_ref().map(|subject| format!(" on `{}`", one_line(subject, QUOTED)));
            let rule = one_line(&format!("{check}/{rule}"), QUOTED);
            let what = format!("`{rule}` is waived twice{}", on.unwrap_or_default());
            problems.value(&["waivers", &index, "rule"], Diagnostic::of(Kind::Duplicate, what));
        }
        let place = problems.place(&["waivers", &index]);
        waivers.push(SuiteWaiver { check: check.to_owned(), rule: rule.to_owned(), subject, reason, expires, place });
    }
    waivers
}

/// Whether a character says something: a letter or a digit, and none of the letters that are blank.
fn is_visible(character: char) -> bool {
    character.is_alphanumeric() && !matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// A day as `YYYY-MM-DD`, and in no other way.
fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text)
}
