//! `validate --fix` and `--diff`: applies fixes to files until none is left.

use super::editable_file::EditableFile;
use crate::examination::WithInputs;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::fix::{Fix, independent};
use comfycheck_core::text::{TextFile, edited};
use comfycheck_core::validation::{Validation, Validations};
use comfycheck_core::wording::count;
use comfycheck_core::workflow::RequestFile;
use similar::TextDiff;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A file with at least one fix.
pub(super) struct FixedFile {
    /// The index among the validated files.
    pub(super) index: usize,
    path: PathBuf,
    file: EditableFile,
    /// The text with the fixes.
    text: String,
    /// What they do, in their order.
    messages: Vec<String>,
    /// The result without the fixes.
    before: Validation,
}

/// Validates files again.
pub(super) type Examine<'a> = dyn Fn(Vec<WithInputs>) -> Result<Validations, Failure> + 'a;

/// The most rounds of fixes. A fix can make another one possible or obsolete, so a file is validated after each round.
const ROUNDS: usize = 100;

/// Applies fixes in memory. Afterwards the validations are those of the fixed texts. Prints why a file is not fixed.
pub(super) fn fix(
    validations: &mut Validations,
    paths: &[PathBuf],
    with_unsafe: bool,
    examine: &Examine<'_>,
    terminal: Terminal,
) -> Result<Vec<FixedFile>, Failure> {
    let allowed = |fix: &Fix| fix.is_safe || with_unsafe;
    let mut fixed: Vec<FixedFile> = Vec::new();
    let mut unfixable = Vec::new();
    for (index, (validation, path)) in validations.files.iter().zip(paths).enumerate() {
        let is_wanted = validation.execution.findings().iter().filter_map(Fix::of).any(|fix| allowed(&fix));
        if !is_wanted {
            continue;
        }
        match open(path, validation) {
            Ok(file) => {
                let text = file.text().to_owned();
                let (path, before) = (path.clone(), validation.clone());
                fixed.push(FixedFile { index, path, file, text, messages: Vec::new(), before });
            }
            Err(why) => {
                terminal.say(warning(path, &format!("cannot be fixed: {why}")));
                unfixable.push(index);
            }
        }
    }
    for index in unfixable {
        validations.files[index].is_editable = false;
    }
    for _ in 0..ROUNDS {
        let mut changed: Vec<(usize, TextFile)> = Vec::new();
        for file in &mut fixed {
            let validation = &validations.files[file.index];
            if let Some(workflow) = file.advance(validation, &allowed) {
                changed.push((file.index, workflow));
            }
        }
        if changed.is_empty() {
            break;
        }
        let with_inputs =
            |(index, file): (usize, TextFile)| (index, (file, Arc::clone(&validations.files[index].inputs)));
        let (indices, files): (Vec<_>, Vec<_>) = changed.into_iter().map(with_inputs).unzip();
        for (index, validation) in indices.into_iter().zip(examine(files)?.files) {
            validations.files[index] = Validation { is_editable: true, ..validation };
        }
    }
    for file in &fixed {
        let left = validations.files[file.index].execution.findings().iter().filter_map(Fix::of);
        if left.filter(allowed).count() > 0 {
            let why = "has a fix that does not fit: an id or an input appears twice";
            terminal.say(warning(&file.path, why));
        }
    }
    fixed.retain(|file| !file.messages.is_empty());
    Ok(fixed)
}

/// Writes the files. One that cannot be written gets its old result again. Returns whether all were written.
pub(super) fn write(validations: &mut Validations, fixed: Vec<FixedFile>, terminal: Terminal) -> bool {
    let mut all = true;
    for file in fixed {
        match file.file.write(&file.text) {
            Ok(()) => file.report(terminal),
            Err(error) => {
                all = false;
                let what = format!("cannot write `{}`: {error}", file.path.display());
                terminal.say(Diagnostic::new(what).render(terminal.stderr_color()));
                validations.files[file.index] = file.before;
            }
        }
    }
    all
}

/// The fixes as one unified diff. For a person's eyes, characters that harm a terminal are replaced.
pub(super) fn diff(fixed: &[FixedFile], is_watched: bool) -> String {
    let mut all = String::new();
    for FixedFile { path, file, text, .. } in fixed {
        let path = inert(&path.display().to_string());
        let new = file.marked(text);
        let diff = TextDiff::configure().timeout(Duration::from_secs(5)).diff_lines(file.whole_text(), &new);
        let diff = diff.unified_diff().header(&path, &path).to_string();
        if is_watched {
            for line in diff.lines() {
                // Writing to a text does not fail.
                let _ = writeln!(all, "{}", inert(line));
            }
        } else {
            all += &diff;
        }
    }
    all
}

impl FixedFile {
    /// Applies the next fixes. Returns the new workflow; none if there is nothing to do.
    fn advance(&mut self, validation: &Validation, allowed: &dyn Fn(&Fix) -> bool) -> Option<TextFile> {
        let workflow = validation.editable()?;
        let fixes: Vec<Fix> = validation.fixes().into_iter().filter(|fix| allowed(fix)).collect();
        let (edits, chosen) = independent(&workflow, &fixes);
        if chosen.is_empty() {
            return None;
        }
        let text = edited(&self.text, &edits)?;
        let path = validation.file.path.clone();
        let new = RequestFile::of_text(TextFile { path, text: text.clone() }).workflow;
        // What is around a workflow stays, so the edits have the same effect on both texts.
        if text == self.text || edited(&validation.file.text, &edits).as_ref() != Some(&new.text) {
            return None;
        }
        self.text = text;
        self.messages.extend(chosen.into_iter().map(|fix| fix.message.clone()));
        Some(new)
    }

    /// How many fixes it has.
    pub(super) fn count(&self) -> usize {
        self.messages.len()
    }

    fn report(&self, terminal: Terminal) {
        let path = inert(&self.path.display().to_string());
        for message in self.messages.iter().take(SHOWN) {
            terminal.say(format!("fixed: {path}: {}", inert(message)));
        }
        if self.messages.len() > SHOWN {
            terminal.say(format!("fixed: {path}: {}", count(self.messages.len() - SHOWN, "more problem")));
        }
    }
}

/// How many fixes of a file are listed.
const SHOWN: usize = 20;

/// Opens a file that has fixes. Fails with the reason why it cannot have them.
fn open(path: &Path, validation: &Validation) -> Result<EditableFile, String> {
    let file = EditableFile::open(path).map_err(|error| error.to_string())?;
    if validation.editable().is_none() {
        return Err("it is in the editor's format: run `comfycheck convert` first".to_owned());
    }
    if !validation.is_editable {
        return Err("it holds the workflows of several tests".to_owned());
    }
    let text = TextFile { path: validation.file.path.clone(), text: file.text().to_owned() };
    if RequestFile::of_text(text).workflow.text != validation.file.text {
        return Err("it changed in the meantime".to_owned());
    }
    Ok(file)
}

fn warning(path: &Path, what: &str) -> String {
    format!("warning: `{}` {}", inert(&path.display().to_string()), inert(what))
}
