//! Every limit, and the message when a guest exceeds it.

use crate::guest::{Trial, errors};
use comfycheck_core::execution::ErrorKind;
use comfycheck_runtime::sandbox::{Limits, LogLevel, MESSAGE_BYTES};

#[test]
fn a_guest_that_exceeds_a_limit_is_stopped() {
    let guests = [
        "grows",
        "grows_at_once",
        "grows_a_table",
        // Tables and memory are limited together.
        "grows_both",
        "recurses",
        "hands_over_too_much",
        "has_data_without_end",
    ];
    let limits = Limits { memory_bytes: 256 << 20, ..Limits::default() };
    insta::assert_snapshot!(errors(&Trial { limits, ..Trial::default() }, ErrorKind::Limit, &guests));
}

#[test]
fn findings_above_the_limit_are_left_out_and_the_last_one_says_how_many() {
    for (limit, kept, left_out) in [(1_000, 1_000, 1), (1_001, 1_001, 0), (10, 10, 991)] {
        let limits = Limits { findings: limit, ..Limits::default() };
        let (findings, open) = Trial { limits, ..Trial::default() }.completed("finds_too_much");
        assert_eq!((findings.len(), open.len()), (kept, 0));
        let last = &findings[findings.len() - 1].message;
        assert_eq!(last.contains(&format!("{left_out} more")), left_out > 0, "{last}");
    }
}

#[test]
fn a_guests_own_maximum_is_not_the_hosts_limit() {
    assert_eq!(Trial::default().completed("respects_its_own_maximum"), (Vec::new(), Vec::new()));
}

#[test]
fn the_suite_overrides_a_limit() {
    let limits = Limits { memory_bytes: 64 << 10, data_bytes: 1_024, host_calls: 1_000, ..Limits::default() };
    let memory = Trial { limits: Limits { ..limits.clone() }, ..Trial::default() };
    insta::assert_snapshot!(errors(&memory, ErrorKind::Limit, &["answers"]));
    let others = Trial { limits: Limits { memory_bytes: 256 << 20, ..limits }, ..Trial::default() };
    insta::assert_snapshot!(errors(&others, ErrorKind::Limit, &["has_data_without_end", "floods_the_host"]));
}

#[test]
fn a_long_message_is_cut_and_says_so() {
    for limit in [MESSAGE_BYTES, 1_024] {
        let limits = Limits { message_bytes: limit, ..Limits::default() };
        let (findings, _) = Trial { limits, ..Trial::default() }.completed("says_too_much");
        let (kept, mark) = findings[0].message.split_at(limit);
        assert_eq!(kept, "a".repeat(limit));
        insta::assert_snapshot!("the_mark_of_a_text_that_was_cut", mark);
    }
}

#[test]
fn a_long_log_ends_and_says_so() {
    let ends = |limits: Limits| {
        let trial = Trial { limits, ..Trial::default() };
        trial.completed("floods_the_log");
        let log = trial.log.lock().unwrap();
        let (level, line) = log.last().unwrap();
        assert_eq!(*level, LogLevel::Warn);
        (log.len(), line.clone())
    };
    let (lines, last) = ends(Limits::default());
    assert_eq!(lines, 263);
    insta::assert_snapshot!(last);
    let (lines, last) = ends(Limits { log_bytes: 2_048, ..Limits::default() });
    assert_eq!(lines, 3);
    insta::assert_snapshot!(last);
}

#[test]
fn a_name_is_limited() {
    let (findings, _) = Trial::default().completed("asks_for_a_long_name");
    insta::assert_snapshot!(findings[0].message);
}
