//! Waivers of a suite: what is accepted, and what is refused.

use crate::surroundings::complete;
use crate::wording::{problems, wording};
use comfycheck_core::diagnostic::Refusal;
use comfycheck_core::suite::{Overrides, SuiteWaiver};
use insta::assert_snapshot;

const WHOLE: [(&str, &str); 3] =
    [("rule", "nodes/missing-node"), ("reason", "the pack is being replaced"), ("expires", "2026-12-31")];

/// A suite with two checks and a waiver in which some members are others.
fn suite(changed: &[(&str, &str)]) -> String {
    let kept = WHOLE.iter().filter(|(key, _)| !changed.iter().any(|(other, _)| other == key));
    let members = kept.chain(changed).map(|(key, value)| format!("{key} = \"{value}\"\n"));
    format!("[checks.nodes]\n[checks.image]\n\n[[waivers]]\n{}", members.collect::<String>())
}

#[track_caller]
fn waivers(suite: &str, overrides: &Overrides) -> Vec<SuiteWaiver> {
    let (suite, _) = complete().parse_with(suite, overrides).unwrap_or_else(|refusal| panic!("{refusal}"));
    suite.waivers
}

#[track_caller]
fn refused(suite: &str) -> Refusal {
    complete().parse(suite).expect_err("a refused suite")
}

#[test]
fn a_waiver_names_a_rule_a_reason_and_its_last_day() {
    let text = suite(&[("subject", "RES4LYF")]);
    let waivers = waivers(&text, &Overrides::default());
    let [waiver] = &waivers[..] else { panic!("{waivers:?}") };
    let SuiteWaiver { check, rule, subject, reason, expires, place } = waiver;
    assert_eq!((check.as_str(), rule.as_str(), subject.as_deref()), ("nodes", "missing-node", Some("RES4LYF")));
    assert_eq!((reason.as_str(), expires.to_string().as_str()), ("the pack is being replaced", "2026-12-31"));
    assert_eq!(place.map(|place| place.line), Some(4));
}

#[test]
fn a_day_may_be_written_as_toml_writes_it() {
    let text = suite(&[]).replace("\"2026-12-31\"", "2026-12-31");
    assert_eq!(waivers(&text, &Overrides::default()).len(), 1);
}

#[test]
fn a_waiver_is_valid_although_the_command_line_leaves_out_its_check() {
    let overrides = Overrides { checks: vec!["image".into()], ..Overrides::default() };
    assert_eq!(waivers(&suite(&[]), &overrides).len(), 1);
}

#[test]
fn a_waiver_that_is_not_whole_is_refused() {
    let mut text = String::new();
    for (name, key, value, problem) in [
        ("a rule without its check", "rule", "missing-node", "invalid-value 7:8 missing-node"),
        ("a check that the suite lacks", "rule", "node/missing-node", "unknown-name 7:8 node/missing-node"),
        ("a blank reason", "reason", " \\n", "invalid-value 7:10  \\n"),
        ("an empty subject", "subject", "", "invalid-value 8:11"),
        ("no day", "expires", "tomorrow", "invalid-value 7:11 tomorrow"),
    ] {
        let suite = suite(&[(key, value)]);
        let refusal = refused(&suite);
        assert_eq!(problems(&refusal, &suite), [problem], "{name}");
        text += &format!("# {name}\n{}\n\n", wording(&refusal));
    }
    assert_snapshot!(text);
}

#[test]
fn all_mistakes_of_a_waiver_are_reported_at_once() {
    let suite = suite(&[("rule", "missing-node"), ("subject", ""), ("reason", ""), ("expires", "soon")]);
    let problems = problems(&refused(&suite), &suite);
    let expected =
        ["invalid-value 5:8 missing-node", "invalid-value 6:11", "invalid-value 7:10", "invalid-value 8:11 soon"];
    assert_eq!(problems, expected);
}

#[test]
fn a_reason_has_letters_and_a_day_is_a_day() {
    for blank in ["", "\u{200b}\u{2060}\u{3164}", "\u{2800} \u{e0041} -"] {
        let suite = suite(&[("reason", blank)]);
        assert_eq!(problems(&refused(&suite), &suite), [format!("invalid-value 7:10 {blank}").trim_end()], "{blank:?}");
    }
    for day in ["", "2026-13-01", "2026-02-30", "26-12-31", "20261231", "2026-12-31T00:00:00", "31.12.2026"] {
        let suite = suite(&[("expires", day)]);
        assert_eq!(problems(&refused(&suite), &suite), [format!("invalid-value 7:11 {day}").trim_end()], "{day}");
    }
}

#[test]
fn only_the_beginning_of_a_long_value_is_quoted() {
    let long = "x".repeat(1 << 20);
    for (key, value) in [("rule", long.clone()), ("rule", format!("{long}/{long}")), ("expires", long.clone())] {
        let text = wording(&refused(&suite(&[(key, &value)])));
        assert!(text.len() < 2_000, "{key}: {} bytes", text.len());
    }
}

#[test]
fn two_waivers_of_the_same_are_refused() {
    let twice = |subject: &[(&str, &str)], place: &str| {
        let text = suite(subject);
        let (_, waiver) = text.split_once("\n\n").expect("a waiver");
        let suite = format!("{text}{waiver}");
        let refusal = refused(&suite);
        assert_eq!(problems(&refusal, &suite), [format!("duplicate {place} nodes/missing-node")]);
        wording(&refusal)
    };
    let of_any = twice(&[], "9:8");
    let of_one = twice(&[("subject", "RES4LYF")], "10:8");
    let text = format!("# whatever they are about\n{of_any}\n\n# of one subject\n{of_one}");
    assert_snapshot!(text);
}

#[test]
fn a_waiver_without_a_reason_or_a_last_day_is_refused_with_its_place() {
    let suite = "[checks.nodes]\n\n[[waivers]]\nrule = \"nodes/missing-node\"\nuntil = \"2026-12-31\"\n";
    let refusal = refused(suite);
    assert_eq!(problems(&refusal, suite), ["missing-key 3:1 [", "missing-key 3:1 [", "unknown-key 5:1 until"]);
    let text = wording(&refusal);
    assert_snapshot!(text);
}
