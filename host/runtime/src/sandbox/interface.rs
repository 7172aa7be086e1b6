//! The interfaces that a check can import, and those that a component imports. Its permissions are
//! read without compiling it.

use super::contract::comfycheck::{check, comfyui, runpod};
use super::guest::Guest;
use super::load_error::LoadErrorKind;
use super::{files, outputs, samples};
use wasmparser::{Chunk, Encoding, Parser, Payload};
use wasmtime::component::{HasSelf, Linker};

/// An interface that the host offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interface {
    Log,
    Workflow,
    Files,
    Inventory,
    Endpoint,
    Volume,
    Samples,
    DryRun,
    Outputs,
    Inputs,
}

impl Interface {
    /// In the order of the contract.
    pub const ALL: [Self; 10] = [
        Self::Log,
        Self::Workflow,
        Self::Files,
        Self::Inventory,
        Self::Endpoint,
        Self::Volume,
        Self::Samples,
        Self::DryRun,
        Self::Outputs,
        Self::Inputs,
    ];

    /// The name in suites.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Workflow => "workflow",
            Self::Files => "check/files",
            Self::Inventory => "comfyui/inventory",
            Self::Endpoint => "runpod/endpoint",
            Self::Volume => "runpod/volume",
            Self::Samples => "runpod/samples",
            Self::DryRun => "runpod/dry-run",
            Self::Outputs => "runpod/outputs",
            Self::Inputs => "runpod/inputs",
        }
    }

    /// Whether every check has it without a grant.
    pub fn is_always_granted(self) -> bool {
        match self {
            Self::Log | Self::Workflow => true,
            Self::Files
            | Self::Inventory
            | Self::Endpoint
            | Self::Volume
            | Self::Samples
            | Self::DryRun
            | Self::Outputs
            | Self::Inputs => false,
        }
    }

    /// The name in components, without the version.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Log => "comfycheck:check/log",
            Self::Workflow => "comfycheck:check/workflow",
            Self::Files => "comfycheck:check/files",
            Self::Inventory => "comfycheck:comfyui/inventory",
            Self::Endpoint => "comfycheck:runpod/endpoint",
            Self::Volume => "comfycheck:runpod/volume",
            Self::Samples => "comfycheck:runpod/samples",
            Self::DryRun => "comfycheck:runpod/dry-run",
            Self::Outputs => "comfycheck:runpod/outputs",
            Self::Inputs => "comfycheck:runpod/inputs",
        }
    }

    /// The version that the host offers.
    pub fn version(self) -> &'static str {
        match self {
            Self::Log | Self::Workflow | Self::Files => VERSION,
            Self::Inventory => "0.1.0",
            Self::Endpoint | Self::Volume | Self::Samples | Self::DryRun | Self::Outputs | Self::Inputs => "0.1.4",
        }
    }

    pub(super) fn link(self, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        match self {
            Self::Log => check::log::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
            Self::Workflow => check::workflow::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
            Self::Files => files::link(linker),
            Self::Inventory => comfyui::inventory::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
            Self::Endpoint => runpod::endpoint::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
            Self::Volume => runpod::volume::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
            Self::Samples => samples::link(linker),
            Self::DryRun => runpod::dry_run::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
            Self::Outputs => outputs::link(linker),
            Self::Inputs => runpod::inputs::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        }
    }
}

/// The version of the contract's first package, `comfycheck:check`.
pub(super) const VERSION: &str = "0.1.2";

/// An interface that a component imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub interface: Interface,
    /// The version that the component was built with, such as `0.1.0`.
    pub version: String,
}

impl Import {
    /// Reads the name of an import, such as `comfycheck:runpod/samples@0.1.0`. None if the host
    /// offers no such interface in a compatible version.
    fn read(name: &str) -> Option<Self> {
        let (id, version) = name.split_once('@')?;
        let interface = Interface::ALL.into_iter().find(|interface| interface.id() == id)?;
        // Before 1.0 the second number marks breaking changes, and a pre-release is not compatible
        // with anything.
        let patch = version.strip_prefix("0.1.")?;
        patch.bytes().all(|byte| byte.is_ascii_digit()).then(|| Self { interface, version: version.to_owned() })
    }

    /// Whether it was built with a later version than the host's. It runs if it uses nothing that is new there.
    fn is_newer(&self) -> bool {
        numbers(&self.version) > numbers(self.interface.version())
    }
}

/// The error of a component that imports later versions than the host offers. None if it does not.
pub(super) fn newer(imports: &[Import]) -> Option<LoadErrorKind> {
    let newer = imports.iter().filter(|import| import.is_newer());
    let pairs = newer.map(|import| (format!("{}@{}", import.interface.id(), import.version), import.interface));
    of_newer(pairs.collect())
}

fn of_newer(pairs: Vec<(String, Interface)>) -> Option<LoadErrorKind> {
    let ours = pairs.iter().map(|(_, interface)| format!("{}@{}", interface.id(), interface.version())).collect();
    let theirs: Vec<_> = pairs.into_iter().map(|(theirs, _)| theirs).collect();
    (!theirs.is_empty()).then_some(LoadErrorKind::Newer { theirs, ours })
}

/// An interface in an incompatible later version, such as `comfycheck:runpod/samples@0.2.0`.
fn of_later_contract(name: &str) -> Option<Interface> {
    let (id, version) = name.split_once('@')?;
    let interface = Interface::ALL.into_iter().find(|interface| interface.id() == id)?;
    (numbers(version) > numbers(interface.version())).then_some(interface)
}

/// The numbers of a version, for comparison. Anything else sorts first.
pub(super) fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|number| number.parse().ok()).collect()
}

/// The imports of a component, in its order. Skips nested modules and components: the component
/// itself provides their imports.
pub(super) fn imports(wasm: &[u8]) -> Result<Vec<Import>, LoadErrorKind> {
    if !wasm.starts_with(b"\0asm") {
        return Err(LoadErrorKind::NotWasm);
    }
    let malformed = |error: &dyn ToString| LoadErrorKind::Malformed(error.to_string());
    let truncated = || LoadErrorKind::Malformed("unexpected end".to_owned());
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut parser = Parser::new(0);
    let mut rest = wasm;
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true).map_err(|error| malformed(&error))? else {
            return Err(truncated());
        };
        rest = rest.get(consumed..).ok_or_else(truncated)?;
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } => return Err(LoadErrorKind::CoreModule),
            Payload::ModuleSection { unchecked_range: nested, .. }
            | Payload::ComponentSection { unchecked_range: nested, .. } => {
                rest = rest.get(nested.len()..).ok_or_else(truncated)?;
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let name = import.map_err(|error| malformed(&error))?.name.name;
                    match Import::read(name) {
                        Some(import) => known.push(import),
                        None => unknown.push(name.to_owned()),
                    }
                }
            }
            Payload::End(_) => break,
            _ => {}
        }
    }
    if unknown.is_empty() {
        return Ok(known);
    }
    let later = unknown.iter().map(|name| Some((name.clone(), of_later_contract(name)?))).collect::<Option<_>>();
    Err(later.and_then(of_newer).unwrap_or(LoadErrorKind::UnknownImports(unknown)))
}
