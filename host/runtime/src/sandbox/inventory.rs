//! `comfyui/inventory`: what a ComfyUI has installed.

use super::contract::comfycheck::comfyui::inventory::{
    Device, Error, Host, ModelFile, Pack, PackageVersion, Source, SystemFacts,
};
use super::guest::{Guest, Refusal, convert_error};
use super::limits::NAME_BYTES;
use crate::capabilities::{self, AskError};

impl Host for Guest {
    convert_error!(Error);

    fn sources(&mut self) -> wasmtime::Result<Vec<Source>> {
        let asking = self.called("comfyui/inventory.sources")?;
        Ok(asking.capabilities.sources().into_iter().map(source).collect())
    }

    async fn system(&mut self) -> Result<SystemFacts, Refusal> {
        const NAME: &str = "comfyui/inventory.system";
        let asking = self.called(NAME)?;
        Ok(system(&*self.wait(NAME, asking.capabilities.system()).await?))
    }

    async fn node_classes(&mut self) -> Result<Vec<String>, Refusal> {
        const NAME: &str = "comfyui/inventory.node-classes";
        let asking = self.called(NAME)?;
        Ok(self.wait(NAME, asking.capabilities.node_classes()).await?.to_vec())
    }

    async fn node_class(&mut self, name: String) -> Result<Option<String>, Refusal> {
        const NAME: &str = "comfyui/inventory.node-class";
        let asking = self.called(NAME)?;
        bounded(&name)?;
        Ok(self.wait(NAME, asking.capabilities.node_class(&name)).await?.map(|json| json.as_ref().to_owned()))
    }

    async fn node_replacements(&mut self) -> Result<String, Refusal> {
        const NAME: &str = "comfyui/inventory.node-replacements";
        let asking = self.called(NAME)?;
        Ok(self.wait(NAME, asking.capabilities.node_replacements()).await?.as_ref().to_owned())
    }

    async fn model_folders(&mut self) -> Result<Vec<String>, Refusal> {
        const NAME: &str = "comfyui/inventory.model-folders";
        let asking = self.called(NAME)?;
        Ok(self.wait(NAME, asking.capabilities.model_folders()).await?.to_vec())
    }

    async fn models(&mut self, folder: String) -> Result<Option<Vec<ModelFile>>, Refusal> {
        const NAME: &str = "comfyui/inventory.models";
        let asking = self.called(NAME)?;
        bounded(&folder)?;
        let files = self.wait(NAME, asking.capabilities.models(&folder)).await?;
        Ok(files.map(|files| files.iter().map(model_file).collect()))
    }

    async fn packs(&mut self) -> Result<Vec<Pack>, Refusal> {
        const NAME: &str = "comfyui/inventory.packs";
        let asking = self.called(NAME)?;
        Ok(self.wait(NAME, asking.capabilities.packs()).await?.iter().map(pack).collect())
    }
}

/// Whether a name may be one. What was asked is remembered, so that a guest could fill the
/// host's memory with names.
fn bounded(name: &str) -> Result<(), Refusal> {
    if name.len() > NAME_BYTES {
        return Err(Refusal::Told(AskError::Other(format!("a name has more than {NAME_BYTES} bytes"))));
    }
    Ok(())
}

fn source(source: capabilities::Source) -> Source {
    let capabilities::Source { kind, name, date, age_days, offers } = source;
    let offers = offers.iter().map(|&offer| offer.to_owned()).collect();
    Source { kind: kind.to_owned(), name, date, age_days, offers }
}

fn system(facts: &capabilities::SystemFacts) -> SystemFacts {
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

fn package(package: capabilities::PackageVersion) -> PackageVersion {
    let capabilities::PackageVersion { name, installed, required } = package;
    PackageVersion { name, installed, required }
}

fn device(device: capabilities::Device) -> Device {
    let capabilities::Device { name, kind, memory_total, memory_free } = device;
    Device { name, kind, memory_total, memory_free }
}

fn model_file(file: &capabilities::ModelFile) -> ModelFile {
    ModelFile { name: file.name.clone(), size: file.size }
}

fn pack(pack: &capabilities::Pack) -> Pack {
    let capabilities::Pack { folder, version, registry_id, repository, enabled } = pack.clone();
    Pack { folder, version, registry_id, repository, enabled }
}
