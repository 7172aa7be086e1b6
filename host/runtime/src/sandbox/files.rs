//! `check/files`: the files of the suite's folder that the check's settings name.

use super::contract::comfycheck::check::files::{Error, Host, HostFile, add_to_linker};
use super::guest::Guest;
use super::handle::NamedFile;
use super::held::{link_read, part};
use super::interface::Interface;
use crate::suite_files::{SuiteFile, SuiteFilesError};
use bytes::Bytes;
use wasmtime::component::{HasSelf, Linker, Resource};

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    link_read(linker, Interface::Files, "[method]file.read", Guest::read_suite_file)
}

impl Guest {
    fn suite_file(&mut self, file: &Resource<NamedFile>, function: &'static str) -> wasmtime::Result<&SuiteFile> {
        self.host_call(function)?;
        Ok(&self.handles.get(file)?.file)
    }

    fn read_suite_file(&mut self, file: &Resource<NamedFile>, offset: u64, length: u32) -> wasmtime::Result<Bytes> {
        self.host_call("check/files.file.read")?;
        let held = self.handles.get_mut(file)?;
        let bytes = held.bytes.get_or_insert_with(|| held.file.bytes().map(Bytes::from).unwrap_or_default());
        let part = part(bytes, offset, length);
        self.audit.add(part.len());
        Ok(part)
    }
}

impl Host for Guest {
    fn at(&mut self, path: String) -> wasmtime::Result<Result<Vec<Resource<NamedFile>>, Error>> {
        const NAME: &str = "check/files.at";
        let call = self.host_call(NAME)?;
        let files = match call.capabilities.suite_files(&path) {
            Ok(files) => files,
            Err(SuiteFilesError::AccessDenied) => return Ok(Err(Error::AccessDenied)),
            Err(SuiteFilesError::NotOffered(why)) => return Ok(Err(Error::NotOffered(why))),
            Err(SuiteFilesError::Other(why)) => return Ok(Err(Error::Other(why))),
        };
        let held = files.iter().map(|file| NamedFile { file: file.clone(), bytes: None });
        self.hold(held, NAME).map(Ok)
    }
}

impl HostFile for Guest {
    fn path(&mut self, file: Resource<NamedFile>) -> wasmtime::Result<String> {
        Ok(self.suite_file(&file, "check/files.file.path")?.path.clone())
    }

    fn size(&mut self, file: Resource<NamedFile>) -> wasmtime::Result<u64> {
        Ok(self.suite_file(&file, "check/files.file.size")?.size)
    }

    fn sha256(&mut self, file: Resource<NamedFile>) -> wasmtime::Result<String> {
        Ok(self.suite_file(&file, "check/files.file.sha256")?.sha256())
    }

    /// Shadowed in [`link`].
    fn read(&mut self, file: Resource<NamedFile>, offset: u64, length: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(self.read_suite_file(&file, offset, length)?.into())
    }

    fn drop(&mut self, file: Resource<NamedFile>) -> wasmtime::Result<()> {
        self.handles.delete(file)?;
        Ok(())
    }
}
