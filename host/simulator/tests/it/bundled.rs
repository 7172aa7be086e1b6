//! The built-in scenarios, and their schema.

use comfycheck_simulator::scenario::{BUNDLED, bundled, schema};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_scenario_of_the_folder_is_built_in_and_valid() {
    let mut names: Vec<String> = fs::read_dir(root().join("fixtures/scenarios"))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    names.sort();
    assert_eq!(BUNDLED.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    for name in names {
        let scenario = bundled(&name).unwrap_or_else(|refused| panic!("{refused}"));
        assert!(!scenario.about.is_empty(), "{name} has no `about`");
    }
}

#[test]
fn the_schema_file_is_up_to_date() {
    let path = root().join("schemas/scenario.schema.json");
    let expected = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let actual = fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "run the tests with BLESS=1 to rewrite schemas/scenario.schema.json");
}

#[test]
fn the_readme_lists_every_scenario_and_every_key() {
    let readme = fs::read_to_string(root().join("fixtures/scenarios/README.md")).unwrap();
    for (name, _) in BUNDLED {
        let row = format!("| `{name}` | {} |", bundled(name).unwrap().about);
        assert!(readme.contains(&row), "the table of the bundled scenarios lacks: {row}");
    }
    let mut keys = BTreeSet::new();
    collect_keys(&schema(), &mut keys);
    assert!(keys.contains("execution-s") && keys.contains("retry-after-s"), "{keys:?}");
    for key in keys {
        // As a key, as the name of a section, or within an example.
        let named = [format!("`{key}`"), format!("{key}]"), format!("{key} ="), format!("{key}, "), format!(", {key}")];
        assert!(named.iter().any(|named| readme.contains(named)), "the README lacks `{key}`");
    }
}

/// Every name of a property in a schema.
fn collect_keys(schema: &Value, keys: &mut BTreeSet<String>) {
    for (name, value) in schema.as_object().into_iter().flatten() {
        if name == "properties" {
            keys.extend(value.as_object().unwrap().keys().cloned());
        }
        collect_keys(value, keys);
    }
    for item in schema.as_array().into_iter().flatten() {
        collect_keys(item, keys);
    }
}
