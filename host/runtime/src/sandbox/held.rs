//! Images and files that a guest holds: their handles, and parts of their bytes.

use super::guest::Guest;
use super::interface::Interface;
use super::stop::Stop;
use bytes::Bytes;
use wasmtime::component::{Linker, Resource};

/// Reads `length` bytes from an offset on.
type Read<T> = fn(&mut Guest, &Resource<T>, u64, u32) -> wasmtime::Result<Bytes>;

/// Replaces a method that reads. The bindings return a `Vec`, which would be filled only to be copied into the guest.
pub(super) fn link_read<T: 'static>(
    linker: &mut Linker<Guest>,
    interface: Interface,
    method: &str,
    read: Read<T>,
) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(&format!("{}@{}", interface.id(), interface.version()))?.func_wrap(
        method,
        move |mut store: wasmtime::StoreContextMut<'_, Guest>, (held, offset, length): (Resource<T>, u64, u32)| {
            Ok((read(store.data_mut(), &held, offset, length)?,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// At most `length` bytes from an offset on. They are not copied.
pub(super) fn part(bytes: &Bytes, offset: u64, length: u32) -> Bytes {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let end = start.saturating_add(length as usize).min(bytes.len());
    bytes.slice(start..end)
}

impl Guest {
    /// Handles for the guest, within its limit.
    pub(super) fn hold<T: Send + 'static>(
        &mut self,
        all: impl Iterator<Item = T>,
        function: &'static str,
    ) -> wasmtime::Result<Vec<Resource<T>>> {
        let limit = self.limits.handles;
        all.map(|one| self.handles.push(one).map_err(|_full| Stop::Handles { limit, function }.into())).collect()
    }
}
