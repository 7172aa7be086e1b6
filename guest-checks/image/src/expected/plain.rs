//! Images of a single color that a workflow asks for, such as those of a smoke test without a model.

use super::{link, number};
use comfycheck_sdk::{Input, Node, Workflow};
use serde_json::Value;

/// A plain color that a workflow saves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainColor {
    /// Red, green, blue.
    pub color: [u8; 3],
    /// The id of the node that makes it.
    pub node: String,
}

/// How many links are followed. Cycles have no end.
const MAX_STEPS: usize = 64;

/// The plain color that a node saves. None if it saves anything else, or if that is unknown.
pub(super) fn saved(workflow: &Workflow, saver: &Node) -> Option<PlainColor> {
    let mut node = workflow.node(link(saver, "images")?)?;
    for _ in 0..MAX_STEPS {
        let class = node.class.as_deref()?;
        if let Some(color) = made(workflow, node, class) {
            return Some(PlainColor { color, node: node.id.clone() });
        }
        node = workflow.node(link(node, keeps_color(class)?)?)?;
    }
    None
}

/// The color of a node that makes plain images or masks.
fn made(workflow: &Workflow, node: &Node, class: &str) -> Option<[u8; 3]> {
    match class {
        "EmptyImage" => {
            let [_, red, green, blue] = number(workflow, node, "color")?.to_be_bytes();
            Some([red, green, blue])
        }
        "SolidMask" => {
            let Input::Literal(value) = node.input("value")? else { return None };
            Some([brightness(value)?; 3])
        }
        _ => None,
    }
}

/// A brightness from 0 to 1, of 255.
fn brightness(value: &Value) -> Option<u8> {
    let value = value.as_f64().filter(|value| (0.0..=1.0).contains(value))?;
    (0..=u8::MAX).rev().find(|step| f64::from(*step) <= value * 255.0)
}

/// The input that a node takes its color from: an image of a single color stays one of that color.
fn keeps_color(class: &str) -> Option<&'static str> {
    Some(match class {
        "SaveImage" | "PreviewImage" => "images",
        "MaskToImage" => "mask",
        "ImageScale"
        | "ImageScaleBy"
        | "ImageScaleToTotalPixels"
        | "ImageScaleToMaxDimension"
        | "ImageCrop"
        | "ImageRotate"
        | "ImageFlip"
        | "ImageBlur"
        | "ImageSharpen"
        | "ImageFromBatch"
        | "RepeatImageBatch"
        | "JoinImageWithAlpha"
        | "SplitImageWithAlpha" => "image",
        _ => return None,
    })
}
