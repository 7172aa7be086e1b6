//! What ComfyUI's editor saves: converted, and examined as what it becomes.

use super::{DOUBTFUL_CONVERSION, NOT_CONVERTED, Server, Settings, Told, UI_FORMAT, answer, examine_nodes, payload};
use crate::convert::{ConvertError, Converted, convert};
use crate::json;
use comfycheck_sdk::{Finding, OpenQuestion};
use serde_json::{Value, json};
use std::error::Error;

pub(super) fn tell(source: &str, server: &Server<'_>, settings: &Settings, told: &mut Told) {
    told.add(answer::to_broken("it is in the format of ComfyUI's editor"));
    let describe = |name: &str| server.classes.describe(name);
    let Converted { api, notes } = match convert(source, &describe) {
        Ok(converted) => converted,
        Err(ConvertError::ClassNotTold { class, why }) => {
            let reason = format!("cannot convert the file: cannot tell what node class `{class}` is: {why}");
            told.answer.open.push(OpenQuestion::new(NOT_CONVERTED, reason));
            return;
        }
        Err(err) => return told.add(not_converted(&err)),
    };
    let api = Value::Object(api);
    let text = api.to_string();
    let prompt = match json::parse(&text) {
        Ok(prompt) => prompt,
        Err(err) => return told.add(Finding::new(NOT_CONVERTED, format!("the conversion is not usable: {err}"))),
    };
    let at = told.answer.findings.len();
    let verdict = examine_nodes(&prompt, server, settings, told);
    payload(&text, told);
    for doubt in notes.iter().filter(|note| note.is_doubt()) {
        let finding = Finding::new(DOUBTFUL_CONVERSION, fragment(&doubt.to_string()));
        told.add(finding.help("look at it in the editor, and export the workflow in API format there"));
    }
    let sure: Vec<_> = notes.iter().filter(|note| !note.is_doubt()).collect();
    let changes = match sure.as_slice() {
        [] => String::new(),
        [only] => format!("; {}", fragment(&only.to_string())),
        [first, more @ ..] => format!("; {} (and {} more)", fragment(&first.to_string()), more.len()),
    };
    let notes: Vec<_> = notes.iter().take(MOST_NOTES).map(ToString::to_string).collect();
    let mut data = json!({ "converted": answer::data(&verdict, settings), "notes": notes });
    if settings.complete {
        data["api"] = api;
    }
    let message = format!("the file is in the format of ComfyUI's editor, and is examined as converted{changes}");
    let finding = Finding::new(UI_FORMAT, message)
        .help("export the workflow in API format: jobs take no other, and `comfycheck convert` writes it")
        .data(&data);
    told.insert(at, finding);
}

/// The converter's words, which hold names of the file, on one line and at most 1000 characters long.
fn fragment(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(1000).collect()
}

/// How many notes of the conversion the data holds.
const MOST_NOTES: usize = 50;

fn not_converted(err: &ConvertError) -> Finding {
    let mut message = format!("the file is in the format of ComfyUI's editor, and cannot be converted: {err}");
    if let Some(source) = err.source() {
        message = format!("{message}: {source}");
    }
    Finding::new(NOT_CONVERTED, fragment(&message)).help(err.help())
}
