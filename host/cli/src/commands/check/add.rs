//! `comfycheck check add`: accepts a check of others, and adds it to a suite.

use super::build::{grants_line, rule_lines};
use super::suite_edit::{SuiteText, same_place};
use crate::args::AddArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::components::{LockFile, Offer};
use crate::failure::Failure;
use crate::files;
use crate::prepare::SUITE;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::distribution::{RemoteSource, SourceError, is_remote};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::bytes;
use comfycheck_runtime::distribution::PublicKey;
use comfycheck_runtime::file;
use comfycheck_runtime::sandbox::Component;
use std::fmt::Write;
use std::path::Path;

/// The largest file of a key, in bytes.
const KEY_BYTES: u64 = 16 << 10;

pub(crate) fn add(arguments: &AddArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let AddArguments { source, suite, name, key, yes } = arguments;
    let path = suite.as_deref().unwrap_or(Path::new(SUITE));
    let file = files::suite(path, SUITE)?;
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let mut locked = LockFile::read(folder)?;
    let key = key.as_deref().map(read_key).transpose()?;

    let components = checks.components();
    let offer = match remote(source)? {
        Some(remote) => components.offer(&remote, key.as_ref())?,
        None if key.is_some() => {
            let what = "a file cannot be signed: only a registry has signatures";
            return Err(Diagnostic::new(what).into());
        }
        // The suite names it relative to its folder.
        None => Offer::of_file(source, &folder.join(source))?,
    };
    let component = loaded(&offer, checks)?;
    let name = name.clone().unwrap_or_else(|| component.manifest().name.clone());
    let mut text = SuiteText::parse(&file)?;
    if let Some(used) = text.source_of(&name).filter(|used| !same_place(used, &offer.entry.source)) {
        let what = format!("`{}` has a check `{name}` already, which uses `{used}`", file.path);
        return Err(Diagnostic::new(what).help("add it under another name: `--name NAME`").into());
    }
    let accepted = locked.lock.find(&offer.entry.source);
    let is_pinned = accepted == Some(&offer.entry);
    terminal.print(&page(&component, &offer))?;
    if let Some(accepted) = accepted.filter(|_| !is_pinned) {
        let changes = accepted.permission_changes(&component.surface().grants());
        let changes = if changes.is_empty() { "the same permissions".to_owned() } else { changes.join(", ") };
        terminal.print(&format!("changed from {}: {changes}\n", accepted.digest))?;
    }
    let changed = text.set(&name, &offer.entry.source, &component.surface().grants())?;
    if is_pinned && changed == file.text {
        components.keep(&offer);
        terminal.say(inert(&format!("{} has check `{name}` already", file.path)));
        return Ok(ExitCode::Passed);
    }
    let grants = if component.surface().grants().is_empty() { "" } else { " and grant its permissions" };
    confirm(&format!("Add check `{name}` to {}{grants}?", file.path), *yes, terminal)?;
    components.keep(&offer);
    locked.lock.set(offer.entry);
    // A suite without its lock entry is refused, so the lock comes first.
    locked.write()?;
    write::file(path, &changed)?;
    terminal.say(inert(&format!("added check `{name}` to {}; commit it with comfycheck.lock", file.path)));
    Ok(ExitCode::Passed)
}

/// A source that is not on this machine. None for the path of a file.
pub(super) fn remote(source: &str) -> Result<Option<RemoteSource>, Failure> {
    if !is_remote(source) {
        return Ok(None);
    }
    source.parse().map(Some).map_err(|error: SourceError| {
        let shown = comfycheck_core::address::shown(source).unwrap_or("the source");
        Diagnostic::new(format!("{shown} {error}")).help(error.help()).into()
    })
}

/// Compiles a component and has it describe itself.
pub(super) fn loaded(offer: &Offer, checks: &Checks) -> Result<Component, Failure> {
    let source = offer.entry.source.clone();
    let request = ComponentRequest::Verified { source: source.clone(), wasm: offer.wasm.clone() };
    let mut components = checks.load(&[(source, request)])?;
    // One request has one component.
    Ok(components.remove(0))
}

/// What the user accepts.
fn page(component: &Component, offer: &Offer) -> String {
    let manifest = component.manifest();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} {}: {}", manifest.name, manifest.version, manifest.summary);
    let _ = writeln!(text, "source  {}", offer.entry.source);
    let _ = writeln!(text, "sha256  {}  ({})", component.sha256(), bytes(offer.entry.size));
    if offer.entry.key.is_some() {
        let _ = writeln!(text, "signed  by this key");
    }
    let _ = writeln!(text, "grants  {}", grants_line(component).unwrap_or_else(|| "none needed".to_owned()));
    text.push_str(&rule_lines(manifest));
    text
}

/// Asks on a terminal. Elsewhere the user must have confirmed with `--yes`.
pub(super) fn confirm(question: &str, yes: bool, terminal: Terminal) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    match terminal.ask(question) {
        Some(true) => Ok(()),
        Some(false) => Err(Diagnostic::new("not accepted; nothing was changed").into()),
        None => {
            let what = "not confirmed: this is not a terminal, and nothing was changed";
            Err(Diagnostic::new(what).help("read the permissions above, then add `--yes`").into())
        }
    }
}

fn read_key(path: &Path) -> Result<PublicKey, Failure> {
    let shown = inert(&path.display().to_string());
    let bytes = file::read_named(path, KEY_BYTES)
        .map_err(|error| Failure::invalid(format!("cannot read the key `{shown}`"), &error))?;
    PublicKey::from_pem(&String::from_utf8_lossy(&bytes))
        .map_err(|error| Diagnostic::new(format!("`{shown}` {error}")).into())
}
