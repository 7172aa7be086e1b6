//! Compiles checks into this program, when it is built.

use super::built_in::Description;
use super::load::ComponentSource;
use super::load_error::{LoadError, LoadErrorKind};
use super::{Cache, Sandbox, SandboxError, engine};
use object::read::elf::ElfFile64;
use object::{Object, ObjectSection};
use std::error::Error;

/// A check that [`BuiltIn`](super::BuiltIn) can embed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrecompiledCheck {
    /// What the check is, as JSON.
    pub description: String,
    /// The code, as wasmtime serializes it.
    pub code: Vec<u8>,
}

impl Sandbox {
    /// A sandbox whose code runs on every processor of this architecture and operating system: on x86-64, on those since
    /// 2009. None on platforms for which no code is embedded.
    pub fn portable(cache: Option<Cache>) -> Result<Option<Self>, SandboxError> {
        let engine = engine::portable_engine().map_err(|error| SandboxError(error.into()))?;
        engine.map(|engine| Self::with_engine(engine, cache, None)).transpose()
    }

    /// Compiles a check and has it describe itself.
    pub fn precompile(&self, source: ComponentSource<'_>) -> Result<PrecompiledCheck, LoadError> {
        let component = self.load(source)?;
        let failed = |cause: Box<dyn Error + Send + Sync>| LoadError::new(source.name, LoadErrorKind::Compile(cause));
        let linked = component.linked().map_err(|cause| failed(cause.into()))?;
        let code = linked.instance_pre().component().serialize().map_err(|cause| failed(cause.into()))?;
        let code = without_symbols(code).map_err(|cause| failed(cause.into()))?;
        let description = serde_json::to_string(&Description::of(&component)).map_err(|cause| failed(cause.into()))?;
        Ok(PrecompiledCheck { description, code })
    }
}

/// Clears the symbols of compiled code. Only debuggers read them, and they are a tenth of what is embedded.
fn without_symbols(mut code: Vec<u8>) -> object::Result<Vec<u8>> {
    let file = ElfFile64::<object::Endianness>::parse(code.as_slice())?;
    let symbols = file.sections().filter(|section| matches!(section.name(), Ok(".symtab" | ".strtab")));
    let ranges: Vec<_> = symbols.filter_map(|section| section.file_range()).collect();
    for (start, size) in ranges {
        let range = usize::try_from(start).ok().zip(usize::try_from(size).ok());
        if let Some(symbols) = range.and_then(|(start, size)| code.get_mut(start..start.checked_add(size)?)) {
            symbols.fill(0);
        }
    }
    Ok(code)
}
