//! Node classes known without a ComfyUI: those of ComfyUI 0.33.0 itself, and some of packs.

use crate::inventory::{description, is_core};
use crate::scenario::Scenario;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// ComfyUI's own output classes.
static OUTPUTS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("inventory/core-outputs.txt").lines().collect());

/// Whether the nodes of a class are outputs; none if the class is not known. The inventory of a run comes first.
pub(crate) fn is_output(scenario: &Scenario, class: &str) -> Option<bool> {
    let described = || description(class)?.get("output_node").and_then(Value::as_bool);
    let listed = scenario.comfyui.outputs.get(class).copied();
    listed.or_else(|| is_core(class).then(|| OUTPUTS.contains(class))).or_else(described)
}

/// Whether the class belongs to a pack that the simulator does not know.
pub(crate) fn is_unknown(class: &str) -> bool {
    !is_core(class) && description(class).is_none()
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
            assert_eq!(is_output(&Scenario::default(), class), expected, "{class}");
        }
        let mut scenario = Scenario::default();
        scenario.comfyui.outputs =
            [("VHS_VideoCombine", true), ("SaveImage", false)].map(|(class, is)| (class.to_owned(), is)).into();
        assert_eq!(
            ["VHS_VideoCombine", "SaveImage"].map(|class| is_output(&scenario, class)),
            [Some(true), Some(false)]
        );
    }
}
