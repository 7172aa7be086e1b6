//! The decoder of this check, for the host: `runpod/pictures` gives other checks small copies of images.

use crate::decode::{Fault, Limits, decode_sketched};
use crate::format::Kind;
use crate::wording::{clause, size_in_pixels};
use comfycheck_likeness::Sketch;
use comfycheck_sdk::wording::bytes as in_bytes;

/// Why there is no copy, in words that follow "the image".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Unsupported(String),
    Corrupt(String),
    TooLarge(String),
}

/// A small copy of an image, or of the first frame of an animation.
pub fn decode(image: &[u8]) -> Result<Sketch, Refusal> {
    let limits = Limits::default();
    let picture = decode_sketched(image, &limits).map_err(|fault| refusal(&fault, image.len() as u64, &limits))?;
    // Rows of an interlaced PNG do not come in order. Any other image without a copy is a line.
    picture.sketch.ok_or_else(|| Refusal::Unsupported("is interlaced, or a line of pixels".to_owned()))
}

fn refusal(fault: &Fault, size: u64, limits: &Limits) -> Refusal {
    match fault {
        Fault::NotDecoded(Kind::Foreign(name)) => Refusal::Unsupported(format!("is {name}")),
        Fault::NotDecoded(Kind::Video) => Refusal::Unsupported("is a video".to_owned()),
        Fault::NotDecoded(Kind::Text(text)) => Refusal::Unsupported(format!("is {}", text.name())),
        Fault::NotDecoded(Kind::Unknown | Kind::Image(_)) => {
            Refusal::Unsupported("has none of the signatures of PNG, JPEG and WebP".to_owned())
        }
        Fault::Cut(progress) => {
            let after = progress.map(|(row, rows)| format!(" after row {row} of {rows}")).unwrap_or_default();
            Refusal::Corrupt(format!("is cut off{after}"))
        }
        Fault::Corrupt { reason, .. } => Refusal::Corrupt(format!("is corrupt: {}", clause(reason, 200))),
        Fault::Oversized(header) => {
            let size = size_in_pixels(header.width, header.height);
            Refusal::TooLarge(format!("has {size} pixels (limit: {} in all)", limits.pixels))
        }
        Fault::Costly(header) => {
            let needed = in_bytes(header.memory.saturating_add(size));
            Refusal::TooLarge(format!("needs about {needed} to decode (limit: {})", in_bytes(limits.memory)))
        }
    }
}

#[cfg(feature = "component")]
#[expect(unsafe_code, reason = "the generated export, as that of every check")]
mod component {
    use super::{Refusal, decode};

    wit_bindgen::generate!({ path: "wit/decoder", world: "decoder", export_macro_name: "export_decoder" });

    use exports::comfycheck::decoder::pictures::{Fault, Guest, Sketch};

    struct Decoder;

    impl Guest for Decoder {
        fn decode(image: Vec<u8>) -> Result<Sketch, Fault> {
            let sketch = decode(&image).map_err(|refusal| match refusal {
                Refusal::Unsupported(why) => Fault::Unsupported(why),
                Refusal::Corrupt(why) => Fault::Corrupt(why),
                Refusal::TooLarge(why) => Fault::TooLarge(why),
            })?;
            let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
            let (width, height) = sketch.image;
            let (copy_width, copy_height) = (side(sketch.width), side(sketch.height));
            Ok(Sketch { width, height, copy_width, copy_height, rgb: sketch.rgb.into_flattened() })
        }
    }

    export_decoder!(Decoder);
}
