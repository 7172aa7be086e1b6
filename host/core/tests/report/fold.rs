//! What follows from what: decided from subjects, samples, scopes and severities, whatever checks and rules are called.

use crate::scene::{Scene, With, error, errored, found, node, note, open, page, skipped};
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Bound, Finding, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::render::{ctrf, json, junit, read_json};
use comfycheck_core::report::{Report, Signal, Verdict, exit_code};
use comfycheck_core::sample::{Ending, Sample as SampleFacts};
use serde_json::Value;
use std::collections::BTreeSet;

/// Two checks of no particular name, on two samples. `first` does not gate.
fn scene() -> Scene {
    Scene::new()
        .samples(2)
        .check("first", &[Deployment, Run])
        .check("second", &[Deployment, Run])
        .check("third", &[Sample])
        .without_gate("first")
}

fn all_failed(scene: Scene) -> Scene {
    scene.every_sample(fail)
}

fn fail(sample: &mut SampleFacts) {
    sample.ending = Ending::Failed;
    sample.images.clear();
}

fn of_both(finding: Finding) -> Finding {
    finding.about(Subject::Sample(0)).about(Subject::Sample(1))
}

fn crowd(finding: Finding) -> Finding {
    finding.measured(0.0, "%", Some(Bound::AtLeast(100.0)))
}

/// What follows from which rules, as the JSON report has it: `second/run broken ← first/broken`, sorted.
fn follows(report: &Report) -> Vec<String> {
    let value: Value = serde_json::from_str(&json(report)).unwrap();
    let mut lines = BTreeSet::new();
    let mut add = |what: String, item: &Value| {
        let causes: Vec<&str> =
            item["follows-from"].as_array().into_iter().flatten().map(|rule| rule.as_str().unwrap()).collect();
        if !causes.is_empty() {
            lines.insert(format!("{what} ← {}", causes.join(", ")));
        }
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for execution in value["executions"].as_array().unwrap() {
        let sample = execution["sample"].as_u64().map(|index| format!(" {index}")).unwrap_or_default();
        let instance = format!("{}/{}{sample}", text(&execution["check"]), text(&execution["scope"]));
        add(format!("{instance} skipped"), execution);
        for (kind, list) in [("", "findings"), ("?", "open")] {
            for item in execution[list].as_array().into_iter().flatten() {
                add(format!("{instance} {}{kind}", text(&item["rule"])), item);
            }
        }
    }
    for sample in value["samples"].as_array().unwrap() {
        add(format!("sample {}", sample["index"]), sample);
    }
    lines.into_iter().collect()
}

#[track_caller]
fn check(scene: Scene, expected: &[&str]) {
    assert_eq!(follows(&scene.report()), expected);
}

const BOTH_SAMPLES: [&str; 2] = ["sample 0 ← first/broken", "sample 1 ← first/broken"];

fn with_samples(more: &[&'static str]) -> Vec<&'static str> {
    let mut all: Vec<&str> = BOTH_SAMPLES.iter().chain(more).copied().collect();
    all.sort_unstable();
    all
}

#[test]
fn an_aggregate_follows_from_the_error_that_explains_its_samples() {
    let cause = || of_both(error("broken", "the node is missing").about(node("2", None)));
    let rate = || of_both(crowd(error("measured", "0 of 2 succeeded")));
    let scene = || all_failed(scene()).with("first", Run, found([cause()]));
    check(scene().with("second", Run, found([rate()])), &with_samples(&["second/run measured ← first/broken"]));
    // Also from one that names nothing but samples.
    let samples_only = || of_both(error("broken", "both failed"));
    let by_samples = all_failed(self::scene()).with("first", Run, found([samples_only()]));
    check(by_samples.with("second", Run, found([rate()])), &with_samples(&["second/run measured ← first/broken"]));
}

#[test]
fn an_error_that_only_names_samples_follows_from_a_more_specific_one() {
    for subject in [
        node("2", None),
        Subject::Model { folder: "vae".into(), name: "a".into() },
        Subject::Pack("a".into()),
        Subject::Worker("a".into()),
        Subject::Other("the driver".into()),
    ] {
        let cause = of_both(error("broken", "is missing").about(subject));
        let scene = all_failed(scene()).with("first", Run, found([cause]));
        let follower = found([of_both(error("broken", "both failed"))]);
        check(scene.with("second", Run, follower), &with_samples(&["second/run broken ← first/broken"]));
    }
}

#[test]
fn errors_that_are_equally_specific_do_not_fold_into_each_other() {
    let specific = |id| of_both(error("broken", "is missing").about(node(id, None)));
    let both =
        all_failed(scene()).with("first", Run, found([specific("1")])).with("second", Run, found([specific("2")]));
    let causes = ["sample 0 ← first/broken, second/broken", "sample 1 ← first/broken, second/broken"];
    check(both, &causes);
    let samples_only = || found([of_both(error("broken", "both failed"))]);
    check(all_failed(scene()).with("first", Run, samples_only()).with("second", Run, samples_only()), &causes);
    let rate = || found([of_both(crowd(error("broken", "0 of 2 succeeded")))]);
    check(all_failed(scene()).with("first", Run, rate()).with("second", Run, rate()), &[]);
}

#[test]
fn of_samples_without_a_file_the_first_check_reports_for_the_others() {
    let empty = || scene().every_sample(|sample| sample.images.clear());
    let none = || found([of_both(error("broken", "2 jobs returned no file"))]);
    let each = |scene: Scene| {
        let one = || found([error("empty", "the job returned no file")]);
        scene.on_sample("third", 0, one()).on_sample("third", 1, one())
    };
    check(
        each(empty().with("first", Run, none()).with("second", Run, none())),
        &[
            "second/run broken ← first/broken",
            "third/sample 0 empty ← first/broken",
            "third/sample 1 empty ← first/broken",
        ],
    );
    // A check that stands later in the suite follows from none that reports nothing.
    check(each(empty()), &[]);
    // Not of one that returned its images, nor of one that failed.
    check(each(scene().with("first", Run, none())), &[]);
    let causes = |index| format!("sample {index} ← third/empty, first/broken");
    check(each(all_failed(scene()).with("first", Run, none())), &[&causes(0), &causes(1)]);
    // Findings of one check stand beside each other.
    let two = found([of_both(error("broken", "no file")), of_both(error("lost", "an upload failed"))]);
    check(empty().with("first", Run, two), &[]);
}

#[test]
fn every_sample_must_be_explained() {
    let cause = || error("broken", "is missing").about(node("2", None)).about(Subject::Sample(0));
    let rate = || found([of_both(crowd(error("measured", "0 of 2 succeeded")))]);
    let scene = all_failed(scene()).with("first", Run, found([cause()])).with("second", Run, rate());
    check(scene, &["sample 0 ← first/broken"]);
    let no_subject = || found([crowd(error("measured", "it took 6 s"))]);
    let scene =
        all_failed(self::scene()).with("first", Run, found([of_both(cause())])).with("second", Run, no_subject());
    check(scene, &BOTH_SAMPLES);
}

#[test]
fn a_sample_that_returned_its_images_explains_nothing_away() {
    let cause = || found([of_both(error("broken", "an old worker").about(Subject::Worker("a".into())))]);
    let slow = || found([of_both(crowd(error("measured", "it took 90 s")))]);
    check(scene().with("first", Run, cause()).with("second", Run, slow()), &[]);
    let dark = || found([error("broken", "is black")]);
    check(scene().with("first", Run, cause()).on_sample("third", 1, dark()), &[]);
    // Without images there is nothing that an error about its output could add. A time was measured all the same.
    let empty = || scene().every_sample(|sample| sample.images.clear()).with("first", Run, cause());
    check(empty().on_sample("third", 1, dark()), &["third/sample 1 broken ← first/broken"]);
    check(empty().with("second", Run, slow()), &[]);
}

#[test]
fn questions_that_samples_would_have_answered_follow_if_none_succeeded() {
    let cause = || found([of_both(error("broken", "is missing").about(node("2", None)))]);
    let asked = || open("broken", "no inventory", "name one");
    let scene = || all_failed(scene()).with("first", Run, cause());
    // Its run instance left it open, or was skipped.
    check(
        scene().with("second", Deployment, asked()).with("second", Run, asked()),
        &with_samples(&["second/deployment broken? ← first/broken", "second/run broken? ← first/broken"]),
    );
    check(
        scene().with("second", Deployment, asked()).with("second", Run, skipped("no sample succeeded")),
        &with_samples(&["second/deployment broken? ← first/broken"]),
    );
    // A crash is a fault of its own, and its questions stay.
    check(
        scene().with("second", Deployment, asked()).with("second", Run, errored(ErrorKind::Trap, "it trapped")),
        &BOTH_SAMPLES,
    );
    // No instance comes after the samples.
    let before = Scene::new().samples(2).check("first", &[Run]).check("second", &[Deployment]);
    check(all_failed(before).with("first", Run, cause()).with("second", Deployment, asked()), &BOTH_SAMPLES);
    // One sample succeeded.
    let one = self::scene().sample(0, fail).with("first", Run, cause()).with("second", Run, asked());
    check(one, &["sample 0 ← first/broken"]);
    // Without samples nothing follows.
    let none = Scene::new().check("first", &[Run]).check("second", &[Run]).with("first", Run, cause());
    check(none.with("second", Run, asked()), &[]);
}

#[test]
fn what_stands_on_a_failed_sample_follows_from_its_cause() {
    let cause = || error("broken", "is missing").about(node("2", None)).about(Subject::Sample(0));
    let one = || scene().sample(0, fail).with("first", Run, found([cause()]));
    check(
        one().on_sample("third", 0, open("broken", "no image", "run again")),
        &["sample 0 ← first/broken", "third/sample 0 broken? ← first/broken"],
    );
    // What a check has no use for, it has no use for without the cause, too.
    check(one().on_sample("third", 0, skipped("no video")), &["sample 0 ← first/broken"]);
    check(one().on_sample("third", 1, open("broken", "no image", "run again")), &["sample 0 ← first/broken"]);
}

fn not_submitted(sample: &mut SampleFacts) {
    *sample = SampleFacts::not_submitted(sample.index, sample.seed, String::new(), "not this time");
}

#[test]
fn samples_behind_a_closed_gate_follow_from_every_error_that_closed_it() {
    let missing = |id| found([error("broken", "is missing").about(node(id, None))]);
    let gated = || scene().every_sample(not_submitted);
    check(
        gated().with("second", Deployment, missing("1")).with(
            "first",
            Run,
            open("measured", "no sample ran", "run one"),
        ),
        &["first/run measured? ← second/broken", "sample 0 ← second/broken", "sample 1 ← second/broken"],
    );
    // A check that does not gate closed nothing.
    check(gated().with("first", Deployment, missing("1")), &[]);
    // A limit closes a gate as well.
    check(
        gated().with("second", Deployment, found([crowd(error("measured", "6 s"))])),
        &["sample 0 ← second/measured", "sample 1 ← second/measured"],
    );
}

#[test]
fn samples_after_the_one_that_ended_the_sampling_follow_from_its_cause() {
    let cause = || found([error("broken", "no worker").about(Subject::Other("GPUs".into())).about(Subject::Sample(0))]);
    let ended = |ending: Ending| {
        let scene = scene().sample(0, |sample| {
            fail(sample);
            sample.ending = ending;
        });
        scene.sample(1, not_submitted).with("first", Run, cause())
    };
    check(ended(Ending::NeverStarted), &BOTH_SAMPLES);
    check(ended(Ending::NotFinished), &BOTH_SAMPLES);
    check(
        ended(Ending::NeverStarted).on_sample("third", 1, skipped("the sample was not submitted")),
        &with_samples(&["third/sample 1 skipped ← first/broken"]),
    );
    // A job that failed stops nothing: something else kept the next one from being submitted.
    check(ended(Ending::Failed), &["sample 0 ← first/broken"]);
    let interrupted = ended(Ending::NeverStarted).interrupted(Signal::Interrupt);
    check(interrupted, &["sample 0 ← first/broken"]);
}

#[test]
fn a_waived_error_is_no_cause_and_no_consequence() {
    let cause = || found([of_both(error("broken", "is missing").about(node("2", None)))]);
    let rate = || found([of_both(crowd(error("measured", "0 of 2 succeeded")))]);
    let scene = || all_failed(scene()).with("first", Run, cause()).with("second", Run, rate());
    let waived_cause = scene().waive("first", "broken", None, "2026-12-31");
    check(waived_cause, &[]);
    let report = scene().waive("first", "broken", None, "2026-12-31").report();
    assert_eq!((report.summary.verdict, report.summary.errors, report.summary.waived), (Verdict::Failed, 1, 1));
    check(scene().waive("second", "measured", None, "2026-12-31"), &BOTH_SAMPLES);
}

/// A run of which all but one error follows from that error.
fn folded() -> Report {
    let cause = found([of_both(error("broken", "is missing").about(node("2", None)))]);
    let rate = Outcome::Completed {
        findings: vec![of_both(crowd(error("measured", "0 of 2 succeeded"))), note("measured", "0 s")],
        open: Vec::new(),
    };
    all_failed(scene())
        .with("first", Run, cause)
        .with("second", Deployment, open("broken", "no inventory", "name one"))
        .with("second", Run, rate)
        .on_sample("third", 0, open("broken", "no image", "run again"))
        .on_sample("third", 1, skipped("no image"))
        .report()
}

#[test]
fn it_is_presentation_and_changes_no_count() {
    let report = folded();
    assert_eq!((report.summary.verdict, exit_code(&report).number()), (Verdict::Failed, 1));
    assert_eq!((report.summary.errors, report.summary.open, report.summary.skipped), (2, 1, 1));
    let read = read_json(&json(&report)).unwrap();
    assert_eq!((json(&read), follows(&read)), (json(&report), follows(&report)));
}

#[test]
fn test_runners_see_one_failure_and_skip_what_follows_from_it() {
    let report = folded();
    let read = quick_junit::Report::deserialize_from_str(&junit(&report)).unwrap();
    let cases: Vec<_> = read.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    assert_eq!((read.failures, read.errors), (1, 0));
    let skipped: BTreeSet<String> = cases
        .iter()
        .filter(|case| matches!(case.status, quick_junit::TestCaseStatus::Skipped { .. }))
        .map(|case| format!("{} {}", case.classname.as_deref().unwrap_or_default(), case.name.as_str()))
        .collect();
    let expected = [
        "denrisi.samples sample 0 succeeds",
        "denrisi.samples sample 1 succeeds",
        "denrisi.second run",
        "denrisi.third sample 0",
        "denrisi.third sample 1",
    ];
    assert_eq!(skipped, expected.map(str::to_owned).into());
    let ctrf: Value = serde_json::from_str(&ctrf(&report)).unwrap();
    let summary = &ctrf["results"]["summary"];
    let count = |status: &str| summary[status].as_u64().unwrap();
    assert_eq!((count("failed"), count("skipped"), count("other")), (1, 5, 0));
    for test in ctrf["results"]["tests"].as_array().unwrap().iter().filter(|test| test["status"] == "skipped") {
        let follows = test["message"].as_str().unwrap().contains("first/broken");
        assert_eq!(follows, !test["name"].as_str().unwrap().contains("third: sample 1"), "{test}");
    }
}

#[test]
fn an_execution_by_itself_follows_from_nothing() {
    let execution: &Execution = &folded().executions[0];
    let value = comfycheck_core::render::execution_value(execution);
    assert_eq!(value.get("follows-from"), None);
}

#[test]
fn findings_of_one_message_stand_for_all_their_twins() {
    let inputs = [("1", "vae_name"), ("2", "seed"), ("3", "images")];
    let at = |(id, input): (&str, &str), finding: Finding| finding.about(node(id, Some(input)));
    let joined =
        || found(inputs.map(|input| at(input, error("empty-loader", "the loaders list no files").help("attach it"))));
    let single =
        || found(inputs.map(|input| at(input, error("value-not-in-list", &format!("{} is not offered", input.1)))));
    for [first, second] in [["models", "workflow"], ["workflow", "models"]] {
        let outcome = |check: &str| if check == "models" { joined() } else { single() };
        let scene = Scene::new().check(first, &[Deployment]).check(second, &[Deployment]);
        let report = scene.with(first, Deployment, outcome(first)).with(second, Deployment, outcome(second)).report();
        let page = page(&report);
        assert_eq!(page.matches("error[").count(), 1, "{page}");
        assert!(page.contains("error[models/empty-loader]: the loaders list no files"), "{page}");
        assert!(page.contains("also: workflow/value-not-in-list") && page.contains("1 cause"), "{page}");
        assert_eq!(report.summary.errors, 6);
    }
}
