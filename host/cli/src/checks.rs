//! Loads components: bundled checks, and checks from files.

use crate::compile;
use crate::components::Components;
use crate::failure::{Failure, chain};
use crate::files;
use crate::platform;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, Refusal};
use comfycheck_packed::Packed;
use comfycheck_runtime::file;
use comfycheck_runtime::sandbox::{
    AuditSink, BuiltIn, COMPONENT_BYTES, Cache, CacheError, Component, ComponentSource, LoadError, LoadErrorKind,
    LoadEvent, Sandbox,
};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The check whose decoder serves `runpod/pictures`.
const DECODER: &str = "image";

/// Loads components into one sandbox.
pub(crate) struct Checks {
    sandbox: Sandbox,
    cache: Option<Cache>,
    offline: bool,
    terminal: Terminal,
}

/// A component to load.
pub(crate) enum ComponentRequest<'a> {
    /// A bundled check.
    Bundled(&'static comfycheck_checks::BundledCheck),
    /// A component file.
    File(&'a Path),
    /// A component that was fetched or is pinned, from this source.
    Verified { source: String, wasm: Vec<u8> },
}

/// The bytes of a component, and how it becomes one.
enum Wasm<'a> {
    /// Compiled when this program was built.
    BuiltIn(BuiltIn),
    /// A bundled check, by its SHA-256.
    Bundled {
        wasm: Vec<u8>,
        sha256: &'static str,
    },
    Bytes(Cow<'a, [u8]>),
}

impl Checks {
    /// `offline` keeps components of others from being fetched.
    pub(crate) fn new(cache_dir: Option<PathBuf>, offline: bool, terminal: Terminal) -> Result<Self, Failure> {
        let cache = match cache(cache_dir) {
            Some(Ok(cache)) => Some(cache),
            Some(Err(error)) => {
                let warning = chain("compiled checks are not cached".to_owned(), Some(&error));
                terminal.say(format!("warning: {warning}"));
                None
            }
            None => None,
        };
        let sandbox = Sandbox::with_compiler(cache.clone(), compile::compiler()).map_err(|error| {
            Failure::machine(error.to_string(), std::error::Error::source(&error).unwrap_or(&error))
        })?;
        if let Some(image) = comfycheck_checks::check(DECODER) {
            sandbox.lend_decoder(precompiled(image).unwrap_or_else(|| uncompiled(image)));
        }
        Ok(Self { sandbox, cache, offline, terminal })
    }

    /// The cache folder, which only this user can write to. None if there is none.
    pub(crate) fn private_folder(&self) -> Option<&Path> {
        self.cache.as_ref().map(Cache::folder)
    }

    /// Components of others.
    pub(crate) fn components(&self) -> Components {
        Components::new(self.private_folder(), self.offline, self.terminal)
    }

    /// Records what the checks ask the host.
    pub(crate) fn audit(&self, sink: AuditSink) {
        self.sandbox.audit(sink);
    }

    /// Loads components in parallel, each with its name for messages. One error lists all that cannot be loaded.
    pub(crate) fn load(&self, wanted: &[(String, ComponentRequest<'_>)]) -> Result<Vec<Component>, Failure> {
        let mut wasm = Vec::with_capacity(wanted.len());
        for (name, wanted) in wanted {
            wasm.push(match wanted {
                ComponentRequest::Bundled(check) => match precompiled(check) {
                    Some(built_in) => Wasm::BuiltIn(built_in),
                    None => Wasm::Bundled { wasm: check.component(), sha256: check.sha256 },
                },
                ComponentRequest::File(path) => Wasm::Bytes(read(name, path)?.into()),
                ComponentRequest::Verified { wasm, .. } => Wasm::Bytes(wasm.into()),
            });
        }
        let named = || wanted.iter().map(|(name, _)| name.as_str()).zip(&wasm);
        let sources: Vec<ComponentSource<'_>> = named()
            .filter_map(|(name, wasm)| match wasm {
                Wasm::BuiltIn(_) => None,
                Wasm::Bundled { wasm, sha256 } => Some(ComponentSource { name, wasm, sha256: Some(sha256) }),
                Wasm::Bytes(wasm) => Some(ComponentSource { name, wasm, sha256: None }),
            })
            .collect();
        let compiled = self.sandbox.load_all(&sources, &|event| match event {
            LoadEvent::Compiling { name, nth, of } => {
                self.terminal.say(format!("compiling check `{name}` ({nth} of {of}; cached for the next run)"));
            }
            LoadEvent::NotCached { name, error } => {
                self.terminal.say(format!("warning: the compiled check `{name}` is not cached: {error}"));
            }
        });
        let mut compiled = compiled.into_iter();
        let mut components = Vec::with_capacity(wanted.len());
        let mut refused = Vec::new();
        let mut no_memory = false;
        for ((name, wasm), (_, wanted)) in named().zip(wanted) {
            let loaded = match wasm {
                Wasm::BuiltIn(check) => Some(self.sandbox.built_in(name, *check)),
                Wasm::Bundled { .. } | Wasm::Bytes(_) => compiled.next(),
            };
            let Some(loaded) = loaded else { break };
            match loaded {
                Ok(component) => components.push(component),
                Err(error) => {
                    no_memory |= matches!(error.kind, LoadErrorKind::NoMemory(_));
                    refused.push(diagnostic(&error, wanted));
                }
            }
        }
        let refusal = Refusal { diagnostics: refused };
        match (refusal.diagnostics.is_empty(), no_memory) {
            (true, _) => Ok(components),
            (false, true) => Err(Failure::Machine(refusal)),
            (false, false) => Err(Failure::Invalid(refusal)),
        }
    }

    /// All bundled components.
    pub(crate) fn bundled(&self) -> Result<Vec<Component>, Failure> {
        let wanted: Vec<_> = comfycheck_checks::CHECKS
            .iter()
            .map(|check| (check.name.to_owned(), ComponentRequest::Bundled(check)))
            .collect();
        self.load(&wanted)
    }
}

/// A bundled check with its code, if the build compiled it.
fn precompiled(check: &'static comfycheck_checks::BundledCheck) -> Option<BuiltIn> {
    let compiled = comfycheck_precompiled::precompiled(check.sha256)?;
    let comfycheck_precompiled::PrecompiledCheck { sha256, description, code } = *compiled;
    Some(BuiltIn { wasm: check.packed, sha256, description, code })
}

/// A bundled check that is compiled here when it is first used.
fn uncompiled(check: &'static comfycheck_checks::BundledCheck) -> BuiltIn {
    BuiltIn { wasm: check.packed, sha256: check.sha256, description: "", code: Packed::NOTHING }
}

fn diagnostic(error: &LoadError, wanted: &ComponentRequest<'_>) -> Diagnostic {
    let file = match wanted {
        ComponentRequest::File(path) if path.display().to_string() != error.check => format!(" (`{}`)", path.display()),
        ComponentRequest::Verified { source, .. } if *source != error.check => format!(" (`{source}`)"),
        ComponentRequest::File(_) | ComponentRequest::Verified { .. } | ComponentRequest::Bundled(_) => String::new(),
    };
    let what = format!("check `{}`{file} {}", error.check, error.kind);
    let diagnostic = chain(what, std::error::Error::source(error));
    match error.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Reads a component file, up to the sandbox's size limit.
fn read(name: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    if let Some(problem) = files::unreadable(path) {
        return Err(problem.into());
    }
    let path_of_check = if path.display().to_string() == name { String::new() } else { format!(" of check `{name}`") };
    file::read(path, COMPONENT_BYTES as u64).map_err(|error| {
        Failure::invalid(format!("cannot read the component `{}`{path_of_check}", path.display()), &error)
    })
}

/// Opens the cache folder. None without a home folder.
pub(crate) fn cache(named: Option<PathBuf>) -> Option<Result<Cache, CacheError>> {
    cache_dir(named).map(Cache::open)
}

/// The cache folder for compiled checks: the named one, or the default. None without a home folder.
pub(crate) fn cache_dir(named: Option<PathBuf>) -> Option<PathBuf> {
    named
        .filter(|folder| !folder.as_os_str().is_empty())
        .or_else(|| Some(platform::folder_of_caches()?.join("comfycheck")))
}
