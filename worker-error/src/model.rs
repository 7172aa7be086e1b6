//! Names of model files.

/// Whether a name has the extension of a model file. The extensions are ComfyUI's, and `gguf`,
/// which packs load.
#[must_use]
pub fn is_model(name: &str) -> bool {
    const EXTENSIONS: [&str; 9] = ["ckpt", "pt", "pt2", "bin", "pth", "safetensors", "pkl", "sft", "gguf"];
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_their_extension() {
        for name in ["a.safetensors", "sub/a.CKPT", "a.b.gguf", ".sft"] {
            assert!(is_model(name), "{name}");
        }
        for name in ["", "safetensors", "a.png", "pixel_space", "a.safetensors.part", "None", "denoise 0.5"] {
            assert!(!is_model(name), "{name}");
        }
    }
}
