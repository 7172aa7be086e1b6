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
            match format {
                DiffFormat::Human => lines(&from, &to, terminal)?,
                DiffFormat::Json => document(&from, &to, terminal)?,
            }
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

/// How many values of an input a person reads one by one.
const MOST_VALUES: usize = 20;

fn lines(from: &Inventory, to: &Inventory, terminal: Terminal) -> Result<(), Failure> {
    let mut output = Output::new(terminal);
    let mut is_empty = true;
    diff(from, to, MOST_VALUES, &mut |changed| {
        is_empty = false;
        output.add(&(change_line(&changed) + "\n"))
    })?;
    if is_empty {
        output.add("no differences\n")?;
    }
    output.end()
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

/// Written while it is compared: no difference is kept in memory.
fn document(from: &Inventory, to: &Inventory, terminal: Terminal) -> Result<(), Failure> {
    let mut output = Output::new(terminal);
    output.add("{\n  \"version\": \"comfycheck.inventory-diff/1\",\n  \"changes\": [")?;
    let mut before = "\n    ";
    diff(from, to, usize::MAX, &mut |changed| {
        let text = serde_json::to_string_pretty(&changed).unwrap_or_default().replace('\n', "\n    ");
        output.add(std::mem::replace(&mut before, ",\n    "))?;
        output.add(&text)
    })?;
    output.add(if before.starts_with(',') { "\n  ]\n}\n" } else { "]\n}\n" })?;
    output.end()
}

/// Standard output, in parts.
struct Output {
    terminal: Terminal,
    part: String,
}

impl Output {
    /// Parts have about so many bytes.
    const PART: usize = 64 << 10;

    fn new(terminal: Terminal) -> Self {
        Self { terminal, part: String::new() }
    }

    fn add(&mut self, text: &str) -> Result<(), Failure> {
        self.part.push_str(text);
        if self.part.len() < Self::PART { Ok(()) } else { self.end() }
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.terminal.print(&std::mem::take(&mut self.part))
    }
}
