//! Stored reports: read again they are what was stored, and anything else is refused.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::Scene;
use comfycheck_core::diagnostic::Color;
use comfycheck_core::money::CostRange;
use comfycheck_core::render::{
    Detail, LocatedFindings, PageStyle, ReadReportError, ReportContext, ctrf, github, human, json, junit, markdown,
    read_json, sarif, slack,
};
use comfycheck_core::report::{Report, Verdict, merge};
use comfycheck_core::sample::{Ending, Sample};
use insta::assert_snapshot;
use std::error::Error;
use std::path::Path;

#[test]
fn a_report_that_was_read_has_the_same_bytes_in_every_format() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile(), waived()] {
        let read = read_json(&json(&report)).unwrap();
        assert!(json(&read) == json(&report), "json of {}", report.suite);
        assert!(junit(&read) == junit(&report), "junit of {}", report.suite);
        assert!(ctrf(&read) == ctrf(&report), "ctrf of {}", report.suite);
        let style = PageStyle { color: Color::On, detail: Detail::Verbose, ..PageStyle::default() };
        assert!(human(&read, style, &[]) == human(&report, style, &[]), "human of {}", report.suite);
        let (read, report) = (LocatedFindings::of(&read), LocatedFindings::of(&report));
        assert!(sarif(&read) == sarif(&report), "sarif of {}", report.name);
        assert!(github(&read, None) == github(&report, None), "github of {}", report.name);
    }
}

/// Why a text is refused, in a line.
#[track_caller]
fn refused(text: &str) -> String {
    let error = read_json(text).expect_err("it is refused");
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}\n")
}

#[test]
fn what_is_not_a_report_is_refused() {
    let texts = [
        "",
        "<testsuites/>",
        "{}",
        r#"{ "version": "2.1.0", "runs": [] }"#,
        r#"{ "version": "comfycheck.run/2" }"#,
        r#"{ "version": "comfycheck.run/\u001b[2J\n2" }"#,
        "{ \"version\": \"comfycheck.run/1\",\n\"suite\": 7 }",
    ];
    assert_snapshot!(texts.map(refused).concat());
}

/// Why a report of two samples that failed is refused after one change.
#[track_caller]
fn contradiction(change: impl FnOnce(&mut Report)) -> String {
    let mut report = failed();
    change(&mut report);
    let error = read_json(&json(&report)).expect_err("it is refused");
    assert!(matches!(error, ReadReportError::Contradiction(_)), "{error:?}");
    refused(&json(&report))
}

#[test]
fn a_report_that_contradicts_itself_is_refused() {
    let mut text = String::new();
    text += &contradiction(|report| report.summary.verdict = Verdict::Passed);
    text += &contradiction(|report| report.summary.errors = 0);
    text += &contradiction(|report| report.summary.inconclusive.push("nothing".into()));
    text += &contradiction(|report| report.summary.cost = None);
    text += &contradiction(|report| report.samples.push(report.samples[0].clone()));
    text += &contradiction(|report| report.executions.push(report.executions[0].clone()));
    for (low, high) in [(-1.0, 1.0), (2.0, 1.0), (0.0, 1e308)] {
        let cost = Some(CostRange { low, high });
        text += &contradiction(|report| report.samples[0].cost = cost);
        text += &contradiction(|report| report.dry_run = vec![Sample { cost, ..report.samples[0].clone() }]);
    }
    assert_snapshot!(text);
}

#[test]
fn a_cost_can_have_the_largest_amount() {
    let mut report = Scene::new().report();
    let largest = CostRange { low: 1e12, high: 1e12 };
    report.dry_run =
        vec![Sample { ending: Ending::Succeeded, cost: Some(largest), ..Sample::not_submitted(0, None, "{}", "") }];
    let parted = merge(report.clone(), report).unwrap();
    assert_eq!(read_json(&json(&parted)).unwrap().dry_run[0].cost, Some(largest));
}

#[test]
fn reasons_in_other_words_are_accepted() {
    let mut report = inconclusive();
    report.summary.inconclusive = vec!["another version of comfycheck wrote this".into()];
    let text = json(&report);
    assert!(json(&read_json(&text).unwrap()) == text);
}

#[test]
fn unknown_members_are_ignored() {
    let text = json(&passed());
    let later = text.replacen('{', "{ \"later\": { \"a\": [] },", 1);
    assert!(json(&read_json(&later).unwrap()) == text);
}

#[test]
fn a_report_from_before_there_were_waivers_has_none() {
    let stored = json(&passed());
    let older = stored.replacen("    \"waived\": 0,\n", "", 1);
    assert_ne!(older, stored);
    assert!(json(&read_json(&older).unwrap()) == stored);
}

/// Reports that comfycheck 0.1.0 wrote: verdict, errors and open questions of each.
const OLD: [(&str, Verdict, u32, u32); 4] = [
    ("passed", Verdict::Passed, 0, 0),
    ("failed", Verdict::Failed, 1, 3),
    ("missing-node", Verdict::Failed, 1, 2),
    ("gated", Verdict::Failed, 6, 2),
];

#[test]
#[expect(clippy::disallowed_methods, reason = "they are files of the repository")]
fn reports_of_version_0_1_0_still_render() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reports/0.1.0");
    let mut pages = String::new();
    for (name, verdict, errors, open) in OLD {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let report = read_json(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let summary = &report.summary;
        assert_eq!((summary.verdict, summary.errors, summary.open), (verdict, errors, open), "{name}");
        for rendered in [
            junit(&report),
            ctrf(&report),
            markdown(&report, &ReportContext::default()),
            slack(&report, None, &ReportContext::default()),
        ] {
            assert!(!rendered.is_empty(), "{name}");
        }
        let again = read_json(&json(&report)).unwrap();
        assert_eq!(json(&again), json(&report), "{name}");
        pages.extend(["# ", name, "\n", &human(&report, PageStyle::default(), &[]), "\n"]);
    }
    assert_snapshot!(pages);
}
