//! An image whose metadata names a workflow other than the one that was sent.

use super::image::OutputImage;
use crate::metadata::Difference;
use comfycheck_sdk::{Finding, NodeRef, Subject, quote};

/// One finding for each node that differs. At most a few: a foreign workflow differs everywhere.
#[must_use]
pub fn judge(image: &OutputImage<'_>, differences: &[Difference]) -> Vec<Finding> {
    const MOST: usize = 3;
    let finding = |Difference { node, input }: &Difference| {
        let what = match input {
            Some(input) => format!("{} of node {} differs", quote(input), quote(node)),
            None => format!("the class of node {} differs", quote(node)),
        };
        let subject = Subject::Node(NodeRef { id: node.clone(), input: input.clone() });
        image
            .finding_about("other-metadata", format!("in the image's metadata, {what} from what was sent"), [subject])
            .help("check whether the worker changes the workflow or returns an image of another job")
    };
    differences.iter().take(MOST).map(finding).collect()
}
