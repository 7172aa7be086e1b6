//! What is known of node classes without asking a ComfyUI: those of ComfyUI 0.33.0 itself, and some of packs.

use crate::inventory::{description, is_core};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// ComfyUI's own classes for whose sake a workflow is run.
static OUTPUTS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("inventory/core-outputs.txt").lines().collect());

/// By class and slot, which of ComfyUI's own classes give an image or a latent.
static PICTURES: LazyLock<BTreeMap<(&'static str, usize), Picture>> = LazyLock::new(|| {
    let picture = |line: &'static str| {
        let mut words = line.split('\t');
        let kind = if words.next()? == "IMAGE" { Picture::Image } else { Picture::Latent };
        let slot = words.next()?.parse().ok()?;
        Some(((words.next()?, slot), kind))
    };
    include_str!("inventory/core-pictures.txt").lines().filter_map(picture).collect()
});

/// What an output of a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// `IMAGE`.
    Image,
    /// `LATENT`.
    Latent,
}

/// Whether ComfyUI runs a workflow for the sake of the nodes of a class; none if the class is not known.
pub fn is_output(class: &str) -> Option<bool> {
    let described = || description(class)?.get("output_node").and_then(Value::as_bool);
    is_core(class).then(|| OUTPUTS.contains(class)).or_else(described)
}

/// What an output of a class is, if it is known to be an image or a latent.
pub fn picture(class: &str, slot: usize) -> Option<Picture> {
    let described = || match description(class)?.get("output")?.get(slot)?.as_str()? {
        "IMAGE" => Some(Picture::Image),
        "LATENT" => Some(Picture::Latent),
        _ => None,
    };
    PICTURES.get(&(class, slot)).copied().or_else(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_neither_an_output_nor_none() {
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

    #[test]
    fn an_output_is_known_by_its_slot() {
        assert_eq!(picture("KSampler", 0), Some(Picture::Latent));
        assert_eq!(picture("LoadImage", 0), Some(Picture::Image));
        assert_eq!(picture("LoadImage", 1), None);
        assert_eq!(picture("ClownsharKSampler_Beta", 1), Some(Picture::Latent));
    }
}
