//! Every limit, and what is said when a guest exceeds it.

use crate::guest::Trial;
use comfycheck_runtime::sandbox::{Limits, LogLevel, MESSAGE_BYTES};

#[track_caller]
fn check(guest: &str, expected: &str) {
    assert_eq!(Trial::default().ending(guest), expected);
}

#[track_caller]
fn check_within(limits: Limits, guest: &str, expected: &str) {
    assert_eq!(Trial { limits, ..Trial::default() }.ending(guest), expected);
}

#[test]
fn memory_is_limited_page_by_page() {
    check("grows", "limit: `grows` was stopped: it asked for 256.1 MiB of memory; the limit is 256 MiB (in `run`)");
}

#[test]
fn memory_is_limited_in_one_go() {
    check(
        "grows_at_once",
        "limit: `grows_at_once` was stopped: it asked for 4062.7 MiB of memory; the limit is 256 MiB (in `run`)",
    );
}

#[test]
fn a_table_is_limited() {
    check(
        "grows_a_table",
        "limit: `grows_a_table` was stopped: it asked for a table of 100000001 elements; the limit is 1048576 (in `run`)",
    );
}

#[test]
fn tables_and_memory_are_limited_together() {
    check(
        "grows_both",
        "limit: `grows_both` was stopped: it asked for 257.8 MiB of memory; the limit is 256 MiB (in `run`)",
    );
}

#[test]
fn a_guests_own_maximum_is_not_the_hosts_limit() {
    check("respects_its_own_maximum", "completed: [], []");
}

#[test]
fn the_suite_overrides_a_limit() {
    check_within(
        Limits { memory_bytes: 64 << 10, ..Limits::default() },
        "answers",
        "limit: `answers` was stopped: it asked for 128 KiB of memory; the limit is 64 KiB",
    );
}

#[test]
fn the_stack_is_limited() {
    check("recurses", "limit: `recurses` was stopped: it used more than 1 MiB of stack (in `down`, called by `down`)");
}

#[test]
fn findings_are_limited() {
    check("finds_too_much", "limit: `finds_too_much` has 1001 findings and open questions; the limit is 1000");
}

#[test]
fn a_long_message_is_cut_and_says_so() {
    let (findings, _) = Trial::default().completed("says_too_much");
    assert_eq!(findings[0].message, format!("{} … (cut: it has 10000 bytes)", "a".repeat(MESSAGE_BYTES)));
}

#[test]
fn what_is_handed_over_at_once_is_limited() {
    check("hands_over_too_much", "limit: `hands_over_too_much` was stopped: it handed over more than 16 MiB at once");
}

#[test]
fn data_is_limited() {
    check(
        "has_data_without_end",
        "limit: `has_data_without_end` has 97.7 KiB of data in a finding of rule `a-rule`; the limit is 64 KiB",
    );
}

#[test]
fn a_long_log_ends_and_says_so() {
    let trial = Trial::default();
    trial.completed("floods_the_log");
    let log = trial.log.lock().unwrap();
    assert_eq!(log.len(), 263);
    assert_eq!(log.last(), Some(&(LogLevel::Warn, "the log ends here: it is longer than 256 KiB".to_owned())));
}

#[test]
fn a_suite_may_set_what_is_cut_and_what_ends() {
    let less = || Limits { message_bytes: 1_024, data_bytes: 1_024, log_bytes: 2_048, ..Limits::default() };
    let (findings, _) = Trial { limits: less(), ..Trial::default() }.completed("says_too_much");
    assert_eq!(findings[0].message, format!("{} … (cut: it has 10000 bytes)", "a".repeat(1_024)));
    let limit = "limit: `has_data_without_end` has 97.7 KiB of data in a finding of rule `a-rule`; the limit is 1 KiB";
    check_within(less(), "has_data_without_end", limit);
    let trial = Trial { limits: less(), ..Trial::default() };
    trial.completed("floods_the_log");
    let log = trial.log.lock().unwrap();
    assert_eq!(log.last(), Some(&(LogLevel::Warn, "the log ends here: it is longer than 2 KiB".to_owned())));
}

#[test]
fn a_name_is_limited() {
    let (findings, _) = Trial::default().completed("asks_for_a_long_name");
    assert_eq!(findings[0].message, "a name has more than 1024 bytes");
}

#[test]
fn calls_of_the_host_are_limited() {
    check_within(
        Limits { host_calls: 1_000, ..Limits::default() },
        "floods_the_host",
        "limit: `floods_the_host` was stopped: it called the host more than 1000 times, the last time `log.log` (in `run`)",
    );
}
