//! Workflows: what is refused, what is submitted for a sample, and where nodes stand.

use crate::wording::{Case, problem, refused, wording};
use comfycheck_core::diagnostic::Refusal;
use comfycheck_core::money::Budget;
use comfycheck_core::suite::{Patience, Sampling, Submit};
use comfycheck_core::text::TextFile;
use comfycheck_core::workflow::Workflow;
use comfycheck_core::workflow::{NodeInput, Variation};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::num::NonZeroU32;

fn file(text: &str) -> TextFile {
    TextFile { path: "workflow.json".into(), text: text.into() }
}

#[track_caller]
fn refused_workflows(cases: &[Case<'_>]) -> String {
    refused(cases, |text| Workflow::parse(file(text)).expect_err("a refused workflow").into())
}

#[test]
fn a_file_that_is_not_json_is_refused_at_its_place() {
    let deep = format!("{{\"3\": {}", "[".repeat(1_000_000));
    let text = refused_workflows(&[
        ("empty", " \n", &["not-a-workflow 1:1"]),
        ("a comma is missing", "{\"3\": {\"class_type\": \"KSampler\"\n  \"inputs\": {}}}", &["syntax 1:32"]),
        ("cut off", "{\"3\": {\"class_type\": \"KSam", &["syntax 1:27"]),
        ("a bare NaN", "{\"3\": {\"inputs\": {\"cfg\": NaN}}}", &["syntax 1:26 NaN"]),
        ("a bare Infinity", "{\"3\": {\"inputs\": {\"cfg\": -Infinity}}}", &["syntax 1:26 -Infinity"]),
        ("not UTF-8", "{\"3\": {\"text\": \"\u{fffd}", &["syntax 1:17 \u{fffd}"]),
        ("nested without end", &deep, &["too-large 1:133 ["]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_slip_of_the_author_is_named_with_its_correction() {
    let node = |inputs: &str| format!("{{\n  \"3\": {{\"inputs\": {{{inputs}}}, \"class_type\": \"A\"}}\n}}");
    let cases: [(&str, String, &str); 36] = [
        ("a comma before the end of an object", node("\"a\": 1,"), "2:26 ,"),
        ("a comma before the end of a list", node("\"a\": [\"4\", 0,]"), "2:32 ,"),
        ("no comma between members", node("\"a\": 1 \"b\": 2"), "2:26"),
        ("no comma between items", node("\"a\": [\"4\" 0]"), "2:29"),
        ("two commas", node("\"a\": 1,, \"b\": 2"), "2:27 ,"),
        ("a comma in a number", node("\"a\": 8,5, \"b\": 2"), "2:27 5"),
        ("a semicolon", node("\"a\": 1; \"b\": 2"), "2:26 ;"),
        ("no colon", node("\"a\" 1"), "2:24 1"),
        ("no value", node("\"a\": , \"b\": 2"), "2:25 ,"),
        ("single quotes around a key", node("'a': 1"), "2:20 '"),
        ("single quotes around a value", node("\"a\": 'b'"), "2:25 '"),
        ("typographic quotes", node("\"a\": “b”"), "2:25 “"),
        ("no quotes around a key", node("a: 1"), "2:20 a"),
        ("no quotes around a value", node("\"a\": euler"), "2:25 euler"),
        ("a quote inside a string", node("\"a\": \"a \"big\" cat\""), "2:29 big"),
        ("a string without an end", node("\"a\": \"b,\n \"c\": 1"), "2:28"),
        ("a line break in a string", node("\"a\": \"b\nc\""), "2:27"),
        ("a tab in a string", node("\"a\": \"b\tc\""), "2:27"),
        ("a NUL in a string", node("\"a\": \"b\0c\""), "2:27 \0"),
        ("a folder of Windows", node("\"a\": \"SD\\v1.safetensors\""), "2:28 \\"),
        ("a folder that begins with u", node("\"a\": \"SD\\user\""), "2:28 \\"),
        ("half of a character", node("\"a\": \"\\ud83d \""), "2:26 \\"),
        ("a word of Python", node("\"a\": True"), "2:25 True"),
        ("a word that begins as JSON's", node("\"a\": nul"), "2:25 nul"),
        ("a number with a zero before it", node("\"a\": -042"), "2:25 -042"),
        ("a number that ends in a point", node("\"a\": 8."), "2:25 8."),
        ("a number that begins with a point", node("\"a\": .8"), "2:25 .8"),
        ("a number with a plus sign", node("\"a\": +8"), "2:25 +"),
        ("a number in hexadecimal", node("\"a\": 0x2a"), "2:25 0x2a"),
        ("a number that is too large", node("\"a\": 1e999"), "2:25 1e999"),
        ("a placeholder", node("\"a\": {{seed}}"), "2:26 {"),
        ("a comment", node("\"a\": 1, // b\n\"c\": 1"), "2:28 /"),
        ("a merge conflict", format!("{{\n<<<<<<< HEAD\n{}", node("")), "2:1 <"),
        ("the wrong bracket", node("\"a\": [1}"), "2:27 }"),
        ("a bracket too many", node("") + "}\n", "3:2 }"),
        ("a workflow that ends too early", node("}}").replace("\"class_type\"", "\"x\""), "2:23 ,"),
    ];
    let files = [
        ("a second workflow", node("") + "\n{}", "4:1 {"),
        ("a page of HTML", "<!DOCTYPE html>\n<html></html>".to_owned(), "1:1 <"),
        ("a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\n".to_owned(), "1:1 version"),
        ("a fence of Markdown", format!("```json\n{}\n```", node("")), "1:1 `"),
        ("code around it", format!("const workflow = {};", node("")), "1:1 const"),
    ];
    let cases = cases.into_iter().chain(files);
    let cases: Vec<_> = cases.map(|(name, text, place)| (name, text, format!("syntax {place}"))).collect();
    let places: Vec<[&str; 1]> = cases.iter().map(|(.., place)| [place.as_str()]).collect();
    let cases: Vec<Case<'_>> =
        cases.iter().zip(&places).map(|((name, text, _), place)| (*name, text.as_str(), &place[..])).collect();
    assert_snapshot!(refused_workflows(&cases));
}

#[test]
fn any_cut_and_any_change_of_a_workflow_is_refused_without_a_panic() {
    let text = "{\n \"3\": {\"inputs\": {\"a\": -1.5e3, \"é\": [\"\\ud83d\\ude00\", null, true]}}\n}";
    for (at, char) in text.char_indices() {
        let rest = &text[at + char.len_utf8()..];
        for with in ["", "\"", ",", "}", "\\", "\n", "é", "-", "\u{fffd}x", "0", "N", "“"] {
            let changed = format!("{}{with}{rest}", &text[..at]);
            if let Err(refused) = Workflow::parse(file(&changed)) {
                assert!(!refused.what.is_empty() && refused.excerpt.is_some(), "{changed}");
            }
        }
        assert!(Workflow::parse(file(&text[..at])).is_err(), "cut at {at}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let large = " ".repeat(17 * 1024 * 1024);
    let text = refused_workflows(&[("17 MiB", &large, &["too-large 1:1"])]);
    assert_snapshot!(text);
    let largest = " ".repeat(16 * 1024 * 1024);
    let refusal = Refusal::from(Workflow::parse(file(&largest)).expect_err("an empty file"));
    assert_eq!(problem(&refusal.diagnostics[0], &largest), "not-a-workflow 1:1", "16 MiB are read");
}

#[test]
fn json_of_another_format_is_refused_with_what_to_do() {
    let text = refused_workflows(&[
        ("an array", "[1, 2]", &["not-a-workflow 1:1 ["]),
        ("no nodes", "{}", &["not-a-workflow 1:1 {"]),
        (
            "the editor's format",
            "{\n  \"last_node_id\": 9,\n  \"nodes\": [],\n  \"links\": []\n}",
            &["not-a-workflow 3:3 nodes"],
        ),
        (
            "a member that is a number",
            "{\"3\": {\"class_type\": \"A\"}, \"version\": 0.4}",
            &["not-a-workflow 1:28 version"],
        ),
        ("inputs that are an array", "{\"3\": {\"class_type\": \"A\", \"inputs\": []}}", &["not-a-workflow 1:2 3"]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_node_without_class_and_inputs_is_left_to_the_checks() {
    let workflow = Workflow::parse(file(r#"{"prompt": {"class_type": "A"}, "10": {}, "9": {}}"#)).expect("a workflow");
    assert_eq!(workflow.nodes().keys().collect::<Vec<_>>(), ["prompt", "10", "9"]);
}

const KSAMPLER: &str = r#"{
  "10": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "cfg": 1.0499999523162842, "steps": 8}},
  "4": {
    "class_type": "CLIPTextEncode", "inputs": {
      "text": "a \"quoted\" tram",
      "clip": ["2", 0]
    }
  },
  "57:3": {"class_type": "Noise", "inputs": {"noise_seed": 5, "seed": ["10", 0]}}
}"#;

#[track_caller]
fn check_place(node: &str, input: Option<&str>, expected: Option<&str>) {
    let workflow = Workflow::parse(file(KSAMPLER)).expect("a workflow");
    assert_eq!(workflow.place_of(node, input).map(|place| place.to_string()).as_deref(), expected);
}

#[test]
fn nodes_and_inputs_have_their_place() {
    check_place("10", None, Some("2:3"));
    check_place("4", None, Some("3:3"));
    check_place("4", Some("clip"), Some("6:7"));
    check_place("57:3", Some("seed"), Some("9:63"));
    check_place("4", Some("title"), None);
    check_place("11", None, None);
}

fn sampling(variations: &[(&str, &str, &[Value])]) -> Sampling {
    Sampling {
        submit: Submit::Run,
        rate_limit: None,
        samples: 3,
        concurrency: NonZeroU32::MIN,
        variations: variations
            .iter()
            .map(|(node, input, values)| Variation { input: input_of(node, input), values: values.to_vec() })
            .collect(),
        seed_inputs: None,
        seed: None,
        patience: Patience::default(),
        budget: Budget::default(),
        share: None,
    }
}

fn input_of(node: &str, input: &str) -> NodeInput {
    NodeInput { node: node.into(), input: input.into() }
}

#[track_caller]
fn check_varied(sampling: &Sampling, index: u32, expected: &str, seed: Option<u64>) {
    let workflow = Workflow::parse(file(KSAMPLER)).expect("a workflow");
    let varied = workflow.vary(&sampling.variations, sampling.seed_inputs.as_deref()).expect("its inputs");
    let (text, seeded) = varied.sample(7, index);
    assert_eq!((text.to_string().as_str(), seeded), (expected, seed));
}

#[test]
fn a_sample_takes_its_turn_of_each_variation_and_its_seed_and_keeps_all_else() {
    let texts = [json!("one"), json!("two")];
    let sampling = sampling(&[("4", "text", &texts), ("10", "steps", &[json!(4)])]);
    let expected = r#"{"10":{"class_type":"KSampler","inputs":{"seed":7,"cfg":1.0499999523162842,"steps":4}},"4":{"class_type":"CLIPTextEncode","inputs":{"text":"one","clip":["2",0]}},"57:3":{"class_type":"Noise","inputs":{"noise_seed":7,"seed":["10",0]}}}"#;
    check_varied(&sampling, 0, expected, Some(7));
    check_varied(&sampling, 1, &expected.replace("one", "two"), Some(7));
    check_varied(&sampling, 2, expected, Some(7));
}

#[test]
fn without_inputs_for_it_no_seed_is_set_and_numbers_survive() {
    let mut without = sampling(&[]);
    without.seed_inputs = Some(Vec::new());
    let as_it_stands = serde_json::from_str::<Value>(KSAMPLER).expect("JSON").to_string();
    assert!(as_it_stands.contains("18446744073709551615") && as_it_stands.contains("1.0499999523162842"));
    check_varied(&without, 0, &as_it_stands, None);
}

#[test]
fn a_seed_of_a_linked_primitive_is_set_there() {
    let workflow = |number: Value, steps: Value, held: Value| {
        json!({"1": {"class_type": "PrimitiveInt", "inputs": held}, "3": {"class_type": "KSampler", "inputs": {"seed": number, "steps": steps}},
            "4": {"class_type": "Noise", "inputs": {"noise_seed": ["1", 0]}}})
    };
    let link = || json!(["1", 0]);
    let rows = [
        (workflow(link(), json!(20), json!({"value": 5})), json!({"value": 7}), Some(7)),
        (
            workflow(link(), json!(20), json!({"value": 5, "control_after_generate": "randomize"})),
            json!({"value": 7, "control_after_generate": "randomize"}),
            Some(7),
        ),
        // The number also sets the steps.
        (workflow(link(), link(), json!({"value": 5})), json!({"value": 5}), None),
        (workflow(link(), json!(20), json!({"a": 5, "b": 1})), json!({"a": 5, "b": 1}), None),
        (workflow(link(), json!(20), json!({"value": ["9", 0]})), json!({"value": ["9", 0]}), None),
        (workflow(json!(3), json!(20), json!({"value": 5})), json!({"value": 7}), Some(7)),
    ];
    for (source, held, seed) in rows {
        let varied = Workflow::parse(file(&source.to_string())).expect("a workflow").vary(&[], None);
        let (text, seeded) = varied.expect("its inputs").sample(7, 0);
        let varied: Value = serde_json::from_str(&text.to_string()).expect("JSON");
        assert_eq!((&varied["1"]["inputs"], seeded), (&held, seed), "{source}");
    }
}

/// A text of the workflow that looks like a mark of the template stays.
#[test]
fn values_stand_where_they_belong_whatever_the_texts_are() {
    let source = KSAMPLER.replacen("\"cfg\"", "\"gap-0\":\"gap-1\",\"gap--0\":\"gap-0\",\"cfg\"", 1);
    let workflow = Workflow::parse(file(&source)).expect("a workflow");
    let varied =
        [("4", "text", json!("a \"gap-0\" {}")), ("4", "text", json!(["last wins"])), ("10", "steps", json!(null))];
    let variations = varied.each_ref().map(|(node, input, value)| (*node, *input, std::slice::from_ref(value)));
    let varied = workflow.vary(&sampling(&variations).variations, None).expect("its inputs");
    let mut expected: Value = serde_json::from_str(&source).expect("JSON");
    expected["10"]["inputs"]["seed"] = json!(u64::MAX);
    expected["57:3"]["inputs"]["noise_seed"] = json!(u64::MAX);
    expected["4"]["inputs"]["text"] = json!(["last wins"]);
    expected["10"]["inputs"]["steps"] = json!(null);
    assert_eq!(varied.sample(u64::MAX, 3), (expected.to_string().into(), Some(u64::MAX)));
}

#[test]
fn a_variation_of_a_seed_wins_over_the_samples_seed() {
    let mut varied = sampling(&[("10", "seed", &[json!(99)])]);
    varied.seed_inputs = Some(vec![input_of("10", "seed")]);
    let expected = serde_json::from_str::<Value>(&KSAMPLER.replace("18446744073709551615", "99")).expect("JSON");
    check_varied(&varied, 0, &expected.to_string(), None);
}

#[test]
fn an_input_that_the_workflow_does_not_have_is_an_error() {
    let workflow = Workflow::parse(file(KSAMPLER)).expect("a workflow");
    let mut text = String::new();
    for (node, input, key) in
        [("57:4", "text", "node"), ("lighthouse", "text", "node"), ("4", "txt", "input"), ("57:3", "sampler", "input")]
    {
        let unknown =
            workflow.vary(&sampling(&[(node, input, &[json!(1)])]).variations, None).expect_err("an unknown input");
        assert_eq!(unknown.key, key, "{node} {input}");
        let help = unknown.help.unwrap_or_default();
        text += &[&unknown.what, "\n  help: ", &help, "\n"].concat();
    }
    assert_snapshot!(text);
}

#[test]
fn an_integer_beyond_64_bits_is_not_submitted_in_another_form() {
    let text = |seed: &str| format!(r#"{{"3": {{"class_type": "A", "inputs": {{"seed": {seed}}}}}}}"#);
    let refusal = |seed: &str| Workflow::parse(file(&text(seed))).expect("a workflow").not_submittable();
    let wide = "18446744073709551616";
    let diagnostic = refusal(wide).expect("a refusal");
    assert_eq!(problem(&diagnostic, &text(wide)), format!("out-of-range 1:46 {wide}"));
    for fits in ["18446744073709551615", "-9223372036854775808", "1e30"] {
        assert_eq!(refusal(fits), None, "{fits}");
    }
    let text = wording(&diagnostic.into());
    assert_snapshot!(text);
}
