//! What ComfyUI's editor adds to node classes by itself, so that no `/object_info` tells of it.
//!
//! Taken from files that the editor saved, next to what it submitted for them (ComfyUI 0.33, frontend 1.49).

use serde_json::{Value, json};

/// A widget that only the editor knows. Its value is saved and submitted like any other.
#[derive(Debug)]
pub(super) struct EditorWidget {
    pub(super) name: &'static str,
    /// What a new node holds.
    pub(super) default: &'static str,
}

const PREVIEW: EditorWidget = EditorWidget { name: "image", default: "" };

const UPLOAD_3D: [EditorWidget; 3] = [
    EditorWidget { name: "upload 3d model", default: "upload3dmodel" },
    EditorWidget { name: "upload extra resources", default: "uploadExtraResources" },
    EditorWidget { name: "clear", default: "clear" },
];

/// The editor's widgets right after input `input` of class `class`.
pub(super) fn widgets_after(class: &str, input: &str) -> &'static [EditorWidget] {
    match (class, input) {
        ("Load3D" | "Load3DAdvanced", "model_file") => &UPLOAD_3D,
        ("SaveGLB", "filename_prefix") | ("Preview3D" | "Preview3DAnimation", "model_file") => {
            std::slice::from_ref(&PREVIEW)
        }
        _ => &[],
    }
}

/// The class whose widgets follow from the values that a file holds: a combo, the index of its choice, and as
/// many options as there are further values.
pub(super) const FREE_COMBO: &str = "CustomCombo";

/// What the widget of an input of type `kind` is submitted as, where that does not follow from what was saved.
#[derive(Debug, PartialEq)]
pub(super) enum Submitted {
    /// As it was saved.
    AsSaved,
    /// Always as this.
    Always(Value),
    /// As what the editor takes from its screen, the camera or the microphone when it submits.
    Captured,
}

/// See [`Submitted`].
pub(super) fn submitted(kind: &str) -> Submitted {
    match kind {
        "IMAGECOMPARE" => Submitted::Always(json!(["", ""])),
        "AUDIO_RECORD" | "LOAD_3D" | "WEBCAM" => Submitted::Captured,
        _ => Submitted::AsSaved,
    }
}
