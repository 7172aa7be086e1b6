//! `runpod/volume`: network volumes.

use super::contract::comfycheck::runpod::volume::{Entry, Error, FileFacts, Host, VolumeRef};
use super::guest::{Guest, HostError, convert_error};
use crate::facts;

impl Host for Guest {
    convert_error!(Error);

    fn volumes(&mut self) -> Result<Vec<VolumeRef>, HostError> {
        let call = self.host_call("runpod/volume.volumes")?;
        let volumes = call.capabilities.volumes().map_err(HostError::Returned)?;
        let volume = |volume: &facts::VolumeRef| {
            let facts::VolumeRef { id, data_center } = volume.clone();
            VolumeRef { id, data_center }
        };
        Ok(volumes.iter().map(volume).collect())
    }

    async fn stat(&mut self, volume: String, path: String) -> Result<Option<FileFacts>, HostError> {
        const NAME: &str = "runpod/volume.stat";
        let call = self.host_call(NAME)?;
        let found = self.wait(NAME, call.capabilities.volume_stat(&volume, &path)).await?;
        Ok(found.map(facts))
    }

    async fn list(&mut self, volume: String, path: String) -> Result<Vec<Entry>, HostError> {
        const NAME: &str = "runpod/volume.list";
        let call = self.host_call(NAME)?;
        let entries = self.wait(NAME, call.capabilities.volume_list(&volume, &path)).await?;
        let entry = |(name, entry): &(String, facts::FolderEntry)| match entry {
            facts::FolderEntry::Folder => Entry::Folder(name.clone()),
            facts::FolderEntry::File(found) => Entry::File((name.clone(), facts(found.clone()))),
        };
        Ok(entries.iter().map(entry).collect())
    }

    async fn read(&mut self, volume: String, path: String, offset: u64, length: u32) -> Result<Vec<u8>, HostError> {
        const NAME: &str = "runpod/volume.read";
        let call = self.host_call(NAME)?;
        let bytes = self.wait(NAME, call.capabilities.volume_read(&volume, &path, offset, length)).await?;
        self.audit.add(bytes.len());
        Ok(bytes.to_vec())
    }
}

fn facts(facts: facts::FileFacts) -> FileFacts {
    let facts::FileFacts { size, modified } = facts;
    FileFacts { size, modified }
}
