//! Scenarios that are refused: the place in the tests, words in snapshots.

use comfycheck_core::text::TextFile;
use comfycheck_simulator::scenario::{Scenario, bundled};

/// Refuses each text at a place, `line:column`; empty where the error has none. A snapshot holds the words.
#[track_caller]
fn check(snapshot: &str, cases: &[(&str, &str)]) {
    let mut words = Vec::new();
    for (text, place) in cases {
        let file = TextFile { path: "s.toml".to_owned(), text: (*text).to_owned() };
        let refused = Scenario::parse(&file).unwrap_err();
        let line = refused.to_string();
        let place = if place.is_empty() { String::new() } else { format!("s.toml:{place}: ") };
        assert!(line.starts_with(&place) && (!place.is_empty() || !line.starts_with("s.toml")), "{text}: {line}");
        let help = refused.help.map(|help| format!("\n  help: {help}")).unwrap_or_default();
        words.push(format!("{text}\n{line}{help}\n"));
    }
    insta::assert_snapshot!(snapshot, words.join("\n"));
}

#[test]
fn an_unknown_key_or_value_is_refused_with_its_place_and_a_suggestion() {
    check(
        "unknown_word",
        &[
            ("sed = 3", "1:1"),
            ("seed = 1\n[workers]\nredy = 3", "3:1"),
            ("[[faults]]\nkind = \"reset\"\n\n[[faults]]\nkind = \"reset\"\nshar = 0.5", "6:1"),
            ("[workers]\nfate = \"crash\"", "2:8"),
        ],
    );
}

#[test]
fn a_wrong_type_and_broken_syntax_are_refused_with_their_place() {
    check(
        "wrong_type",
        &[("[workers]\nready = \"two\"", "2:9"), ("[workers]\nstart-s = \"soon\"", "2:11"), ("seed = ", "1:8")],
    );
}

#[test]
fn a_span_out_of_range_or_order_is_refused_with_its_place() {
    check(
        "span",
        &[
            ("workers.start-s = -1", "1:19"),
            ("workers.start-s = inf", "1:19"),
            ("workers.start-s = { low = 3, high = 1 }", "1:19"),
            ("workers.start-s = { low = 3 }", "1:19"),
            ("workers.start-s = { lo = 3 }", "1:19"),
        ],
    );
}

#[test]
fn values_out_of_range_and_contradictions_are_refused() {
    let volume = |id: &str, center: &str| format!("[[volumes]]\nid = \"{id}\"\ndata-center = \"{center}\"\n");
    check(
        "contradiction",
        &[
            ("[[jobs]]\ndoes = \"hangs\"\nshare = 2.0", ""),
            ("workers.kinds = [{ slowness = 0.0 }]", ""),
            ("date = \"today\"", ""),
            ("[endpoint]\nworkers-min = 4", ""),
            ("[endpoint]\nworkers-max = 1001", ""),
            ("[workers]\nready = 4", ""),
            (&volume("a b/c", "EU-RO-1"), ""),
            (&volume("vol", "EU-RO-1").repeat(2), ""),
            (&volume("vol", "x.y"), ""),
            ("[[faults]]\nkind = \"reset\"\nstatus = 500", ""),
            ("[[faults]]\nkind = \"status\"\nstatus = 600", ""),
            ("[[faults]]\nkind = \"silence\"\nwhen = \"before\"", ""),
        ],
    );
}

#[test]
fn an_unknown_scenario_is_refused_with_a_suggestion() {
    let refused = bundled("helthy").unwrap_err();
    let help = refused.help.as_deref().unwrap_or_default();
    assert!(help.contains("`healthy`"), "{help}");
    insta::assert_snapshot!("unknown_scenario", format!("{refused}\n  help: {help}\n"));
}
