//! Waivers: which findings they name, until when, what a run comes to with them, and what every format shows of it.

use crate::reports::waived;
use crate::scene::{Scene, With, error, errored, found, node, note, open, skipped};
use comfycheck_core::diagnostic::Color;
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Bound, Effect, Finding, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::render::{Located, ctrf, github, human, json, junit, markdown, sarif};
use comfycheck_core::report::{Report, Signal, Verdict, exit_code};
use comfycheck_core::sample::Ending;
use comfycheck_core::waiver::Waivers;
use insta::assert_snapshot;
use serde_json::{Value, json};

fn nodes() -> Scene {
    Scene::new().samples(2).check("nodes", &[Deployment, Run]).check("image", &[Sample])
}

/// What a waiver with this subject does to a finding about these.
#[track_caller]
fn check_subject(written: &str, about: &[Subject], expected: Option<Effect>) {
    let finding = about.iter().cloned().fold(error("broken", "is missing"), With::about);
    let scene = nodes().with("nodes", Deployment, found([finding]));
    let report = scene.waive("nodes", "broken", Some(written), "2026-12-31").report();
    let waiver = report.executions[0].findings()[0].waiver.as_ref();
    assert_eq!(waiver.map(|waiver| waiver.effect), expected, "{written}");
}

#[test]
fn a_subject_is_written_as_reports_print_it_or_by_its_name() {
    let sampler = [node("2", None)];
    for written in ["ClownsharKSampler_Beta", "node `2`", "node 2", "node `2` (`ClownsharKSampler_Beta`)", " node `2` "]
    {
        check_subject(written, &sampler, Some(Effect::Waived));
        check_subject(written, &[node("2", Some("steps"))], Some(Effect::Waived));
    }
    for written in ["input `steps` of node `2`", "input `steps` of node `2` (`ClownsharKSampler_Beta`)"] {
        check_subject(written, &[node("2", Some("steps"))], Some(Effect::Waived));
        check_subject(written, &sampler, None);
    }
    for written in ["2", "node", "node 22", "clownsharksampler_beta", "VAELoader", "ClownsharKSampler"] {
        check_subject(written, &sampler, None);
    }
    let model = Subject::Model { folder: "vae".into(), name: "ae.safetensors".into() };
    for written in ["ae.safetensors", "vae/ae.safetensors", "model `vae/ae.safetensors`"] {
        check_subject(written, &[node("1", None), model.clone()], Some(Effect::Waived));
    }
    check_subject("RES4LYF", &[Subject::Pack("RES4LYF".into())], Some(Effect::Waived));
    check_subject("node pack `RES4LYF`", &[Subject::Pack("RES4LYF".into())], Some(Effect::Waived));
    check_subject("worker `w7f3k2`", &[Subject::Worker("w7f3k2".into())], Some(Effect::Waived));
    check_subject("the driver", &[Subject::Other("the driver".into())], Some(Effect::Waived));
    check_subject("image 1 of sample 3", &[Subject::Image(3, 1)], Some(Effect::Waived));
    check_subject("sample 3", &[Subject::Image(3, 1)], Some(Effect::Waived));
    check_subject("sample 3", &[Subject::Sample(4)], None);
    check_subject("sample 3", &[], None);
}

#[test]
fn what_a_report_cut_or_made_harmless_is_known_again() {
    let long = "x".repeat(200);
    check_subject(&long, &[Subject::Pack(long.clone())], Some(Effect::Waived));
    let shown = format!("node pack `{}… [12 more characters]", "x".repeat(109));
    check_subject(&shown, &[Subject::Pack("x".repeat(120))], Some(Effect::Waived));
    check_subject("node pack `a␛[2J b`", &[Subject::Pack("a\u{1b}[2J\nb".into())], Some(Effect::Waived));
}

#[test]
fn a_finding_about_several_of_a_kind_is_waived_only_where_all_are_named() {
    let both = [node("1", None), node("2", None), Subject::Pack("RES4LYF".into())];
    check_subject("node 2", &both, None);
    check_subject("RES4LYF", &both, Some(Effect::Waived));
    check_subject("sample 0", &[Subject::Image(0, 0), Subject::Image(0, 1)], Some(Effect::Waived));
    check_subject("sample 0", &[Subject::Sample(0), Subject::Image(0, 0), Subject::Image(1, 0)], None);
}

#[test]
fn a_finding_without_a_subject_is_about_the_sample_that_was_looked_at() {
    let scene = || nodes().on_sample("image", 1, found([error("broken", "is black")]));
    let named = |subject| scene().waive("image", "broken", Some(subject), "2026-12-31").report().summary.waived;
    assert_eq!((named("sample 1"), named("sample 0")), (1, 0));
}

/// What a waiver does in a run of this date.
#[track_caller]
fn check_day(expires: &[&str], date: &str, expected: Effect, exit: u8) {
    let mut scene = nodes().with("nodes", Deployment, found([error("broken", "is missing")]));
    scene.run.date = date.into();
    let report = expires.iter().fold(scene, |scene, day| scene.waive("nodes", "broken", None, day)).report();
    let waiver = report.executions[0].findings()[0].waiver.as_ref().expect("it is named");
    assert_eq!((waiver.effect, exit_code(&report).number()), (expected, exit), "{expires:?} on {date}");
}

#[test]
fn a_waiver_counts_until_the_end_of_its_last_day() {
    check_day(&["2026-09-14"], "2026-09-13", Effect::Waived, 0);
    check_day(&["2026-09-14"], "2026-09-14", Effect::Waived, 0);
    check_day(&["2026-09-14"], "2026-09-15", Effect::Expired, 1);
    check_day(&["2026-09-14"], "2027-01-01", Effect::Expired, 1);
    check_day(&["2026-09-15", "2026-09-13"], "2026-09-14", Effect::Waived, 0);
    check_day(&["9999-12-31"], "not known", Effect::Undated, 1);
}

#[test]
fn only_its_own_check_and_rule_are_waived() {
    let scene = || nodes().with("nodes", Deployment, found([error("broken", "is missing")]));
    let verdict = |check, rule| scene().waive(check, rule, None, "2026-12-31").report().summary.verdict;
    assert_eq!(verdict("nodes", "broken"), Verdict::Passed);
    assert_eq!(verdict("nodes", "measured"), Verdict::Failed);
    assert_eq!(verdict("image", "broken"), Verdict::Failed);
}

#[test]
fn waived_findings_are_counted_apart() {
    let summary = waived().summary;
    assert_eq!((summary.errors, summary.warnings, summary.notes, summary.waived), (1, 0, 1, 2));
    assert_eq!(summary.inconclusive, Vec::<String>::new(), "the waived error explains the failed sample");
}

#[test]
fn an_open_question_is_not_waived() {
    let scene = nodes().with("nodes", Run, open("broken", "no inventory", "name a server"));
    assert_eq!(scene.waive("nodes", "broken", None, "2026-12-31").report().summary.verdict, Verdict::Inconclusive);
}

#[test]
fn a_sample_that_only_a_waived_error_explains_is_no_failure_and_no_pass() {
    let failed = error("broken", "the class is missing").about(Subject::Sample(1));
    let scene = nodes().sample(1, |sample| sample.ending = Ending::Failed).with("nodes", Run, found([failed]));
    let report = scene.waive("nodes", "broken", None, "2026-12-31").report();
    assert_eq!(exit_code(&report).number(), 0);
    let last = human(&report, Color::Off).lines().last().map(str::to_owned);
    assert_eq!(
        last.as_deref(),
        Some(
            "PASSED: every question was answered, and nothing is wrong but what the suite waives: 1 finding, and so 1 of 2 \
             samples did not succeed"
        )
    );
    let ctrf: Value = serde_json::from_str(&ctrf(&report)).unwrap();
    let test = ctrf["results"]["tests"].as_array().unwrap().last().unwrap();
    assert_eq!((&test["name"], &test["status"]), (&json!("samples: sample 1 succeeds"), &json!("skipped")));
    assert_eq!(test["message"], "waived: failed");
}

/// What a run of two samples comes to that both failed, with this error of the run waived.
#[track_caller]
fn check_explains(finding: Finding, samples: u32, verdict: Verdict, reasons: &[&str]) {
    let scene = (0..samples)
        .fold(nodes(), |scene, index| scene.sample(index as usize, |sample| sample.ending = Ending::Failed));
    let report = scene.with("nodes", Run, found([finding])).waive("nodes", "broken", None, "2026-12-31").report();
    assert_eq!(report.summary.inconclusive, reasons);
    assert_eq!(report.summary.verdict, verdict);
    // A run that did not pass has a case that did not.
    let failed = junit(&report).contains("<error ") || junit(&report).contains("<failure ");
    assert_eq!(failed, verdict != Verdict::Passed);
}

#[test]
fn a_waived_error_explains_the_samples_that_it_names_and_no_other() {
    let about = |samples: &[u32]| {
        samples
            .iter()
            .fold(error("broken", "it ran out of memory"), |finding, &sample| finding.about(Subject::Sample(sample)))
    };
    let unexplained = "sample 0 failed, and no finding says why";
    check_explains(about(&[0]), 1, Verdict::Passed, &[]);
    check_explains(about(&[1]), 1, Verdict::Inconclusive, &[unexplained]);
    check_explains(
        error("broken", "a node is missing").about(node("1", None)),
        1,
        Verdict::Inconclusive,
        &[unexplained],
    );
    // How many failed is not why.
    let aggregate = about(&[0]).measured(50.0, "%", Some(Bound::AtLeast(100.0)));
    check_explains(aggregate, 1, Verdict::Inconclusive, &[unexplained]);
    check_explains(about(&[0]).measured(50.0, "%", None), 1, Verdict::Passed, &[]);
}

#[test]
fn a_run_in_which_nothing_worked_is_no_pass_whatever_is_waived() {
    let both = error("broken", "the class is missing").about(Subject::Sample(0)).about(Subject::Sample(1));
    let told = "no sample succeeded: the suite waives what explains it, and nothing shows that the workflow runs";
    check_explains(both, 2, Verdict::Inconclusive, &[told]);
}

#[test]
fn a_waived_error_without_a_subject_explains_the_sample_that_was_looked_at() {
    let scene = |finding| {
        let scene = nodes().sample(1, |sample| sample.ending = Ending::Failed).on_sample("image", 1, found([finding]));
        scene.waive("image", "broken", None, "2026-12-31").report().summary.verdict
    };
    assert_eq!(scene(error("broken", "it shows nothing")), Verdict::Passed);
    assert_eq!(
        scene(error("broken", "it shows nothing").about(Subject::Pack("RES4LYF".into()))),
        Verdict::Inconclusive
    );
}

type Format = (&'static str, fn(&Report) -> String);

const FORMATS: [Format; 6] = [
    ("human", |report| human(report, Color::Off)),
    ("json", json),
    ("junit", junit),
    ("ctrf", ctrf),
    ("markdown", markdown),
    ("sarif", |report| sarif(&Located::of(report))),
];

#[test]
fn every_format_shows_what_is_waived_why_and_until_when() {
    for (format, render) in FORMATS {
        // Markdown escapes what could be a list.
        let text = render(&waived()).replace('\\', "");
        for told in ["the pack is being replaced", "2026-09-14", "2026-09-13"] {
            assert!(text.contains(told), "{format} does not tell `{told}`:\n{text}");
        }
    }
    // Nobody is told to repair what is waived.
    assert_eq!(
        github(&Located::of(&waived())),
        "::error file=workflows/denrisi.json,line=10,col=3,title=performance/broken::an image took 48.2 s on average, and \
         may take less than 30 s%0Awaiver: ended on 2026-09-13, so that this counts again: the pack is being replaced\n"
    );
}

#[test]
fn a_run_with_waivers_for_people() {
    assert_snapshot!(human(&waived(), Color::Off));
}

#[test]
fn a_run_with_waivers_as_markdown() {
    assert_snapshot!(markdown(&waived()));
}

#[test]
fn a_waived_case_is_skipped_and_says_so() {
    assert_snapshot!(junit(&waived()));
}

#[test]
fn a_waived_result_is_suppressed_and_the_others_say_that_they_are_not() {
    let log: Value = serde_json::from_str(&sarif(&Located::of(&waived()))).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressions: Vec<&Value> = results.iter().map(|result| &result["suppressions"]).collect();
    let accepted = |until: &str| {
        let justification = format!("waived until {until}: the pack is being replaced");
        json!([{ "kind": "external", "status": "accepted", "justification": justification }])
    };
    assert_eq!(suppressions, [&accepted("2026-09-14"), &accepted("2026-12-31"), &json!([])]);
}

/// What is said of a waiver of `nodes/broken` that waives nothing.
#[track_caller]
fn check_unused(scene: Scene, subject: Option<&str>, expected: &[&str]) {
    let scene = scene.waive("nodes", "broken", subject, "2026-12-31");
    let suite = scene.suite.clone();
    assert_eq!(Waivers::of(&suite, None).unused(&scene.report()), expected);
}

#[test]
fn a_waiver_that_waives_nothing_is_told() {
    let found_in = |findings: Vec<Finding>| nodes().with("nodes", Deployment, found(findings));
    let missing = || error("broken", "is missing").about(node("1", None));
    check_unused(found_in(vec![missing()]), None, &[]);
    check_unused(found_in(vec![missing()]), Some("VAELoader"), &[]);
    let waiver =
        |on: &str, why: &str| format!("the waiver of `nodes/broken`{on} (suite.toml:30:1) waives nothing: {why}");
    check_unused(
        found_in(vec![missing()]),
        Some("node `2`"),
        &[&waiver(" on `node 2`", "what the rule finds is about node `1` (`VAELoader`)")],
    );
    let others = "what the rule finds is about node `1` (`VAELoader`), node pack `p0`, node pack `p1`, node pack `p2`, node pack `p3`, …";
    let packs = (0..9).fold(missing(), |finding, number| finding.about(Subject::Pack(format!("p{number}"))));
    check_unused(found_in(vec![packs]), Some("p1"), &[&waiver(" on `p1`", others)]);
    check_unused(found_in(vec![note("measured", "1 s")]), None, &[&waiver("", "the rule finds nothing")]);
    let skipped = nodes().with("nodes", Run, skipped("no sample failed"));
    check_unused(skipped, Some("\u{1b}[2J"), &[&waiver(" on `␛[2J`", "the rule finds nothing")]);
}

#[test]
fn nothing_is_told_of_a_waiver_where_it_is_not_known_what_it_waives() {
    let with = |outcome: Outcome| nodes().with("nodes", Run, outcome);
    check_unused(with(open("broken", "no inventory", "name a server")), None, &[]);
    check_unused(with(errored(ErrorKind::Trap, "it trapped")), None, &[]);
    check_unused(nodes().interrupted(Signal::Interrupt), None, &[]);
    let gated = with(skipped("no sample")).sample(1, |sample| sample.ending = Ending::NotSubmitted);
    check_unused(gated, None, &[]);
    check_unused(Scene::new().check("image", &[Deployment]), None, &[]);
}
