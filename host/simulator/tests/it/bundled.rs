//! The scenarios that are built in, and their schema.

use comfycheck_simulator::scenario::{BUNDLED, bundled, schema};
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
        assert!(!scenario.about.is_empty(), "{name} does not say what happens in it");
    }
}

#[test]
fn a_name_that_no_scenario_has_is_refused_with_a_suggestion() {
    let refused = bundled("helthy").unwrap_err();
    assert_eq!(refused.to_string(), "there is no scenario `helthy`");
    assert_eq!(refused.help.as_deref(), Some("did you mean `healthy`?"));
}

#[test]
fn the_schema_file_is_up_to_date() {
    let path = root().join("schemas/scenario.schema.json");
    let expected = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let actual = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "run the tests with BLESS=1 to rewrite schemas/scenario.schema.json");
}
