//! `comfycheck check update`: accepts what the sources of a suite's checks have now.

use super::add::{confirm, loaded, lock_source, remote};
use super::suite_and_lock::SuiteAndLock;
use super::suite_edit::SuiteText;
use crate::args::UpdateArguments;
use crate::checks::Checks;
use crate::components::{Components, Offer, pinned_key};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::distribution::LockedComponent;
use comfycheck_core::nearest::did_you_mean;
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::{bytes, count};
use std::path::Path;

pub(crate) fn update(arguments: &UpdateArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let UpdateArguments { names, suite, yes } = arguments;
    let files = SuiteAndLock::read(suite.as_deref())?;
    let mut text = SuiteText::parse(&files.suite)?;
    let pinned: Vec<(String, LockedComponent)> = text
        .sources()
        .into_iter()
        .filter_map(|(name, source)| Some((name, files.lock().find(&lock_source(&source))?.clone())))
        .collect();
    if let Some(unknown) = names.iter().find(|name| !pinned.iter().any(|(pinned, _)| pinned == *name)) {
        let what = format!("`comfycheck.lock` has no check `{unknown}`");
        let help = did_you_mean(unknown, pinned.iter().map(|(name, _)| name.as_str()));
        return Err(Diagnostic { help, ..Diagnostic::new(what) }.into());
    }
    if pinned.is_empty() {
        terminal.print("nothing to update: `comfycheck.lock` has no check of this suite\n")?;
        return Ok(ExitCode::Passed);
    }
    let components = checks.components();
    let mut offers = Vec::new();
    let mut changed = files.suite.text.clone();
    for (name, entry) in pinned.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        let offer = offer(&components, entry, files.folder())?;
        let new = loaded(&offer, checks)?;
        if offer.entry == *entry {
            terminal.print(&inert_lines(&format!("{name}: up to date ({})", entry.source)))?;
        } else {
            terminal.print(&inert_lines(&difference(name, entry, &offer, &new.surface().grants())))?;
            changed = text.set(name, &entry.source, &new.surface().grants())?;
            offers.push(offer);
        }
    }
    if offers.is_empty() {
        return Ok(ExitCode::Passed);
    }
    confirm(&format!("Accept {}?", count(offers.len(), "change")), *yes, terminal)?;
    for offer in &offers {
        components.keep(offer);
    }
    files.write(&changed, offers.into_iter().map(|offer| offer.entry))?;
    Ok(ExitCode::Passed)
}

/// What the source of an entry has now. A key stays.
fn offer(components: &Components, entry: &LockedComponent, folder: &Path) -> Result<Offer, Failure> {
    let key = pinned_key(entry)?;
    match remote(&entry.source)? {
        Some(remote) => components.offer(&remote, key.as_ref()),
        None => Offer::of_file(&entry.source, &folder.join(&entry.source)),
    }
}

fn difference(name: &str, old: &LockedComponent, new: &Offer, grants: &[&str]) -> String {
    let mut lines = vec![
        format!("{name}: changed ({})", old.source),
        format!("- {}  ({})", old.digest, bytes(old.size)),
        format!("+ {}  ({})", new.entry.digest, bytes(new.entry.size)),
    ];
    if old.contract != new.entry.contract {
        lines.push(format!("- contract {}", old.contract));
        lines.push(format!("+ contract {}", new.entry.contract));
    }
    lines.extend(old.permission_changes(grants));
    lines.join("\n")
}

fn inert_lines(text: &str) -> String {
    text.lines().map(|line| inert(line) + "\n").collect()
}
