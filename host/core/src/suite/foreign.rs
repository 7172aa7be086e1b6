//! A file that is not TOML, and looks like a file of another kind.

use crate::diagnostic::{Diagnostic, Kind};
use crate::text::TextFile;
use serde_json::Value;

/// What a file of JSON is, given in place of a suite. None for a file that is not JSON.
pub(super) fn json(file: &TextFile) -> Option<Diagnostic> {
    if !file.text.trim_start().starts_with('{') {
        return None;
    }
    let path = &file.path;
    let value: Value = serde_json::from_str(&file.text).unwrap_or_default();
    let has_class = |node: &Value| node.get("class_type").is_some();
    let is_workflow = value.as_object().is_some_and(|nodes| nodes.values().any(has_class));
    let version = value.get("version").and_then(Value::as_str).unwrap_or_default();
    let (what, help) = if is_workflow {
        ("this is a workflow, not a suite", format!("run it with `comfycheck run --workflow {path}`"))
    } else if value.get("nodes").is_some_and(Value::is_array) {
        let help = "in ComfyUI, choose Workflow → Export (API), then run the exported file with `comfycheck run --workflow FILE`";
        ("this is a workflow in the editor's format, not a suite", help.to_owned())
    } else if version.starts_with("comfycheck.run/") {
        ("this is a report, not a suite", format!("show it with `comfycheck report render {path}`"))
    } else {
        ("this is JSON, and a suite is TOML", "write a suite with `comfycheck init`".to_owned())
    };
    Some(Diagnostic::of(Kind::Syntax, what).help(help))
}
