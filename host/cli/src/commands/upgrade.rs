//! `comfycheck upgrade`: what changes for workflows between two versions of ComfyUI, or two inventories.

use super::inventory::change_line;
use super::validate::{Server, Validator, read};
use crate::args::{DiffFormat, InventorySource, UpgradeArguments};
use crate::checks::Checks;
use crate::failure::Failure;
use crate::reflow::continued;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::finding::{Finding, OpenQuestion, Severity};
use comfycheck_core::inventory::{UsedChange, used_changes};
use comfycheck_core::report::ExitCode;
use comfycheck_core::validation::{Validation, Validations, is_doubtful};
use comfycheck_core::wording;
use comfycheck_core::workflow::Workflow;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Compares two inventories for each workflow. The exit code is that of the validation against the second one.
pub(crate) fn upgrade(arguments: &UpgradeArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let UpgradeArguments { workflows, from, to, format } = arguments;
    let server = |source: &str| Server::of(&source_of(source), &crate::executor::tokio()?);
    let servers = [server(from)?, server(to)?];
    servers.iter().filter_map(|server| server.note.as_ref()).for_each(|note| terminal.say(note));
    let [old, new] = servers.each_ref().map(|server| server.saved.name.clone());
    let inventories = servers.each_ref().map(|server| server.saved.inventory.clone());
    let [before, after] = servers.map(|server| Validator::with(server, None, checks));
    let before = before.validate(read(workflows, terminal)?)?;
    let after = after.examine(
        before.files.iter().map(|validation| (validation.file.clone(), Arc::clone(&validation.inputs))).collect(),
    )?;
    let changes: Vec<Vec<UsedChange>> = before
        .files
        .iter()
        .zip(&after.files)
        .map(|(before, after)| used_changes(&api(before, after), &inventories[0], &inventories[1]))
        .collect();
    let text = match format {
        DiffFormat::Human => page([&old, &new], [&before, &after], &changes, terminal.width()),
        DiffFormat::Json => document([&old, &new], [&before, &after], &changes),
    };
    terminal.print(&text)?;
    Ok(after.exit_code())
}

/// A version such as `0.17`, an image, or an inventory.
fn source_of(source: &str) -> InventorySource {
    let is_version = source.trim_start_matches('v').starts_with(|char: char| char.is_ascii_digit())
        && source.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | 'v'));
    let version = is_version.then(|| source.to_owned());
    let inventory = (!is_version).then(|| source.to_owned());
    InventorySource { object_info: inventory, comfyui_version: version, image: None, node_replacements: None }
}

/// The workflow in API format; that of the editor as either inventory converts it.
fn api(before: &Validation, after: &Validation) -> Map<String, Value> {
    let converted = [before, after].into_iter().find_map(|validation| validation.converted_api()?.as_object());
    let parsed = || Workflow::parse(before.file.clone()).map(|workflow| workflow.nodes().clone()).unwrap_or_default();
    converted.cloned().unwrap_or_else(parsed)
}

fn page(names: [&str; 2], [before, after]: [&Validations; 2], changes: &[Vec<UsedChange>], columns: usize) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.extend(continued(line, columns).into_iter().map(|line| line + "\n"));
    };
    for ((before, after), changes) in before.files.iter().zip(&after.files).zip(changes) {
        line(&inert(&before.file.path));
        for (name, validation) in names.iter().zip([before, after]) {
            line(&format!("  {}: {}", inert(name), inert(&response(validation))));
        }
        for OpenQuestion { rule, reason, .. } in questions(before, after) {
            line(&format!("  unknown[{rule}]: {}", inert(reason)));
        }
        for UsedChange { changed, nodes } in changes {
            let nodes = wording::few_names(nodes.iter().map(String::as_str));
            line(&format!("  {} (node {})", change_line(changed), inert(&nodes)));
        }
        for Finding { rule, severity, message, .. } in new_findings(before, after) {
            line(&format!("  {}[{rule}]: {}", severity.word(), inert(message)));
        }
        line("");
    }
    if before.files.iter().zip(&after.files).any(|(before, after)| !questions(before, after).is_empty()) {
        line(&format!("help: {SAVED}"));
        line("");
    }
    let count: usize = changes.iter().map(Vec::len).sum();
    let failed = after.files.iter().filter(|file| file.has_errors()).count();
    line(&format!(
        "{}: {}, {failed} with errors on {}",
        wording::count(changes.len(), "workflow"),
        wording::count(count, "change"),
        inert(names[1])
    ));
    text
}

/// ComfyUI's response to a file, or to its conversion.
fn response(validation: &Validation) -> String {
    let verdict = validation.converted().or_else(|| validation.verdict());
    let error = verdict.and_then(|verdict| verdict["error_type"].as_str());
    match (verdict.map(|verdict| &verdict["ok"]), error) {
        (Some(Value::Bool(true)), _) if validation.is_complete() => "accepted".to_owned(),
        (Some(Value::Bool(true)), _) => "accepted, as far as known".to_owned(),
        (Some(Value::Bool(false)), Some(error)) if validation.has_errors() => format!("refused: `{error}`"),
        _ => "unknown".to_owned(),
    }
}

/// What answers a question about the classes of node packs.
const SAVED: &str = "compare two saved inventories, which have the classes of node packs: save each with `comfycheck inventory save \
                     FILE --comfyui URL`, and name them with `--from` and `--to`";

/// What is unknown with either inventory, each once.
fn questions<'a>(before: &'a Validation, after: &'a Validation) -> Vec<&'a OpenQuestion> {
    let mut all: Vec<&OpenQuestion> = Vec::new();
    for question in after.execution.open().iter().chain(before.execution.open()) {
        if all.iter().all(|known| (&known.rule, &known.reason) != (&question.rule, &question.reason)) {
            all.push(question);
        }
    }
    all
}

/// Errors and warnings that only the second inventory causes.
fn new_findings<'a>(before: &'a Validation, after: &'a Validation) -> impl Iterator<Item = &'a Finding> {
    let is_old = |finding: &Finding| {
        before.execution.findings().iter().any(|old| old.rule == finding.rule && old.message == finding.message)
    };
    let findings = after.execution.findings().iter();
    findings.filter(move |finding| finding.severity != Severity::Note && !is_old(finding))
}

fn document(names: [&str; 2], [before, after]: [&Validations; 2], changes: &[Vec<UsedChange>]) -> String {
    let verdict = |validation: &Validation| {
        let verdict = validation.converted().or_else(|| validation.verdict());
        let member = |name: &str| verdict.map(|verdict| verdict[name].clone());
        let mut answer = json!({ "ok": member("ok"), "error_type": member("error_type") });
        if verdict.is_some_and(is_doubtful) {
            answer["doubtful"] = true.into();
        }
        answer
    };
    let workflow = |((before, after), changes): ((&Validation, &Validation), &Vec<UsedChange>)| {
        let question = |question: &OpenQuestion| json!({ "rule": question.rule, "reason": question.reason });
        let finding = |finding: &Finding| json!({ "rule": finding.rule, "severity": finding.severity.word(), "message": finding.message });
        let mut workflow = json!({
            "path": before.file.path,
            "from": verdict(before),
            "to": verdict(after),
            "changes": changes,
            "findings": new_findings(before, after).map(finding).collect::<Vec<_>>(),
        });
        let unknown: Vec<Value> = questions(before, after).into_iter().map(question).collect();
        if !unknown.is_empty() {
            workflow["unknown"] = unknown.into();
        }
        workflow
    };
    let document = json!({
        "version": "comfycheck.upgrade/1",
        "from": names[0],
        "to": names[1],
        "workflows": before.files.iter().zip(&after.files).zip(changes).map(workflow).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
