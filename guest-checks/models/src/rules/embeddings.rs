//! Embeddings in prompts: `embedding:NAME`.
//!
//! ComfyUI logs a missing embedding and goes on without it, so the image differs and the job succeeds.

use super::required::Listing;
use comfycheck_sdk::wording::quote;
use comfycheck_sdk::{Finding, SAVE_INVENTORY, Subject, Workflow, embeddings_in, nearest, unanswered_reason};
use std::collections::BTreeMap;

/// The folder does not have an embedding that a prompt names.
pub const MISSING_EMBEDDING: &str = "missing-embedding";
/// Whether an embedding is there is unknown.
pub const UNCHECKED_EMBEDDING: &str = "unchecked-embedding";

/// The folder of embeddings.
pub const FOLDER: &str = "embeddings";

/// Endings that ComfyUI adds to a name.
const ENDINGS: [&str; 4] = ["", ".safetensors", ".pt", ".bin"];

/// The embeddings that the prompts of a workflow name, each with the inputs that name it.
#[must_use]
pub fn named(workflow: &Workflow) -> BTreeMap<String, Vec<Subject>> {
    let mut named: BTreeMap<String, Vec<Subject>> = BTreeMap::new();
    for node in workflow.nodes() {
        let texts = node.inputs.iter().filter_map(|(input, value)| Some((input, value.as_str()?)));
        for (input, name) in texts.flat_map(|(input, text)| embeddings_in(text).map(move |name| (input, name))) {
            let subjects = named.entry(name.to_owned()).or_default();
            let subject = node.subject(Some(input));
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
    }
    named
}

/// A finding for each embedding that the folder does not have. If the folder is unknown, one for all that are on no volume:
/// `on_volumes` are the files of the volumes' folders.
#[must_use]
pub fn missing(mut named: BTreeMap<String, Vec<Subject>>, listing: &Listing, on_volumes: &[String]) -> Vec<Finding> {
    let files = match listing {
        Ok(files) => files.as_deref().unwrap_or_default(),
        Err(error) => {
            named.retain(|name, _| !on_volumes.iter().any(|file| is_file_of(file, name)));
            let unchecked: Vec<_> = named.keys().map(String::as_str).collect();
            if unchecked.is_empty() {
                return Vec::new();
            }
            let message = format!(
                "could not check {} in prompts ({}): {}",
                if unchecked.len() == 1 { "the embedding" } else { "the embeddings" },
                comfycheck_sdk::few_names(unchecked),
                unanswered_reason(error, None)
            );
            let unchecked = Finding::new(UNCHECKED_EMBEDDING, message).help(SAVE_INVENTORY);
            return vec![unchecked.about_all(named.into_values().flatten().take(20))];
        }
    };
    let has = |name: &str| files.iter().any(|file| is_file_of(&file.name, name));
    let finding = |(name, subjects): (String, Vec<Subject>)| {
        let known = files.iter().map(|file| file.name.rsplit_once('.').map_or(&*file.name, |(stem, _)| stem));
        let help = match nearest(&name, known).first() {
            Some(near) => format!("correct the name in the prompt; similar: {}", quote(near)),
            None => "put the file into `models/embeddings` of the worker image or the network volume".to_owned(),
        };
        let message = format!("embedding {} is missing: ComfyUI ignores it, so the image differs", quote(&name));
        Finding::new(MISSING_EMBEDDING, message).help(help).about_all(subjects)
    };
    named.into_iter().filter(|(name, _)| !has(name)).map(finding).collect()
}

/// Whether ComfyUI reads a file for the name in a prompt.
fn is_file_of(file: &str, name: &str) -> bool {
    ENDINGS.iter().any(|ending| file.strip_suffix(ending) == Some(name))
}
