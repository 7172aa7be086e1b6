//! How the settings are read.

use comfycheck_check_nodes::requirements::Requirements;
use serde_json::{Value, json};

fn read(settings: Value) -> Result<String, String> {
    let required: Requirements = serde_json::from_value(settings).map_err(|err| err.to_string())?;
    let packs = required.packs.iter().map(|pack| format!("{} {}\n", pack.name, pack.version));
    Ok(packs.chain(required.comfyui.map(|version| format!("comfyui {version}\n"))).collect())
}

#[track_caller]
fn check(settings: Value, expected: &str) {
    assert_eq!(read(settings).expect("settings"), expected);
}

#[test]
fn requirements_are_versions_commits_or_any() {
    check(json!({}), "");
    check(
        json!({ "packs": { "b": " >=1.0,<2", "a": "*", "c": "022C873" }, "comfyui": "0.33" }),
        "a `*`\nb `>=1.0, <2`\nc commit `022c873`\ncomfyui ^0.33\n",
    );
}

#[test]
fn the_enabled_packs_of_a_snapshot_are_required_exactly() {
    let recorded: Value = serde_json::from_str(include_str!("../recorded/snapshot.json")).expect("a snapshot");
    check(
        json!({ "snapshot": recorded }),
        "https://github.com/ClownsharkBatwing/RES4LYF commit `022c873c6d198c67b3312a1804336533a050df18`\n",
    );
    let snapshot = json!({
        "comfyui": null,
        "git_custom_nodes": {
            "https://github.com/o/off": { "hash": "022c873c6d198c67b3312a1804336533a050df18", "disabled": true },
            "https://github.com/ltdrdata/ComfyUI-Manager": { "hash": "022c873c6d198c67b3312a1804336533a050df18" },
            "https://github.com/o/a.git": { "hash": "unknown" },
        },
        "cnr_custom_nodes": { "b": "1.1.0", "c": "nightly" },
    });
    check(json!({ "snapshot": snapshot }), "https://github.com/o/a.git `*`\nb `=1.1.0`\nc `*`\n");
    check(json!({ "snapshot": snapshot, "packs": { "A": "1", "o/B": "*" } }), "A `^1`\no/B `*`\nc `*`\n");
}

#[test]
fn invalid_settings_are_refused_with_the_key() {
    let errors = [
        ("version of a pack", json!({ "packs": { "RES4LYF": "latest" } })),
        ("version of ComfyUI", json!({ "comfyui": ">=x" })),
        ("unknown key", json!({ "pack": {} })),
    ]
    .map(|(name, settings)| format!("{name}: {}", read(settings).expect_err(name)));
    let errors = errors.join("\n");
    insta::assert_snapshot!(errors);
}
