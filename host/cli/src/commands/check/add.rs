//! `comfycheck check add`: accepts a check of others, and adds it to a suite.

use super::build::{grants_line, rule_lines};
use super::suite_and_lock::SuiteAndLock;
use super::suite_edit::{SuiteText, same_place};
use crate::args::AddArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::components::{Offer, pinned_key};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::address::{self, AddressError};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::distribution::{
    LockedComponent, RemoteSource, SourceError, has_login, is_component_file, is_remote,
};
use comfycheck_core::manifest::is_kebab_case;
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::bytes;
use comfycheck_runtime::distribution::PublicKey;
use comfycheck_runtime::file;
use comfycheck_runtime::sandbox::{Component, Interface};
use std::fmt::Write;
use std::path::Path;

/// The largest file of a key, in bytes.
const KEY_BYTES: u64 = 16 << 10;

pub(crate) fn add(arguments: &AddArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let AddArguments { source, suite, name, key, yes } = arguments;
    let files = SuiteAndLock::read(suite.as_deref())?;
    let mut text = SuiteText::parse(&files.suite)?;
    let given = key.as_deref().map(read_key).transpose()?;
    let remote = remote(source)?;
    let canonical = remote.as_ref().map_or_else(|| files.spelling(source), RemoteSource::to_string);
    let components = checks.components();
    let key = match (given, files.lock().find(&canonical)) {
        (None, Some(entry)) => pinned_key(entry)?,
        (given, _) => given,
    };
    let mut offer = match &remote {
        Some(remote) => components.offer(remote, key.as_ref())?,
        None if key.is_some() => {
            let what = "a file cannot be signed: only a registry has signatures";
            return Err(Diagnostic::new(what).into());
        }
        None => file_offer(&canonical, files.folder())?,
    };
    let component = loaded(&offer, checks)?;
    let name = check_name(name.as_deref(), &component)?;
    let used = text.source_of(&name);
    if let Some(used) = used.as_deref().filter(|used| !same_place(used, &offer.entry.source)) {
        return Err(taken(&files.suite.path, &name, used));
    }
    let used = used.and_then(|used| files.lock().find(&lock_source(&used)));
    // Another version needs the signature of the same key.
    if let (None, Some(used), Some(remote)) = (&offer.entry.key, used, &remote)
        && let Some(key) = pinned_key(used)?
    {
        offer = components.signed_by(offer, remote, &key)?;
    }
    let accepted = files.lock().find(&offer.entry.source);
    let is_pinned = accepted == Some(&offer.entry);
    terminal.print(&page(&component, &offer))?;
    if let Some(old) = accepted.or(used).filter(|_| !is_pinned) {
        terminal.print(&changes(old, &offer.entry))?;
    }
    let grants = component.surface().grants();
    let changed = text.set(&name, &offer.entry.source, &grants)?;
    let suite = files.suite.path.clone();
    if is_pinned && changed == files.suite.text {
        components.keep(&offer);
        terminal.say(inert(&format!("{suite} has check `{name}` already")));
        return Ok(ExitCode::Passed);
    }
    let requests = grants.contains(&Interface::Http.name());
    let grants = if grants.is_empty() { "" } else { " and grant its permissions" };
    confirm(&format!("Add check `{name}` to {suite}{grants}?"), *yes, terminal)?;
    components.keep(&offer);
    files.write(&changed, [offer.entry])?;
    terminal.say(inert(&format!("added check `{name}` to {suite}; commit it with comfycheck.lock")));
    if requests {
        let paths =
            format!("list the paths that it may request: `http-paths` in `[checks.{name}]`, such as `[\"/queue\"]`");
        terminal.say(inert(&paths));
    }
    Ok(ExitCode::Passed)
}

/// A component in a file, which the suite names relative to its folder.
fn file_offer(source: &str, folder: &Path) -> Result<Offer, Failure> {
    if is_component_file(source) {
        return Offer::of_file(source, &folder.join(source));
    }
    // A suite takes such a text for the name of a built-in check.
    let what = format!("{} is not a `.wasm` file", shown(source));
    Err(Diagnostic::new(what).help("write `oci://…`, `https://…` or the path of a `.wasm` file").into())
}

/// Why a check of another place does not take the name.
fn taken(suite: &str, name: &str, used: &str) -> Failure {
    let what = format!("`{suite}` has a check `{name}` already, which uses {}", shown(used));
    let help =
        format!("add it under another name: `--name NAME`; to replace the check, remove `[checks.{name}]` first");
    Diagnostic::new(what).help(help).into()
}

/// What differs from what was accepted.
fn changes(old: &LockedComponent, new: &LockedComponent) -> String {
    let grants: Vec<_> = new.permissions.iter().map(String::as_str).collect();
    let changes = old.permission_summary(&grants);
    let mut text = format!("changed from {}: {changes}\n", old.digest);
    if old.key != new.key {
        for (sign, key) in [('-', &old.key), ('+', &new.key)] {
            text.extend(key.iter().map(|key| format!("{sign} key {}\n", inert(key))));
        }
    }
    text
}

/// The name of the check in the suite. A check of others gets that of a built-in one only if the user says so.
fn check_name(named: Option<&str>, component: &Component) -> Result<String, Failure> {
    let own = &component.manifest().name;
    match named {
        Some(name) if is_kebab_case(name) => Ok(name.to_owned()),
        Some(name) => {
            let what = format!("`{}` is not a valid check name", inert(name));
            Err(Diagnostic::new(what).help("use lower-case words joined by `-`, such as `my-check`").into())
        }
        None if comfycheck_checks::check(own).is_some() => {
            let what = format!("the check has the name of the built-in check `{own}`");
            Err(Diagnostic::new(what).help("give it another one: `--name NAME`").into())
        }
        None => Ok(own.clone()),
    }
}

/// A source that is not on this machine. None for the path of a file.
pub(super) fn remote(source: &str) -> Result<Option<RemoteSource>, Failure> {
    if is_remote(source) {
        return source.parse().map(Some).map_err(|error: SourceError| {
            let shown = address::shown(source).unwrap_or("the source");
            Diagnostic::new(format!("{shown} {error}")).help(error.help()).into()
        });
    }
    if has_login(source) {
        let error = AddressError::Credentials;
        return Err(Diagnostic::new(format!("the source is {error}")).help(error.help()).into());
    }
    Ok(None)
}

/// A source as the lock file writes it.
pub(super) fn lock_source(source: &str) -> String {
    remote(source).ok().flatten().map_or_else(|| source.to_owned(), |remote| remote.to_string())
}

/// A source for a message, without what may be secret.
pub(super) fn shown(source: &str) -> String {
    address::shown(source).map_or_else(|| "the source".to_owned(), |shown| format!("`{}`", inert(shown)))
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
