//! Fleets: which pairs a file has, and what is wrong with it.

use crate::wording::{problems, wording};
use comfycheck_core::fleet::{Fleet, FleetPair, fleet_schema};
use comfycheck_core::text::TextFile;
use insta::assert_snapshot;

fn file(text: &str) -> TextFile {
    TextFile { path: "ci/comfycheck.fleet.toml".into(), text: text.into() }
}

fn pairs(text: &str) -> Vec<FleetPair> {
    Fleet::parse(&file(text)).unwrap_or_else(|refusal| panic!("{refusal}")).pairs
}

const FLEET: &str = r#"
name = "prod"
workflows = ["flux.json", "wan.json"]
suites = ["smoke.toml", "full.toml"]
[endpoints]
us = "abc123"
eu = "def456"
[[exclude]]
endpoint = "eu"
workflow = "wan.json"
[[exclude]]
suite = "full.toml"
endpoint = "us"
[[include]]
endpoint = "eu"
workflow = "../extra/x.json"
"#;

#[test]
fn a_fleet_is_the_product_without_what_is_excluded_and_with_what_is_included() {
    let lines: Vec<String> = pairs(FLEET)
        .into_iter()
        .map(|FleetPair { name, slug, suite, endpoint, endpoint_id, workflow }| {
            let of = |value: Option<String>| value.unwrap_or_default();
            [name, slug, suite, of(endpoint), of(endpoint_id), of(workflow)].join(" | ")
        })
        .collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_a_file_leaves_out_is_the_suites_own() {
    let [pair] = &pairs("")[..] else { panic!("one pair") };
    assert_eq!((pair.name.as_str(), pair.suite.as_str()), ("comfycheck", "ci/comfycheck.toml"));
    assert_eq!((&pair.endpoint_id, &pair.workflow), (&None, &None));
}

#[test]
fn names_and_slugs_of_pairs_differ() {
    let pairs = pairs("workflows = [\"a-b.json\", \"a b.json\", \"ä.json\"]\nsuites = [\"a.toml\"]");
    let slugs: Vec<_> = pairs.iter().map(|pair| pair.slug.as_str()).collect();
    assert_eq!(slugs, ["comfycheck-a-b", "comfycheck-a-b-2", "comfycheck"]);
}

#[test]
fn what_is_wrong_is_refused_at_its_place() {
    let mut text = String::new();
    for (name, suite, expected) in [
        ("an unknown key", "endpoint = \"a\"", "unknown-key 1:1 endpoint"),
        (
            "an id that is none",
            "[endpoints]\neu = \"https://api.runpod.ai/v2/abc\"",
            "invalid-value 2:6 https://api.runpod.ai/v2/abc",
        ),
        ("nothing to exclude", "[[exclude]]\nworkflow = \"a.json\"", "unknown-name 1:1 ["),
        ("an unknown endpoint", "[endpoints]\neu = \"a\"\n[[include]]\nendpoint = \"us\"", "unknown-name 4:12 us"),
        ("everything is excluded", "[[exclude]]\nsuite = \"comfycheck.toml\"", "invalid-value 1:3 exclude"),
        ("twice", "workflows = [\"a.json\"]\n[[include]]\nworkflow = \"a.json\"", "duplicate 2:1 ["),
    ] {
        let refusal = Fleet::parse(&file(suite)).expect_err(name);
        let found = problems(&refusal, suite);
        assert_eq!(found, [expected], "{name}: each mistake is one error");
        text += &["## ", name, "\n", &wording(&refusal), "\n"].concat();
    }
    assert_snapshot!(text);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is a file of the repository")]
fn the_schema_is_published() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/fleet.schema.json");
    let generated = serde_json::to_string_pretty(&fleet_schema()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == generated, "schemas/fleet.schema.json is out of date: run the tests with BLESS=1");
}
