//! Waivers: which findings they apply to, until when, what a run comes to with them, and what every format shows of it.

use crate::reports::waived;
use crate::scene::{Scene, With, error, errored, found, node, note, open, page, skipped};
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Bound, Effect, Finding, Severity, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::render::{LocatedFindings, ReportContext, ctrf, github, json, junit, markdown, sarif};
use comfycheck_core::report::{Report, Signal, Verdict, exit_code};
use comfycheck_core::sample::Ending;
use comfycheck_core::waiver::UnusedWaiver;
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

fn comment(report: &Report) -> String {
    markdown(report, &ReportContext::default())
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
    let shown = format!("node pack `{}… [42 more characters]", "x".repeat(109));
    check_subject(&shown, &[Subject::Pack("x".repeat(150))], Some(Effect::Waived));
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
fn a_finding_without_a_subject_is_about_the_sample_that_was_checked() {
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
fn a_sample_that_only_a_waived_error_explains_is_neither_failed_nor_passed() {
    let failed = error("broken", "the class is missing").about(Subject::Sample(1));
    let scene = nodes().sample(1, |sample| sample.ending = Ending::Failed).with("nodes", Run, found([failed]));
    let report = scene.waive("nodes", "broken", None, "2026-12-31").report();
    assert_eq!(exit_code(&report).number(), 0);
    let ctrf: Value = serde_json::from_str(&ctrf(&report)).unwrap();
    let test = ctrf["results"]["tests"].as_array().unwrap().last().unwrap();
    assert_eq!((&test["name"], &test["status"]), (&json!("samples: sample 1 succeeds"), &json!("skipped")));
    assert_eq!(test["message"], "waived: failed");
}

/// What a run of two samples comes to that both failed, with this error of the run waived.
#[track_caller]
fn check_explains(finding: Finding, samples: u32, verdict: Verdict) {
    let scene = (0..samples)
        .fold(nodes(), |scene, index| scene.sample(index as usize, |sample| sample.ending = Ending::Failed));
    let report = scene.with("nodes", Run, found([finding])).waive("nodes", "broken", None, "2026-12-31").report();
    let reasons = report.summary.inconclusive.len();
    assert_eq!((report.summary.verdict, reasons), (verdict, usize::from(verdict != Verdict::Passed)));
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
    check_explains(about(&[0]), 1, Verdict::Passed);
    check_explains(about(&[1]), 1, Verdict::Inconclusive);
    check_explains(error("broken", "a node is missing").about(node("1", None)), 1, Verdict::Inconclusive);
    // How many failed is not why.
    let aggregate = about(&[0]).measured(50.0, "%", Some(Bound::AtLeast(100.0)));
    check_explains(aggregate, 1, Verdict::Inconclusive);
    check_explains(about(&[0]).measured(50.0, "%", None), 1, Verdict::Passed);
}

#[test]
fn a_run_in_which_nothing_worked_is_not_a_pass_whatever_is_waived() {
    let both = error("broken", "the class is missing").about(Subject::Sample(0)).about(Subject::Sample(1));
    check_explains(both, 2, Verdict::Inconclusive);
}

#[test]
fn a_waived_error_without_a_subject_explains_the_sample_that_was_checked() {
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

const FORMATS: [Format; 5] = [("human", page), ("json", json), ("junit", junit), ("ctrf", ctrf), ("markdown", comment)];

#[test]
fn formats_with_waivers_show_why_and_until_when() {
    for (format, render) in FORMATS {
        // Markdown escapes what could be a list.
        let text = render(&waived()).replace('\\', "");
        for told in ["the pack is being replaced", "2026-09-14", "2026-09-13"] {
            assert!(text.contains(told), "{format} does not tell `{told}`:\n{text}");
        }
    }
    // There is no annotation to repair what is waived.
    let annotations = github(&LocatedFindings::of(&waived()), None);
    let titles: Vec<&str> = annotations.lines().filter_map(|line| line.split("::").nth(1)).collect();
    assert_eq!(titles, ["error file=workflows/denrisi.json,line=10,col=3,title=performance/broken"]);
}

#[test]
fn a_run_with_waivers_for_people() {
    assert_snapshot!(page(&waived()));
}

#[test]
fn a_run_with_waivers_as_markdown() {
    assert_snapshot!(comment(&waived()));
}

#[test]
fn a_waived_case_is_skipped_and_says_so() {
    assert_snapshot!(junit(&waived()));
}

#[test]
fn a_waived_finding_is_not_an_alert() {
    let report = waived();
    assert_eq!(report.summary.waived, 2);
    let log: Value = serde_json::from_str(&sarif(&LocatedFindings::of(&report))).unwrap();
    let run = &log["runs"][0];
    // The waiver of the third finding has expired.
    let results: Vec<_> = run["results"].as_array().unwrap().iter().map(|result| &result["ruleId"]).collect();
    assert_eq!(results, ["performance/broken"]);
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert!(notifications.iter().any(|notification| notification["message"]["text"].as_str().unwrap().contains('2')));
}

/// The waivers of `nodes/broken` on these subjects that no finding uses, by their subjects, and their messages.
fn unused(scene: Scene, subject: Option<&str>) -> Vec<UnusedWaiver> {
    let report = scene.waive("nodes", "broken", subject, "2026-12-31").report();
    assert!(report.unused_waivers.iter().all(|waiver| waiver.rule == "nodes/broken"));
    report.unused_waivers
}

#[test]
fn a_waiver_that_applies_to_no_finding_is_unused() {
    let found_in = |findings: Vec<Finding>| nodes().with("nodes", Deployment, found(findings));
    let missing = || error("broken", "is missing").about(node("1", None));
    assert!(unused(found_in(vec![missing()]), None).is_empty());
    assert!(unused(found_in(vec![missing()]), Some("VAELoader")).is_empty());
    let packs = (0..9).fold(missing(), |finding, number| finding.about(Subject::Pack(format!("p{number}"))));
    let cases = [
        (found_in(vec![missing()]), Some("node `2`")),
        (found_in(vec![packs]), Some("p1")),
        (found_in(vec![note("measured", "1 s")]), None),
        (nodes().with("nodes", Run, skipped("no sample failed")), Some("\u{1b}[2J")),
    ];
    let mut messages = String::new();
    for (scene, subject) in cases {
        let unused = unused(scene, subject);
        let subjects: Vec<Option<&str>> = unused.iter().map(|waiver| waiver.subject.as_deref()).collect();
        assert_eq!(subjects, [subject]);
        messages.extend([&unused[0].message, "\n"]);
    }
    assert_snapshot!(messages);
}

#[test]
fn the_message_of_an_unused_waiver_is_short() {
    let about = |packs: u32| {
        let finding = (0..packs)
            .fold(error("broken", "is missing"), |finding, number| finding.about(Subject::Pack(format!("p{number}"))));
        nodes().with("nodes", Deployment, found([finding]))
    };
    let is_cut = |packs| unused(about(packs), Some("node `2`"))[0].message.contains('…');
    assert_eq!([4, 5, 6].map(is_cut), [false, false, true]);
    let message = &unused(about(1), Some(&"x".repeat(2_000)))[0].message;
    assert_eq!(message.chars().position(|character| character == '…'), Some(1_000));
}

#[test]
fn an_open_question_of_another_rule_does_not_hide_an_unused_waiver() {
    assert_eq!(unused(nodes().with("nodes", Run, open("measured", "the log is gone", "keep it")), None).len(), 1);
}

#[test]
fn where_an_error_counts_no_line_says_that_all_are_waived() {
    let failed = || nodes().every_sample(|sample| sample.ending = Ending::Failed);
    let about_all = |rule| error(rule, "it failed").about(Subject::Sample(0)).about(Subject::Sample(1));
    let lines = |findings: Vec<Finding>| {
        let scene = failed().with("nodes", Deployment, found(findings));
        scene.waive("nodes", "broken", None, "2026-12-31").report().summary.inconclusive.len()
    };
    assert_eq!(lines(vec![about_all("broken")]), 1);
    assert_eq!(lines(vec![about_all("broken"), error("measured", "too slow"), note("measured", "9 s")]), 0);
}

#[test]
fn a_note_is_no_twin_of_an_error() {
    let scene = Scene::new()
        .check("nodes", &[Deployment])
        .check("workflow", &[Deployment])
        .with("nodes", Deployment, found([error("broken", "is missing").about(node("2", None))]))
        .with("workflow", Deployment, found([note("measured", "is slow").about(node("2", None))]));
    let summary = scene.waive("nodes", "broken", None, "2026-12-31").report().summary;
    assert_eq!((summary.waived, summary.notes), (1, 1));
}

#[test]
fn a_waiver_is_not_called_unused_where_that_is_unknown() {
    let with = |outcome: Outcome| nodes().with("nodes", Run, outcome);
    let gated = with(skipped("no sample")).sample(1, |sample| sample.ending = Ending::NotSubmitted);
    for scene in [
        with(open("broken", "no inventory", "name a server")),
        with(errored(ErrorKind::Trap, "it trapped")),
        nodes().interrupted(Signal::Interrupt),
        gated,
        Scene::new().check("image", &[Deployment]),
    ] {
        assert!(unused(scene, None).is_empty());
    }
}

#[test]
fn every_format_shows_an_unused_waiver() {
    let report = || nodes().waive("nodes", "broken", None, "2026-12-31").report();
    assert_eq!(report().summary.verdict, Verdict::Passed);
    let slack = |report: &Report| comfycheck_core::render::slack(report, None, &ReportContext::default());
    let annotations = |report: &Report| github(&LocatedFindings::of(report), None);
    let formats: [Format; 5] =
        [("human", page), ("json", json), ("markdown", comment), ("slack", slack), ("github", annotations)];
    for (format, render) in formats {
        assert!(render(&report()).contains("nodes/broken"), "{format}");
    }
    let read = comfycheck_core::render::read_json(&json(&report())).unwrap();
    assert_eq!(read.unused_waivers, report().unused_waivers);
}

/// One defect, reported by two checks.
fn twins(one: Finding, other: Finding) -> Scene {
    Scene::new()
        .samples(1)
        .check("nodes", &[Deployment])
        .check("workflow", &[Deployment])
        .with("nodes", Deployment, found([one]))
        .with("workflow", Deployment, found([other]))
}

/// How many errors and warnings count, and how many findings are waived, where `nodes/broken` is waived.
#[track_caller]
fn check_twins(one: Finding, other: Finding, expected: (u32, u32, u32)) {
    let summary = twins(one, other).waive("nodes", "broken", None, "2026-12-31").report().summary;
    assert_eq!((summary.errors, summary.warnings, summary.waived), expected);
}

#[test]
fn a_waiver_covers_the_twins_of_its_finding() {
    let at = |id: &str, input: Option<&str>| error("broken", "is missing").about(node(id, input));
    let other = |finding: Finding| Finding { rule: "measured".into(), message: "is not there".into(), ..finding };
    let model = |name: &str| Subject::Model { folder: "vae".into(), name: name.into() };
    let same = (0, 0, 2);
    let different = (1, 0, 1);
    check_twins(at("2", None), other(at("2", None)), same);
    check_twins(at("1", Some("vae_name")), other(at("1", Some("vae_name")).about(model("a"))), same);
    check_twins(
        at("2", None).about(Subject::Pack("RES4LYF".into())),
        other(at("2", None).about(Subject::Sample(0))),
        same,
    );
    check_twins(at("2", None), other(at("3", None)), different);
    check_twins(at("1", None), other(at("1", Some("vae_name"))), different);
    check_twins(at("2", None), other(at("2", None).about(node("3", None))), different);
    let of = |name: &str| error("broken", "is missing").about(model(name));
    check_twins(of("a"), other(of("a")), same);
    check_twins(of("a"), other(at("1", Some("vae_name")).about(model("a"))), same);
    check_twins(of("a"), other(of("b")), different);
    check_twins(at("1", None).about(model("a")), other(at("3", None).about(model("a"))), different);
    let nothing = || error("broken", "is missing");
    check_twins(nothing(), other(nothing()), different);
}

#[test]
fn a_waiver_of_a_warning_waives_no_error() {
    let at = |severity| Finding { severity, ..error("broken", "is missing").about(node("2", None)) };
    check_twins(at(Severity::Warning), at(Severity::Error), (1, 0, 1));
    check_twins(at(Severity::Error), at(Severity::Warning), (0, 0, 2));
}

#[test]
fn a_waiver_covers_direct_twins_only_and_no_finding_with_a_waiver_of_its_own() {
    // `first` and `third` are of one check, so they are not twins of each other.
    let first = error("broken", "is missing").about(node("2", None));
    let third = Finding { rule: "measured".into(), ..first.clone() };
    let scene = twins(first.clone(), first.clone()).with("nodes", Deployment, found([first.clone(), third]));
    let summary = scene.waive("nodes", "broken", None, "2026-12-31").report().summary;
    assert_eq!((summary.errors, summary.waived), (1, 2));
    let expired = twins(first.clone(), first).waive("nodes", "broken", None, "2026-12-31");
    let report = expired.waive("workflow", "broken", None, "2026-01-01").report();
    let effects = report.executions.iter().flat_map(Execution::findings);
    let effects: Vec<_> = effects.filter_map(|finding| finding.waiver.as_ref().map(|waiver| waiver.effect)).collect();
    assert_eq!((effects, report.summary.errors), (vec![Effect::Waived, Effect::Expired], 1));
}

#[test]
fn twins_are_one_block_with_the_rules_of_all() {
    let missing = || error("broken", "class `A` is not installed").about(node("2", None)).help("install it");
    let report = twins(missing(), Finding { rule: "measured".into(), ..missing() }).report();
    let waived = twins(missing(), missing()).waive("workflow", "broken", None, "2026-12-31").report();
    assert_eq!((report.summary.errors, waived.summary.waived), (2, 2));
    let log: Value = serde_json::from_str(&sarif(&LocatedFindings::of(&report))).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 1);
    assert_eq!(github(&LocatedFindings::of(&report), None).lines().count(), 1);
    assert_snapshot!(format!("{}\n{}", page(&report), page(&waived)));
    let of_twin = waived.executions[0].findings()[0].waiver.as_ref();
    assert_eq!(of_twin.and_then(|waiver| waiver.twin.as_deref()), Some("workflow/broken"));
}
