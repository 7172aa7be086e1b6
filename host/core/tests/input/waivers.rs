//! Waivers of a suite: what is taken, and what is refused, as the user sees it.

use crate::surroundings::complete;
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
fn a_waiver_of_a_check_that_the_command_line_leaves_out_is_none_the_less_valid() {
    let overrides = Overrides { checks: vec!["image".into()], ..Overrides::default() };
    assert_eq!(waivers(&suite(&[]), &overrides).len(), 1);
}

#[track_caller]
fn check_refused(changed: &[(&str, &str)], what: &str, help: Option<&str>) {
    let refusal = complete().parse(&suite(changed)).expect_err("a refused suite");
    assert_eq!(refusal.lines().next(), Some(format!("error: {what}").as_str()), "{refusal}");
    let told = refusal.lines().find_map(|line| line.trim_start().strip_prefix("= help: "));
    assert_eq!(told, help, "{refusal}");
}

#[test]
fn what_is_not_whole_is_refused() {
    let check = |key, value, what, help| check_refused(&[(key, value)], what, Some(help));
    check(
        "rule",
        "missing-node",
        "`missing-node` is not a check and its rule",
        "write both, such as `nodes/missing-node`: reports show them in brackets.",
    );
    check("rule", "node/missing-node", "the suite has no check `node` to waive findings of", "did you mean `nodes`?");
    for blank in [" \\n", "\u{200b}\u{2060}\u{3164}", "\u{2800} \u{e0041} -"] {
        check("reason", blank, "`reason` must not be empty", "say why this is accepted: reports show it.");
    }
    let subject = "name what the findings are about, or leave it out to waive whatever they are about.";
    check("subject", "", "`subject` must not be empty", subject);
    for day in ["", "tomorrow", "2026-13-01", "2026-02-30", "26-12-31", "20261231", "2026-12-31T00:00:00", "31.12.2026"]
    {
        let what = format!("`expires` is `{day}`, not a day such as `2026-12-31`");
        check_refused(&[("expires", day)], &what, Some("give the last day on which the waiver counts."));
    }
}

#[test]
fn of_a_value_without_end_only_the_beginning_is_quoted() {
    let long = "x".repeat(1 << 20);
    for (key, value) in [("rule", long.clone()), ("rule", format!("{long}/{long}")), ("expires", long.clone())] {
        let refusal = complete().parse(&suite(&[(key, &value)])).expect_err("a refused suite");
        assert!(refusal.len() < 2_000, "{key}: {} bytes", refusal.len());
    }
}

#[test]
fn two_waivers_of_the_same_are_refused() {
    let twice = |subject: &[(&str, &str)]| {
        let text = suite(subject);
        let (_, waiver) = text.split_once("\n\n").expect("a waiver");
        complete().parse(&format!("{text}{waiver}")).expect_err("a refused suite").lines().next().map(str::to_owned)
    };
    assert_eq!(twice(&[]).as_deref(), Some("error: `nodes/missing-node` is waived twice"));
    let on = twice(&[("subject", "RES4LYF")]);
    assert_eq!(on.as_deref(), Some("error: `nodes/missing-node` is waived twice on `RES4LYF`"));
}

#[test]
fn a_waiver_without_a_reason_or_a_last_day_is_refused_with_its_place() {
    let suite = "[checks.nodes]\n\n[[waivers]]\nrule = \"nodes/missing-node\"\nuntil = \"2026-12-31\"\n";
    assert_snapshot!(complete().parse(suite).expect_err("a refused suite"), @r#"
    error: `waivers[0]` must have `reason`
     --> suite.toml:3:1
      |
    3 | [[waivers]]
      | ^^^^^^^^^^^

    error: `waivers[0]` must have `expires`
     --> suite.toml:3:1
      |
    3 | [[waivers]]
      | ^^^^^^^^^^^

    error: unknown key `until`
     --> suite.toml:5:1
      |
    5 | until = "2026-12-31"
      | ^^^^^
      |
      = help: there are `rule`, `subject`, `reason` and `expires`.
    "#);
}
