//! Messages about checks that crash.

use crate::guest::{Trial, errors};
use comfycheck_core::execution::ErrorKind;

#[test]
fn a_check_that_crashes_is_named_with_its_cause_and_place() {
    // A panic has its own message. Without one, the place identifies it; for an abort, the last
    // error in the log.
    let guests = ["divides_by_zero", "panics", "aborts", "aborts_after_an_error", "raises", "asks_for_a_clock"];
    insta::assert_snapshot!(errors(&Trial::default(), ErrorKind::Trap, &guests));
}

#[test]
fn a_long_panic_is_cut() {
    let (kind, message) = Trial::default().error("panics_at_length");
    assert_eq!(kind, ErrorKind::Trap);
    assert!(message.len() < 9_000, "{}", message.len());
    let (_, end) = message.split_at(message.rfind("aaa").unwrap());
    insta::assert_snapshot!(end);
}
