//! Nodes whose class is not installed, and the version of ComfyUI.

use crate::{classes, pack, res4lyf, workflow};
use comfycheck_check_nodes::rules::{self, InstalledClasses};
use comfycheck_sdk::Answer;
use comfycheck_sdk::inventory::{Error, Pack};
use std::collections::BTreeSet;

const RECORDED: &str = include_str!("../recorded/node_replacements.json");

fn answer(replaced: &[(&str, &str)], installed: &BTreeSet<String>, packs: Option<&[Pack]>) -> Answer {
    let replacements = rules::parse_replacements(RECORDED);
    let installed = InstalledClasses { classes: installed, replacements: Some(&replacements), packs };
    rules::missing_nodes(&workflow(replaced), &installed)
}

fn without(missing: &[&str]) -> BTreeSet<String> {
    classes().into_iter().filter(|class| !missing.contains(&class.as_str())).collect()
}

#[test]
fn each_missing_class_is_one_finding_about_its_nodes() {
    let all = classes();
    assert_answers!([
        ("nothing missing", answer(&[], &all, None), &[]),
        (
            "similar classes are installed",
            answer(&[("ClownsharKSampler_Beta", "ClownsharKSampler_Alpha")], &all, None),
            &["missing-node: node 9"],
        ),
        (
            "two classes, one of two nodes, one with a line break",
            answer(&[("\"CLIPTextEncode\"", "\"Nope A\""), ("\"SaveImage\"", "\"Nope\\nB\"")], &all, None),
            &["missing-node: node 4, node 5", "missing-node: node 11"],
        ),
    ]);
}

#[test]
fn a_file_without_classes_and_inputs_is_left_to_the_check_of_workflows() {
    for (file, expected) in [
        (r#"{"input": {"text": "a cat"}}"#, true),
        (r#"{"input": {"workflow": {"1": {"class_type": "SaveImage"}}}}"#, true),
        (r#"{"1": {"inputs": {"UNKNOWN": 5}}}"#, false),
        (r#"{"1": {"class_type": "SaveImage"}, "2": {}}"#, false),
    ] {
        let workflow = comfycheck_sdk::Workflow::parse(file).expect("an object of objects");
        assert_eq!(rules::has_no_nodes(&workflow), expected, "{file}");
    }
}

#[test]
fn help_names_the_origin_of_a_class_where_it_is_known() {
    let bare = without(&["ClownsharKSampler_Beta"]);
    let missing: &[&str] = &["missing-node: node 9"];
    let packs = |pack: Pack| answer(&[], &bare, Some(&[pack]));
    assert_answers!([
        ("packs not listed", answer(&[], &bare, None), missing),
        ("pack not installed", packs(pack("other", "1.0.0")), missing),
        ("pack installed", packs(res4lyf()), missing),
        ("pack disabled", packs(Pack { enabled: false, ..res4lyf() }), missing),
        ("class of ComfyUI", answer(&[], &without(&["BetaSamplingScheduler"]), None), &["missing-node: node 7"]),
    ]);
}

#[test]
fn a_class_that_comfyui_replaces_is_missing_only_without_its_replacement() {
    let replaced = &[("\"VAELoader\"", "\"T2IAdapterLoader\"")];
    let bare = without(&["ControlNetLoader", "DiffControlNetLoader"]);
    let installed = InstalledClasses { classes: &classes(), replacements: None, packs: None };
    assert_answers!([
        ("replacement installed", answer(replaced, &classes(), None), &[]),
        ("replacement not installed", answer(replaced, &bare, None), &["missing-node: node 3"]),
        ("replacements unknown", rules::missing_nodes(&workflow(replaced), &installed), &["missing-node?"]),
    ]);
}

#[test]
fn malformed_replacements_are_empty() {
    for json in ["", "[]", "{\"a\": 1}", "{\"a\": [{}, 2, {\"new_node_id\": 3}]}"] {
        assert_eq!(rules::parse_replacements(json).into_values().flatten().count(), 0, "{json}");
    }
}

#[test]
fn a_node_without_a_class_is_an_error_and_no_missing_class() {
    let without = &[("\"class_type\": \"VAEDecode\",", "")];
    let nodes = rules::nodes_without_class(&workflow(without)).into_iter().collect();
    assert_answers!([
        ("the node", nodes, &["node-without-class: node 10"]),
        ("its class", answer(without, &classes(), None), &[]),
    ]);
}

#[test]
fn comfyui_must_have_the_required_version() {
    let version = |required: &str, running: Result<Option<&str>, &Error>| {
        rules::comfyui_version(&required.parse().expect("a requirement"), running)
    };
    let not_offered = Error::NotOffered("no ComfyUI is configured".into());
    let simulated = Error::NotOffered("the scenario serves no ComfyUI".into());
    assert_answers!([
        ("release", version(">=0.14.1", Ok(Some("0.33.0"))), &[]),
        ("build after a release", version("=0.3.64", Ok(Some("v0.3.64-12-gabc1234\n"))), &[]),
        ("older", version(">=0.33", Ok(Some("0.18.1"))), &["comfyui-version"]),
        ("not reported", version("*", Ok(None)), &["comfyui-version?"]),
        ("not a version", version("*", Ok(Some("nightly"))), &["comfyui-version?"]),
        ("no inventory", version("*", Err(&not_offered)), &["comfyui-version?"]),
        ("a simulation", version("*", Err(&simulated)), &["comfyui-version?"]),
    ]);
}
