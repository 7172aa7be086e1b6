//! Why a file is not a workflow in API format, and what to do.

use super::LARGEST;
use super::places::Places;
use super::syntax::Mistake;
use crate::diagnostic::{Diagnostic, Kind, inert};
use crate::text::TextFile;
use comfycheck_wording::quote;
use serde_json::{Map, Value};

/// How to export a workflow from ComfyUI's editor.
const EXPORT: &str = "in ComfyUI, choose Workflow → Export (API)";

pub(super) fn too_large(file: &TextFile) -> Diagnostic {
    Diagnostic::of(
        Kind::TooLarge,
        format!(
            "the workflow has {} MiB, more than the limit of {} MiB",
            file.text.len().div_ceil(1024 * 1024),
            LARGEST / 1024 / 1024
        ),
    )
    .at(file, 0..0)
}

/// The text is not JSON, or nested too deeply.
pub(super) fn no_json(file: &TextFile, err: &serde_json::Error) -> Diagnostic {
    let text = &file.text;
    if text.trim().is_empty() {
        return Diagnostic::of(Kind::NotAWorkflow, "the workflow is empty").at(file, 0..0).help(EXPORT);
    }
    if text.ends_with('\u{fffd}') {
        // Reading ended there.
        let at = text.len() - '\u{fffd}'.len_utf8();
        let help = "save the file as UTF-8";
        return Diagnostic::of(Kind::Syntax, "the workflow is not UTF-8 text").at(file, at..text.len()).help(help);
    }
    if let Some(at) = deeper_than(text, 127) {
        return Diagnostic::of(Kind::TooLarge, "the workflow is nested deeper than 127 levels").at(file, at..at + 1);
    }
    let Mistake { what, at, help } = Mistake::of(text, err);
    let again = || format!("correct it, or export it again: {EXPORT}");
    Diagnostic::of(Kind::Syntax, format!("the workflow is not JSON: {what}"))
        .at(file, at)
        .help(help.unwrap_or_else(again))
}

/// Any other file that is not JSON, with its path. Shows no line that may hold a secret.
pub fn not_json(file: &TextFile, err: &serde_json::Error) -> Diagnostic {
    let Mistake { what, at, help } = Mistake::of(&file.text, err);
    let what = format!("{} is not JSON: {what}", quote(&file.path));
    Diagnostic { help, ..Diagnostic::of(Kind::Syntax, what).at(file, at).hide_secret() }
}

pub(super) fn no_object(file: &TextFile, value: &Value) -> Diagnostic {
    Diagnostic::of(Kind::NotAWorkflow, format!("the workflow is {}, not an object of nodes", kind(value)))
        .at(file, 0..0)
        .help(EXPORT)
}

/// Why an object is not a workflow in API format. None if it is one.
pub(super) fn no_workflow(file: &TextFile, nodes: &Map<String, Value>, places: &Places) -> Option<Diagnostic> {
    let key = |id: &str| places.nodes.get(id).map_or(0..0, |place| place.key.clone());
    if nodes.is_empty() {
        return Some(Diagnostic::of(Kind::NotAWorkflow, "the workflow has no nodes").at(file, 0..0).help(EXPORT));
    }
    if nodes.get("nodes").is_some_and(Value::is_array) {
        let what = "the workflow is in the editor's format, which an endpoint cannot run";
        let help = format!(
            "{EXPORT}, or convert it: `comfycheck convert {} -o workflow_api.json`; nodes of packs need `--object-info FILE`",
            inert(&file.path)
        );
        return Some(Diagnostic::of(Kind::NotAWorkflow, what).at(file, key("nodes")).help(help));
    }
    nodes.iter().find_map(|(id, node)| {
        let what = match (node, node.get("inputs")) {
            (Value::Object(_), None | Some(Value::Object(_))) => return None,
            (Value::Object(_), Some(inputs)) => {
                format!("the inputs of node {} are {}, not an object", quote(id), kind(inputs))
            }
            _ => format!("{} is not a node: it is {}, not an object", quote(id), kind(node)),
        };
        Some(
            Diagnostic::of(Kind::NotAWorkflow, what)
                .at(file, key(id))
                .help(format!("{EXPORT}, which writes nodes only")),
        )
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The first bracket that opens more than `most` levels.
fn deeper_than(text: &str, most: usize) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return Some(at);
        }
    }
    None
}
