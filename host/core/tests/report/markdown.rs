//! The Markdown report: its bytes, and that it fits into a comment.

use crate::reports::{failed, hostile, inconclusive, passed};
use crate::scene::{Scene, With, error, errored, found, note};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Bound, Finding, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run};
use comfycheck_core::render::{CiRun, ReportContext, markdown};
use comfycheck_core::report::Report;
use comfycheck_core::sample::Ending;
use insta::assert_snapshot;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn a_passed_run_as_markdown() {
    assert_snapshot!(markdown(&passed(), &ReportContext::default()));
}

#[test]
fn a_failed_run_as_markdown() {
    assert_snapshot!(markdown(&failed(), &ReportContext::default()));
}

#[test]
fn an_inconclusive_run_as_markdown() {
    assert_snapshot!(markdown(&inconclusive(), &ReportContext::default()));
}

/// The numbers that changed, what is new and what is fixed.
#[test]
fn a_run_is_compared_with_its_baseline() {
    let (passed, failed) = (passed(), failed());
    let compared = |report: &Report, baseline: &Report| {
        let ci_run = CiRun::new("GitHub Actions", "https://github.com/a/b/actions/runs/7");
        let context = ReportContext {
            baseline: Some(baseline),
            ci_run: ci_run.as_ref(),
            json: Some("report.json"),
            ..ReportContext::default()
        };
        markdown(report, &context)
    };
    assert_snapshot!([compared(&failed, &passed), compared(&passed, &failed)].join("\n"));
    assert!(!compared(&failed, &failed).contains("#### Since the baseline"));
}

#[test]
fn a_measurement_is_beside_that_of_the_baseline() {
    let measured = |p50: f64| {
        let data = json!({ "distribution": { "p50": p50, "max": 2.0 * p50, "count": 3, "of": "samples" } });
        let finding = Finding {
            data: Some(data),
            ..note("measured", "generation took a while").measured(p50, "s", Some(Bound::Below(60.0)))
        };
        Scene::new().samples(3).check("performance", &[Run]).with("performance", Run, found([finding])).report()
    };
    let (before, now) = (measured(8.0), measured(9.0));
    let context = ReportContext { baseline: Some(&before), ..ReportContext::default() };
    let text = markdown(&now, &context);
    let table: Vec<_> = text.lines().skip_while(|line| !line.starts_with("| Measured")).take(3).collect();
    assert_snapshot!(table.join("\n"));
    // What the baseline does not have cannot be compared.
    let passed = passed();
    let context = ReportContext { baseline: Some(&passed), ..ReportContext::default() };
    assert!(markdown(&now, &context).contains("| 9.0 s |  |  |"), "{}", markdown(&now, &context));
}

/// Tools find the comment of a suite by the first line.
#[test]
fn every_suite_has_a_comment_of_its_own() {
    let names = [
        "prod1",
        "prod-1",
        "prod 1",
        "prod--1",
        "prod-2d.1",
        "prod_1",
        "-prod1",
        "prod1-",
        "größe",
        "grosse",
        "a-->b",
        "",
    ];
    let first_line = |name: &&str| {
        let mut report = passed();
        report.name = (*name).to_owned();
        markdown(&report, &ReportContext::default()).lines().next().unwrap().to_owned()
    };
    let markers: Vec<_> = names.iter().map(first_line).collect();
    let unique: BTreeSet<_> = markers.iter().collect();
    assert_eq!(unique.len(), names.len(), "{markers:?}");
    for marker in &markers {
        let inside = marker.strip_prefix("<!-- comfycheck:").and_then(|rest| rest.strip_suffix(" -->")).unwrap();
        assert!(!inside.contains("--") && !inside.contains('>') && inside.is_ascii(), "{marker}");
    }
    assert_eq!(markers[1], "<!-- comfycheck:prod-1 -->");
}

#[test]
fn it_fits_into_a_comment_and_counts_what_is_left_out() {
    let long = |number: usize| error("broken", &format!("{number}{}", "<&@".repeat(10_000))).help(&"|*".repeat(10_000));
    let many = Scene::new().samples(500).check("nodes", &[Run]).with("nodes", Run, found((0..200).map(long)));
    for (report, more) in [(many.report(), " more findings in the JSON report"), (hostile(), "")] {
        let text = markdown(&report, &ReportContext::default());
        assert!(text.chars().count() < 65_536, "{} characters", text.chars().count());
        assert!(text.contains(more), "{more}");
    }
}

#[test]
fn it_fits_also_where_every_list_is_full_of_what_must_be_escaped() {
    let long = "#".repeat(10_000);
    let mut scene = Scene::new().samples(30);
    for number in 0..45 {
        let name = format!("{number}{}", "<".repeat(90));
        scene = scene.check(&name, &[Deployment, Run]).with(
            &name,
            Run,
            errored(ErrorKind::Trap, &format!("{number}{long}")),
        );
        let found = Outcome::Completed {
            findings: vec![error("broken", &format!("{number}{long}")).about(Subject::Other(long.clone())).help(&long)],
            open: Vec::new(),
        };
        scene = scene.with(&name, Deployment, found);
    }
    let report = (0..30)
        .fold(scene, |scene, index| {
            scene.sample(index, |sample| {
                sample.ending = Ending::Failed;
                sample.error = Some(long.clone());
            })
        })
        .report();
    let text = markdown(&report, &ReportContext::default());
    assert!(text.len() <= 65_536, "{} bytes", text.len());
    for thing in ["checks", "findings", "samples"] {
        assert!(text.contains(&format!(" more {thing} in the JSON report")), "{thing}");
    }
}
