//! What a run counts.

use super::*;
use crate::sampler::tests::{PRICE, sampling};
use comfycheck_core::request::JobRequest;
use comfycheck_core::secret::Secrets;

/// The ledger of a run of three samples, or of a shard of it.
fn ledger(budget: &Budget, share: Option<Partition>, before: &[Sample]) -> Ledger {
    ledger_of(3, budget, share, before)
}

fn ledger_of(samples: u32, budget: &Budget, share: Option<Partition>, before: &[Sample]) -> Ledger {
    let sampling = Sampling { samples, share, budget: budget.clone(), ..sampling(1) };
    let request = SamplingRequest {
        samples: &[],
        job: &JobRequest::default(),
        sampling: &sampling,
        image_hosts: &[],
        output_path: None,
        secrets: &Secrets::default(),
        price: Some(&PRICE),
        before,
        watcher: None,
        load: None,
    };
    Ledger::new(&request, budget)
}

#[test]
fn a_run_keeps_a_gibibyte_of_files_and_a_shard_its_part() {
    let whole = ledger(&Budget::default(), None, &[]);
    let half = 512 << 20;
    assert_eq!([half, half, 1, 0].map(|bytes| whole.keep(bytes).is_ok()), [true, true, false, true]);
    // The first of two shards has two of three samples.
    for (shard, most) in [(1, (1 << 31) / 3), (2, (1 << 30) / 3)] {
        let part = ledger(&Budget::default(), Partition::new(shard, 2).ok(), &[]);
        assert_eq!([most + 1, most, 1].map(|bytes| part.keep(bytes).is_ok()), [false, true, false], "{shard}");
    }
    let of_one = ledger_of(1, &Budget::default(), Partition::new(1, 2).ok(), &[]);
    assert_eq!([1 << 30, 1].map(|bytes| of_one.keep(bytes).is_ok()), [true, false]);
}

#[test]
fn three_submissions_in_a_row_without_a_response_stop_the_run() {
    let ledger = ledger(&Budget::default(), None, &[]);
    [(); 2].iter().for_each(|()| ledger.unanswered());
    ledger.answered();
    [(); 2].iter().for_each(|()| ledger.unanswered());
    assert_eq!(ledger.stopped(), None);
    ledger.unanswered();
    assert!(ledger.stopped().is_some());
}

#[test]
fn jobs_of_a_dry_run_count_as_jobs_of_the_run() {
    let job = |id: &str| Sample { job: Some(id.into()), ..Sample::not_submitted(0, None, "{}", "") };
    let ledger = ledger(&Budget { max_jobs: Some(3), max_cost: None }, None, &[job("a")]);
    assert_eq!((ledger.is_new("a"), ledger.is_new("b"), ledger.is_new("b")), (false, true, false));
    assert_eq!((ledger.submit(), ledger.submit(), ledger.submit().is_err()), (Ok(true), Ok(true), true));
    assert_eq!(ledger.begin(3), None, "the budget is used up");
}

#[test]
fn jobs_are_counted_from_their_submission_to_their_end() {
    let ledger = ledger(&Budget::default(), None, &[]);
    let seconds = Duration::from_secs;
    assert_eq!([ledger.begin(2), ledger.begin(2), ledger.begin(2)], [Some(0), Some(1), None]);
    for _ in 0..4 {
        assert_eq!(ledger.submit(), Ok(true));
    }
    ledger.rejected();
    ledger.hold_back();
    assert_eq!(ledger.jobs(), (2, 0), "one of three is not in the queue");
    ledger.release();
    assert_eq!((ledger.jobs(), ledger.progress(seconds(9))), ((3, 0), seconds(0)));
    ledger.started(seconds(5));
    ledger.started(seconds(4));
    assert_eq!((ledger.jobs(), ledger.progress(seconds(9))), ((1, 2), seconds(9)), "two run");
    ledger.ended(true, Some(seconds(8)));
    assert_eq!((ledger.jobs(), ledger.progress(seconds(9))), ((1, 1), seconds(9)), "one runs");
    ledger.ended(true, Some(seconds(7)));
    assert_eq!((ledger.jobs(), ledger.progress(seconds(9))), ((1, 0), seconds(8)), "the last end");
    ledger.ended(false, None);
    assert_eq!((ledger.jobs(), ledger.progress(seconds(9))), ((0, 0), seconds(8)));
}
