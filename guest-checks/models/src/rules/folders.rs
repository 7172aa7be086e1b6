//! Which folder a loader reads, and where a file has to be put so that it is seen.

/// ComfyUI's own loaders and the model folder that each reads. A class's description does
/// not say it.
const LOADERS: [(&str, &str); 22] = [
    ("CheckpointLoaderSimple", "checkpoints"),
    ("CheckpointLoader", "checkpoints"),
    ("unCLIPCheckpointLoader", "checkpoints"),
    ("ImageOnlyCheckpointLoader", "checkpoints"),
    ("UNETLoader", "diffusion_models"),
    ("CLIPLoader", "text_encoders"),
    ("DualCLIPLoader", "text_encoders"),
    ("TripleCLIPLoader", "text_encoders"),
    ("QuadrupleCLIPLoader", "text_encoders"),
    ("VAELoader", "vae"),
    ("LoraLoader", "loras"),
    ("LoraLoaderModelOnly", "loras"),
    ("ControlNetLoader", "controlnet"),
    ("DiffControlNetLoader", "controlnet"),
    ("CLIPVisionLoader", "clip_vision"),
    ("StyleModelLoader", "style_models"),
    ("GLIGENLoader", "gligen"),
    ("UpscaleModelLoader", "upscale_models"),
    ("HypernetworkLoader", "hypernetworks"),
    ("PhotoMakerLoader", "photomaker"),
    ("ModelPatchLoader", "model_patches"),
    ("AudioEncoderLoader", "audio_encoders"),
];

/// The folder that the nodes of a class load models from; none if it is not known.
#[must_use]
pub fn folder_of(class: &str) -> Option<&'static str> {
    LOADERS.iter().find(|(loader, _)| *loader == class).map(|(_, folder)| *folder)
}

/// A class whose choices list the files of a folder; none if it is not known.
#[must_use]
pub fn loader_of(folder: &str) -> Option<&'static str> {
    LOADERS.iter().find(|(_, read)| *read == folder).map(|(loader, _)| *loader)
}

/// The name by which ComfyUI lists a folder: the files of `unet` and `clip` are listed
/// under the newer names of these folders.
#[must_use]
pub fn listed_as(folder: &str) -> &str {
    match folder {
        "unet" => "diffusion_models",
        "clip" => "text_encoders",
        folder => folder,
    }
}

/// The folder below `models/` of a network volume in which worker-comfyui 5.8.5 looks for the files of a folder; none if it
/// looks in none.
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

/// Says where a file has to be put so that a worker sees it in a folder.
#[must_use]
pub fn where_to_put(folder: Option<&str>) -> String {
    let Some(folder) = folder else {
        return "put the file into the folder that the loader reads".to_owned();
    };
    let image = format!("put the file into `models/{folder}` of the worker's image");
    match on_volume(folder) {
        Some(same) if same == folder => format!("{image}, or of the network volume"),
        Some(other) => format!("{image}, or into `models/{other}` (not `models/{folder}`) of the network volume"),
        None => format!("{image}: worker-comfyui does not read this folder from a network volume"),
    }
}
