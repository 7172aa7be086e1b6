//! A guest that computes forever is stopped, and does not block others.

use crate::guest::component;
use crate::guest::{Trial, check_of, errors, load_error, runtime, wording};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_runtime::sandbox::Limits;
use std::time::Duration;

fn short() -> Trial {
    Trial { limits: Limits { cpu: Duration::from_millis(20), ..Limits::default() }, ..Trial::default() }
}

#[test]
fn a_guest_that_spins_is_stopped() {
    insta::assert_snapshot!(errors(&short(), ErrorKind::Limit, &["spins"]));
}

#[test]
fn a_guest_that_spins_lets_others_run() {
    let spins = check_of("spins");
    let answers = check_of("answers");
    runtime().block_on(async {
        let (forever, trial) = (Trial::default(), Trial::default());
        tokio::select! {
            biased;
            execution = forever.execute("spins", &spins) => panic!("{execution:?}"),
            execution = async {
                // The other guest was polled first and yielded, or this would never be reached.
                tokio::task::yield_now().await;
                trial.execute("answers", &answers).await
            } => assert!(matches!(execution.outcome, Outcome::Completed { .. })),
        }
    });
}

#[test]
fn a_guest_that_spins_before_it_is_run_is_stopped() {
    let guests = ["spins_when_started", "spins_in_describe"];
    insta::assert_snapshot!(wording(guests.map(|guest| (guest, load_error(guest, &component(guest))))));
}

#[test]
fn many_guests_that_spin_are_all_stopped() {
    // More than there are places.
    let spins = check_of("spins");
    let kinds = runtime().block_on(async {
        let trial = short();
        let runs = (0..40).map(|_| trial.execute("spins", &spins));
        futures_util::future::join_all(runs).await
    });
    assert!(kinds.iter().all(|run| matches!(run.outcome, Outcome::Errored { kind: ErrorKind::Limit, .. })));
}
