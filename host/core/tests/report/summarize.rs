//! What a run comes to: its verdict, its reasons, its exit code.

use crate::scene::{Scene, With, error, errored, finding, found, note, open, skipped};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{OpenQuestion, Severity, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::report::{Signal, Verdict, exit_code};
use comfycheck_core::sample::Ending;

#[track_caller]
fn check(scene: Scene, verdict: Verdict, exit: u8, reasons: &[&str]) {
    let report = scene.report();
    assert_eq!(report.summary.inconclusive, reasons);
    assert_eq!((report.summary.verdict, exit_code(&report).number()), (verdict, exit));
}

fn nodes() -> Scene {
    Scene::new().samples(3).check("nodes", &[Deployment, Run])
}

fn images() -> Scene {
    Scene::new().samples(12).check("image", &[Sample])
}

#[test]
fn a_run_without_errors_and_open_questions_passes() {
    check(nodes(), Verdict::Passed, 0, &[]);
}

#[test]
fn notes_and_warnings_do_not_fail_a_run() {
    let findings = [note("measured", "1 s"), finding(Severity::Warning, "broken", "looks odd")];
    check(nodes().with("nodes", Run, found(findings)), Verdict::Passed, 0, &[]);
}

#[test]
fn an_error_finding_fails_a_run_whatever_else_is_open() {
    let scene = nodes().with("nodes", Deployment, found([error("broken", "is missing")])).with(
        "nodes",
        Run,
        open("measured", "the log is gone", "keep it"),
    );
    check(scene, Verdict::Failed, 1, &["`nodes/measured` could not be told: the log is gone"]);
}

#[test]
fn an_open_question_leaves_a_run_inconclusive() {
    let scene = Scene::new().check("nodes", &[Deployment]).with(
        "nodes",
        Deployment,
        open("broken", "nothing shows the inventory", "name a server"),
    );
    check(scene, Verdict::Inconclusive, 3, &["`nodes/broken` could not be told: nothing shows the inventory"]);
}

#[test]
fn a_question_is_closed_by_the_run_instance_of_the_same_check() {
    let scene = nodes().with("nodes", Deployment, open("broken", "no inventory", "name a server"));
    let report = scene.report();
    let closed: Vec<bool> = report.executions[0].open().iter().map(|question| question.closed).collect();
    assert_eq!((closed, report.summary.open, report.summary.verdict), (vec![true], 0, Verdict::Passed));
}

#[test]
fn a_question_stays_open_where_its_run_instance_does_not_answer_it() {
    let reason = "`nodes/broken` could not be told: no inventory";
    let asked = || nodes().with("nodes", Deployment, open("broken", "no inventory", "name a server"));
    let left_open = "`nodes/broken` could not be told: no sample ran";
    check(
        asked().with("nodes", Run, open("broken", "no sample ran", "run one")),
        Verdict::Inconclusive,
        3,
        &[reason, left_open],
    );
    check(asked().with("nodes", Run, skipped("no samples")), Verdict::Inconclusive, 3, &[reason]);
    check(
        asked().with("nodes", Run, errored(ErrorKind::Trap, "it trapped")),
        Verdict::Inconclusive,
        3,
        &["`nodes` could not be carried out in scope `run`: it trapped", reason],
    );
    let other_check = Scene::new().check("nodes", &[Deployment]).check("models", &[Run]).with(
        "nodes",
        Deployment,
        open("broken", "no inventory", "name a server"),
    );
    check(other_check, Verdict::Inconclusive, 3, &[reason]);
}

#[test]
fn a_guest_cannot_close_its_own_question() {
    let question = OpenQuestion { rule: "broken".into(), reason: "why".into(), help: None, closed: true };
    let outcome = Outcome::Completed { findings: Vec::new(), open: vec![question] };
    let scene = Scene::new().check("performance", &[Run]).with("performance", Run, outcome);
    check(scene, Verdict::Inconclusive, 3, &["`performance/broken` could not be told: why"]);
}

#[test]
fn what_could_not_be_carried_out_leaves_a_run_inconclusive() {
    let errors = |scene: Scene, samples: std::ops::Range<u32>| {
        samples.fold(scene, |scene, i| scene.on_sample("image", i, errored(ErrorKind::Limit, "256 MiB are used up")))
    };
    check(
        errors(images(), 3..4),
        Verdict::Inconclusive,
        3,
        &["`image` could not be carried out on sample 3: 256 MiB are used up"],
    );
    check(
        errors(images(), 0..11),
        Verdict::Inconclusive,
        3,
        &["`image` could not be carried out on samples 0, 1, 2, 3, 4, 5, 6, 7 and 3 more: 256 MiB are used up"],
    );
}

#[test]
fn a_failed_sample_that_nothing_explains_leaves_a_run_inconclusive() {
    let failed = || images().sample(3, |sample| sample.ending = Ending::Failed);
    let reason = "sample 3 failed, and no finding says why";
    check(failed(), Verdict::Inconclusive, 3, &[reason]);
    let named = found([error("broken", "it ran out of memory").about(Subject::Sample(3))]);
    check(failed().on_sample("image", 0, named), Verdict::Failed, 1, &[]);
    let own_instance = found([error("broken", "it ran out of memory")]);
    check(failed().on_sample("image", 3, own_instance), Verdict::Failed, 1, &[]);
    let only_a_warning = found([finding(Severity::Warning, "broken", "slow").about(Subject::Sample(3))]);
    check(failed().on_sample("image", 3, only_a_warning), Verdict::Inconclusive, 3, &[reason]);
}

#[test]
fn samples_that_ended_alike_are_one_reason() {
    let scene = images()
        .sample(2, |sample| sample.ending = Ending::NeverStarted)
        .sample(5, |sample| sample.ending = Ending::Unknown)
        .sample(7, |sample| sample.ending = Ending::NeverStarted);
    let unknown = "sample 5 finished, and not all that came of it could be had";
    check(scene, Verdict::Inconclusive, 3, &["samples 2 and 7 never started", unknown]);
}

#[test]
fn of_a_sample_of_which_not_all_is_known_it_is_said_what_is() {
    let told = |know: fn(&mut comfycheck_core::sample::Sample), expected| {
        let unknown = images().sample(4, |sample| {
            (sample.ending, sample.reason) = (Ending::Unknown, Some("the connection was reset".into()));
            know(sample);
        });
        check(unknown, Verdict::Inconclusive, 3, &[expected]);
    };
    told(
        |sample| (sample.job, sample.finished) = (None, None),
        "sample 4 may or may not have run: the connection was reset",
    );
    told(|sample| sample.finished = None, "sample 4 may or may not have finished: the connection was reset");
    told(|_| (), "sample 4 finished, and not all that came of it could be had: the connection was reset");
}

#[test]
fn a_suite_that_asked_for_samples_and_got_none_is_inconclusive() {
    let scene = (0..3).fold(nodes(), |scene, i| {
        scene.sample(i, |sample| {
            sample.ending = Ending::NotSubmitted;
            sample.reason = Some("the budget of 0 jobs is used up".into());
        })
    });
    check(scene, Verdict::Inconclusive, 3, &["all 3 samples were not submitted: the budget of 0 jobs is used up"]);
}

#[test]
fn a_run_in_which_every_check_was_skipped_proves_nothing() {
    let scene = Scene::new().check("nodes", &[Deployment]).with("nodes", Deployment, skipped("no workflow"));
    check(scene, Verdict::Inconclusive, 3, &["no check was carried out"]);
}

#[test]
fn an_interrupted_run_never_passes_and_has_its_own_exit_code() {
    let reason = "the run was interrupted by Ctrl-C";
    check(nodes().interrupted(Signal::Interrupt), Verdict::Inconclusive, 130, &[reason]);
    let failed = nodes().with("nodes", Run, found([error("broken", "is missing")]));
    check(failed.interrupted(Signal::Terminate), Verdict::Failed, 143, &["the run was terminated by SIGTERM"]);
}

#[test]
fn what_an_interrupted_run_never_reached_is_skipped_and_not_lost() {
    let mut scene = nodes().interrupted(Signal::Interrupt);
    scene.run.executions.truncate(1);
    scene.run.samples.truncate(1);
    let report = scene.report();
    assert_eq!((report.summary.completed, report.summary.skipped, report.summary.samples), (1, 1, 3));
    assert_eq!(report.summary.verdict, Verdict::Inconclusive);
}

#[test]
fn an_instance_that_a_whole_run_never_reached_is_an_error() {
    let mut scene = nodes();
    scene.run.executions.truncate(1);
    check(scene, Verdict::Inconclusive, 3, &["`nodes` could not be carried out in scope `run`: it was never run"]);
}

#[test]
fn executions_and_samples_stand_in_plan_order() {
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
fn costs_are_added_as_far_as_they_are_known() {
    let cost = nodes().sample(1, |sample| sample.cost = None).report().summary.cost.unwrap();
    assert!((cost.low - 0.0046).abs() < 1e-12 && (cost.high - 0.0158).abs() < 1e-12, "{cost:?}");
    let with_dry_run = nodes().dry_run().report().summary.cost.unwrap();
    let without = nodes().report().summary.cost.unwrap();
    assert!((with_dry_run.low - without.low - 0.0023).abs() < 1e-12, "{with_dry_run:?}");
    let unknown = (0..3).fold(nodes(), |scene, i| scene.sample(i, |sample| sample.cost = None));
    assert_eq!(unknown.report().summary.cost, None);
}
