//! What guests and servers said, in every format: no byte of it acts, and its words can be read.

use crate::reports::hostile;
use crate::scene::{page, verbose};
use comfycheck_core::render::{
    LocatedFindings, ReportContext, ctrf, github, html, json, junit, markdown, sarif, slack,
};
use comfycheck_core::report::Report;

/// A format, what must not stand in it, and the most bytes that it takes for a report of many megabytes.
type Case = (&'static str, fn(&Report) -> String, &'static [&'static str], usize);

const CASES: [Case; 10] = [
    ("human", page, &["\n::", "\nPASSED  all"], 64 << 10),
    ("verbose", verbose, &["\n::", "\nPASSED  all"], 64 << 10),
    ("json", json, &["\n::"], 128 << 20),
    ("junit", junit, &["\n::", "<script>", "]]>", "-->"], 32 << 10),
    ("html", |report| html(report, &ReportContext::default()), &["\n::", "<script>", "]]>", "--><"], 128 << 10),
    ("ctrf", ctrf, &["\n::"], 32 << 10),
    ("sarif", |report| sarif(&LocatedFindings::of(report)), &["\n::", "]("], 64 << 10),
    (
        "github",
        |report| github(&LocatedFindings::of(report), None),
        &["\n::error::", "\n::error injected", "\nPASSED"],
        64 << 10,
    ),
    (
        "markdown",
        |report| outside_of_code(&markdown(report, &ReportContext::default())),
        &["\n::", "<script>", "| a |", "--><"],
        64 << 10,
    ),
    ("slack", |report| slack(report, None, &ReportContext::default()), &["\n::", "<", ">", "&amp; \\\""], 16 << 10),
];

/// Between backquotes, Markdown marks nothing up.
fn outside_of_code(markdown: &str) -> String {
    markdown.replace("\\`", "").split('`').step_by(2).collect()
}

/// Line breaks are the format's own. Everything else here moves a cursor, reorders words or is not a character.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || "\u{202e}\u{2066}\u{2028}\u{2029}\u{feff}\u{ffff}".contains(character)
}

#[test]
fn no_byte_acts_and_the_words_are_there() {
    let report = hostile();
    for (format, render, forbidden, most) in CASES {
        let text = render(&report);
        let acting: String = text.chars().filter(|character| acts(*character)).collect();
        assert_eq!(acting, "", "{format}");
        for raw in forbidden {
            assert!(!text.contains(raw), "{format} holds `{raw}`");
        }
        assert!(text.contains("all is well") && text.contains("injected"), "{format} keeps the words");
        assert!(text.len() < most, "{format} has {} bytes", text.len());
    }
}

#[test]
fn every_line_of_the_line_formats_is_the_formats_own() {
    let report = hostile();
    let github = github(&LocatedFindings::of(&report), None);
    assert!(github.lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")));
    let begins = ["#", "- ", "  - ", "| ", "and ", "<", "2 causes · "];
    for line in markdown(&report, &ReportContext::default()).lines() {
        assert!(line.is_empty() || begins.iter().any(|begin| line.starts_with(begin)), "{line}");
    }
}
