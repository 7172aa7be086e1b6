//! The waivers of a suite.

use super::SuiteWaiver;
use super::file::{CheckFile, WaiverFile};
use super::problems::Problems;
use crate::diagnostic::{Diagnostic, Kind};
use crate::nearest::did_you_mean;
use crate::plain::one_line;
use jiff::civil::Date;

/// How much of a wrong value a message quotes, in characters.
const QUOTED: usize = 100;

/// The waivers in the order of the file. Adds a problem for each value that is not valid. Whether a check has the rule, only
/// its component knows.
pub(super) fn waivers(
    files: Vec<WaiverFile>,
    checks: &[(String, CheckFile)],
    problems: &mut Problems<'_>,
) -> Vec<SuiteWaiver> {
    let mut waivers: Vec<SuiteWaiver> = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let index = index.to_string();
        let rule = rule(&file.rule, checks).map_err(|problem| problems.value(&["waivers", &index, "rule"], problem));
        if file.subject.as_ref().is_some_and(|subject| subject.trim().is_empty()) {
            let help = "name the subject, or remove `subject` to waive findings on any subject";
            let problem = Diagnostic::of(Kind::InvalidValue, "`subject` must not be empty").help(help);
            problems.value(&["waivers", &index, "subject"], problem);
        }
        if !file.reason.chars().any(is_visible) {
            let help = "say why you accept these findings: reports show it";
            let problem = Diagnostic::of(Kind::InvalidValue, "`reason` must not be empty").help(help);
            problems.value(&["waivers", &index, "reason"], problem);
        }
        let expires = day(&file.expires).ok_or_else(|| {
            let what = format!("`expires` is `{}`, not a date such as `2026-12-31`", one_line(&file.expires, QUOTED));
            let problem = Diagnostic::of(Kind::InvalidValue, what).help("write the last day of the waiver");
            problems.value(&["waivers", &index, "expires"], problem);
        });
        let (Ok((check, rule)), Ok(expires)) = (rule, expires) else { continue };
        let WaiverFile { subject, reason, .. } = file;
        if waivers.iter().any(|other| other.check == check && other.rule == rule && other.subject == subject) {
            let on = subject.as_ref().map(|subject| format!(" for `{}`", one_line(subject, QUOTED)));
            let rule = one_line(&format!("{check}/{rule}"), QUOTED);
            let what = format!("`{rule}` is waived twice{}", on.unwrap_or_default());
            problems.value(&["waivers", &index, "rule"], Diagnostic::of(Kind::Duplicate, what));
        }
        let place = problems.place(&["waivers", &index]);
        waivers.push(SuiteWaiver { check, rule, subject, reason, expires, place });
    }
    waivers
}

/// The check and the rule that `check/rule` names.
fn rule(text: &str, checks: &[(String, CheckFile)]) -> Result<(String, String), Diagnostic> {
    let known = || checks.iter().map(|(name, _)| name.as_str());
    let Some((check, rule)) = text.split_once('/') else {
        let what = format!("`{}` does not name a check and a rule", one_line(text, QUOTED));
        let help = "write both, such as `nodes/missing-node`: reports show them in brackets";
        return Err(Diagnostic::of(Kind::InvalidValue, what).help(help));
    };
    if !known().any(|name| name == check) {
        let help = did_you_mean(check, known());
        let what = format!("the suite has no check `{}`", one_line(check, QUOTED));
        return Err(Diagnostic { help, ..Diagnostic::of(Kind::UnknownName, what) });
    }
    Ok((check.to_owned(), rule.to_owned()))
}

/// Whether a character is a letter or a digit that shows: some letters of Unicode are blank.
fn is_visible(character: char) -> bool {
    character.is_alphanumeric() && !matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// A day as `YYYY-MM-DD` and in no other form.
fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text)
}
