//! Files of ComfyUI's editor: converted to API format, then checked.

use super::phrasing::{MOST_NODES, name_all};
use super::{
    DOUBTFUL_CONVERSION, Findings, NO_OUTPUTS, NOT_CONVERTED, Server, Settings, UI_FORMAT, answer, examine_nodes,
    missing, payload, result_size,
};
use crate::convert::{Conversion, ConvertError, Note, convert};
use crate::json;
use crate::verdict::Refusal;
use comfycheck_packs::core_span;
use comfycheck_sdk::{Finding, NodeRef, OpenQuestion, Subject, wording};
use serde_json::{Value, json};
use std::error::Error;

pub(super) fn collect(source: &str, server: &Server<'_>, settings: &Settings, findings: &mut Findings) {
    findings.add(answer::verdict_on_other_file("the file is in the editor's format"));
    let Conversion { api, notes } = match convert(source, server.classes, server.replacements) {
        Ok(conversion) => conversion,
        Err(err) if let Some(question) = unknown(&err, server) => return findings.answer.open.push(question),
        Err(err) => return findings.add(not_converted(&err)),
    };
    let api = Value::Object(api);
    let text = api.to_string();
    let prompt = match json::parse(&text) {
        Ok(prompt) => prompt,
        Err(err) => return findings.add(Finding::new(NOT_CONVERTED, format!("the conversion is not usable: {err}"))),
    };
    let at = findings.answer.findings.len();
    let (verdict, certainty) = examine_nodes(&prompt, server, settings, findings);
    if matches!(verdict.refusal, Some(Refusal::NoOutputs)) {
        name_disabled(&notes, &mut findings.answer.findings[at..]);
    }
    payload(&text, findings);
    result_size::forecast(&text, settings, findings);
    for doubt in notes.iter().filter(|note| note.is_doubt()) {
        let finding = Finding::new(DOUBTFUL_CONVERSION, fragment(&doubt.to_string()));
        findings.add(finding.help("check the value in ComfyUI's editor, then choose Workflow → Export (API)"));
    }
    let sure: Vec<_> = notes.iter().filter(|note| !note.is_doubt()).collect();
    let changes = match sure.as_slice() {
        [] => String::new(),
        [only] => format!("; {}", fragment(&only.to_string())),
        [first, more @ ..] => {
            format!("; {} ({})", fragment(&first.to_string()), wording::count(more.len(), "more change"))
        }
    };
    let notes: Vec<_> = notes.iter().take(MOST_NOTES).map(ToString::to_string).collect();
    let mut data = json!({ "converted": answer::data(&verdict, certainty, settings), "notes": notes });
    if settings.complete {
        data["api"] = api;
    }
    let message = format!("the file is in the editor's format and was checked after conversion{changes}");
    let finding = Finding::new(UI_FORMAT, message)
        .help("submit the API format: run `comfycheck convert`, or in ComfyUI choose Workflow → Export (API)")
        .data(&data);
    findings.insert(at, finding);
}

/// Says which nodes the author switched off, where no output is left.
fn name_disabled(notes: &[Note], findings: &mut [Finding]) {
    let disabled = notes.iter().filter_map(|note| match note {
        Note::Muted { node } | Note::Bypassed { node } => Some(node.as_str()),
        _ => None,
    });
    let disabled: Vec<&str> = disabled.collect();
    for finding in findings.iter_mut().filter(|finding| finding.rule == NO_OUTPUTS && !disabled.is_empty()) {
        let verb = if disabled.len() == 1 { "is" } else { "are" };
        finding.message =
            format!("{}: {} {verb} muted or bypassed", finding.message, name_all(disabled.iter().copied()));
        finding.help = Some("enable the node that saves the result, or add one, such as `SaveImage`".to_owned());
        let node = |id: &&str| Subject::Node(NodeRef { id: (*id).to_owned(), input: None });
        finding.subjects = disabled.iter().take(MOST_NODES).map(node).collect();
    }
}

/// What is unknown about the file, if nothing is known to be wrong with it.
fn unknown(err: &ConvertError, server: &Server<'_>) -> Option<OpenQuestion> {
    let question =
        |more: &str| OpenQuestion::new(NOT_CONVERTED, fragment(&format!("cannot convert the file: {err}{more}")));
    match err {
        ConvertError::ClassUnavailable { .. } => Some(question("")),
        ConvertError::Conflicting { .. } => {
            Some(question("; it is unknown which one the editor submits").help(err.help()))
        }
        ConvertError::MissingClasses(_) if server.is_core_only && is_of_packs(err) => {
            let help = "save the worker's inventory and pass it with `--object-info`";
            Some(question("; only ComfyUI's own classes are known").help(help))
        }
        ConvertError::MissingClasses(missing)
            if missing.iter().all(|node| missing::may_be_replaced(&node.class, server)) =>
        {
            Some(question("; the server's node replacements are unknown").help(missing::PASS_REPLACEMENTS))
        }
        _ => None,
    }
}

/// Whether none of the missing classes is ComfyUI's own.
fn is_of_packs(err: &ConvertError) -> bool {
    let ConvertError::MissingClasses(missing) = err else { return false };
    missing.iter().all(|missing| core_span(&missing.class).is_none())
}

/// The converter's text, which can contain names of the file, on one line and at most 1000 characters long.
fn fragment(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(1000).collect()
}

/// The most notes of a conversion in the data.
const MOST_NOTES: usize = 50;

fn not_converted(err: &ConvertError) -> Finding {
    let mut message = format!("cannot convert from the editor's format: {err}");
    if let Some(source) = err.source() {
        message = format!("{message}: {source}");
    }
    Finding::new(NOT_CONVERTED, fragment(&message)).help(err.help())
}
