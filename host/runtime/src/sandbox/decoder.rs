//! Decodes images for `runpod/pictures`: with the decoder of the check `image`, in an instance of its own.
//!
//! Images are hostile. In the sandbox, a fault of a decoder costs no more than the instance: its memory, its CPU time and its
//! stack are limited, and it can call nothing.

use super::Sandbox;
use super::built_in::BuiltIn;
use super::contract::CheckPre;
use super::guest::{Guest, Mode};
use super::guest_log::Log;
use super::limits::Limits;
use super::stop::describe_error;
use super::store::GuestStore;
use bytes::Bytes;
use comfycheck_core::execution::ErrorKind;
use comfycheck_core::picture::Picture;
use comfycheck_core::secret::Secrets;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::{ComponentExportIndex, ComponentType, Lift};

/// The most CPU time for one image.
const DECODE_CPU: Duration = Duration::from_secs(5);

/// The decoder and its function.
pub(super) struct LinkedDecoder {
    pub(super) linked: CheckPre<Guest>,
    pub(super) decode: ComponentExportIndex,
}

/// The same as the record of `wit/decoder`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct SketchRecord {
    width: u32,
    height: u32,
    #[component(name = "copy-width")]
    copy_width: u32,
    #[component(name = "copy-height")]
    copy_height: u32,
    rgb: Vec<u8>,
}

/// The same as the variant of `wit/decoder`: why there is no picture, in words that follow "the image".
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(super) enum Fault {
    #[component(name = "unsupported")]
    Unsupported(String),
    #[component(name = "corrupt")]
    Corrupt(String),
    #[component(name = "too-large")]
    TooLarge(String),
}

/// The arguments and the result of `decode`.
pub(super) type DecodeArguments<'a> = (&'a [u8],);
pub(super) type DecodeReturn = (Result<SketchRecord, Fault>,);

/// Why there is no picture.
pub(super) enum DecodeError {
    /// The decoder refused the image, or exceeded its limits.
    Refused(Fault),
    /// The decoder was stopped, or there is none. The words are a sentence.
    Failed(String),
}

impl Sandbox {
    /// The check that decodes images for others: it exports `wit/decoder`. The first one stays.
    pub fn lend_decoder(&self, check: BuiltIn) {
        // A second one would decode as well.
        let _ = self.inner.decoder.set(check);
    }

    /// The decoder, linked at its first use.
    fn linked_decoder(&self) -> Result<&LinkedDecoder, String> {
        let Some(check) = self.inner.decoder.get() else { return Err("this program has no decoder".to_owned()) };
        let linked = self.inner.linked_decoder.get_or_init(|| {
            let imports = check.surface().map_err(|kind| kind.to_string())?.imports;
            let linked = self.link_built_in(*check, &imports).map_err(|kind| kind.to_string())?;
            let code = linked.instance_pre().component();
            let interface = code.get_export_index(None, "comfycheck:decoder/pictures@0.1.0");
            let decode = interface.and_then(|interface| code.get_export_index(Some(&interface), "decode"));
            decode
                .map(|decode| LinkedDecoder { linked: linked.clone(), decode })
                .ok_or("it exports no decoder".to_owned())
        });
        linked.as_ref().map_err(Clone::clone)
    }

    /// Links the decoder. A program without its machine code compiles it.
    pub(super) fn prepare_decoder(&self) {
        // Decoding reports the error.
        let _ = self.linked_decoder();
    }

    /// Decodes an image, in at most this CPU time.
    pub(super) async fn decode(&self, image: &Bytes, cpu: Duration) -> Result<Picture, DecodeError> {
        let decoder =
            self.linked_decoder().map_err(|what| DecodeError::Failed(format!("cannot decode images: {what}")))?;
        let limits = Limits { cpu: cpu.min(DECODE_CPU), ..Limits::default() };
        let log = Log::new(Arc::new(|_, _| ()), limits.log_bytes, Secrets::default());
        // As while it describes itself, it can call nothing.
        let mut guest = Guest::new(Mode::Describe, limits, log);
        guest.memory.make_room(image.len() as u64);
        let mut store = GuestStore::of_decoder(self, guest).await;
        let called = store.decode(decoder, image).await;
        let failed = |what: String| DecodeError::Failed(format!("the decoder {what}"));
        let sketch = match called {
            Ok(sketch) => sketch.map_err(DecodeError::Refused)?,
            Err(error) => {
                return Err(match describe_error(&error, store.guest().log.last_error.as_deref()) {
                    (ErrorKind::Limit, what) => {
                        DecodeError::Refused(Fault::TooLarge(format!("takes too much: the decoder {what}")))
                    }
                    (_, what) => failed(what),
                });
            }
        };
        let SketchRecord { width, height, copy_width, copy_height, rgb } = sketch;
        let picture = Picture::new((width, height), (copy_width, copy_height), &rgb);
        picture.ok_or_else(|| failed("returned a copy of another size than it says".to_owned()))
    }
}
