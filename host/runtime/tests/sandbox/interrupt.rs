//! A guest that computes for ever is stopped, and keeps nobody else from anything.

use crate::guest::component;
use crate::guest::{Trial, check_of, refused, runtime};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_runtime::sandbox::Limits;
use std::time::Duration;

fn short() -> Trial {
    Trial { limits: Limits { cpu: Duration::from_millis(20), ..Limits::default() }, ..Trial::default() }
}

#[test]
fn a_guest_that_spins_is_stopped() {
    assert_eq!(short().ending("spins"), "limit: `spins` was stopped: it used more than 0.02 s of CPU time (in `run`)");
}

#[test]
fn a_guest_that_spins_lets_others_run() {
    let spins = check_of("spins");
    let answers = check_of("answers");
    runtime().block_on(async {
        let (forever, trial) = (Trial::default(), Trial::default());
        tokio::select! {
            biased;
            execution = forever.carry_out("spins", &spins) => panic!("{execution:?}"),
            execution = async {
                // The other guest was polled first and yielded, or this would never be reached.
                tokio::task::yield_now().await;
                trial.carry_out("answers", &answers).await
            } => assert!(matches!(execution.outcome, Outcome::Completed { .. })),
        }
    });
}

#[test]
fn a_guest_that_spins_before_it_is_asked_is_stopped() {
    let message = refused("spins_when_started", &component("spins_when_started"));
    assert_eq!(
        message,
        "`spins_when_started` was stopped: it used more than 1 s of CPU time (in `start`), when it was asked what it is"
    );
}

#[test]
fn a_guest_that_spins_in_describe_is_stopped() {
    let message = refused("spins_in_describe", &component("spins_in_describe"));
    assert_eq!(
        message,
        "`spins_in_describe` was stopped: it used more than 1 s of CPU time (in `describe`), when it was asked what it is"
    );
}

#[test]
fn many_guests_that_spin_are_all_stopped() {
    // More than there are places for.
    let spins = check_of("spins");
    let kinds = runtime().block_on(async {
        let trial = short();
        let runs = (0..40).map(|_| trial.carry_out("spins", &spins));
        futures_util::future::join_all(runs).await
    });
    assert!(kinds.iter().all(|run| matches!(run.outcome, Outcome::Errored { kind: ErrorKind::Limit, .. })));
}
