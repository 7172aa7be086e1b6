//! The CTRF report: its bytes, its counts, and that nothing in it harms a reader.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed};
use comfycheck_core::render::ctrf;
use comfycheck_core::report::{Report, Verdict};
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn a_failed_run_as_ctrf() {
    assert_snapshot!(ctrf(&failed()));
}

#[test]
fn an_interrupted_run_as_ctrf() {
    assert_snapshot!(ctrf(&interrupted()));
}

fn results(report: &Report) -> Value {
    let document: Value = serde_json::from_str(&ctrf(report)).expect("CTRF is JSON");
    document["results"].clone()
}

#[test]
fn every_test_is_counted_once_and_only_a_run_that_passed_has_nothing_but_passes_and_skips() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile()] {
        let results = results(&report);
        let tests = results["tests"].as_array().unwrap();
        let of = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
        for status in ["passed", "failed", "skipped", "other"] {
            assert_eq!(results["summary"][status], of(status), "{status}");
        }
        assert_eq!(results["summary"]["tests"], tests.len());
        assert_eq!(of("failed") + of("other") == 0, report.summary.verdict == Verdict::Passed);
        assert_eq!(of("failed") > 0, report.summary.verdict == Verdict::Failed);
    }
}

#[test]
fn a_replay_has_the_day_of_its_recording_and_a_live_run_its_own_time() {
    let took = |report: &Report| {
        let summary = &results(report)["summary"];
        (summary["start"].as_i64(), summary["stop"].as_i64())
    };
    let midnight = 1_789_344_000_000;
    assert_eq!(took(&passed()), (Some(midnight), Some(midnight + 54_050)));
    assert_eq!(took(&interrupted()), (Some(midnight + 36_000_000), Some(midnight + 36_061_500)));
}
