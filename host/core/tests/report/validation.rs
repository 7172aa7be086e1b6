//! The results of workflow files: JSON, schema, exit code, and that nothing in them harms a reader.

use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Finding, OpenQuestion, Severity, Subject};
use comfycheck_core::manifest::{Manifest, Scope};
use comfycheck_core::render::{
    LocatedFindings, PageStyle, code_quality, ctrf_validation, github, human_validation, json_validation,
    json_validation_schema, junit_validation, markdown_validation, sarif,
};
use comfycheck_core::report::ExitCode;
use comfycheck_core::text::TextFile;
use comfycheck_core::validation::{Validation, Validations};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn finding(rule: &str, severity: Severity, message: &str) -> Finding {
    let (rule, message) = (rule.to_owned(), message.to_owned());
    Finding { rule, severity, message, subjects: Vec::new(), measurement: None, help: None, data: None, waiver: None }
}

fn validation(path: &str, outcome: Outcome) -> Validation {
    let instance = CheckInstance { check: "workflow".to_owned(), scope: Scope::Deployment, sample: None };
    let text = "{\n  \"3\": {\"class_type\": \"KSampler\", \"inputs\": {\"cfg\": 7}}\n}\n".to_owned();
    Validation {
        file: TextFile { path: path.to_owned(), text },
        test: None,
        is_editable: true,
        inputs: Arc::default(),
        execution: Execution { instance, outcome, earlier: Vec::new(), waited: Duration::ZERO },
    }
}

fn validations(files: Vec<Validation>) -> Validations {
    let manifest = Manifest {
        name: "workflow".to_owned(),
        version: "0.1.0".to_owned(),
        summary: "ComfyUI accepts the workflow.".to_owned(),
        scopes: vec![Scope::Deployment],
        gates: true,
        rules: Vec::new(),
        settings_schema: json!({}),
    };
    Validations { version: "0.1.0".to_owned(), manifest, files }
}

fn bad() -> Validation {
    let mut verdict = finding("comfyui-verdict", Severity::Note, "ComfyUI would refuse the workflow");
    verdict.data = Some(json!({"ok": false, "error_type": "prompt_outputs_failed_validation", "good_outputs": [],
        "node_errors": {"3": [{"type": "value_not_in_list", "input_name": "cfg"}]}}));
    let mut error = finding("value-not-in-list", Severity::Error, "input `cfg` \u{1b}[2J\u{202e} of node `3`");
    error.subjects = vec![Subject::Node { id: "3".to_owned(), input: Some("cfg".to_owned()) }];
    validation("a/b.json", Outcome::Completed { findings: vec![verdict, error], open: Vec::new() })
}

fn good() -> Validation {
    let mut verdict = finding("comfyui-verdict", Severity::Note, "ComfyUI would accept the workflow");
    verdict.data = Some(json!({"ok": true, "error_type": null, "good_outputs": ["9"], "node_errors": {}}));
    validation("good.json", Outcome::Completed { findings: vec![verdict], open: Vec::new() })
}

/// A verdict that depends on what a class of an unknown pack accepts.
fn doubtful() -> Validation {
    let mut verdict = finding("comfyui-verdict", Severity::Note, "ComfyUI may refuse the workflow");
    verdict.data = Some(json!({"ok": false, "error_type": "prompt_outputs_failed_validation", "good_outputs": [],
        "node_errors": {"3": [{"type": "return_type_mismatch", "input_name": "cfg"}]}, "doubtful": true}));
    validation("doubtful.json", Outcome::Completed { findings: vec![verdict], open: Vec::new() })
}

/// A file whose classes are not all known.
fn unknown() -> Validation {
    let Validation { mut execution, .. } = doubtful();
    if let Outcome::Completed { open, findings } = &mut execution.outcome {
        findings[0].data = Some(json!({"ok": null, "error_type": null, "good_outputs": [], "node_errors": {}}));
        let reason = "could not check whether the worker has node class `X`".to_owned();
        open.push(OpenQuestion {
            rule: "missing-node-type".to_owned(),
            reason,
            help: None,
            closed: false,
            unrecorded: false,
        });
    }
    Validation { execution, ..validation("unknown.json", Outcome::Skipped { reason: String::new() }) }
}

fn stopped() -> Validation {
    validation("big.json", Outcome::Errored { kind: ErrorKind::Limit, message: "`workflow` was stopped".to_owned() })
}

#[test]
fn what_is_unknown_is_null_and_what_packs_decide_is_doubtful() {
    let text = json_validation(&validations(vec![doubtful(), unknown(), bad(), good()]));
    let value: Value = serde_json::from_str(&text).unwrap();
    let members = |index: usize| {
        let file = &value["workflows"][index];
        (file["ok"].clone(), file["error_type"].clone(), file.get("doubtful").cloned())
    };
    let refused = json!("prompt_outputs_failed_validation");
    assert_eq!(members(0), (json!(false), refused.clone(), Some(json!(true))));
    assert!(value["workflows"][0]["node_errors"]["3"].is_array());
    assert_eq!(members(1), (Value::Null, Value::Null, None));
    assert_eq!(members(2), (json!(false), refused, None));
    assert_eq!(members(3), (json!(true), Value::Null, None));
}

#[test]
fn a_page_says_once_what_is_unknown_and_shows_notes_beside_problems() {
    let note = finding("unknown-file", Severity::Note, "could not check whether the worker has `a`");
    let mut with_note = bad();
    let mut files_only = bad();
    if let Outcome::Completed { findings, .. } = &mut with_note.execution.outcome {
        findings.push(note);
    }
    if let Outcome::Completed { findings, .. } = &mut files_only.execution.outcome {
        findings[1].severity = Severity::Warning;
    }
    assert_snapshot!(human_validation(
        &validations(vec![doubtful(), unknown(), with_note, files_only]),
        PageStyle::default()
    ));
}

#[test]
fn a_file_has_comfyuis_verdict_and_our_findings_with_their_places() {
    let text = json_validation(&validations(vec![bad(), good()]));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["version"], "comfycheck.validate/1");
    let expected = json!({
        "path": "a/b.json", "ok": false, "error_type": "prompt_outputs_failed_validation", "good_outputs": [],
        "node_errors": {"3": [{"type": "value_not_in_list", "input_name": "cfg"}]},
        "findings": [
            {"rule": "comfyui-verdict", "severity": "note", "message": "ComfyUI would refuse the workflow"},
            {"rule": "value-not-in-list", "severity": "error", "message": "input `cfg` \u{1b}[2J\u{202e} of node `3`",
             "node": "3", "input": "cfg", "line": 2, "column": 46},
        ],
        "open": [],
    });
    assert_eq!(value["workflows"][0], expected);
    assert_eq!(value["workflows"][1]["good_outputs"], json!(["9"]));
}

/// A file with a fix that is safe, one that is not, and one that does not fit the file.
/// A file of the editor, and one that is not a workflow: its members have places all the same.
#[test]
fn files_in_other_formats_have_places() {
    let about = |text: &str, node: &str, rule: &str| {
        let mut found = finding(rule, Severity::Error, "wrong");
        found.subjects = vec![Subject::Node { id: node.to_owned(), input: Some("cfg".to_owned()) }];
        let outcome = Outcome::Completed { findings: vec![found], open: Vec::new() };
        let mut file = validation("w.json", outcome);
        file.file.text = text.to_owned();
        file
    };
    let editor = "{\"nodes\": [\n{\"id\": 7, \"type\": \"a-b\"}], \"links\": []}";
    let files = vec![
        about(editor, "7", "value-not-in-list"),
        about(editor, "7:3", "not-converted"),
        about("{\n\"3\": {},\n\"version\": 1\n}", "version", "not-a-workflow"),
    ];
    assert_snapshot!(human_validation(&validations(files), PageStyle::default()));
}

fn fixable() -> Validation {
    let with = |mut finding: Finding, fix: Value| {
        finding.subjects = vec![Subject::Node { id: "3".to_owned(), input: Some("cfg".to_owned()) }];
        finding.data = Some(json!({ "fix": fix }));
        finding
    };
    let set = |value: Value| json!({"edit": "set-input", "node": "3", "input": "cfg", "value": value});
    let error = |message| finding("value-not-in-list", Severity::Error, message);
    let safe = json!({"message": "set `cfg` \u{1b} to 8 [x](y)", "safe": true, "edits": [set(json!(8))]});
    let guess = json!({"message": "link `cfg`", "safe": false, "edits": [set(json!(["4\u{202e}", 0]))]});
    let unfit = json!({"message": "remove node `4`", "safe": true, "edits": [{"edit": "remove-node", "node": "4"}]});
    let findings = vec![with(error("a"), safe), with(error("b"), guess), with(error("c"), unfit)];
    validation("a/b.json", Outcome::Completed { findings, open: Vec::new() })
}

#[test]
fn a_fix_has_the_places_of_the_file() {
    let value: Value = serde_json::from_str(&json_validation(&validations(vec![fixable()]))).unwrap();
    let findings = &value["workflows"][0]["findings"];
    let edit = json!({"line": 2, "column": 53, "end_line": 2, "end_column": 54, "text": "8"});
    assert_eq!(findings[0]["fix"]["edits"], json!([edit]));
    assert_eq!([&findings[0]["fix"]["safe"], &findings[1]["fix"]["safe"]], [true, false]);
    assert_eq!(findings[2].get("fix"), None);
    let sarif: Value =
        serde_json::from_str(&sarif(&LocatedFindings::of_validations(&validations(vec![fixable()])))).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let change = &results[0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "a/b.json");
    let region = json!({"startLine": 2, "startColumn": 53, "endLine": 2, "endColumn": 54});
    assert_eq!(change["replacements"], json!([{"deletedRegion": region, "insertedContent": {"text": "8"}}]));
    assert_eq!(results.iter().filter(|result| result.get("fixes").is_some()).count(), 2);
    let mut image = fixable();
    image.is_editable = false;
    assert_eq!(image.fixes(), []);
    let text = json_validation(&validations(vec![image]));
    assert!(!text.contains("\"fix\""), "{text}");
    assert_snapshot!(human_validation(&validations(vec![fixable()]), PageStyle::default()));
}

#[test]
fn every_validation_is_valid_under_the_schema() {
    let schema = jsonschema::draft202012::new(&json_validation_schema()).unwrap();
    let value: Value =
        serde_json::from_str(&json_validation(&validations(vec![bad(), good(), stopped(), fixable(), doubtful()])))
            .unwrap();
    let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    assert!(!schema.is_valid(&json!({"version": "comfycheck.validate/2", "workflows": []})));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is a file of the repository")]
fn the_published_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/validation.schema.json");
    let generated = serde_json::to_string_pretty(&json_validation_schema()).unwrap() + "\n";
    if std::env::var("BLESS").is_ok() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == generated, "schemas/validation.schema.json is out of date: run the tests with BLESS=1");
}

#[test]
fn an_error_in_any_file_fails_and_what_is_unknown_does_not_pass() {
    let code = |files| validations(files).exit_code();
    assert_eq!(code(vec![good()]), ExitCode::Passed);
    assert_eq!(code(vec![good(), stopped()]), ExitCode::Inconclusive);
    assert_eq!(code(vec![stopped(), bad(), good()]), ExitCode::Failed);
}

#[test]
fn a_guests_words_stay_words() {
    let all = validations(vec![bad(), good(), stopped(), fixable()]);
    let located = LocatedFindings::of_validations(&all);
    let texts = [
        human_validation(&all, PageStyle::default()),
        json_validation(&all),
        github(&located, None),
        sarif(&located),
        junit_validation(&all),
        ctrf_validation(&all),
        markdown_validation(&all),
        code_quality(&located),
    ];
    for text in texts {
        let raw: String = text.chars().filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}').collect();
        assert_eq!(raw, "", "{text}");
    }
    assert_snapshot!(human_validation(&all, PageStyle::default()));
}

#[test]
fn test_runners_get_a_case_for_each_file() {
    let all = validations(vec![bad(), good(), stopped()]);
    let ctrf: Value = serde_json::from_str(&ctrf_validation(&all)).unwrap();
    let tests = ctrf["results"]["tests"].as_array().unwrap();
    let row = |test: &Value| (test["name"].as_str().unwrap().to_owned(), test["status"].as_str().unwrap().to_owned());
    let expected =
        [("validate: a/b.json", "failed"), ("validate: good.json", "passed"), ("validate: big.json", "other")];
    assert_eq!(tests.iter().map(row).collect::<Vec<_>>(), expected.map(|(name, status)| (name.into(), status.into())));
    assert_eq!((&tests[0]["filePath"], &tests[0]["line"]), (&json!("a/b.json"), &json!(2)));
    assert_eq!(ctrf["results"]["summary"]["failed"], 1);
    let junit = junit_validation(&all);
    assert!(
        junit.contains(r#"tests="3""#) && junit.contains(r#"failures="1""#) && junit.contains(r#"errors="1""#),
        "{junit}"
    );
    assert_snapshot!(junit);
}

#[test]
fn gitlab_gets_an_issue_for_each_finding_and_unknown() {
    let all = validations(vec![bad(), bad(), good(), stopped()]);
    let issues: Value = serde_json::from_str(&code_quality(&LocatedFindings::of_validations(&all))).unwrap();
    let issues = issues.as_array().unwrap();
    let row = |issue: &Value| {
        (issue["severity"].clone(), issue["location"]["path"].clone(), issue["location"]["lines"].clone())
    };
    let at = |line| json!({ "begin": line });
    let expected = [
        (json!("major"), json!("a/b.json"), at(2)),
        (json!("major"), json!("a/b.json"), at(2)),
        (json!("minor"), json!("big.json"), at(1)),
    ];
    assert_eq!(issues.iter().map(row).collect::<Vec<_>>(), expected);
    let prints: std::collections::BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), 3, "equal findings have different fingerprints");
}

#[test]
fn markdown_has_a_table_of_files_and_their_findings() {
    let mut injected = bad();
    injected.file.path = "<img src=x>|`a`.json".to_owned();
    assert_snapshot!(markdown_validation(&validations(vec![injected, good(), stopped()])));
}
