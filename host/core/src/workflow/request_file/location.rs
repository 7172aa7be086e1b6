//! Where a request has its workflow.

use crate::diagnostic::Diagnostic;
use crate::text::TextFile;
use crate::workflow::members::{Member, find, members};
use std::ops::Range;

/// Where requests have their workflow, outermost first.
const WORKFLOWS: [&[&str]; 4] = [
    // RunPod and worker-comfyui; other handlers.
    &["input", "workflow"],
    &["input", "prompt"],
    // The input of such a request alone.
    &["workflow"],
    // ComfyUI's `/prompt`, and the `/prompt` of SaladTechnologies/comfyui-api.
    &["prompt"],
];

/// The workflow in a request. None if the text is not a request.
pub(super) fn workflow(text: &str, around: &[Member]) -> Option<Range<usize>> {
    // A workflow itself, of the editor or of the API.
    let is_node = |member: &Member| find(&members(text, member.value.start), "class_type").is_some();
    if find(around, "nodes").is_some_and(|nodes| text[nodes.value.clone()].starts_with('[')) {
        return None;
    }
    // What the editor's own code exports, and what others save, has the workflow in both formats. That of the API is ready to be
    // sent.
    let is_api = |found: &Member| members(text, found.value.start).iter().any(is_node);
    let exported = || reach(text, around, &["output"]).filter(is_api);
    let named = || WORKFLOWS.iter().filter_map(|path| reach(text, around, path));
    let found = exported().or_else(|| named().find(is_api)).or_else(|| named().next())?;
    let holds = members(text, found.value.start);
    let outer = WORKFLOWS.iter().filter_map(|path| find(around, path[0]));
    let is_workflow = !holds.is_empty() && !outer.clone().any(is_node);
    is_workflow.then_some(found.value)
}

/// The member at the end of a path.
pub(super) fn reach(text: &str, around: &[Member], path: &[&str]) -> Option<Member> {
    let (first, rest) = path.split_first()?;
    let mut found = find(around, first)?.clone();
    for name in rest {
        found = find(&members(text, found.value.start), name)?.clone();
    }
    Some(found)
}

/// The request with an object as `input`, where it has the text of one. worker-comfyui takes both.
pub(super) fn with_object_as_input(text: &str) -> Option<String> {
    let input = find(&members(text, 0), "input")?.value.clone();
    let object: String =
        text[input.clone()].starts_with('"').then(|| serde_json::from_str(&text[input.clone()]).ok())??;
    let is_object = object.trim_start().starts_with('{') && !members(&object, 0).is_empty();
    is_object.then(|| format!("{}{object}{}", &text[..input.start], &text[input.end..]))
}

/// Members of a request that have no effect here.
pub(super) fn unread(file: &TextFile, around: &[Member]) -> Vec<Diagnostic> {
    let warning = |path: &[&str], what: &str, help: &str| {
        let member = reach(&file.text, around, path)?;
        Some(Diagnostic::new(what).at(file, member.key).hide_secret().help(help))
    };
    let targets = warning(
        &["partial_execution_targets"],
        "`partial_execution_targets` of the file is not read",
        "name the output nodes with `comfycheck validate --targets`",
    );
    let has_workflow = reach(&file.text, around, &["input", "workflow"]).is_some();
    let prompt = warning(
        &["input", "prompt"],
        "the workflow is in `input.prompt`, which worker-comfyui does not read",
        "name it `input.workflow`, unless your worker reads `prompt`",
    );
    targets.into_iter().chain(prompt.filter(|_| !has_workflow)).collect()
}
