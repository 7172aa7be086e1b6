//! `comfycheck check publish`: pushes a check to a registry.

use super::build::grants_line;
use crate::args::PublishArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::distribution::{RemoteSource, Version};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::bytes;
use comfycheck_runtime::file;
use comfycheck_runtime::sandbox::COMPONENT_BYTES;

pub(crate) fn publish(
    PublishArguments { component, to }: &PublishArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let reference = match super::add::remote(to)? {
        Some(RemoteSource::Registry(reference)) => reference,
        Some(RemoteSource::Web(_)) | None => {
            let what = format!("{} is not a registry", super::add::shown(to));
            return Err(Diagnostic::new(what).help("write a reference such as `oci://ghcr.io/acme/rules:1.0`").into());
        }
    };
    if matches!(reference.version, Version::Digest(_)) {
        return Err(Diagnostic::new("cannot publish to a digest").help("name a tag, such as `:1.0`").into());
    }
    let shown = inert(&component.display().to_string());
    let wasm = file::read_named(component, COMPONENT_BYTES as u64)
        .map_err(|error| Failure::invalid(format!("cannot read the component `{shown}`"), &error))?;
    // What no suite could use is not published.
    let request = ComponentRequest::Verified { source: shown.clone(), wasm: wasm.clone() };
    let loaded = checks.load(&[(shown, request)])?.remove(0);
    let size = bytes(wasm.len() as u64);
    let digest = checks.components().publish(&reference, wasm, loaded.surface())?;
    let manifest = loaded.manifest();
    let grants = grants_line(&loaded).unwrap_or_else(|| "none needed".to_owned());
    terminal.print(&format!(
        "published {} {} as {to}\nmanifest  {digest}\nsha256    {}  ({size})\ngrants    {grants}\n",
        manifest.name,
        manifest.version,
        loaded.sha256(),
    ))?;
    Ok(ExitCode::Passed)
}
