//! Node classes of ComfyUI and RES4LYF, with what they do to the size and the number of images.
//!
//! A class that is missing here costs an expectation. A class that is wrong here costs a false alarm.

/// What a node does to the images or latents that go through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Keeps size and number. They come from this input.
    Keep(&'static str),
    /// Changes their size, and keeps their number.
    Resize(&'static str),
    /// Gives them the size of its inputs `width` and `height`, and keeps their number.
    Scale(&'static str),
    /// Repeats each `amount` times.
    Repeat(&'static str),
    /// Makes `batch_size` of them, of `width` × `height`.
    Source {
        /// In cells of several pixels.
        latent: bool,
    },
    /// Makes the latents of `batch_size` videos of `width` × `height` with `length` frames.
    Video {
        /// A latent has the first frame, and as many others as fill groups of this size.
        group: u32,
    },
}

/// Whether a class ends a branch without an image that worker-comfyui returns. It skips previews.
pub(super) fn saves_nothing(class: &str) -> bool {
    matches!(class, "PreviewImage" | "MaskPreview" | "PreviewAny" | "SaveLatent")
}

/// Whether a class makes an image of a mask.
pub(super) fn makes_masks(class: &str) -> bool {
    matches!(class, "MaskToImage" | "MaskToImage+" | "Convert Masks to Images")
}

/// What a class does to images or latents; none if the class is not known.
pub(super) fn pass(class: &str) -> Option<Pass> {
    Some(match class {
        "EmptyLatentImage" | "EmptySD3LatentImage" | "EmptyFlux2LatentImage" | "EmptyHunyuanImageLatent" => {
            Pass::Source { latent: true }
        }
        "EmptyImage" | "EmptyChromaRadianceLatentImage" => Pass::Source { latent: false },

        "EmptyHunyuanLatentVideo"
        | "HunyuanImageToVideo"
        | "WanImageToVideo"
        | "WanFirstLastFrameToVideo"
        | "WanFunInpaintToVideo"
        | "WanFunControlToVideo"
        | "Wan22ImageToVideoLatent" => Pass::Video { group: 4 },
        "EmptyMochiLatentVideo" => Pass::Video { group: 6 },
        "EmptyLTXVLatentVideo" | "LTXVImgToVideo" | "EmptyCosmosLatentVideo" | "CosmosImageToVideoLatent" => {
            Pass::Video { group: 8 }
        }

        "VAEDecode" | "VAEDecodeTiled" | "SetLatentNoiseMask" | "LatentBatchSeedBehavior" => Pass::Keep("samples"),
        // ComfyUI's samplers, then those of RES4LYF.
        "KSampler"
        | "KSamplerAdvanced"
        | "SamplerCustom"
        | "SamplerCustomAdvanced"
        | "ClownsharKSampler_Beta"
        | "ClownsharkChainsampler_Beta"
        | "SharkSampler_Beta"
        | "SharkChainsampler_Beta"
        | "BongSampler" => Pass::Keep("latent_image"),
        "ImageInvert"
        | "ImageBlur"
        | "ImageSharpen"
        | "ImageQuantize"
        | "ImageFlip"
        | "ImageAddNoise"
        | "SplitImageWithAlpha"
        | "JoinImageWithAlpha" => Pass::Keep("image"),
        "SaveImage" | "PreviewImage" => Pass::Keep("images"),

        "ImageScale" => Pass::Scale("image"),
        "ImageScaleBy"
        | "ImageScaleToTotalPixels"
        | "ImageScaleToMaxDimension"
        | "ImageUpscaleWithModel"
        | "ImageCrop"
        | "ImagePadForOutpaint"
        | "ImageRotate" => Pass::Resize("image"),
        "LatentUpscale" | "LatentUpscaleBy" | "LatentCrop" | "LatentRotate" => Pass::Resize("samples"),
        "VAEEncode" | "VAEEncodeTiled" | "VAEEncodeForInpaint" => Pass::Resize("pixels"),

        "RepeatLatentBatch" => Pass::Repeat("samples"),
        "RepeatImageBatch" => Pass::Repeat("image"),
        _ => return None,
    })
}
