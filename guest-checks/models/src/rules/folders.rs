//! The model folders that loaders and worker-comfyui read.

use comfycheck_packs::Packs;

/// The folder that a class loads models from; none if it is unknown.
#[must_use]
pub fn folder_of(class: &str) -> Option<&'static str> {
    Packs::embedded().folder_of(class)
}

/// A class that lists the files of a folder; none if it is unknown.
#[must_use]
pub fn loader_of(folder: &str) -> Option<&'static str> {
    Packs::embedded().loader_of(folder)
}

/// The name under which ComfyUI lists a folder: `unet` and `clip` have newer names.
#[must_use]
pub fn listed_as(folder: &str) -> &str {
    match folder {
        "unet" => "diffusion_models",
        "clip" => "text_encoders",
        folder => folder,
    }
}

/// The folder below `models/` that worker-comfyui 5.8.5 reads from a network volume for a folder; none if it reads none.
#[must_use]
pub fn on_volume(folder: &str) -> Option<&str> {
    match folder {
        "diffusion_models" => Some("unet"),
        "text_encoders" => Some("clip"),
        "checkpoints" | "clip_vision" | "configs" | "controlnet" | "embeddings" | "loras" | "upscale_models"
        | "vae" => Some(folder),
        _ => None,
    }
}

/// Help: where to put a file of a folder.
#[must_use]
pub fn where_to_put(folder: Option<&str>) -> String {
    let Some(folder) = folder else {
        return "put the file into the loader's folder".to_owned();
    };
    let image = format!("put the file into `models/{folder}` of the worker image");
    match on_volume(folder) {
        Some(same) if same == folder => format!("{image} or the network volume"),
        Some(other) => format!("{image}, or into `models/{other}` (not `models/{folder}`) of the network volume"),
        None => format!("{image} (worker-comfyui does not read this folder from a network volume)"),
    }
}
