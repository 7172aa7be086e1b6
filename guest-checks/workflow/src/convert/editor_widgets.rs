//! What ComfyUI's editor adds to node classes and `/object_info` does not show.
//!
//! Observed in saved files and the editor's submissions of them (ComfyUI 0.33, frontend 1.49).

use serde_json::{Value, json};

/// A widget that only the editor has. Its value is saved and submitted like any other.
#[derive(Debug)]
pub(super) struct EditorWidget {
    pub(super) name: &'static str,
    /// The value of a new node.
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

/// The class whose widgets depend on the saved values: a combo, the index of its value, and an option for each other
/// value.
pub(super) const FREE_COMBO: &str = "CustomCombo";

/// What the editor submits for a widget.
#[derive(Debug, PartialEq)]
pub(super) enum SubmittedValue {
    /// The saved value.
    AsSaved,
    /// Always this value.
    Always(Value),
    /// A capture of the screen, the camera or the microphone, taken on submit.
    Captured,
}

/// What the editor submits for a widget of type `kind`.
pub(super) fn submitted(kind: &str) -> SubmittedValue {
    match kind {
        "IMAGECOMPARE" => SubmittedValue::Always(json!(["", ""])),
        "AUDIO_RECORD" | "LOAD_3D" | "WEBCAM" => SubmittedValue::Captured,
        _ => SubmittedValue::AsSaved,
    }
}
