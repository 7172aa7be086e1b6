//! What the check says of samples that went one way or another, made here.

mod cost;
mod readme;
mod success;
mod times;

use comfycheck_sdk::Answer;
use comfycheck_sdk::samples::{CostRange, Ending, Sample, Start};

/// A sample that succeeded with one image. Times in milliseconds.
fn sample(index: u32, start: Start, delay: u64, execution: u64) -> Sample {
    Sample {
        start,
        delay: Some(delay),
        execution: Some(execution),
        submitted: Some(0),
        first_running: Some(delay),
        finished: Some(delay + execution),
        image_count: 1,
        ..Sample::new(index, Ending::Succeeded)
    }
}

fn warm(index: u32, execution: u64) -> Sample {
    sample(index, Start::Warm, 200, execution)
}

fn cold(index: u32, delay: u64, execution: u64) -> Sample {
    sample(index, Start::Cold, delay, execution)
}

/// With what it cost.
fn priced(sample: Sample, low: f64, high: f64) -> Sample {
    Sample { cost: Some(CostRange { low, high }), ..sample }
}

/// An answer in lines: `rule: message`, `rule? reason`.
fn lines(answer: &Answer) -> Vec<String> {
    let findings = answer.findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message));
    let open = answer.open.iter().map(|open| format!("{}? {}", open.rule, open.reason));
    findings.chain(open).collect()
}

#[track_caller]
fn check(answer: &Answer, expected: &[&str]) {
    assert_eq!(lines(answer), expected);
}
