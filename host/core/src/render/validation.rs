//! The results of validated workflow files in JSON, version `comfycheck.validate/1`.
//!
//! `ok`, `error_type`, `good_outputs` and `node_errors` are ComfyUI's response, under its own names. `findings` are the
//! check's. What is unknown is null: no reader takes it for an acceptance, and none that compares with `false` for a refusal.
//! A response that rests only on what classes of node packs declare is `doubtful`, as the page says in words.

use super::view::Places;
use crate::finding::{Finding, OpenQuestion, Subject};
use crate::fix::Fix;
use crate::plain::escape_unsafe;
use crate::text::TextEdit;
use crate::validation::{Validation, Validations, is_doubtful};
use crate::workflow::EditableWorkflow;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ops::Not;

const VERSION: &str = "comfycheck.validate/1";

/// Renders the results of workflow files as JSON: pretty, in a fixed order, with a line break at the end.
pub fn json_validation(validations: &Validations) -> String {
    let document = Document {
        version: VERSION,
        comfycheck: &validations.version,
        workflows: validations.files.iter().map(Workflow::of).collect(),
    };
    // Every map in it has strings for keys, so this does not fail.
    escape_unsafe(&serde_json::to_string_pretty(&document).unwrap_or_default()) + "\n"
}

/// The JSON Schema (draft 2020-12) of what [`json_validation`] renders.
pub fn json_validation_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<Document<'_>>().to_value()
}

/// The results of validated workflow files.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "comfycheck validation")]
struct Document<'a> {
    /// The format of this document: `comfycheck.validate/1`.
    #[schemars(extend("const" = VERSION))]
    version: &'static str,
    /// The version of comfycheck that made it.
    comfycheck: &'a str,
    /// The files, in the order of the command line.
    workflows: Vec<Workflow<'a>>,
}

/// A workflow file.
#[derive(Serialize, JsonSchema)]
struct Workflow<'a> {
    /// Its path, as the command line gives it.
    path: &'a str,
    /// The name of the test, if the file holds several workflows.
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<&'a str>,
    /// ComfyUI's response to the file. Null if the check did not get that far.
    #[serde(flatten)]
    verdict: Verdict<'a>,
    /// The same of its conversion, for a file in the editor's format that can be converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    converted: Option<Verdict<'a>>,
    /// The findings of the check; of a file in the editor's format, about its conversion.
    findings: Vec<FindingV1<'a>>,
    /// The open questions, and why they are open.
    open: Vec<Open<'a>>,
    /// Why the check did not run to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// ComfyUI's response.
#[derive(Serialize, JsonSchema)]
struct Verdict<'a> {
    /// Whether it would queue the prompt, as far as the inventory shows. Null if that is unknown.
    ok: Option<bool>,
    /// Its `error.type`; `http_500` where it would fail; null where it would queue the prompt, and where `ok` is null.
    error_type: Option<&'a str>,
    /// The output nodes that would run.
    good_outputs: Vec<&'a str>,
    /// Its errors by the id of the node.
    #[schemars(with = "std::collections::BTreeMap<String, Vec<NodeError>>")]
    node_errors: Cow<'a, Value>,
    /// Present and true where every error rests on what a class of a node pack declares: the class may accept more.
    #[serde(skip_serializing_if = "Not::not")]
    doubtful: bool,
}

/// An error of a node.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it describes the JSON of the check")]
struct NodeError {
    /// ComfyUI's type of the error, such as `value_not_in_list`.
    r#type: String,
    /// The input that it is about.
    input_name: Option<String>,
}

/// One thing that the check reports.
#[derive(Serialize, JsonSchema)]
struct FindingV1<'a> {
    /// The id of the rule; `comfycheck explain workflow/RULE` explains it.
    rule: &'a str,
    /// `note`, `warning` or `error`.
    severity: &'static str,
    /// One line.
    message: &'a str,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// The id of the node that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    /// The input of the node that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    /// The line of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// The column, from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    /// The one change of the file that resolves it. Absent if there are several or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixV1>,
}

/// A change of the file.
#[derive(Serialize, JsonSchema)]
struct FixV1 {
    /// What it does, in one line.
    message: String,
    /// Whether the workflow certainly means the same, or what it was meant to: `validate --fix` applies it. Others need
    /// `--unsafe-fixes`.
    safe: bool,
    /// All of them, or none. In the order of the file, without overlaps.
    edits: Vec<EditV1>,
}

/// Text of the file, and what to put in its place.
#[derive(Serialize, JsonSchema)]
struct EditV1 {
    /// The line of the first character, from 1.
    line: u32,
    /// Its column, from 1, in characters.
    column: u32,
    /// The line after the last character.
    end_line: u32,
    /// The column after the last character. Nothing is replaced if it is where the edit begins.
    end_column: u32,
    /// The new text.
    text: String,
}

/// An open question.
#[derive(Serialize, JsonSchema)]
struct Open<'a> {
    /// The id of the rule.
    rule: &'a str,
    /// Why.
    reason: &'a str,
}

impl<'a> Workflow<'a> {
    fn of(validation: &'a Validation) -> Self {
        let Validation { file, test, is_editable: _, inputs: _, execution } = validation;
        let has_places = execution.findings().iter().any(|finding| !finding.subjects.is_empty());
        let places = has_places.then(|| Places::of_file(validation));
        let editable = validation.editable();
        let open = |OpenQuestion { rule, reason, .. }: &'a OpenQuestion| Open { rule, reason };
        Self {
            path: &file.path,
            test: test.as_deref(),
            verdict: Verdict::of(validation.verdict()),
            converted: validation.converted().map(|verdict| Verdict::of(Some(verdict))),
            findings: execution
                .findings()
                .iter()
                .map(|finding| FindingV1 {
                    fix: editable.as_ref().and_then(|workflow| FixV1::of(finding, workflow)),
                    ..FindingV1::of(finding, places.as_ref())
                })
                .collect(),
            open: execution.still_open().map(open).collect(),
            error: validation.incomplete_reason(),
        }
    }
}

impl<'a> Verdict<'a> {
    fn of(verdict: Option<&'a Value>) -> Self {
        let member = |name: &str| verdict.and_then(|verdict| verdict.get(name));
        Self {
            ok: member("ok").and_then(Value::as_bool),
            error_type: member("error_type").and_then(Value::as_str),
            doubtful: verdict.is_some_and(is_doubtful),
            good_outputs: member("good_outputs")
                .and_then(Value::as_array)
                .map(|ids| ids.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default(),
            node_errors: member("node_errors").map_or_else(|| Cow::Owned(json!({})), Cow::Borrowed),
        }
    }
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a Finding, places: Option<&Places>) -> Self {
        let Finding { rule, severity, message, subjects, measurement: _, help, data: _, waiver: _ } = finding;
        let (node, input) = match subjects.first() {
            Some(Subject::Node { id, input }) => (Some(id.as_str()), input.as_deref()),
            _ => (None, None),
        };
        let place = subjects.first().and_then(|subject| places?.place(subject));
        Self {
            rule,
            severity: severity.word(),
            message,
            help: help.as_deref(),
            node,
            input,
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            fix: None,
        }
    }
}

impl FixV1 {
    fn of(finding: &Finding, workflow: &EditableWorkflow<'_>) -> Option<Self> {
        let Fix { message, is_safe, edits } = Fix::of(finding)?;
        let edit = |TextEdit { start, end, text }| EditV1 {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            text,
        };
        Some(Self { message, safe: is_safe, edits: workflow.text_edits(&edits)?.into_iter().map(edit).collect() })
    }
}
