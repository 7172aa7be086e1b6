//! Packs that the settings require.

use crate::{pack, res4lyf};
use comfycheck_check_nodes::requirements::Requirements;
use comfycheck_check_nodes::rules::packs::{self, KnownPacks};
use comfycheck_sdk::Answer;
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::testing::facts;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// `folders`: the packs that installed classes come from.
fn answer(required: &Value, listed: Result<&[Pack], &Error>, folders: Option<&[&str]>) -> Answer {
    let required: Requirements = serde_json::from_value(json!({ "packs": required })).expect("settings");
    let folders: Option<BTreeSet<String>> =
        folders.map(|folders| folders.iter().map(|&folder| folder.into()).collect());
    packs::check_packs(&required.packs, &KnownPacks { listed, folders: folders.as_ref() })
}

/// What is said of the pack `p`, of which the manager lists a version.
fn version(required: &str, listed: &str) -> Answer {
    answer(&json!({ "p": required }), Ok(&[pack("p", listed)]), None)
}

#[test]
fn a_pack_is_found_by_folder_registry_id_or_repository() {
    let registry = Pack { registry_id: Some("res4lyf".into()), ..pack("some-folder", "1.1.0") };
    for name in ["res4lyf", "RES4LYF", "ClownsharkBatwing/RES4LYF", "https://github.com/clownsharkbatwing/RES4LYF.git/"]
    {
        for listed in [res4lyf(), registry.clone()] {
            let none: Vec<String> = Vec::new();
            assert_eq!(facts(&answer(&json!({ name: "*" }), Ok(&[listed]), None)), none, "{name}");
        }
    }
}

#[test]
fn a_required_pack_must_be_installed_and_enabled() {
    let disabled = Pack { enabled: false, ..pack("p@1_0_0", "1.0.0") };
    let two = [disabled.clone(), pack("P", "1.1.0")];
    assert_answers!([
        (
            "another owner",
            answer(&json!({ "another/RES4LYF": "*" }), Ok(&[res4lyf()]), Some(&[])),
            &["missing-pack: pack another/RES4LYF"],
        ),
        (
            "neither listed nor seen by its classes",
            answer(&json!({ "a": ">=1", "b": "*" }), Ok(&[res4lyf()]), Some(&["RES4LYF"])),
            &["missing-pack: pack a", "missing-pack: pack b"],
        ),
        ("disabled", answer(&json!({ "p": "=1.0.0" }), Ok(&[disabled]), None), &["disabled-pack: pack p@1_0_0"]),
        ("an enabled one beside it", answer(&json!({ "p": "=1.1.0" }), Ok(&two), None), &[]),
    ]);
}

#[test]
fn a_pack_must_have_the_required_version_or_commit() {
    const COMMIT: &str = "022c873c6d198c67b3312a1804336533a050df18";
    assert_answers!([
        ("version in range", version(">=1.0, <2", "1.1.0"), &[]),
        ("short version", version("1", "v1.2\n"), &[]),
        ("newer version", version(">=1.0, <2", "2.0.0"), &["pack-version: pack p"]),
        ("older version", version("=1.1.0", "1.0.0"), &["pack-version: pack p"]),
        ("short commit required", version("022C873C", "022c873c6d198c67b3312a1804336533a050df18\n"), &[]),
        ("short commit installed", version(COMMIT, "022c873"), &[]),
        ("another commit", version("20e1750", COMMIT), &["pack-version: pack p"]),
        ("commit against version", version(">=1.0", COMMIT), &["pack-version?"]),
        ("version against commit", version("022c873", "1.1.0"), &["pack-version?"]),
    ]);
}

#[test]
fn a_version_that_cannot_be_read_matters_only_where_one_is_required() {
    for unknown in ["", "unknown", "nightly", " \n"] {
        assert_eq!(facts(&version("1", unknown)), ["pack-version?"], "{unknown}");
        assert_eq!(facts(&version("*", unknown)), [""; 0], "{unknown}");
    }
    assert_answers!([("unknown", version("1", "unknown"), &["pack-version?"])]);
}

#[test]
fn a_pack_that_the_manager_does_not_list_may_be_seen_by_its_classes() {
    let not_offered = Error::NotOffered("ComfyUI-Manager is not installed".into());
    let three = json!({ "a": ">=1", "b": "*", "c": "1" });
    let res4lyf = |required: &str| answer(&json!({ "RES4LYF": required }), Ok(&[]), Some(&["res4lyf"]));
    assert_answers!([
        ("any version", res4lyf("*"), &[]),
        ("a certain version", res4lyf(">=1.0"), &["pack-version?"]),
        ("classes unknown", answer(&json!({ "a": "*" }), Ok(&[]), None), &["missing-pack?"]),
        (
            "no manager, one seen by its classes",
            answer(&three, Err(&not_offered), Some(&["c"])),
            &["missing-pack?", "pack-version?"],
        ),
    ]);
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
