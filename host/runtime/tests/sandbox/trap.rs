//! What is said of a check that breaks down.

use crate::guest::Trial;

#[track_caller]
fn check(guest: &str, expected: &str) {
    assert_eq!(Trial::default().ending(guest), expected);
}

#[test]
fn a_trap_names_its_cause_and_place() {
    check(
        "divides_by_zero",
        "trap: `divides_by_zero` broke down: integer divide by zero (in `quotient`, called by `run`)",
    );
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    check("panics", "trap: `panics` broke down: panicked at src/lib.rs:7:9: index out of bounds (in `run`)");
}

#[test]
fn a_panic_that_was_not_logged_is_told_by_its_place() {
    check(
        "aborts",
        "trap: `aborts` broke down: it aborted, and logged no reason (in `image::decode`, called by `run`)",
    );
}

#[test]
fn an_abort_is_told_with_the_last_error_in_the_log() {
    check(
        "aborts_after_an_error",
        "trap: `aborts_after_an_error` broke down: it aborted; the last error in its log: no more ideas (in `run`)",
    );
}

#[test]
fn a_long_panic_is_cut() {
    let told = Trial::default().ending("panics_at_length");
    assert!(told.ends_with("aaa … (cut: it has 100000 bytes) (in `run`)") && told.len() < 9_000, "{told}");
}
