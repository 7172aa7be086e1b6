//! Cassettes that tests write down, and their problems.

use super::*;
use crate::testing::wording;
use comfycheck_core::secret::Secret;
use serde_json::{Value, json};

const BODY: &[u8] = b"a body";

/// A cassette of one exchange with one body, which tests modify.
struct Scene {
    folder: tempfile::TempDir,
    cassette: Value,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bodies")).unwrap();
        let scene = Self {
            folder,
            cassette: json!({
                "version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": [],
                "exchanges": [{
                    "api": "comfyui", "phase": "run", "request": {"method": "GET", "path": "/x"},
                    "sent-ms": 0, "answered-ms": 1, "response": {"status": 200, "body": {"file": sha256_hex(BODY)}},
                }],
            }),
        };
        scene.body(&sha256_hex(BODY), BODY);
        scene
    }

    fn body(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.path().join("bodies").join(name), bytes).unwrap();
    }

    /// Checks the problems, each as `!` for an error and its file without a hash. Returns their
    /// words.
    #[track_caller]
    fn check(&self, expected: &[&str]) -> String {
        let text = serde_json::to_string_pretty(&self.cassette).unwrap();
        fs::write(self.folder.path().join("cassette.json"), text).unwrap();
        let secrets = Secrets::new([Secret::new("the-key-of-this-machine")]);
        let verified = verify(self.folder.path(), &secrets, jiff::civil::date(2026, 11, 23)).unwrap();
        let brief = |Flaw { file, is_error, .. }: &Flaw| {
            let mark = if *is_error { "! " } else { "" };
            format!("{mark}{}", file.replace(&sha256_hex(BODY), "BODY"))
        };
        let flaws: Vec<_> = verified.flaws.iter().map(brief).collect();
        assert_eq!(flaws, expected);
        assert_eq!(verified.is_good(), !expected.iter().any(|flaw| flaw.starts_with('!')));
        let folder = self.folder.path().display().to_string();
        wording(flaws.into_iter().zip(verified.flaws.iter().map(|flaw| flaw.what.replace(&folder, "FOLDER"))))
    }
}

#[test]
fn a_good_cassette_has_no_flaw() {
    Scene::new().check(&[]);
}

#[test]
fn what_a_killed_recording_left_is_named() {
    let scene = Scene::new();
    fs::write(scene.folder.path().join(PART), "{").unwrap();
    insta::assert_snapshot!(scene.check(&[PART]));
}

#[test]
fn all_flaws_are_reported_at_once() {
    let mut scene = Scene::new();
    scene.cassette["recorded"] = json!("2026-01-01");
    scene.cassette["note"] = json!("recorded with rpa_0123456789ABCDEFGHIJ");
    let missing = sha256_hex(b"missing");
    scene.cassette["exchanges"][0]["request"]["body"] = json!({"file": missing});
    scene.body(&sha256_hex(BODY), b"a bo");
    scene.body("unused", b"eyJrIjoidGhlLWtleS1vZi10aGlzLW1hY2hpbmUifQ==");
    insta::assert_snapshot!(scene.check(&[
        "! cassette.json",
        "cassette.json",
        &format!("! bodies/{missing}"),
        "! bodies/BODY",
        "bodies/unused",
        "! bodies/unused",
    ]));
}

#[test]
fn a_cassette_of_another_version_is_searched_for_secrets() {
    let mut scene = Scene::new();
    scene.cassette["version"] = json!("comfycheck.cassette/9");
    scene.body(&sha256_hex(BODY), b"https://b.example.com/a.png?X-Amz-Signature=0123456789abcdef0123");
    insta::assert_snapshot!(scene.check(&["! cassette.json", "bodies/BODY", "! bodies/BODY"]));
}

#[test]
fn a_recording_of_the_future_is_a_warning() {
    let mut scene = Scene::new();
    scene.cassette["recorded"] = json!("2026-11-24");
    insta::assert_snapshot!(scene.check(&["cassette.json"]));
}

#[test]
fn a_value_of_an_environment_and_an_escaped_key_are_found() {
    let mut scene = Scene::new();
    let management = |body: &Value| {
        json!({
            "api": "management", "phase": "deployment", "request": {"method": "GET", "path": "/v2/serverless/{endpoint}"},
            "sent-ms": 0, "answered-ms": 1, "response": {"status": 200, "body": body},
        })
    };
    let environment = json!({"id": "x", "env": {"TOKEN": "a-value", "OTHER": "[redacted]"}}).to_string();
    scene.body(&sha256_hex(environment.as_bytes()), environment.as_bytes());
    let exchanges = scene.cassette["exchanges"].as_array_mut().unwrap();
    exchanges.push(management(&json!({"json": {"id": "x", "env": {"TOKEN": "[redacted]"}}})));
    exchanges.push(management(&json!({"json": {"id": "x", "env": {"TOKEN": "a-value"}}})));
    exchanges.push(management(&json!({"file": sha256_hex(environment.as_bytes())})));
    exchanges.push(management(&json!({"text": r#"data: {"line":"the\u002dkey-of\u002dthis-machine"}"#})));
    let file = format!("! bodies/{}", sha256_hex(environment.as_bytes()));
    insta::assert_snapshot!(scene.check(&["! cassette.json", "! cassette.json", &file]));
}

#[test]
fn an_incomplete_recording_is_a_warning() {
    let mut scene = Scene::new();
    scene.cassette["note"] = json!(super::super::cassette_v1::CUT_OFF);
    insta::assert_snapshot!(scene.check(&["cassette.json"]));
}
