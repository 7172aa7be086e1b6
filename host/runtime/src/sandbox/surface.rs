//! What a component imports and exports. Read without compiling it, so its permissions are known before anything runs.

use super::imports::{Import, of_later_contract, of_newer};
use super::interface::Interface;
use super::load_error::LoadErrorKind;
use wasmparser::{Chunk, Encoding, Parser, Payload};

/// The imports and exports of a component, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// The permissions that it needs.
    pub imports: Vec<Import>,
    /// The names of its exports, such as `comfycheck:check/checker@0.1.1`.
    pub exports: Vec<String>,
}

/// The most names of exports that are kept.
const MOST_EXPORTS: usize = 100;

impl Surface {
    /// Reads a component. Skips nested modules and components: the component itself provides their imports.
    pub fn read(wasm: &[u8]) -> Result<Self, LoadErrorKind> {
        if !wasm.starts_with(b"\0asm") {
            return Err(LoadErrorKind::NotWasm);
        }
        let malformed = |error: &dyn ToString| LoadErrorKind::Malformed(error.to_string());
        let truncated = || LoadErrorKind::Malformed("unexpected end".to_owned());
        let (mut surface, mut unknown) = (Self::default(), Vec::new());
        let mut parser = Parser::new(0);
        let mut rest = wasm;
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, true).map_err(|error| malformed(&error))?
            else {
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
                            Some(import) => surface.imports.push(import),
                            None => unknown.push(name.to_owned()),
                        }
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        let name = export.map_err(|error| malformed(&error))?.name.name;
                        if surface.exports.len() < MOST_EXPORTS {
                            surface.exports.push(name.to_owned());
                        }
                    }
                }
                Payload::End(_) => break,
                _ => {}
            }
        }
        if unknown.is_empty() {
            return Ok(surface);
        }
        let later = unknown.iter().map(|name| Some((name.clone(), of_later_contract(name)?))).collect::<Option<_>>();
        Err(later.and_then(of_newer).unwrap_or(LoadErrorKind::UnknownImports(unknown)))
    }

    /// The version of the contract that it was built with, such as `0.1.1`. None if it is not a check.
    pub fn contract(&self) -> Option<&str> {
        self.exports.iter().find_map(|name| name.strip_prefix("comfycheck:check/checker@"))
    }

    /// The names of its imports, such as `comfycheck:runpod/samples@0.1.4`.
    pub fn import_names(&self) -> Vec<String> {
        self.imports.iter().map(|import| format!("{}@{}", import.interface.id(), import.version)).collect()
    }

    /// The interfaces that need a grant, sorted.
    pub fn grants(&self) -> Vec<&'static str> {
        let granted = self.imports.iter().map(|import| import.interface).filter(|of| !of.is_always_granted());
        let mut grants: Vec<_> = granted.map(Interface::name).collect();
        grants.sort_unstable();
        grants.dedup();
        grants
    }
}
