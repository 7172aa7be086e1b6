//! Node classes known without a ComfyUI: those of ComfyUI 0.33.0 itself, and some of packs.

use crate::inventory::{description, is_core};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// ComfyUI's own output classes.
static OUTPUTS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("inventory/core-outputs.txt").lines().collect());

/// Whether the nodes of a class are outputs; none if the class is not known.
pub(crate) fn is_output(class: &str) -> Option<bool> {
    let described = || description(class)?.get("output_node").and_then(Value::as_bool);
    is_core(class).then(|| OUTPUTS.contains(class)).or_else(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_class_may_be_an_output() {
        for (class, expected) in [
            ("SaveImage", Some(true)),
            ("TripoTextToModelNode", Some(true)),
            ("KSampler", Some(false)),
            ("ClownsharKSampler_Beta", Some(false)),
            ("VHS_VideoCombine", None),
        ] {
            assert_eq!(is_output(class), expected, "{class}");
        }
    }
}
