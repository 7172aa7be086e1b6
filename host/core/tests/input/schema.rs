//! The suite's JSON Schema: up to date, and consistent with the parser.

#![expect(clippy::disallowed_methods, reason = "fixtures are files")]

use comfycheck_core::suite::schema;
use comfycheck_core::violation::{validator, violations};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_schema_file_is_up_to_date() {
    let path = root().join("schemas/suite.schema.json");
    let expected = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &expected).expect("schemas/ can be written");
    }
    let actual = fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "run the tests with BLESS=1 to rewrite schemas/suite.schema.json");
}

#[test]
fn the_schema_is_valid_itself() {
    let meta = jsonschema::draft202012::meta::validator();
    assert!(meta.is_valid(&schema()));
    assert!(validator(&schema()).is_ok());
}

#[test]
fn the_schema_allows_every_suite_of_the_fixtures() {
    let schema = schema();
    let validator = validator(&schema).expect("a schema");
    let folder = fs::read_dir(root().join("fixtures/suites")).expect("fixtures/suites");
    let mut seen = 0;
    for entry in folder {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let suite: toml::Table = fs::read_to_string(&path).expect("a suite").parse().expect("TOML");
            let suite = serde_json::to_value(suite).expect("JSON");
            assert_eq!(violations(&validator, &schema, &suite, "the suite"), [], "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 0);
}
