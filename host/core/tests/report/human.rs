//! The page for people: its text, its bounds, and that nothing in it harms a terminal.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed};
use crate::scene::{Scene, With, error, finding, found, node, note};
use comfycheck_core::diagnostic::Color;
use comfycheck_core::finding::{Severity, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::render::human;
use comfycheck_core::report::Report;
use comfycheck_core::sample::Ending;
use insta::assert_snapshot;
use std::fmt::Write;

fn plain(report: &Report) -> String {
    human(report, Color::Off)
}

#[test]
fn a_passed_run_for_people() {
    assert_snapshot!(plain(&passed()));
}

#[test]
fn a_failed_run_for_people() {
    assert_snapshot!(plain(&failed()));
}

#[test]
fn an_inconclusive_run_for_people() {
    assert_snapshot!(plain(&inconclusive()));
}

#[test]
fn an_interrupted_run_for_people() {
    assert_snapshot!(plain(&interrupted()));
}

#[test]
fn a_gated_run_for_people() {
    let missing = error("broken", "node class `ClownsharKSampler_Beta` is not installed").about(node("2", None));
    let scene = Scene::new().samples(12).check("nodes", &[Deployment, Run]).check("image", &[Sample]).with(
        "nodes",
        Deployment,
        found([missing]),
    );
    let scene = (0..12).fold(scene, |scene, i| {
        scene
            .sample(i, |sample| {
                sample.ending = Ending::NotSubmitted;
                sample.reason = Some("`nodes` found errors, and it gates".into());
                sample.cost = None;
            })
            .on_sample("image", u32::try_from(i).unwrap(), crate::scene::skipped("its sample was not submitted"))
    });
    assert_snapshot!(plain(&scene.report()));
}

#[test]
fn many_samples_for_people() {
    let sized = |i: u32| note("measured", &format!("{i} bytes")).measured(1e6 + f64::from(i) * 1e4, "By", None);
    let scene = Scene::new().samples(120).check("image", &[Sample]);
    let scene = (0..120).fold(scene, |scene, i| scene.on_sample("image", i, found([sized(i)])));
    let dark = (20..60).fold(scene, |scene, i| {
        let dark = error("broken", "the image is black").about(Subject::Image(i, 0)).help("look at the VAE");
        scene.on_sample("image", i, found([dark]))
    });
    let failed = (100..112).fold(dark, |scene, i| {
        scene.sample(i, |sample| {
            sample.ending = Ending::Failed;
            sample.error = Some("CUDA out of memory".into());
        })
    });
    assert_snapshot!(plain(&failed.report()));
}

#[test]
fn colour_adds_nothing_but_escape_codes() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile()] {
        let colored = human(&report, Color::On);
        let mut pieces = colored.split('\u{1b}');
        let mut stripped = pieces.next().unwrap().to_owned();
        stripped.extend(pieces.map(|piece| piece.split_once('m').unwrap().1));
        assert!(colored.contains('\u{1b}'));
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&stripped), trimmed(&plain(&report)));
    }
}

#[test]
fn hostile_text_cannot_reach_the_terminal_or_forge_a_line() {
    let text = plain(&hostile());
    let bad: String =
        text.chars().filter(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{2028}".contains(*c)).collect();
    assert_eq!(bad, "");
    let forged: Vec<&str> =
        text.lines().filter(|line| line.starts_with("PASSED") || line.trim_start().starts_with("::error")).collect();
    assert_eq!(forged, Vec::<&str>::new());
    assert!(text.len() < 32 * 1024, "{} bytes", text.len());
}

#[test]
fn a_thousand_problems_fit_on_a_page_with_errors_first() {
    let findings = (0..1000).map(|i| {
        let severity = if i < 960 { Severity::Warning } else { Severity::Error };
        finding(severity, "broken", &format!("problem {i}"))
    });
    let text = plain(&Scene::new().check("nodes", &[Deployment]).with("nodes", Deployment, found(findings)).report());
    let mut shown = String::new();
    for line in text.lines().filter(|line| line.contains("problem")) {
        writeln!(shown, "{}", line.split(": ").last().unwrap()).unwrap();
    }
    assert!(shown.starts_with("problem 960\n"), "{shown}");
    assert!(shown.ends_with("problem 9\nand 950 more problems, which the JSON report holds\n"), "{shown}");
}
