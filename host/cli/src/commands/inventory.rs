//! `comfycheck inventory`: saves and compares ComfyUI inventories.

use crate::args::{DiffFormat, InventoryCommand};
use crate::clock;
use crate::failure::Failure;
use crate::inventory;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::inventory::{Change, Changed, Inventory, diff};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::count;
use comfycheck_runtime::comfyui::Fetch;
use std::path::Path;
use tokio::runtime::Runtime;

pub(crate) fn inventory(command: &InventoryCommand, terminal: Terminal) -> Result<ExitCode, Failure> {
    let tokio = crate::executor::tokio()?;
    match command {
        InventoryCommand::Save { file, comfyui } => save(file, comfyui, &tokio, terminal)?,
        InventoryCommand::Diff { from, to, format } => {
            let from = inventory::of(from, Fetch::Everything, &tokio)?;
            let to = inventory::of(to, Fetch::Everything, &tokio)?;
            let changed = diff(&from, &to);
            let text = match format {
                DiffFormat::Human => lines(&changed),
                DiffFormat::Json => document(&changed),
            };
            terminal.print(&text)?;
        }
    }
    Ok(ExitCode::Passed)
}

fn save(file: &Path, comfyui: &str, tokio: &Runtime, terminal: Terminal) -> Result<(), Failure> {
    let fetched = inventory::of_server(comfyui, Fetch::Everything, tokio)?;
    let today = clock::now()?.strftime("%Y-%m-%d").to_string();
    let saved = Inventory { date: Some(today), ..fetched };
    let text = saved.to_file().unwrap_or_default();
    write::file(file, &text)?;
    let missing: Vec<_> = [
        ("versions", saved.system.is_none()),
        ("node replacements", saved.node_replacements.is_none()),
        ("model files", saved.models.is_none()),
        ("node packs (no ComfyUI-Manager)", saved.packs.is_none()),
    ]
    .into_iter()
    .filter_map(|(what, is_missing)| is_missing.then_some(what))
    .collect();
    let classes = count(saved.classes.names().len(), "node class");
    terminal.say(inert(&format!("wrote {}: {classes}", file.display())));
    if !missing.is_empty() {
        terminal.say(format!("not provided by this ComfyUI: {}", missing.join(", ")));
    }
    Ok(())
}

fn lines(changed: &[Changed]) -> String {
    if changed.is_empty() {
        return "no differences\n".to_owned();
    }
    changed.iter().map(|changed| change_line(changed) + "\n").collect()
}

/// A difference in one line: `+`, `-` or `~`, the kind, and the name.
pub(super) fn change_line(Changed { kind, name, change }: &Changed) -> String {
    // Names come from a server.
    let name = inert(name);
    let kind = kind.word();
    match change {
        Change::Added => format!("+ {kind:<8} {name}"),
        Change::Removed => format!("- {kind:<8} {name}"),
        Change::Changed { from, to } => format!("~ {kind:<8} {name}: {} → {}", inert(from), inert(to)),
    }
}

fn document(changed: &[Changed]) -> String {
    let document = serde_json::json!({ "version": "comfycheck.inventory-diff/1", "changes": changed });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
