//! The texts of a workflow that a person wrote as prompts.

use serde_json::Value;

/// A prompt in a workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prompt {
    /// The id of the node.
    pub node: String,
    /// Its class; empty if it has none.
    pub class: String,
    pub input: String,
    pub text: String,
}

/// Names of inputs that hold prompts, in ComfyUI's own nodes and in common packs, in lower case.
const NAMES: [&str; 24] = [
    "caption",
    "clip_g",
    "clip_l",
    "instruction",
    "llama",
    "lyrics",
    "negative",
    "negative_prompt",
    "populated_text",
    "positive",
    "positive_prompt",
    "prompt",
    "prompt_text",
    "string",
    "style_prompt",
    "system_prompt",
    "t5xxl",
    "tags",
    "text",
    "text_g",
    "text_l",
    "text_positive",
    "user_prompt",
    "wildcard_text",
];

/// From how many words on a text under any name is a prompt. Names of files, samplers and modes have fewer.
const WORDS: usize = 4;

/// The prompts of a workflow in API format, in its order. None if it is not one.
pub fn prompts_of(workflow: &str) -> Vec<Prompt> {
    let Ok(Value::Object(nodes)) = serde_json::from_str(workflow) else { return Vec::new() };
    let mut prompts = Vec::new();
    for (id, node) in &nodes {
        let class = node.get("class_type").and_then(Value::as_str).unwrap_or_default();
        let inputs = node.get("inputs").and_then(Value::as_object);
        for (input, value) in inputs.into_iter().flatten() {
            if let Some(text) = value.as_str().filter(|text| is_prompt(input, text)) {
                let (node, class) = (id.clone(), class.to_owned());
                prompts.push(Prompt { node, class, input: input.clone(), text: text.to_owned() });
            }
        }
    }
    prompts
}

/// Whether the text of an input is a prompt.
pub(crate) fn is_prompt(input: &str, text: &str) -> bool {
    let named = NAMES.contains(&input.to_ascii_lowercase().as_str());
    !text.trim().is_empty() && (named || text.split_whitespace().nth(WORDS - 1).is_some())
}

#[cfg(test)]
mod tests {
    use super::prompts_of;
    use serde_json::json;

    #[test]
    fn prompts_are_texts_by_their_name_or_their_length() {
        let workflow = json!({
            "6": { "class_type": "CLIPTextEncode", "inputs": { "text": "cat", "clip": ["4", 1] } },
            "7": { "class_type": "CLIPTextEncode", "inputs": { "text": "" } },
            "8": { "class_type": "MyTexts", "inputs": { "first": "a red fox at dawn", "mode": "crop center" } },
            "9": { "inputs": { "Prompt": "dog", "seed": 3 } },
            "10": { "class_type": "Broken", "inputs": null },
        });
        let found: Vec<String> = prompts_of(&workflow.to_string())
            .into_iter()
            .map(|prompt| format!("{} {} {}: {}", prompt.node, prompt.class, prompt.input, prompt.text))
            .collect();
        assert_eq!(found, ["6 CLIPTextEncode text: cat", "8 MyTexts first: a red fox at dawn", "9  Prompt: dog"]);
        assert!(prompts_of("not JSON").is_empty());
    }
}
