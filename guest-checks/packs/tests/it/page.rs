//! The book's page about packs is made of the data.
//!
//! With BLESS=1 the page is written instead of compared.

use comfycheck_packs::{Broadcast, EditorRole, Fact, PackFile, Packs, Pattern};
use std::fmt::Write;

const INTRODUCTION: &str = "<!-- Made of guest-checks/packs/data by a test: BLESS=1 writes it. -->

# What comfycheck knows about custom nodes

A server's `/object_info` does not show everything about a node class. Some classes read inputs that they do not declare.
Others exist only in the editor. comfycheck has one file of facts for each pack below. Each fact is from the pack's public
definitions.

If nothing is known about a pack, comfycheck reports only what is certain. Everything else is a note of `depends-on-pack`.

To add a pack, see `guest-checks/packs/data/README.md`. A suite can add its own with the setting `packs` of the check
`workflow`.
";

#[test]
fn the_book_has_a_page_of_the_data() {
    let page = Packs::embedded().files().iter().fold(INTRODUCTION.to_owned(), |mut page, file| {
        section(file, &mut page);
        page
    });
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/packs.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "run the tests with BLESS=1 to rewrite {}", path.display());
}

fn section(file: &PackFile, page: &mut String) {
    let _ = writeln!(page, "\n## {}\n", file.pack);
    let _ = writeln!(page, "Source: <{}>, {}.", file.source, file.version);
    if file.names_only {
        let what = if file.facts.is_empty() { "Only names of its classes" } else { "Of its other classes, only names" };
        let _ = writeln!(page, "\n{what} are known, and not what they accept.");
    }
    if !file.provides.is_empty() {
        let _ = writeln!(page, "\nClasses: {}.", names(&file.provides));
    }
    let anywhere = file.anywhere.iter().flat_map(|fact| rows_of(fact, "any, also of other packs"));
    let rows: Vec<_> = file.facts.iter().flat_map(|fact| rows(fact)).chain(anywhere).collect();
    if !rows.is_empty() {
        let _ = writeln!(page, "\n| Classes | What is known | From |\n| --- | --- | --- |");
        for [classes, what, from] in rows {
            let _ = writeln!(page, "| {} | {} | {} |", cell(&classes), cell(&what), cell(&from));
        }
    }
}

fn rows(fact: &Fact) -> Vec<[String; 3]> {
    let classes = if fact.classes.iter().any(Pattern::is_any) { "all".to_owned() } else { names(&fact.classes) };
    rows_of(fact, &classes)
}

fn rows_of(fact: &Fact, classes: &str) -> Vec<[String; 3]> {
    let mut known = Vec::new();
    known.extend(fact.editor.map(|role| {
        let what = match role {
            EditorRole::Vanishes => "left out",
            EditorRole::Passes => "passes its first input on",
            EditorRole::Sets => "sets a name for its first input",
            EditorRole::Gets => "gets the input that a name is set for",
            EditorRole::Primitive => "sets the widgets that it is linked to",
        };
        format!("exists only in the editor: {what}")
    }));
    known.extend(fact.folder.as_ref().map(|folder| format!("loads files of the folder `{folder}`")));
    known.extend(fact.broadcasts.iter().map(broadcast));
    if !fact.any_inputs.is_empty() {
        known.push(format!("reads undeclared inputs: {}", names(&fact.any_inputs)));
    }
    if !fact.any_links.is_empty() {
        known.push(format!("reads undeclared links: {}", names(&fact.any_links)));
    }
    known.extend(
        fact.option_inputs.as_ref().map(|by| format!("the option `{}` of `{}` declares inputs", by.option, by.input)),
    );
    known.extend(fact.objects.as_ref().map(|objects| {
        let (class, input) = &objects.listed_by;
        format!("`{}` hold a file that `{input}` of `{class}` lists", objects.inputs.text())
    }));
    known.extend(fact.validator.as_ref().map(|by| {
        let inputs: Vec<_> = by.inputs.iter().map(|input| format!("`{input}`")).collect();
        let what = if by.takes_types { "link types".to_owned() } else { inputs.join(", ") };
        let since = by.since.map(|since| format!(" since ComfyUI {since}")).unwrap_or_default();
        let until = by.until.map(|until| format!(" until ComfyUI {until}")).unwrap_or_default();
        format!("validates {what} itself{since}{until}")
    }));
    known.extend(
        fact.accepts.iter().map(|wider| format!("{} also accept {}", names(&wider.inputs), wider.types.join(", "))),
    );
    known.extend(
        fact.gives.iter().map(|wider| format!("{} outputs also fit {}", wider.declared, wider.types.join(", "))),
    );
    if fact.any_output {
        known.push("has outputs beyond the declared ones".to_owned());
    }
    if fact.needs_editor {
        known.push("fails without `extra_pnginfo`, which only the editor sends".to_owned());
    }
    if !fact.leftovers.is_empty() {
        known.push(format!("harmless leftovers of the editor: {}", names(&fact.leftovers)));
    }
    known.extend(fact.loose_lists.iter().map(|list| format!("the list of `{}` accepts more", list.inputs.text())));
    known.extend(fact.widgets.iter().map(|widget| format!("the editor adds the widget `{}`", widget.name)));
    if fact.declares_all {
        known.push("reads and gives only what it declares".to_owned());
    }
    known.extend(fact.unreturned.as_ref().map(|files| match &files.list {
        Some(list) => format!("worker-comfyui drops its files: it lists them under `{list}`"),
        None => "worker-comfyui drops its files: it lists none".to_owned(),
    }));
    if fact.previews {
        known.push("shows its files in the editor only".to_owned());
    }
    if !fact.free_choices.is_empty() {
        known.push(format!("lists show examples only: {}", names(&fact.free_choices)));
    }
    assert!(!known.is_empty(), "a fact says nothing: {fact:?}");
    known.into_iter().map(|what| [classes.to_owned(), what, fact.from.clone()]).collect()
}

fn broadcast(sent: &Broadcast) -> String {
    match (sent.output, sent.slot, &sent.input) {
        (Some(output), _, _) => format!("broadcasts its output at place {}", output + 1),
        (None, Some(slot), _) => format!("broadcasts its input at place {}", slot + 1),
        (None, None, Some(input)) => format!("broadcasts its inputs `{}`", input.text()),
        (None, None, None) => "broadcasts its inputs".to_owned(),
    }
}

fn names(patterns: &[Pattern]) -> String {
    patterns.iter().map(|pattern| format!("`{}`", pattern.text())).collect::<Vec<_>>().join(", ")
}

/// A text in a table: a bar would end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
