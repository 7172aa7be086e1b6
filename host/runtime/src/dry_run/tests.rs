//! ComfyUI's refusals, and what follows from them.

mod probes;
mod recordings;

use super::probe::Probe;
use super::{nodes, refusal};
use crate::facts::LoaderValues;
use crate::testing::wording;
use comfycheck_worker_error::WorkerError;

const WORKFLOW: &str = r#"{"2": {"class_type": "VAELoader", "inputs": {"vae_name": "a.safetensors"}},
    "4": {"class_type": "UNETLoader", "inputs": {"unet_name": "b.safetensors", "weight_dtype": "fp9"}},
    "5": {"class_type": "Missing One", "inputs": {"model": ["4", 0], "image": ["8", 0]}, "_meta": {"title": "T"}},
    "8": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["2", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}}}"#;

/// A validation error in worker-comfyui's format.
fn failed(nodes: &[(&str, &str)]) -> String {
    let bullets: Vec<String> = nodes.iter().map(|(id, errors)| format!("\n• Node {id} (errors): [{errors}]")).collect();
    format!("Workflow validation failed:{}", bullets.concat())
}

fn not_in_list(input: &str, value: &str, list: &str) -> String {
    let config = if list.starts_with('[') { format!("[{list}, {{}}]") } else { "None".to_owned() };
    format!(
        "{{'type': 'value_not_in_list', 'message': 'Value not in list', 'details': \"{input}: '{value}' not in {list}\", \
         'extra_info': {{'input_name': '{input}', 'input_config': {config}, 'received_value': '{value}'}}}}"
    )
}

fn lacks(input: &str) -> String {
    format!(
        "{{'type': 'required_input_missing', 'message': 'Required input is missing', 'details': '{input}', 'extra_info': \
         {{'input_name': '{input}'}}}}"
    )
}

/// A refusal of the values of [`WORKFLOW`] in the first job, with further errors. The probe has
/// loaders 1 and 4 (`VAELoader`), and 7 and 11 (`UNETLoader`). The first of each has names that do
/// not exist.
fn refusal_of_values(more: &[(&str, String)]) -> String {
    let nowhere = "comfycheck-dry-run-0";
    let dtype = not_in_list("weight_dtype", nowhere, "['default']");
    let mut said = vec![
        ("1", not_in_list("vae_name", nowhere, "['a.safetensors']")),
        ("7", format!("{}, {dtype}", not_in_list("unet_name", nowhere, "(list of length 24)"))),
    ];
    said.extend(["2", "5"].map(|id| (id, lacks("samples"))));
    said.extend(["8", "12"].map(|id| (id, lacks("positive"))));
    said.extend(["9", "13"].map(|id| (id, lacks("vae"))));
    said.extend(["3", "6", "10", "14"].map(|id| (id, lacks("filename_prefix"))));
    said.retain(|(id, _)| !more.iter().any(|(other, _)| other == id));
    said.extend(more.iter().filter(|(_, errors)| errors != "none").cloned());
    let said: Vec<_> = said.iter().map(|(id, errors)| (*id, errors.as_str())).collect();
    failed(&said)
}

fn in_words(values: &LoaderValues) -> String {
    let LoaderValues { worker, refused, accepted, choices } = values;
    let refused: Vec<_> = refused
        .iter()
        .map(|value| format!("{}.{} {}", value.node, value.error.input.as_deref().unwrap_or("?"), value.error.kind))
        .collect();
    let accepted: Vec<_> = accepted.iter().map(|(node, input)| format!("{node}.{input}")).collect();
    let choices: Vec<_> =
        choices.iter().map(|choice| format!("{}.{} {:?}", choice.class, choice.input, choice.names)).collect();
    format!("{worker:?} refused {refused:?}, accepted {accepted:?}, choices {choices:?}")
}

/// What follows from a refusal of values, or why nothing does.
fn values_of(more: &[(&str, String)]) -> Result<String, String> {
    let probe = Probe::of_values(&nodes(WORKFLOW), &[], 0).unwrap();
    let WorkerError::InvalidInputs(said) = WorkerError::parse(&refusal_of_values(more)) else { panic!("no inputs") };
    refusal::values(&probe, &said, None).map(|values| in_words(&values))
}

#[track_caller]
fn check_refusal(more: &[(&str, String)], expected: &str) {
    assert_eq!(values_of(more).as_deref(), Ok(expected));
}

const CHOICES: &str = r#"choices ["VAELoader.vae_name [\"a.safetensors\"]", "UNETLoader.weight_dtype [\"default\"]"]"#;

#[test]
fn what_is_taken_where_another_name_is_refused_is_there() {
    let all = r#"accepted ["2.vae_name", "4.unet_name", "4.weight_dtype"]"#;
    check_refusal(&[], &format!("None refused [], {all}, {CHOICES}"));
    let refused = [
        ("4", not_in_list("vae_name", "a.safetensors", "['pixel_space']")),
        ("11", not_in_list("weight_dtype", "fp9", "['default']")),
    ];
    check_refusal(
        &refused,
        &format!(
            r#"None refused ["2.vae_name value_not_in_list", "4.weight_dtype value_not_in_list"], accepted ["4.unet_name"], {CHOICES}"#
        ),
    );
    // An input that accepts any value, and one where ComfyUI refused another value.
    check_refusal(
        &[("1", "none".to_owned())],
        r#"None refused [], accepted ["4.unet_name", "4.weight_dtype"], choices ["UNETLoader.weight_dtype [\"default\"]"]"#,
    );
    let other = [("1", not_in_list("vae_name", "comfycheck-dry-run-1", "['a.safetensors']"))];
    check_refusal(&other, &format!(r#"None refused [], accepted ["4.unet_name", "4.weight_dtype"], {CHOICES}"#));
    // Links are not sent, so a missing link is not an error of the workflow.
    check_refusal(&[("11", lacks("model"))], &format!("None refused [], {all}, {CHOICES}"));
}

#[test]
fn what_validation_did_not_come_to_is_not_vouched_for() {
    let only_unet =
        |choices: &str| format!(r#"None refused [], accepted ["4.unet_name", "4.weight_dtype"], {choices}"#);
    let mismatch =
        "{'type': 'return_type_mismatch', 'message': 'x', 'details': 'x', 'extra_info': {'input_name': 'vae'}}";
    check_refusal(&[("5", mismatch.to_owned())], &only_unet(CHOICES));
    check_refusal(&[("5", "none".to_owned())], &only_unet(CHOICES));
    let exception = "{'type': 'exception_during_inner_validation', 'message': 'x', 'details': 'x', 'extra_info': {}}";
    for errors in [exception, ""] {
        check_refusal(&[("4", errors.to_owned())], &only_unet(CHOICES));
    }
    check_refusal(&[("1", exception.to_owned())], &only_unet(r#"choices ["UNETLoader.weight_dtype [\"default\"]"]"#));
    // In a truncated text, missing parts would count as accepted.
    let cut = [("without an output", "none".to_owned()), ("with another input of an output", lacks("images"))];
    let reasons = cut.map(|(case, errors)| (case, values_of(&[("14", errors)]).unwrap_err()));
    insta::assert_snapshot!(wording(reasons));
}
