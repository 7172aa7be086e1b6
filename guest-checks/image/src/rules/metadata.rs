//! An image whose metadata names another workflow than was sent.

use super::image::OutputImage;
use crate::metadata::Difference;
use comfycheck_sdk::{Finding, NodeRef, Subject, quote};

/// One finding for each node that differs. At most a few: a foreign workflow differs everywhere.
#[must_use]
pub fn judge(image: &OutputImage<'_>, differences: &[Difference]) -> Vec<Finding> {
    const MOST: usize = 3;
    let finding = |Difference { node, input }: &Difference| {
        let what = match input {
            Some(input) => format!("another {} of node {}", quote(input), quote(node)),
            None => format!("another class of node {}", quote(node)),
        };
        let subject = Subject::Node(NodeRef { id: node.clone(), input: input.clone() });
        image
            .finding_about("other-metadata", format!("the image's metadata has {what} than was sent"), [subject])
            .help("check whether the worker changes the workflow or returns an image of another job")
    };
    differences.iter().take(MOST).map(finding).collect()
}
