//! What the check answers for samples that are made here: facts in the tests, words in snapshots.

mod cost;
mod limits;
mod readme;
mod success;
mod times;

use comfycheck_check_performance::rules::manifest;
use comfycheck_sdk::samples::{CostRange, Ending, Sample, Start};
use comfycheck_sdk::{Answer, Bound, Finding, Subject, testing};

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

fn priced(sample: Sample, low: f64, high: f64) -> Sample {
    Sample { cost: Some(CostRange { low, high }), ..sample }
}

/// A named answer, and its facts as [`facts`] writes them.
type Case<'a> = (&'a str, Answer, &'a [&'a str]);

/// Compares the facts of each answer with the test, and the words of all with a snapshot.
#[track_caller]
fn check(snapshot: &str, cases: &[Case<'_>]) {
    for (name, answer, expected) in cases {
        assert_eq!(facts(answer), *expected, "{name}");
    }
    let words = cases.iter().map(|(name, answer, _)| format!("# {name}\n{}", wording(answer)));
    insta::assert_snapshot!(snapshot, words.collect::<Vec<_>>().join("\n"));
}

/// An answer without its words: `rule: value unit, limit; subjects`, and `rule?` for an open question.
fn facts(answer: &Answer) -> Vec<String> {
    let finding = |finding: &Finding| {
        let measurement = finding.measurement.as_ref().map(|measured| {
            let limit = match measured.limit {
                None => String::new(),
                Some(Bound::Below(limit)) => format!(", below {limit}"),
                Some(Bound::AtLeast(limit)) => format!(", at least {limit}"),
                Some(other) => format!(", {other:?}"),
            };
            format!(": {} {}{limit}", measured.value, measured.unit)
        });
        let subjects: Vec<_> = finding.subjects.iter().map(|subject| format!("; {}", subject_name(subject))).collect();
        format!("{}{}{}", finding.rule, measurement.unwrap_or_default(), subjects.concat())
    };
    let open = answer.open.iter().map(|open| format!("{}?", open.rule));
    answer.findings.iter().map(finding).chain(open).collect()
}

/// An answer as a reader meets it.
fn wording(answer: &Answer) -> String {
    let manifest = manifest();
    let rules: Vec<_> = manifest.rules.iter().map(|rule| (rule.id.as_str(), rule.default_severity)).collect();
    testing::wording(answer, &rules)
}

fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Sample(index) => format!("sample {index}"),
        other => format!("{other:?}"),
    }
}
