//! What is refused: as data, which tests assert, and as the text that a user sees, which snapshots hold.

use crate::surroundings::World;
use comfycheck_core::diagnostic::{Color, Diagnostic, Refusal};

/// A text that is refused: the name of the case, the text, and its problems as [`problem`] writes them.
pub(crate) type Case<'a> = (&'a str, &'a str, &'a [&'a str]);

/// Parses suites that are refused, holds each against its problems, and returns their wording.
#[track_caller]
pub(crate) fn refused_suites(world: &World, cases: &[Case<'_>]) -> String {
    refused(cases, |suite| world.parse(suite).map(drop).expect_err("a refused suite"))
}

/// Holds what each text is refused for against its problems, and returns the wording of all.
#[track_caller]
pub(crate) fn refused(cases: &[Case<'_>], refuse: impl Fn(&str) -> Refusal) -> String {
    let mut text = String::new();
    for (name, refused, expected) in cases {
        let refusal = refuse(refused);
        assert_eq!(problems(&refusal, refused), *expected, "{name}");
        text += &format!("# {name}\n{}\n\n", wording(&refusal));
    }
    text
}

/// The problems of a refusal, in its order.
pub(crate) fn problems(refusal: &Refusal, text: &str) -> Vec<String> {
    refusal.diagnostics.iter().map(|diagnostic| problem(diagnostic, text)).collect()
}

/// A problem as its kind, its place and the word that stands there: `unknown-key 3:1 sampels`.
pub(crate) fn problem(diagnostic: &Diagnostic, text: &str) -> String {
    let kind = diagnostic.kind.word();
    let Some(excerpt) = diagnostic.excerpt.as_deref() else { return kind.to_owned() };
    let (line, column) = (excerpt.place.line as usize, excerpt.place.column as usize);
    let rest: String = text.lines().nth(line - 1).unwrap_or_default().chars().skip(column - 1).collect();
    let word = match rest.split_once('"') {
        Some(("", quoted)) => quoted.split('"').next().unwrap_or_default(),
        _ => {
            let end = rest.find(|char: char| !char.is_alphanumeric() && !"-_.".contains(char)).unwrap_or(rest.len());
            let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
            &rest[..end]
        }
    };
    format!("{kind} {} {word}", excerpt.place).trim_end().to_owned()
}

/// Warnings as their problems, and as a user sees them.
pub(crate) fn warnings(warnings: &[Diagnostic], text: &str) -> (Vec<String>, String) {
    let problems = warnings.iter().map(|warning| problem(warning, text)).collect();
    let wording = warnings.iter().map(|warning| warning.render_warning(Color::Off) + "\n\n").collect();
    (problems, wording)
}

/// As a user sees it.
pub(crate) fn wording(refusal: &Refusal) -> String {
    refusal.render(Color::Off)
}
