//! `runpod/pictures`: decoded images of the samples of this check instance.

use super::contract::comfycheck::runpod::pictures::{Error, Host, HostPicture};
use super::decoder::{DecodeError, Fault};
use super::guest::Guest;
use super::limits::PICTURE_BYTES;
use comfycheck_core::picture::Picture;
use comfycheck_core::wording::bytes as in_words;
use wasmtime::component::Resource;

impl Guest {
    fn picture(&mut self, picture: &Resource<Picture>, function: &'static str) -> wasmtime::Result<&Picture> {
        self.host_call(function)?;
        Ok(self.handles.get(picture)?)
    }
}

impl Host for Guest {
    async fn decode(&mut self, sample: u32, image: u32) -> wasmtime::Result<Result<Resource<Picture>, Error>> {
        const NAME: &str = "runpod/pictures.decode";
        let call = self.host_call(NAME)?;
        let is_one = |known: &&comfycheck_core::sample::Sample| known.index == sample;
        let images = call.samples().iter().find(is_one).map_or(0, |sample| sample.images.len());
        let bytes = call.capabilities.files(sample).get(..images);
        let Some(bytes) = bytes.and_then(|files| files.get(image as usize)).cloned() else {
            return Ok(Err(Error::NotFound));
        };
        let Some(sandbox) = self.sandbox.clone() else {
            return Ok(Err(Error::Other("cannot decode images here".to_owned())));
        };
        self.cpu.exclude(async { sandbox.prepare_decoder() }).await;
        // The time of decoding counts for the check: its turn goes on while the decoder has its own.
        let left = self.limits.cpu.saturating_sub(self.cpu.used());
        match sandbox.decode(&bytes, left).await {
            Ok(picture) if self.picture_bytes + picture.bytes() > PICTURE_BYTES => {
                let limit = in_words(PICTURE_BYTES);
                Ok(Err(Error::TooLarge(format!("the decoded pictures that the check holds exceed {limit}: drop some"))))
            }
            Ok(picture) => {
                self.picture_bytes += picture.bytes();
                let mut held = self.hold(std::iter::once(picture), NAME)?;
                Ok(held.pop().ok_or(Error::NotFound))
            }
            Err(DecodeError::Failed(what)) => Ok(Err(Error::Other(what))),
            Err(DecodeError::Refused(fault)) => Ok(Err(match fault {
                Fault::Unsupported(what) => Error::Unsupported(format!("the image {what}")),
                Fault::Corrupt(what) => Error::Corrupt(format!("the image {what}")),
                Fault::TooLarge(what) => Error::TooLarge(format!("the image {what}")),
            })),
        }
    }
}

impl HostPicture for Guest {
    fn width(&mut self, picture: Resource<Picture>) -> wasmtime::Result<u32> {
        Ok(self.picture(&picture, "runpod/pictures.picture.width")?.size().0)
    }

    fn height(&mut self, picture: Resource<Picture>) -> wasmtime::Result<u32> {
        Ok(self.picture(&picture, "runpod/pictures.picture.height")?.size().1)
    }

    fn thumbnail(
        &mut self,
        picture: Resource<Picture>,
        width: u32,
        height: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let thumbnail = self.picture(&picture, "runpod/pictures.picture.thumbnail")?.thumbnail(width, height);
        self.audit.add(thumbnail.as_ref().map_or(0, Vec::len));
        let what = || Error::Other(format!("a thumbnail has 1 to 256 pixels on each side, not {width} × {height}"));
        Ok(thumbnail.ok_or_else(what))
    }

    fn perceptual_hash(&mut self, picture: Resource<Picture>) -> wasmtime::Result<u64> {
        Ok(self.picture(&picture, "runpod/pictures.picture.perceptual-hash")?.perceptual_hash())
    }

    fn drop(&mut self, picture: Resource<Picture>) -> wasmtime::Result<()> {
        self.picture_bytes -= self.handles.delete(picture)?.bytes();
        Ok(())
    }
}
