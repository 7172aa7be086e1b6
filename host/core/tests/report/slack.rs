//! The message to Slack: its bytes, that it keeps to Slack's limits, and that nothing in it acts.

use crate::reports::{failed, hostile, inconclusive, passed, waived};
use crate::scene::{Scene, With, error, found};
use comfycheck_core::manifest::Scope::Run;
use comfycheck_core::render::{ReportContext, slack};
use comfycheck_core::report::{Report, Verdict};
use insta::assert_snapshot;
use serde_json::Value;

#[track_caller]
fn message(report: &Report, before: Option<Verdict>) -> Value {
    serde_json::from_str(&slack(report, before, &ReportContext::default())).expect("JSON")
}

/// All texts of the blocks, with their type, each after a line that names its block.
fn page(report: &Report, before: Option<Verdict>) -> String {
    let message = message(report, before);
    let blocks = message["blocks"].as_array().expect("blocks").iter();
    let line = |block: &Value| format!("--- {}\n{}\n", block["type"], text(block)["text"].as_str().expect("a text"));
    blocks.map(line).collect()
}

/// The text object of a block.
fn text(block: &Value) -> &Value {
    if block["type"] == "context" { &block["elements"][0] } else { &block["text"] }
}

#[test]
fn a_failed_run_in_slack() {
    assert_snapshot!(page(&failed(), Some(Verdict::Passed)));
}

#[test]
fn a_recovery_in_slack() {
    assert_snapshot!(page(&passed(), Some(Verdict::Failed)));
}

#[test]
fn an_inconclusive_run_in_slack() {
    assert_snapshot!(page(&inconclusive(), None));
}

#[test]
fn what_is_waived_is_counted_and_has_no_section() {
    let message = message(&waived(), None);
    let sections = message["blocks"].as_array().unwrap().iter().map(|block| text(block)["text"].as_str().unwrap());
    assert_eq!(sections.filter(|section| section.contains("[nodes/")).count(), 0);
    assert!(page(&waived(), None).contains("2 waived"));
}

/// A run with this many errors, in each of which every text is `text`.
fn errors(number: usize, text: &str) -> Report {
    let long = |at: usize| {
        let subject = comfycheck_core::finding::Subject::Other(text.into());
        error("broken", &format!("{at}{text}")).help(text).about(subject)
    };
    let mut scene = Scene::new().check("nodes", &[Run]).with("nodes", Run, found((0..number).map(long)));
    scene.suite.run_name = text.into();
    scene.report()
}

#[track_caller]
fn check_limits(report: &Report) {
    let units = |text: &Value| text["text"].as_str().expect("a text").encode_utf16().count();
    let message = message(report, Some(Verdict::Inconclusive));
    let blocks = message["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= 50, "{} blocks", blocks.len());
    for block in blocks {
        let limit = if block["type"] == "header" { 150 } else { 3000 };
        assert!((1..=limit).contains(&units(text(block))), "{block}");
    }
    let whole: usize = blocks.iter().map(|block| units(text(block))).sum::<usize>() + units(&message);
    assert!(whole <= 13_000, "{whole} characters");
}

#[test]
fn it_keeps_to_slacks_limits() {
    for text in ["&".repeat(20_000), "<!channel> ".repeat(2_000), "𝄞".repeat(20_000), "a".to_owned()] {
        for number in [0, 1, 10, 11, 500] {
            check_limits(&errors(number, &text));
        }
    }
    for report in [passed(), failed(), inconclusive(), waived(), hostile()] {
        check_limits(&report);
    }
}

#[test]
fn what_is_left_out_is_counted() {
    assert!(page(&errors(12, "short"), None).contains("and 2 more findings"));
    let long = page(&errors(12, &"&".repeat(20_000)), None);
    assert!(long.contains(" more findings"), "{long}");
}

/// What would stand in a message for a hostile text.
#[track_caller]
fn check_inert(hostile: &str, expected: &str) {
    let report = errors(1, hostile);
    let message = message(&report, None);
    assert_eq!((&message["mrkdwn"], &message["parse"]), (&Value::from(false), &Value::from("none")));
    for block in message["blocks"].as_array().expect("blocks") {
        let text = text(block);
        // Of a plain text Slack shows every character but the three entities as it is.
        assert_eq!((&text["type"], &text["emoji"]), (&Value::from("plain_text"), &Value::from(false)), "{block}");
    }
    let page = page(&report, None);
    assert!(page.contains(&format!("0{expected}\n")), "{page}");
    assert!(page.contains(&format!("help: {expected}\n")), "{page}");
    assert!(!page.contains(['<', '>']) && !message["text"].as_str().expect("a text").contains(['<', '>']));
}

#[test]
fn no_word_becomes_a_link_a_mention_or_formatting() {
    check_inert("<!channel> all is well", "&lt;!channel&gt; all is well");
    check_inert("<@U024BE7LH>", "&lt;@U024BE7LH&gt;");
    check_inert("<https://evil.example|log in>", "&lt;https://evil.example|log in&gt;");
    check_inert("&lt;!here&gt;", "&amp;lt;!here&amp;gt;");
    check_inert("*bold* _it_ ~no~ `code` :skull:", "*bold* _it_ ~no~ 'code' :skull:");
    check_inert("one\n> quoted\r\n```x```", "one &gt; quoted  '''x'''");
    check_inert("\u{202e}desrever\u{1b}[31m", "\u{fffd}desrever␛[31m");
}
