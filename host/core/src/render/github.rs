//! Workflow commands of GitHub Actions, which annotate a run and the lines of a pull request.
//!
//! GitHub shows ten annotations of a kind for each step. So the ten that matter most are written, those with a place
//! first, and if there are more, the tenth says how many. Notes, waived findings and what only follows from an error have no
//! annotation. A run that passes annotates its warnings and, as notices, what ran more than once.

use crate::finding::{Effect, Severity};
use crate::plain::one_line;
use crate::render::context::whole;
use crate::render::located::{FilePlace, LocatedFinding, LocatedFindings};
use crate::render::wording::waiver_line;
use comfycheck_wording::count;

/// How many annotations of a kind GitHub shows for each step.
const SHOWN: usize = 10;

/// The longest text of an annotation, in characters.
const TEXT: usize = 1_000;

/// The longest property, in characters.
const PROPERTY: usize = 300;

/// Renders findings as workflow commands, one a line: errors, then what is unknown and warnings, then what ran more than
/// once.
///
/// `json` is the name of the file that holds the JSON report. Files must be relative to the workspace ([`LocatedFindings::seen_from`]): GitHub drops other places.
pub fn github(located: &LocatedFindings, json: Option<&str>) -> String {
    let errors = of_severity(located, Severity::Error);
    let unknown = located.unknown.iter().map(|reason| command("warning", None, "unknown", reason, &[]));
    let warnings = unknown.chain(of_severity(located, Severity::Warning)).collect();
    let mut text = capped("error", errors.collect(), json);
    text.extend(capped("warning", warnings, json));
    let attempts = located.attempts.iter().map(|line| command("notice", None, "more than one attempt", line, &[]));
    text.extend(capped("notice", attempts.collect(), json));
    text.concat()
}

/// One workflow command: an error without a finding.
pub fn github_error(title: &str, message: &str) -> String {
    command("error", None, title, message, &[])
}

/// The commands for the findings of one severity, those with a place first.
fn of_severity(located: &LocatedFindings, severity: Severity) -> impl Iterator<Item = String> {
    let mut findings: Vec<&LocatedFinding> =
        located.findings.iter().filter(|finding| finding.severity == severity && !finding.is_waived).collect();
    findings.sort_by_key(|finding| finding.place.is_none());
    findings.into_iter().map(move |finding| {
        let LocatedFinding { rule, message, details, place, waiver, .. } = finding;
        let waiver = waiver.as_ref().filter(|waiver| waiver.effect != Effect::Waived);
        let waiver = waiver.map(|waiver| format!("waiver: {}", waiver_line(waiver)));
        let more: Vec<String> = waiver.into_iter().chain(details.iter().cloned()).collect();
        command(severity.word(), place.as_ref(), rule, message, &more)
    })
}

fn capped(kind: &str, mut commands: Vec<String>, json: Option<&str>) -> Vec<String> {
    if commands.len() > SHOWN {
        let more = commands.split_off(SHOWN - 1).len();
        let text = format!("{more} more of this kind are in {}", whole(json));
        commands.push(command(kind, None, &format!("and {}", count(more, "more annotation")), &text, &[]));
    }
    commands
}

fn command(kind: &str, place: Option<&FilePlace>, title: &str, message: &str, more: &[String]) -> String {
    let place = place
        .map(|FilePlace { file, place }| format!("file={},line={},col={},", property(file), place.line, place.column));
    let lines: Vec<String> =
        std::iter::once(message).chain(more.iter().map(String::as_str)).map(|line| one_line(line, TEXT)).collect();
    let text = data(&lines.join("\n"));
    format!("::{kind} {}title={}::{text}\n", place.unwrap_or_default(), property(title))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(&one_line(text, PROPERTY)).replace(':', "%3A").replace(',', "%2C")
}
