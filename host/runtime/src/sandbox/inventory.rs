//! `comfyui/inventory`: what a ComfyUI has installed.

use super::contract::comfycheck::comfyui::inventory::{
    Device, Error, Host, ModelFile, Pack, PackageVersion, Source, SystemFacts,
};
use super::guest::{Guest, HostError, convert_error};
use super::limits::NAME_BYTES;
use crate::facts;
use crate::facts::QueryError;
use comfycheck_core::wording::bytes;

impl Host for Guest {
    convert_error!(Error);

    fn sources(&mut self) -> wasmtime::Result<Vec<Source>> {
        let call = self.host_call("comfyui/inventory.sources")?;
        Ok(call.capabilities.sources().into_iter().map(source).collect())
    }

    async fn system(&mut self) -> Result<SystemFacts, HostError> {
        const NAME: &str = "comfyui/inventory.system";
        let call = self.host_call(NAME)?;
        Ok(system(&*self.wait(NAME, call.capabilities.system()).await?))
    }

    async fn node_classes(&mut self) -> Result<Vec<String>, HostError> {
        const NAME: &str = "comfyui/inventory.node-classes";
        let call = self.host_call(NAME)?;
        let classes = self.wait(NAME, call.capabilities.node_classes()).await?.to_vec();
        self.audit.add(classes.iter().map(String::len).sum());
        Ok(classes)
    }

    async fn node_class(&mut self, name: String) -> Result<Option<String>, HostError> {
        const NAME: &str = "comfyui/inventory.node-class";
        let call = self.host_call(NAME)?;
        bounded(&name)?;
        let json = self.wait(NAME, call.capabilities.node_class(&name)).await?.map(|json| json.as_ref().to_owned());
        self.audit.add(json.as_ref().map_or(0, String::len));
        Ok(json)
    }

    async fn node_replacements(&mut self) -> Result<String, HostError> {
        const NAME: &str = "comfyui/inventory.node-replacements";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, call.capabilities.node_replacements()).await?.as_ref().to_owned())
    }

    async fn model_folders(&mut self) -> Result<Vec<String>, HostError> {
        const NAME: &str = "comfyui/inventory.model-folders";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, call.capabilities.model_folders()).await?.to_vec())
    }

    async fn models(&mut self, folder: String) -> Result<Option<Vec<ModelFile>>, HostError> {
        const NAME: &str = "comfyui/inventory.models";
        let call = self.host_call(NAME)?;
        bounded(&folder)?;
        let files = self.wait(NAME, call.capabilities.models(&folder)).await?;
        self.audit.add(files.iter().flat_map(|files| files.iter()).map(|file| file.name.len()).sum());
        Ok(files.map(|files| files.iter().map(model_file).collect()))
    }

    async fn packs(&mut self) -> Result<Vec<Pack>, HostError> {
        const NAME: &str = "comfyui/inventory.packs";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, call.capabilities.packs()).await?.iter().map(pack).collect())
    }
}

/// Bounds a name. Queries are remembered, so a guest could fill the host's memory with names.
fn bounded(name: &str) -> Result<(), HostError> {
    if name.len() > NAME_BYTES {
        return Err(HostError::Returned(QueryError::Other(format!(
            "the name is longer than {}",
            bytes(NAME_BYTES as u64)
        ))));
    }
    Ok(())
}

fn source(source: facts::InventorySource) -> Source {
    let facts::InventorySource { kind, name, date, age_days, offers } = source;
    let offers = offers.iter().map(|&offer| offer.to_owned()).collect();
    Source { kind: kind.to_owned(), name, date, age_days, offers }
}

fn system(facts: &facts::SystemFacts) -> SystemFacts {
    let facts = facts.clone();
    SystemFacts {
        comfyui_version: facts.comfyui_version,
        python_version: facts.python_version,
        pytorch_version: facts.pytorch_version,
        os: facts.os,
        arguments: facts.arguments,
        packages: facts.packages.into_iter().map(package).collect(),
        devices: facts.devices.into_iter().map(device).collect(),
    }
}

fn package(package: facts::PackageVersion) -> PackageVersion {
    let facts::PackageVersion { name, installed, required } = package;
    PackageVersion { name, installed, required }
}

fn device(device: facts::Device) -> Device {
    let facts::Device { name, kind, memory_total, memory_free } = device;
    Device { name, kind, memory_total, memory_free }
}

fn model_file(file: &facts::ModelFile) -> ModelFile {
    ModelFile { name: file.name.clone(), size: file.size }
}

fn pack(pack: &facts::Pack) -> Pack {
    let facts::Pack { folder, version, registry_id, repository, enabled } = pack.clone();
    Pack { folder, version, registry_id, repository, enabled }
}
