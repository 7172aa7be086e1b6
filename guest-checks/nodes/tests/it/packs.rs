//! Packs that the settings require.

use crate::{pack, res4lyf, told};
use comfycheck_check_nodes::requirements::Requirements;
use comfycheck_check_nodes::rules::packs::{self, KnownPacks};
use comfycheck_sdk::inventory::{Error, Pack};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[track_caller]
fn check(required: &Value, listed: Result<&[Pack], &Error>, folders: Option<&[&str]>, expected: &str) {
    let required: Requirements = serde_json::from_value(json!({ "packs": required })).expect("settings");
    let folders: Option<BTreeSet<String>> =
        folders.map(|folders| folders.iter().map(|&folder| folder.into()).collect());
    let known = KnownPacks { listed, folders: folders.as_ref() };
    assert_eq!(told(&packs::check_packs(&required.packs, &known)), expected);
}

#[test]
fn a_pack_goes_by_folder_registry_id_or_repository() {
    let registry = Pack { registry_id: Some("res4lyf".into()), ..pack("some-folder", "1.1.0") };
    for name in ["res4lyf", "RES4LYF", "ClownsharkBatwing/RES4LYF", "https://github.com/clownsharkbatwing/RES4LYF.git/"]
    {
        check(&json!({ name: "*" }), Ok(&[res4lyf()]), None, "");
        check(&json!({ name: "*" }), Ok(std::slice::from_ref(&registry)), None, "");
    }
    check(
        &json!({ "somebody/RES4LYF": "*" }),
        Ok(&[res4lyf()]),
        Some(&[]),
        "missing-pack: the pack `somebody/RES4LYF` is not installed [pack somebody/RES4LYF]\n\
         help: install the pack and rebuild the worker's image, or take it out of the settings\n",
    );
}

#[test]
fn a_version_meets_the_requirement_or_is_named() {
    let wrong = |found: &str, required: &str| {
        format!(
            "pack-version: the pack `p` is at {found}, and the settings require {required} [pack p]\n\
             help: install the required version, or change the requirement in the settings\n"
        )
    };
    let cases = [
        (">=1.0, <2", "1.1.0", String::new()),
        ("1", "v1.2\n", String::new()),
        (">=1.0, <2", "2.0.0", wrong("version `2.0.0`", "`>=1.0, <2`")),
        ("=1.1.0", "1.0.0", wrong("version `1.0.0`", "`=1.1.0`")),
        ("022C873C", "022c873c6d198c67b3312a1804336533a050df18\n", String::new()),
        ("022c873c6d198c67b3312a1804336533a050df18", "022c873", String::new()),
        ("20e1750", "022c873c6d198c67b3312a1804336533a050df18", wrong("commit `022c873c6d19`", "commit `20e1750`")),
    ];
    for (required, installed, expected) in cases {
        check(&json!({ "p": required }), Ok(&[pack("p", installed)]), None, &expected);
    }
}

#[test]
fn what_cannot_be_compared_is_an_open_question() {
    let compare = "help: require a commit of a pack that was cloned, and a version of one from the registry\n";
    check(
        &json!({ "RES4LYF": ">=1.0" }),
        Ok(&[res4lyf()]),
        None,
        &format!(
            "open pack-version: the pack `RES4LYF` is at commit `022c873c6d19`, which cannot be held against `>=1.0`\n{compare}"
        ),
    );
    check(
        &json!({ "p": "022c873" }),
        Ok(&[pack("p", "1.1.0")]),
        None,
        &format!(
            "open pack-version: the pack `p` is at version `1.1.0`, which cannot be held against commit `022c873`\n{compare}"
        ),
    );
    for unknown in ["", "unknown", "nightly", " \n"] {
        check(
            &json!({ "p": "1" }),
            Ok(&[pack("p", unknown)]),
            None,
            "open pack-version: the version of the pack `p` is not known\nhelp: look at the pack's folder in the worker's image\n",
        );
        check(&json!({ "p": "*" }), Ok(&[pack("p", unknown)]), None, "");
    }
}

#[test]
fn a_disabled_pack_is_told_unless_an_enabled_one_has_its_name() {
    let disabled = Pack { enabled: false, ..pack("p@1_0_0", "1.0.0") };
    check(
        &json!({ "p": "=1.0.0" }),
        Ok(std::slice::from_ref(&disabled)),
        None,
        "disabled-pack: the pack `p@1_0_0` is installed but disabled [pack p@1_0_0]\n\
         help: enable the pack, or take it out of the settings\n",
    );
    check(&json!({ "p": "=1.1.0" }), Ok(&[disabled, pack("P", "1.1.0")]), None, "");
}

#[test]
fn a_pack_that_is_not_listed_is_known_by_its_classes() {
    let listed: Result<&[Pack], &Error> = Ok(&[]);
    check(&json!({ "RES4LYF": "*" }), listed, Some(&["res4lyf"]), "");
    check(
        &json!({ "RES4LYF": ">=1.0" }),
        listed,
        Some(&["res4lyf"]),
        "open pack-version: cannot tell of the pack `RES4LYF` its version: ComfyUI-Manager does not list it\n\
         help: install the pack with ComfyUI-Manager or with git, and keep its `.git` folder in the image\n",
    );
}

#[test]
fn a_pack_is_missing_only_where_both_the_list_and_the_classes_are_known() {
    check(
        &json!({ "a": ">=1", "b": "*" }),
        Ok(&[res4lyf()]),
        Some(&["RES4LYF"]),
        "missing-pack: the pack `a` is not installed [pack a]\n\
         help: install the pack and rebuild the worker's image, or take it out of the settings\n\
         missing-pack: the pack `b` is not installed [pack b]\n\
         help: install the pack and rebuild the worker's image, or take it out of the settings\n",
    );
    let copied = "help: install the pack with ComfyUI-Manager or with git, and keep its `.git` folder in the image\n";
    check(
        &json!({ "a": "*" }),
        Ok(&[]),
        None,
        &format!(
            "open missing-pack: cannot tell of the pack `a` whether it is installed: ComfyUI-Manager does not list it\n{copied}"
        ),
    );
    let not_offered = Error::NotOffered("ComfyUI-Manager is not there".into());
    let offer = "help: give the suite's deployment a ComfyUI server with ComfyUI-Manager\n";
    check(
        &json!({ "a": ">=1", "b": "*", "c": "1" }),
        Err(&not_offered),
        Some(&["c"]),
        &format!(
            "open missing-pack: cannot tell of each of the packs `a` and `b` whether it is installed: ComfyUI-Manager is not there\n{offer}\
             open pack-version: cannot tell of each of the packs `a` and `c` its version: ComfyUI-Manager is not there\n{offer}"
        ),
    );
}

#[test]
fn the_folder_of_a_class_is_that_of_its_pack() {
    let folder = |module: &str| packs::folder_of(&json!({ "python_module": module, "input": {} }).to_string());
    assert_eq!(folder("custom_nodes.RES4LYF").as_deref(), Some("RES4LYF"));
    assert_eq!(folder("custom_nodes.My.Dotted Pack").as_deref(), Some("My.Dotted Pack"));
    assert_eq!(folder("nodes"), None);
    assert_eq!(folder("comfy_extras.nodes_flux"), None);
    assert_eq!(packs::folder_of("{}"), None);
}
