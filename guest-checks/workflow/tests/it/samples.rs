//! What the samples show about the verdict.

use crate::wording::{table, wording};
use comfycheck_check_workflow::rules::samples::after_samples;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{NodeRef, Subject};
use insta::assert_snapshot;

fn sample(index: u32, ending: Ending, image_count: u32) -> Sample {
    Sample { image_count, ..Sample::new(index, ending) }
}

#[test]
fn a_sample_with_an_image_shows_that_comfyui_accepts_the_workflow() {
    let image = sample(0, Ending::Succeeded, 1);
    let empty = sample(1, Ending::Succeeded, 0);
    let failed = sample(2, Ending::Failed, 0);
    let cases = [
        ("an image", vec![image.clone()], true),
        (
            "images and failures",
            vec![image.clone(), empty.clone(), failed.clone(), sample(3, Ending::Succeeded, 2)],
            true,
        ),
        ("success without an image", vec![empty], false),
        ("a failure", vec![failed], false),
        ("nothing", Vec::new(), false),
    ];
    let words = table(cases.into_iter().map(|(name, samples, is_accepted)| {
        let answer = after_samples(&samples);
        assert_eq!(answer.is_ok(), is_accepted, "{name}");
        (name, answer.map_or_else(|reason| format!("not applicable: {reason}"), |answer| wording(&answer)))
    }));
    assert_snapshot!(words);
}

#[test]
fn a_node_that_failed_shows_that_comfyui_accepts_the_workflow() {
    let error = Some("Node Type: KSampler, Node ID: 3, Message: it broke".to_owned());
    let answer = after_samples(&[Sample { error, ..sample(0, Ending::Failed, 0) }]).expect("an answer");
    assert_eq!(answer.findings.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["comfyui-verdict"]);
    assert_snapshot!(wording(&answer));
}

/// The job that ComfyUI refused for one input.
fn refused(index: u32, kind: &str, input: &str, config: &str, received: &str) -> Sample {
    let error = format!(
        r#"failed: {{"node_errors": {{"4": {{"class_type": "KSampler", "dependent_outputs": [], "errors": [{{"type": "{kind}",
        "message": "No", "details": "it is wrong", "extra_info": {{"input_name": "{input}", "input_config": {config},
        "received_value": {received}}}}}]}}}}}}"#
    );
    let workflow = r#"{"4": {"class_type": "KSampler", "inputs": {}, "_meta": {"title": "Sample"}}}"#.to_owned();
    Sample { error: Some(error), workflow, ..sample(index, Ending::Failed, 0) }
}

#[test]
fn an_input_that_comfyui_refused_is_found_at_its_place() {
    let number = r#"["INT", {"min": 1, "max": 100}]"#;
    let choice = r#"[["euler", "res_2s"], {}]"#;
    let cases = [
        ("value_bigger_than_max", "steps", number, "101", "value-bigger-than-max", Some("steps")),
        ("value_smaller_than_min", "steps", number, "0", "value-smaller-than-min", Some("steps")),
        ("value_not_in_list", "sampler_name", choice, r#""res_2m""#, "value-not-in-list", Some("sampler_name")),
        ("invalid_input_type", "steps", number, r#""many""#, "invalid-input-type", Some("steps")),
        ("required_input_missing", "steps", number, "null", "required-input-missing", None),
        ("bad_linked_input", "model", "[\"MODEL\"]", "[1]", "bad-linked-input", Some("model")),
        ("return_type_mismatch", "model", "[\"MODEL\"]", "[\"1\", 0]", "return-type-mismatch", Some("model")),
        ("custom_validation_failed", "image", "[[], {}]", r#""a.png""#, "value-not-in-list", Some("image")),
        ("dependency_cycle", "model", "[\"MODEL\"]", "null", "dependency-cycle", None),
        ("something_new", "steps", number, "3", "exception-during-validation", Some("steps")),
    ];
    let words = table(cases.into_iter().map(|(kind, input, config, received, rule, place)| {
        let samples = [0, 2].map(|index| refused(index, kind, input, config, received));
        let answer = after_samples(&samples).expect("an answer");
        let [finding] = answer.findings.as_slice() else { panic!("{kind}: one finding") };
        let node = Subject::Node(NodeRef { id: "4".into(), input: place.map(str::to_owned) });
        assert_eq!((finding.rule.as_str(), &finding.subjects[0]), (rule, &node), "{kind}");
        assert_eq!(finding.subjects[1..], [Subject::Sample(0), Subject::Sample(2)], "{kind}");
        (kind, wording(&answer))
    }));
    assert_snapshot!(words);
}

#[test]
fn a_missing_model_is_left_to_the_check_that_names_it() {
    let model = refused(0, "value_not_in_list", "ckpt_name", "[[], {}]", r#""a.safetensors""#);
    assert!(after_samples(&[model]).is_err());
}
