//! The budget.

use super::recording::Recording;
use super::{check, reasons, sampling};
use crate::testing::wording;
use comfycheck_core::money::CostRange;
use comfycheck_core::partition::Partition;
use comfycheck_core::suite::Sampling;
use serde_json::json;
use std::time::Duration;

#[test]
fn no_more_jobs_are_submitted_than_the_budget_allows() {
    let recording = (0..3).fold(Recording::new().health(0, 1), |recording, index| recording.job(index, 0, 1_000));
    let mut sampling = sampling(2);
    sampling.budget.max_jobs = Some(1);
    let run = recording.replay(3, &sampling);
    check(&run, &["succeeded 100 800 1400", "not-submitted - - -", "not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn no_more_money_is_spent_than_the_budget_allows() {
    let mut sampling = sampling(1);
    // The first costs up to 0.10 USD with the worker's startup. Then one more fits, since it could
    // cost the same.
    let recording = Recording::new().health(0, 0).job(0, 4_000, 6_000).job(1, 0, 4_000);
    sampling.budget.max_cost = Some(0.2);
    let used_up = recording.replay(3, &sampling);
    assert_eq!(used_up.samples[0].cost, Some(CostRange { low: 0.06, high: 0.1 }));
    let endings: Vec<_> = used_up.samples.iter().map(|sample| sample.ending.word()).collect();
    assert_eq!(endings, ["succeeded", "succeeded", "not-submitted"]);

    // Seen running at 800 ms, it has cost more than 0.05 USD at the next poll after 5,000 ms.
    sampling.budget.max_cost = Some(0.05);
    let recording = Recording::new().health(0, 0).job(0, 0, 60_000).cancel(0);
    let exceeded = recording.replay(2, &sampling);
    check(&exceeded, &["cancelled 100 800 -", "not-submitted - - -"]);
    insta::assert_snapshot!(wording([("used up", reasons(&used_up)), ("exceeded", reasons(&exceeded))]));
}

#[test]
fn while_no_cost_is_known_one_job_that_may_break_the_budget_is_in_flight_alone() {
    let mut sampling = sampling(6);
    sampling.budget.max_cost = Some(0.2);
    // One may cost 0.90 USD; each costs 0.04.
    let jobs = (0..6).fold(Recording::new().health(0, 1), |recording, index| recording.job(index, 0, 4_000));
    let run = jobs.replay(6, &sampling);
    let endings: Vec<_> = run.samples.iter().map(|sample| sample.ending.word()).collect();
    assert_eq!(endings, [vec!["succeeded"; 5], vec!["not-submitted"]].concat());
    let submitted: Vec<_> = run.samples.iter().filter_map(|sample| sample.submitted).collect();
    let finished = run.samples[0].finished.expect("the first one ended");
    assert!(submitted[1..].iter().all(|at| *at >= finished), "{submitted:?}");

    sampling.budget.max_cost = Some(0.0);
    let run = jobs.replay(1, &sampling);
    check(&run, &["not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn only_the_shard_of_the_first_sample_submits_a_job_that_does_not_fit() {
    // One may cost 0.90 USD; it costs 0.04.
    let jobs = Recording::new().health(0, 1).job(0, 0, 4_000);
    let mut sampling = Sampling { samples: 3, ..sampling(1) };
    sampling.budget.max_cost = Some(0.75);
    sampling.share = Partition::new(1, 3).ok();
    check(&jobs.replay(1, &sampling), &["succeeded 100 800 4400"]);
    sampling.share = Partition::new(2, 3).ok();
    let run = jobs.replay(1, &sampling);
    check(&run, &["not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn jobs_without_an_execution_time_count_as_the_longest() {
    let done = json!({"status": "COMPLETED", "workerId": "w1"});
    let job = |recording: Recording, index| recording.accepted(index).status(index, 0, &done);
    let recording = (0..3).fold(Recording::new().health(0, 1), job);
    let mut sampling = sampling(3);
    sampling.budget.max_cost = Some(0.01);
    let run = recording.replay(3, &sampling);
    check(&run, &["succeeded 100 800 800", "not-submitted - - -", "not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_job_that_was_cancelled_while_it_ran_has_a_cost() {
    let recording = Recording::new().health(0, 1).job(0, 0, 60_000).cancel(0);
    let mut sampling = sampling(1);
    sampling.patience.in_progress = Duration::from_secs(20);
    let run = recording.replay(1, &sampling);
    check(&run, &["not-finished 100 800 -"]);
    // Seen running from 0.8 s to 20.9 s, and submitted at 0.1 s.
    assert_eq!(run.samples[0].cost, Some(CostRange { low: 0.201, high: 0.21 }));
}

#[test]
fn a_submission_whose_answer_was_lost_counts_against_the_budget() {
    // At most 90 s, at 0.01 USD.
    let gateway = json!({"status": 502});
    let recording = Recording::new().health(0, 1).run(0, &gateway).job(1, 0, 1_000).run(2, &gateway);
    let mut sampling = sampling(1);
    sampling.budget.max_cost = Some(1.8);
    let run = recording.replay(4, &sampling);
    let endings = run.samples.iter().map(|sample| sample.ending.word()).collect::<Vec<_>>();
    assert_eq!(endings, ["unknown", "succeeded", "unknown", "not-submitted"]);
    insta::assert_snapshot!(reasons(&run));
}
