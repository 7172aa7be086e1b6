//! `runpod/volume`: network volumes. Not offered yet.

use super::contract::comfycheck::runpod::volume::{Entry, Error, FileFacts, Host, VolumeRef};
use super::guest::{Guest, Refusal, convert_error};
use crate::capabilities::AskError;

impl Host for Guest {
    convert_error!(Error);

    fn volumes(&mut self) -> Result<Vec<VolumeRef>, Refusal> {
        self.called("runpod/volume.volumes")?;
        Err(s3_api())
    }

    fn stat(&mut self, _volume: String, _path: String) -> Result<Option<FileFacts>, Refusal> {
        self.called("runpod/volume.stat")?;
        Err(s3_api())
    }

    fn list(&mut self, _volume: String, _path: String) -> Result<Vec<Entry>, Refusal> {
        self.called("runpod/volume.list")?;
        Err(s3_api())
    }

    fn read(&mut self, _volume: String, _path: String, _offset: u64, _length: u32) -> Result<Vec<u8>, Refusal> {
        self.called("runpod/volume.read")?;
        Err(s3_api())
    }
}

fn s3_api() -> Refusal {
    Refusal::Told(AskError::NotOffered("this version of comfycheck does not read network volumes".to_owned()))
}
