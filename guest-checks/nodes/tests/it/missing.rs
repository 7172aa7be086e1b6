//! Nodes whose class is not installed, and the version of ComfyUI.

use crate::{classes, pack, res4lyf, told, workflow};
use comfycheck_check_nodes::rules::{self, Installed};
use comfycheck_sdk::inventory::{Error, Pack};
use std::collections::BTreeSet;

const RECORDED: &str = include_str!("../recorded/node_replacements.json");

#[track_caller]
fn check(replaced: &[(&str, &str)], installed: &BTreeSet<String>, packs: Option<&[Pack]>, expected: &str) {
    let replacements = rules::parse_replacements(RECORDED);
    let installed = Installed { classes: installed, replacements: Some(&replacements), packs };
    assert_eq!(told(&rules::missing_nodes(&workflow(replaced), &installed)), expected);
}

fn without(missing: &[&str]) -> BTreeSet<String> {
    classes().into_iter().filter(|class| !missing.contains(&class.as_str())).collect()
}

#[test]
fn a_workflow_whose_classes_are_all_installed_is_fine() {
    check(&[], &classes(), None, "");
}

#[test]
fn a_missing_class_is_named_with_its_node_and_the_nearest_class() {
    check(
        &[("ClownsharKSampler_Beta", "ClownsharKSampler_Alpha")],
        &classes(),
        None,
        "missing-node: class `ClownsharKSampler_Alpha` of node `9` (`ClownsharKSampler`) is not installed; \
         the nearest installed: `ClownsharKSampler_Beta`, `ClownsharKSampler` and `ClownsharKSamplerGuide` [node 9]\n\
         help: install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n",
    );
}

#[test]
fn all_missing_classes_are_named_and_nodes_of_one_class_share_a_finding() {
    check(
        &[("\"CLIPTextEncode\"", "\"Nope A\""), ("\"SaveImage\"", "\"Nope\\nB\"")],
        &classes(),
        None,
        "missing-node: class `Nope A` of nodes `4` and `5` is not installed [node 4, node 5]\n\
         help: install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n\
         missing-node: class `Nope B` of node `11` (`Save Image`) is not installed [node 11]\n\
         help: install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n",
    );
}

#[test]
fn the_origin_of_a_class_is_named_where_it_is_known() {
    let bare = without(&["ClownsharKSampler_Beta", "Sigmas Rescale"]);
    let missing = |help: &str| {
        format!(
            "missing-node: class `Sigmas Rescale` of node `8` is not installed [node 8]\nhelp: {help}\n\
             missing-node: class `ClownsharKSampler_Beta` of node `9` (`ClownsharKSampler`) is not installed [node 9]\n\
             help: {help}\n"
        )
    };
    let install = "install the pack `RES4LYF`, which provides it, and rebuild the worker's image";
    check(&[], &bare, None, &missing(install));
    check(&[], &bare, Some(&[pack("other", "1.0.0")]), &missing(install));
    check(
        &[],
        &bare,
        Some(&[res4lyf()]),
        &missing(
            "look for `IMPORT FAILED` in the worker's start-up log: the pack `RES4LYF`, which provides it, is installed but \
             was not loaded, or is too old",
        ),
    );
    check(
        &[],
        &bare,
        Some(&[Pack { enabled: false, ..res4lyf() }]),
        &missing("enable the pack `RES4LYF`, which provides it"),
    );
    check(
        &[],
        &without(&["BetaSamplingScheduler"]),
        None,
        "missing-node: class `BetaSamplingScheduler` of node `7` is not installed [node 7]\n\
         help: update ComfyUI in the worker's image: the class is part of ComfyUI itself\n",
    );
}

#[test]
fn a_class_that_comfyui_replaces_is_not_missing() {
    check(&[("\"VAELoader\"", "\"T2IAdapterLoader\"")], &classes(), None, "");
    // A replacement helps only if it is installed.
    check(
        &[("\"VAELoader\"", "\"T2IAdapterLoader\"")],
        &without(&["ControlNetLoader", "DiffControlNetLoader"]),
        None,
        "missing-node: class `T2IAdapterLoader` of node `3` (`Load VAE`) is not installed [node 3]\n\
         help: install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n",
    );
}

#[test]
fn whether_a_class_is_replaced_stays_open_where_it_cannot_be_asked() {
    let workflow = workflow(&[("\"VAELoader\"", "\"T2IAdapterLoader\"")]);
    let installed = Installed { classes: &classes(), replacements: None, packs: None };
    assert_eq!(
        told(&rules::missing_nodes(&workflow, &installed)),
        "open missing-node: class `T2IAdapterLoader` is not installed, and whether ComfyUI replaces it could not be asked\n\
         help: take samples, or give the suite's deployment a ComfyUI server or a saved `object-info`\n"
    );
}

#[test]
fn replacements_that_are_none_are_read_as_none() {
    for json in ["", "[]", "{\"a\": 1}", "{\"a\": [{}, 2, {\"new_node_id\": 3}]}"] {
        assert_eq!(rules::parse_replacements(json).into_values().flatten().count(), 0, "{json}");
    }
}

#[test]
fn a_node_without_a_class_is_told_by_the_workflow_alone() {
    let workflow = workflow(&[("\"class_type\": \"VAEDecode\",", "")]);
    let answer = rules::nodes_without_class(&workflow).into_iter().collect();
    assert_eq!(
        told(&answer),
        "node-without-class: node `10` (`VAE Decode`) has no `class_type` [node 10]\n\
         help: export the workflow again from a ComfyUI that has the node's pack installed\n"
    );
    // It has no class that could be missing.
    check(&[("\"class_type\": \"VAEDecode\",", "")], &classes(), None, "");
}

#[track_caller]
fn check_comfyui(required: &str, running: Result<Option<&str>, &Error>, expected: &str) {
    let required = required.parse().expect("a requirement");
    assert_eq!(told(&rules::comfyui_version(&required, running)), expected);
}

#[test]
fn comfyui_must_have_the_required_version() {
    check_comfyui(">=0.14.1", Ok(Some("0.33.0")), "");
    check_comfyui("=0.3.64", Ok(Some("v0.3.64-12-gabc1234\n")), "");
    check_comfyui(
        ">=0.33",
        Ok(Some("0.18.1")),
        "comfyui-version: the deployment runs ComfyUI `0.18.1`, and the settings require `>=0.33` []\n\
         help: build the worker's image with such a version of ComfyUI\n",
    );
}

#[test]
fn a_version_of_comfyui_that_is_not_told_is_an_open_question() {
    let unread = "open comfyui-version: cannot tell the version of ComfyUI: it does not say one that can be read\n";
    check_comfyui("*", Ok(None), unread);
    check_comfyui("*", Ok(Some("nightly")), unread);
    check_comfyui(
        "*",
        Err(&Error::NotOffered("no source offers it".into())),
        "open comfyui-version: cannot tell the version of ComfyUI: no source offers it\n\
         help: give the suite's deployment the address of a ComfyUI server\n",
    );
}
