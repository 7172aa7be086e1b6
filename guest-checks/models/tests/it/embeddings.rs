//! Embeddings in prompts, and files that inputs with objects name.

use comfycheck_check_models::rules::description::Description;
use comfycheck_check_models::rules::embeddings::{missing, named};
use comfycheck_check_models::rules::inputs::model_inputs;
use comfycheck_sdk::inventory::{Error, ModelFile};
use comfycheck_sdk::{Subject, Workflow};
use serde_json::json;
use std::collections::BTreeMap;

fn prompt(text: &str) -> Workflow {
    let workflow = json!({"6": {"class_type": "CLIPTextEncode", "inputs": {"text": text, "clip": ["4", 1]}}});
    Workflow::parse(&workflow.to_string()).expect("a workflow")
}

#[test]
fn prompts_name_embeddings_in_several_ways() {
    let rows: [(&str, &[&str]); 6] = [
        ("a cat", &[]),
        ("embedding:EasyNegative", &["EasyNegative"]),
        ("(embedding:a:1.2), embedding:b.pt", &["a", "b.pt"]),
        ("embedding:sub/dir, embedding:sub/dir", &["sub/dir"]),
        ("embedding: x", &[]),
        ("[embedding:c]\nembedding:d|e", &["c", "d"]),
    ];
    for (text, expected) in rows {
        assert_eq!(named(&prompt(text)).into_keys().collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn an_embedding_is_found_with_and_without_its_ending() {
    let files = ["a.safetensors", "sub/b.pt"].map(|name| ModelFile { name: name.into(), size: None });
    let listing = Ok(Some(files.to_vec()));
    let found = |text: &str| missing(named(&prompt(text)), &listing, &[]);
    assert_eq!(found("embedding:a embedding:a.safetensors embedding:sub/b"), []);
    let [finding] = &found("embedding:c")[..] else { panic!("one finding") };
    assert_eq!(finding.rule, "missing-embedding");
    assert!(
        matches!(&finding.subjects[..], [Subject::Node(node)] if node.id == "6" && node.input.as_deref() == Some("text"))
    );
}

#[test]
fn without_a_listing_only_what_a_volume_has_is_known() {
    let listing = Err(Error::NotOffered("no source lists model files".into()));
    let on_volumes = ["a.safetensors".to_owned(), "other.txt".to_owned()];
    let found = |text: &str| missing(named(&prompt(text)), &listing, &on_volumes);
    assert_eq!(found("embedding:a"), []);
    let [finding] = &found("embedding:a embedding:c, embedding:other")[..] else { panic!("one finding") };
    assert_eq!((finding.rule.as_str(), finding.subjects.len()), ("unchecked-embedding", 2));
    assert!(finding.message.contains("`c`") && !finding.message.contains("`a`"), "{}", finding.message);
}

#[test]
fn files_of_objects_are_compared_with_the_list_of_their_loader() {
    let lora = r#"{"input": {"required": {"lora_name": [["style.safetensors", "sub/hair.safetensors"]]}}, "output_node": false}"#;
    let power = r#"{"input": {"required": {}}, "output_node": true}"#;
    let class = |(name, json): (&str, &str)| (name.to_owned(), Description::parse(json).expect("a class"));
    let classes: BTreeMap<_, _> = [("LoraLoader", lora), ("Power Lora Loader (rgthree)", power)].map(class).into();
    let object = |lora: &str, on: bool| json!({"on": on, "lora": lora, "strength": 1});
    let workflow = json!({"20": {"class_type": "Power Lora Loader (rgthree)", "inputs": {
        "lora_1": object("style.safetensors", true),
        "lora_2": object("gone.safetensors", true),
        "lora_3": object("off.safetensors", false),
        "lora_4": object("hair", true),
        "lora_5": object("None", true),
        "other": object("x.safetensors", true)
    }}});
    let workflow = Workflow::parse(&workflow.to_string()).expect("a workflow");
    let inputs = model_inputs(&workflow, &classes);
    let rows: Vec<_> = inputs.iter().map(|model| (model.input, model.file, model.is_listed())).collect();
    let expected = [
        ("lora_1", "style.safetensors", true),
        ("lora_2", "gone.safetensors", false),
        ("lora_4", "sub/hair.safetensors", true),
    ];
    assert_eq!(rows, expected);
}
