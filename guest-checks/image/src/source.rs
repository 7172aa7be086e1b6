//! What made an image: equal for equal jobs, whichever worker runs them and in whatever order.

use crate::expected::Expected;
use crate::makes::makes_images;
use comfycheck_likeness::golden::Source;
use comfycheck_sdk::Workflow;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// An image as the output lists it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// As the output names it; may be empty.
    pub name: String,
    /// The node that saved it, if the output names it.
    pub node: Option<String>,
}

/// The sources of the images of one job, in the order of its output.
#[must_use]
pub fn sources(workflow: &Workflow, expected: &Expected, images: &[Listed]) -> Vec<Source> {
    let (digest, seeds) = digest(workflow, expected);
    let nodes: Vec<Option<String>> = images.iter().map(|image| node(workflow, expected, image)).collect();
    let position = |at: usize| {
        // ComfyUI counts the files of a prefix. The order in which nodes ran does not matter.
        let place = |at: usize| (number(&images[at].name), at);
        let own = (0..images.len()).filter(|other| nodes[*other] == nodes[at]);
        u32::try_from(own.filter(|other| place(*other) < place(at)).count()).unwrap_or(u32::MAX)
    };
    let source = |at: usize| Source {
        workflow: digest.clone(),
        seeds: seeds.clone(),
        node: nodes[at].clone(),
        position: position(at),
    };
    (0..images.len()).map(source).collect()
}

/// The digest of what reaches the images, without its seeds; and the seeds.
fn digest(workflow: &Workflow, expected: &Expected) -> (String, BTreeMap<String, String>) {
    let mut part = makes_images(workflow, expected);
    let mut seeds = BTreeMap::new();
    for (id, node) in &mut part {
        let Some(inputs) = node.get_mut(1).and_then(Value::as_object_mut) else { continue };
        inputs.retain(|name, value| {
            let is_seed = is_seed(name) && value.is_number();
            if is_seed {
                seeds.insert(format!("{id}.{name}"), value.to_string());
            }
            !is_seed
        });
    }
    let text = serde_json::to_string(&part).unwrap_or_default();
    (hex(&Sha256::digest(text.as_bytes())), seeds)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether an input is a seed, as nodes name them: `seed`, `noise_seed`, `sampler_seed`.
fn is_seed(input: &str) -> bool {
    input == "seed" || input.ends_with("_seed")
}

/// The node that saved an image: as the output names it, or the only one, or the only one with the prefix of the file's name.
#[must_use]
pub fn node(workflow: &Workflow, expected: &Expected, image: &Listed) -> Option<String> {
    if image.node.is_some() {
        return image.node.clone();
    }
    if let [only] = expected.savers.as_slice()
        && expected.may_save.is_empty()
    {
        return Some(only.clone());
    }
    let (prefix, _) = image.name.trim_end_matches(|c| c != '_').trim_end_matches('_').rsplit_once('_')?;
    let savers = expected.savers.iter().filter(|id| {
        let named = workflow.node(id).and_then(|node| node.text("filename_prefix"));
        named.is_some_and(|named| named.rsplit('/').next() == Some(prefix))
    });
    let savers: BTreeSet<&String> = savers.collect();
    savers.first().filter(|_| savers.len() == 1).map(|id| (*id).clone())
}

/// The number in a file's name, as in `ComfyUI_00012_.png`.
fn number(name: &str) -> Option<u64> {
    name.split('_').filter_map(|part| part.parse().ok()).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected::expected;
    use serde_json::json;

    fn workflow(seed: u64, prompt: &str) -> Workflow {
        let nodes = json!({
            "1": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt}},
            "2": {"class_type": "KSampler", "inputs": {"seed": seed, "positive": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "out/first"}},
            "4": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "second"}},
        });
        Workflow::parse(&nodes.to_string()).expect("a workflow")
    }

    fn of(workflow: &Workflow, names: &[&str]) -> Vec<Source> {
        let images: Vec<_> = names.iter().map(|name| Listed { name: (*name).to_owned(), node: None }).collect();
        sources(workflow, &expected(workflow), &images)
    }

    #[test]
    fn equal_jobs_have_equal_sources_in_any_order() {
        let one = of(&workflow(1, "a cat"), &["first_00001_.png", "first_00002_.png", "second_00001_.png"]);
        let other = of(&workflow(1, "a cat"), &["second_00007_.png", "first_00009_.png", "first_00008_.png"]);
        assert_eq!([&one[0], &one[1], &one[2]], [&other[2], &other[1], &other[0]]);
        let places: Vec<_> = one.iter().map(|source| (source.node.as_deref(), source.position)).collect();
        assert_eq!(places, [(Some("3"), 0), (Some("3"), 1), (Some("4"), 0)]);
        assert_eq!(one[0].seeds, [("2.seed".to_owned(), "1".to_owned())].into());
    }

    #[test]
    fn a_seed_is_apart_and_a_prompt_is_not() {
        let one = &of(&workflow(1, "a cat"), &["first_00001_.png"])[0];
        let seed = &of(&workflow(18_446_744_073_709_551_615, "a cat"), &["first_00001_.png"])[0];
        let prompt = &of(&workflow(1, "a dog"), &["first_00001_.png"])[0];
        assert!(one != seed && one.differs_in_seed_only(seed));
        assert!(!one.differs_in_seed_only(prompt));
    }

    #[test]
    fn a_file_whose_name_fits_no_node_has_none() {
        let source = &of(&workflow(1, "a cat"), &["upload.png"])[0];
        assert_eq!((source.node.as_deref(), source.position), (None, 0));
    }
}
