//! Any text as a stored report: no panic. One that is read renders in every format, and is written the same again.
#![no_main]

use comfycheck_core::render::{
    LocatedFindings, ReportContext, code_quality, ctrf, discord, github, html, json, junit, junit_gitlab, markdown,
    openmetrics, otlp, read_json, sarif, slack, teams,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(report) = read_json(text) else { return };
    let again = json(&report);
    let read = read_json(&again).expect("what was written is read");
    assert_eq!(json(&read), again);
    let context = ReportContext::default();
    let located = LocatedFindings::of(&report);
    for render in [ctrf, junit, junit_gitlab, openmetrics, otlp] {
        let _ = render(&report);
    }
    for render in [html, markdown] {
        let _ = render(&report, &context);
    }
    for render in [discord, slack, teams] {
        let _ = render(&report, None, &context);
    }
    let _ = (code_quality(&located), sarif(&located), github(&located, None));
});
