//! `runpod/outputs`: all files of the samples of this check instance.

use super::contract::comfycheck::runpod::outputs::{Host, HostFile, Kind, add_to_linker};
use super::guest::{Guest, HostCall};
use super::handle::File;
use super::held::{link_read, part};
use super::interface::Interface;
use bytes::Bytes;
use comfycheck_core::media::{FileKind, content_type};
use wasmtime::component::{HasSelf, Linker, Resource};

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    link_read(linker, Interface::Outputs, "[method]file.read", Guest::read_file)
}

impl Guest {
    fn file(&mut self, file: &Resource<File>, function: &'static str) -> wasmtime::Result<&File> {
        self.host_call(function)?;
        Ok(self.handles.get(file)?)
    }

    fn read_file(&mut self, file: &Resource<File>, offset: u64, length: u32) -> wasmtime::Result<Bytes> {
        let bytes = &self.file(file, "runpod/outputs.file.read")?.bytes;
        let part = part(bytes, offset, length);
        self.audit.add(part.len());
        Ok(part)
    }
}

impl Host for Guest {
    fn files(&mut self, index: u32) -> wasmtime::Result<Vec<Resource<File>>> {
        const NAME: &str = "runpod/outputs.files";
        let call = self.host_call(NAME)?;
        self.hold(files(&call, index), NAME)
    }
}

impl HostFile for Guest {
    fn name(&mut self, file: Resource<File>) -> wasmtime::Result<String> {
        Ok(self.file(&file, "runpod/outputs.file.name")?.facts.name.clone())
    }

    fn node(&mut self, file: Resource<File>) -> wasmtime::Result<Option<String>> {
        Ok(self.file(&file, "runpod/outputs.file.node")?.facts.node.clone())
    }

    fn kind(&mut self, file: Resource<File>) -> wasmtime::Result<Kind> {
        Ok(match self.file(&file, "runpod/outputs.file.kind")?.facts.kind {
            FileKind::Image => Kind::Image,
            FileKind::Video => Kind::Video,
            FileKind::Audio => Kind::Audio,
            FileKind::Model => Kind::Model,
            FileKind::Text => Kind::Text,
            FileKind::Other => Kind::Other,
        })
    }

    fn media_type(&mut self, file: Resource<File>) -> wasmtime::Result<Option<String>> {
        let bytes = &self.file(&file, "runpod/outputs.file.media-type")?.bytes;
        Ok(content_type(bytes).map(str::to_owned))
    }

    fn declared_type(&mut self, file: Resource<File>) -> wasmtime::Result<Option<String>> {
        Ok(self.file(&file, "runpod/outputs.file.declared-type")?.facts.media_type.clone())
    }

    fn encoding(&mut self, file: Resource<File>) -> wasmtime::Result<String> {
        Ok(self.file(&file, "runpod/outputs.file.encoding")?.facts.encoding.word().to_owned())
    }

    fn size(&mut self, file: Resource<File>) -> wasmtime::Result<u64> {
        Ok(self.file(&file, "runpod/outputs.file.size")?.facts.size)
    }

    fn sha256(&mut self, file: Resource<File>) -> wasmtime::Result<String> {
        Ok(self.file(&file, "runpod/outputs.file.sha256")?.facts.sha256.clone())
    }

    /// Shadowed in [`link`].
    fn read(&mut self, file: Resource<File>, offset: u64, length: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(self.read_file(&file, offset, length)?.into())
    }

    fn drop(&mut self, file: Resource<File>) -> wasmtime::Result<()> {
        self.handles.delete(file)?;
        Ok(())
    }
}

/// The files of a sample, if the instance can see it.
fn files(call: &HostCall, index: u32) -> impl Iterator<Item = File> {
    let sample = call.samples().iter().find(|sample| sample.index == index);
    let bytes = call.capabilities.files(index);
    sample
        .into_iter()
        .flat_map(move |sample| sample.all_files().zip(bytes))
        .map(|(facts, bytes)| File { facts: facts.clone(), bytes: bytes.clone() })
}
