//! When the dry run starts.

use super::DryRun;
use crate::facts::{DryRunFacts, QueryError};
use crate::sandbox::places;
use futures_util::FutureExt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn open(instances: usize) -> DryRun {
    let dry_run = DryRun::open(places());
    dry_run.begin(instances);
    dry_run
}

fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn it_starts_once_every_other_instance_has_ended_or_waits_for_it_too() {
    let dry_run = open(3);
    let (mut start, mut first, mut second) = (pin!(dry_run.start()), pin!(dry_run.request()), pin!(dry_run.request()));
    assert!(poll(start.as_mut()).is_pending());
    assert!(poll(first.as_mut()).is_pending() && poll(start.as_mut()).is_pending());
    dry_run.ended(false);
    assert!(poll(start.as_mut()).is_pending(), "one instance still runs");
    assert!(poll(second.as_mut()).is_pending() && poll(start.as_mut()).is_ready());
    assert!(!dry_run.close(), "its jobs are being submitted");
    dry_run.answer(Ok(DryRunFacts { jobs: 1, missing: Vec::new(), classes: Ok(None), values: Err(String::new()) }));
    for request in [first.as_mut(), second.as_mut()] {
        assert!(matches!(poll(request), Poll::Ready(Ok(facts)) if facts.jobs == 1));
    }
    assert!(dry_run.request().now_or_never().unwrap().is_ok(), "later requests get the same answer");
}

#[test]
fn it_does_not_start_if_no_instance_requests_it() {
    let dry_run = open(1);
    dry_run.ended(false);
    assert_eq!(dry_run.start().now_or_never(), None);
    assert!(dry_run.close());
    assert!(matches!(dry_run.request().now_or_never(), Some(Err(QueryError::NotOffered(_)))));
}

#[test]
fn it_does_not_start_if_a_check_refused_its_settings() {
    let dry_run = open(2);
    let mut request = pin!(dry_run.request());
    assert!(poll(request.as_mut()).is_pending());
    dry_run.ended(true);
    assert!(matches!(poll(request), Poll::Ready(Err(QueryError::NotOffered(_)))));
    assert_eq!(dry_run.start().now_or_never(), None);
    assert!(dry_run.close());
}

#[test]
fn it_does_not_start_after_the_instances_were_stopped() {
    let dry_run = open(1);
    assert!(dry_run.request().now_or_never().is_none());
    assert!(dry_run.close());
    assert_eq!(dry_run.start().now_or_never(), None);
}

#[test]
fn it_starts_if_waiting_instances_take_all_places() {
    let dry_run = Arc::new(open(places() + 1));
    let mut waiting: Vec<_> = (0..places()).map(|_| Box::pin(dry_run.request())).collect();
    for request in &mut waiting {
        assert_eq!(dry_run.start().now_or_never(), None);
        assert!(poll(request.as_mut()).is_pending());
    }
    assert_eq!(dry_run.start().now_or_never(), Some(()));
}
