//! What a run comes to: its verdict, its reasons, its exit code.

use crate::scene::{Scene, With, error, errored, finding, found, node, note, open, skipped};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Finding, OpenQuestion, Severity, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::report::Verdict::{self, Failed, Inconclusive, Passed};
use comfycheck_core::report::{Signal, exit_code};
use comfycheck_core::sample::{Ending, Sample as SampleFacts};
use insta::assert_snapshot;
use serde_json::json;
use std::fmt::Write;

fn nodes() -> Scene {
    Scene::new().samples(3).check("nodes", &[Deployment, Run])
}

fn images() -> Scene {
    Scene::new().samples(12).check("image", &[Sample])
}

fn asked() -> Scene {
    nodes().with("nodes", Deployment, open("broken", "no inventory", "name a server"))
}

/// A run, what it comes to, and how many reasons it has.
type Case = (&'static str, Scene, Verdict, u8, usize);

fn questions() -> Vec<Case> {
    let one_check = || Scene::new().check("nodes", &[Deployment]);
    let no_inventory = || open("broken", "no inventory", "name a server");
    let missing = || found([error("broken", "is missing")]);
    let closed =
        OpenQuestion { rule: "broken".into(), reason: "why".into(), help: None, closed: true, unrecorded: false };
    let closed = Outcome::Completed { findings: Vec::new(), open: vec![closed] };
    vec![
        ("nothing found", nodes(), Passed, 0, 0),
        (
            "a note and a warning",
            nodes().with("nodes", Run, found([note("measured", "1 s"), finding(Severity::Warning, "broken", "odd")])),
            Passed,
            0,
            0,
        ),
        (
            "an error and a question",
            nodes().with("nodes", Deployment, missing()).with(
                "nodes",
                Run,
                open("measured", "the log is gone", "keep it"),
            ),
            Failed,
            1,
            1,
        ),
        ("a question", one_check().with("nodes", Deployment, no_inventory()), Inconclusive, 3, 1),
        ("a question that the run instance answers", asked(), Passed, 0, 0),
        (
            "a question that both instances leave open",
            asked().with("nodes", Run, open("broken", "no sample ran", "run one")),
            Inconclusive,
            3,
            2,
        ),
        ("a run instance that was skipped", asked().with("nodes", Run, skipped("no samples")), Inconclusive, 3, 1),
        (
            "a run instance that trapped",
            asked().with("nodes", Run, errored(ErrorKind::Trap, "it trapped")),
            Inconclusive,
            4,
            2,
        ),
        (
            "the run instance of another check",
            one_check().check("models", &[Run]).with("nodes", Deployment, no_inventory()),
            Inconclusive,
            3,
            1,
        ),
        (
            "a question that the guest closed",
            Scene::new().check("performance", &[Run]).with("performance", Run, closed),
            Inconclusive,
            3,
            1,
        ),
        ("every check skipped", one_check().with("nodes", Deployment, skipped("no workflow")), Inconclusive, 3, 1),
        ("interrupted", nodes().interrupted(Signal::Interrupt), Inconclusive, 130, 1),
        (
            "terminated with an error",
            nodes().with("nodes", Run, missing()).interrupted(Signal::Terminate),
            Failed,
            143,
            1,
        ),
    ]
}

fn samples() -> Vec<Case> {
    let errors = |samples: std::ops::Range<u32>| {
        samples.fold(images(), |scene, i| scene.on_sample("image", i, errored(ErrorKind::Limit, "256 MiB are used up")))
    };
    let failed = || images().sample(3, |sample| sample.ending = Ending::Failed);
    let out_of_memory = || error("broken", "it ran out of memory");
    let unknown = |know: fn(&mut SampleFacts)| {
        images().sample(4, |sample| {
            (sample.ending, sample.reason) = (Ending::Unknown, Some("the connection was reset".into()));
            know(sample);
        })
    };
    let alike = images()
        .sample(2, |sample| sample.ending = Ending::NeverStarted)
        .sample(5, |sample| sample.ending = Ending::Unknown)
        .sample(7, |sample| sample.ending = Ending::NeverStarted);
    let not_submitted = nodes().every_sample(|sample| {
        sample.ending = Ending::NotSubmitted;
        sample.reason = Some("the budget of 0 jobs is used up".into());
    });
    vec![
        ("one check errored", errors(3..4), Inconclusive, 4, 1),
        ("eleven checks errored", errors(0..11), Inconclusive, 4, 1),
        ("a failed sample", failed(), Inconclusive, 3, 1),
        (
            "a failed sample that an error names",
            failed().on_sample("image", 0, found([out_of_memory().about(Subject::Sample(3))])),
            Failed,
            1,
            0,
        ),
        ("an error on a failed sample", failed().on_sample("image", 3, found([out_of_memory()])), Failed, 1, 0),
        (
            "a warning about a failed sample",
            failed().on_sample(
                "image",
                3,
                found([finding(Severity::Warning, "broken", "slow").about(Subject::Sample(3))]),
            ),
            Inconclusive,
            3,
            1,
        ),
        ("samples with equal results", alike, Inconclusive, 3, 2),
        ("a lost submission", unknown(|sample| (sample.job, sample.finished) = (None, None)), Inconclusive, 3, 1),
        ("a job without a last status", unknown(|sample| sample.finished = None), Inconclusive, 3, 1),
        ("a lost image", unknown(|_| ()), Inconclusive, 3, 1),
        ("no sample submitted", not_submitted, Inconclusive, 3, 1),
    ]
}

/// Checks every case, and returns the reasons of all.
fn reasons(cases: Vec<Case>) -> String {
    let mut text = String::new();
    for (name, scene, verdict, exit, reasons) in cases {
        let report = scene.report();
        let summary = &report.summary;
        let actual = (summary.verdict, exit_code(&report).number(), summary.inconclusive.len());
        assert_eq!(actual, (verdict, exit, reasons), "{name}: {:?}", summary.inconclusive);
        writeln!(text, "{name}").unwrap();
        summary.inconclusive.iter().for_each(|reason| writeln!(text, "  {reason}").unwrap());
    }
    text
}

#[test]
fn findings_and_questions_decide_the_verdict() {
    assert_snapshot!(reasons(questions()));
}

#[test]
fn samples_that_nothing_explains_make_a_run_inconclusive() {
    assert_snapshot!(reasons(samples()));
}

#[test]
fn a_question_is_closed_by_the_run_instance_of_the_same_check() {
    let report = asked().report();
    let closed: Vec<bool> = report.executions[0].open().iter().map(|question| question.closed).collect();
    assert_eq!((closed, report.summary.open), (vec![true], 0));
}

#[test]
fn a_finding_is_withdrawn_by_the_run_instance_of_the_same_check() {
    let of = |id: &str| finding(Severity::Warning, "broken", "odd").about(node(id, None));
    let withdrawal = Finding { data: Some(json!({"withdrawn": true})), ..of("1") };
    let left = |check: &str, after: Finding| {
        let scene = nodes().check("models", &[Deployment, Run]).with("nodes", Deployment, found([of("1"), of("2")]));
        let report = scene.with(check, Run, found([after])).report();
        let findings = report.executions.iter().flat_map(|execution| execution.findings().to_vec());
        (
            findings.filter(|finding| finding.rule == "broken").map(|finding| finding.subjects).collect::<Vec<_>>(),
            report.summary.warnings,
        )
    };
    assert_eq!(left("nodes", withdrawal.clone()), (vec![vec![node("2", None)]], 1));
    let both = vec![vec![node("1", None)], vec![node("2", None)]];
    assert_eq!(left("models", withdrawal.clone()), (both.clone(), 2), "another check");
    let other_rule = Finding { rule: "other".into(), ..withdrawal };
    assert_eq!(left("nodes", other_rule), (both.clone(), 2), "another rule");
    assert_eq!(left("nodes", of("1")), ([both, vec![vec![node("1", None)]]].concat(), 3), "no withdrawal");
}

#[test]
fn what_an_interrupted_run_never_reached_is_skipped() {
    let mut scene = nodes().interrupted(Signal::Interrupt);
    scene.run.executions.truncate(1);
    scene.run.samples.truncate(1);
    let summary = scene.report().summary;
    assert_eq!((summary.completed, summary.skipped, summary.samples), (1, 1, 3));
    assert_eq!(summary.verdict, Inconclusive);
}

#[test]
fn an_instance_that_a_whole_run_never_reached_is_an_error() {
    let mut scene = nodes();
    scene.run.executions.truncate(1);
    let summary = scene.report().summary;
    assert_eq!((summary.completed, summary.errored, summary.verdict), (1, 1, Inconclusive));
}

#[test]
fn executions_and_samples_are_in_plan_order() {
    let mut scene = nodes().check("image", &[Sample]);
    scene.run.executions.reverse();
    scene.run.samples.reverse();
    let report = scene.report();
    let order: Vec<_> =
        report.executions.iter().map(|e| (e.instance.check.as_str(), e.instance.scope, e.instance.sample)).collect();
    assert_eq!(
        order,
        [
            ("nodes", Deployment, None),
            ("image", Sample, Some(0)),
            ("image", Sample, Some(1)),
            ("image", Sample, Some(2)),
            ("nodes", Run, None),
        ]
    );
    assert_eq!(report.samples.iter().map(|sample| sample.index).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn known_costs_are_added() {
    let cost = nodes().sample(1, |sample| sample.cost = None).report().summary.cost.unwrap();
    assert!((cost.low - 0.0046).abs() < 1e-12 && (cost.high - 0.0158).abs() < 1e-12, "{cost:?}");
    let with_dry_run = nodes().dry_run().report().summary.cost.unwrap();
    let without = nodes().report().summary.cost.unwrap();
    assert!((with_dry_run.low - without.low - 0.0023).abs() < 1e-12, "{with_dry_run:?}");
    let unknown = nodes().every_sample(|sample| sample.cost = None);
    assert_eq!(unknown.report().summary.cost, None);
}

#[test]
fn jobs_that_may_have_exceeded_the_budget_are_named_unless_a_local_worker_ran_them() {
    let warns = |mut scene: Scene, local_worker, max_cost| {
        scene.suite.sampling.budget.max_cost = Some(max_cost);
        scene.suite.deployment.local_worker = local_worker;
        scene.report().summary.over_budget.is_some()
    };
    // The samples cost up to $0.0181, and a dry run $0.0135.
    assert!(warns(nodes(), false, 0.018) && !warns(nodes(), false, 0.019));
    assert!(warns(nodes().dry_run(), false, 0.031) && !warns(nodes().dry_run(), false, 0.032));
    assert!(!warns(nodes(), true, 0.018));
}

#[test]
fn one_sample_and_several_have_words_of_their_own() {
    let line = |of, ended: usize, ending| {
        let scene = Scene::new().samples(of).check("image", &[Sample]);
        let end = |scene: Scene, at| scene.sample(at, |sample| (sample.ending, sample.reason) = (ending, None));
        (0..ended).fold(scene, end).report().summary.inconclusive.remove(0)
    };
    assert_eq!(line(1, 1, Ending::Failed), "sample 0 failed, and no finding explains why");
    assert_eq!(line(2, 2, Ending::Failed), "all 2 samples failed, and no finding explains why");
    for (ending, words) in [(Ending::Cancelled, "cancelled"), (Ending::NotSubmitted, "not submitted")] {
        assert_eq!(line(3, 1, ending), format!("sample 0 was {words}"));
        assert!(line(3, 2, ending).ends_with(&format!(" were {words}")));
    }
}
