//! Public worker images: the ComfyUI in them, their models, and the folders that they read from a network volume.

use super::stock::{STOCK_VERSION, numbers};

/// What is known about a public worker image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerImage {
    /// The version of ComfyUI in it. None if the tag does not decide it.
    pub comfyui: Option<&'static str>,
    /// Model folders, as ComfyUI lists them, with the folder below `models/` of a network volume that is read for each.
    pub volume_folders: &'static [(&'static str, &'static str)],
    /// Model files in the image, with their folders.
    pub models: &'static [(&'static str, &'static str)],
}

/// Tags of images, from the first to the last of a range, with the version of ComfyUI in them.
///
/// Sources: the changelog of runpod-workers/worker-comfyui up to 5.4, and issue 183 there for 5.8.5. The tags from 5.5 to 5.8.4
/// have the ComfyUI that was the latest when they were built.
const IMAGES: [(&str, &str, &str, Option<&str>); 8] = [
    ("timpietruskyblibla/runpod-worker-comfy", "3.2.0", "3.5.0", Some("0.2.7")),
    ("timpietruskyblibla/runpod-worker-comfy", "3.6.0", "3.6.0", Some("0.3.26")),
    ("runpod/worker-comfyui", "4.0.0", "4.1.0", Some("0.3.29")),
    ("runpod/worker-comfyui", "5.0.0", "5.1.1", Some("0.3.30")),
    ("runpod/worker-comfyui", "5.2.0", "5.2.0", Some("0.3.43")),
    ("runpod/worker-comfyui", "5.3.0", "5.4.1", Some("0.3.44")),
    ("runpod/worker-comfyui", "5.5.0", "5.8.4", None),
    ("runpod/worker-comfyui", "5.8.5", "5.8.5", Some(STOCK_VERSION)),
];

/// Source: `src/extra_model_paths.yaml` of worker-comfyui 5.8.5. The file has one version since it exists.
const VOLUME_FOLDERS: [(&str, &str); 10] = [
    ("checkpoints", "checkpoints"),
    ("clip_vision", "clip_vision"),
    ("configs", "configs"),
    ("controlnet", "controlnet"),
    ("diffusion_models", "unet"),
    ("embeddings", "embeddings"),
    ("loras", "loras"),
    ("text_encoders", "clip"),
    ("upscale_models", "upscale_models"),
    ("vae", "vae"),
];

const FLUX_ENCODERS: [(&str, &str); 3] = [
    ("text_encoders", "clip_l.safetensors"),
    ("text_encoders", "t5xxl_fp8_e4m3fn.safetensors"),
    ("vae", "ae.safetensors"),
];

/// The models of each variant, by the end of its tag. Source: the Dockerfile of worker-comfyui 5.8.5.
const VARIANTS: [(&str, &[(&str, &str)]); 6] = [
    (
        "sdxl",
        &[
            ("checkpoints", "sd_xl_base_1.0.safetensors"),
            ("vae", "sdxl_vae.safetensors"),
            ("vae", "sdxl-vae-fp16-fix.safetensors"),
        ],
    ),
    ("sd3", &[("checkpoints", "sd3_medium_incl_clips_t5xxlfp8.safetensors")]),
    (
        "flux1-schnell",
        &[("diffusion_models", "flux1-schnell.safetensors"), FLUX_ENCODERS[0], FLUX_ENCODERS[1], FLUX_ENCODERS[2]],
    ),
    (
        "flux1-dev",
        &[("diffusion_models", "flux1-dev.safetensors"), FLUX_ENCODERS[0], FLUX_ENCODERS[1], FLUX_ENCODERS[2]],
    ),
    ("flux1-dev-fp8", &[("checkpoints", "flux1-dev-fp8.safetensors")]),
    (
        "z-image-turbo",
        &[
            ("text_encoders", "qwen_3_4b.safetensors"),
            ("diffusion_models", "z_image_turbo_bf16.safetensors"),
            ("vae", "ae.safetensors"),
            ("model_patches", "Z-Image-Turbo-Fun-Controlnet-Union.safetensors"),
        ],
    ),
];

/// A public worker image such as `runpod/worker-comfyui:5.8.5-sdxl`. None if it is not one that is known.
pub fn worker_image(image: &str) -> Option<WorkerImage> {
    let (name, tag) = image.rsplit_once(':')?;
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let version = numbers(tag)?;
    let fits = |first: &str, last: &str| numbers(first) <= Some(version) && Some(version) <= numbers(last);
    let (.., comfyui) = IMAGES.iter().find(|(known, first, last, _)| *known == name && fits(first, last))?;
    let variant = tag.split_once('-').map_or("base", |(_, variant)| variant);
    let models = VARIANTS.iter().find(|(known, _)| *known == variant).map_or(&[][..], |(_, models)| models);
    Some(WorkerImage { comfyui: *comfyui, volume_folders: &VOLUME_FOLDERS, models })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_worker_images_have_known_versions() {
        let rows = [
            ("runpod/worker-comfyui:5.8.5", Some(Some("0.17.2"))),
            ("docker.io/runpod/worker-comfyui:5.8.5-flux1-dev", Some(Some("0.17.2"))),
            ("runpod/worker-comfyui:5.4.0-base", Some(Some("0.3.44"))),
            ("timpietruskyblibla/runpod-worker-comfy:3.6.0-sdxl", Some(Some("0.3.26"))),
            ("runpod/worker-comfyui:5.6.0", Some(None)),
            ("runpod/worker-comfyui:5.9.0", None),
            ("runpod/worker-comfyui:latest", None),
            ("mine/worker:5.8.5", None),
        ];
        for (image, version) in rows {
            assert_eq!(worker_image(image).map(|image| image.comfyui), version, "{image}");
        }
    }

    #[test]
    fn variants_have_models_and_all_read_the_same_folders_of_a_volume() {
        let image = |tag: &str| worker_image(&format!("runpod/worker-comfyui:5.8.5{tag}")).unwrap();
        let rows =
            [("", 0), ("-base", 0), ("-base-cuda12.8.1", 0), ("-sdxl", 3), ("-flux1-dev", 4), ("-flux1-dev-fp8", 1)];
        for (tag, models) in rows {
            assert_eq!(image(tag).models.len(), models, "{tag}");
        }
        let read: Vec<_> = image("").volume_folders.iter().filter(|(folder, path)| folder != path).collect();
        assert_eq!(read, [&("diffusion_models", "unet"), &("text_encoders", "clip")]);
    }
}
