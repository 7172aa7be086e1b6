//! What the editor submits in the place of saved values.
//!
//! Observed in saved files and the editor's submissions of them (ComfyUI 0.33, frontend 1.49).

use serde_json::{Value, json};

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
