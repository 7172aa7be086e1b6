//! The Markdown report: its bytes, and that it fits into a comment.

use crate::reports::{failed, hostile, inconclusive, passed};
use crate::scene::{Scene, With, error, found};
use comfycheck_core::manifest::Scope::Run;
use comfycheck_core::render::markdown;
use insta::assert_snapshot;

#[test]
fn a_passed_run_as_markdown() {
    assert_snapshot!(markdown(&passed()));
}

#[test]
fn a_failed_run_as_markdown() {
    assert_snapshot!(markdown(&failed()));
}

#[test]
fn an_inconclusive_run_as_markdown() {
    assert_snapshot!(markdown(&inconclusive()));
}

#[test]
fn it_fits_into_a_comment_and_says_what_is_left_out() {
    let long = |number: usize| error("broken", &format!("{number}{}", "<&@".repeat(10_000))).help(&"|*".repeat(10_000));
    let many = Scene::new().samples(500).check("nodes", &[Run]).with("nodes", Run, found((0..200).map(long)));
    for (report, more) in [(many.report(), " more problems, which the JSON report holds"), (hostile(), "")] {
        let text = markdown(&report);
        assert!(text.chars().count() < 65_536, "{} characters", text.chars().count());
        assert!(text.contains(more), "{more}");
    }
}
