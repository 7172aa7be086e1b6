//! The errors of failed jobs, parsed. `errors/` has recorded ones, of worker-comfyui 5.8.5
//! (`.txt`) and of ComfyUI 0.33.0 (`.json`).

use comfycheck_worker_error::{InputError, NodeErrors, WorkerError};

/// The parsed error in short: one line for the error, or one for each input.
fn read(error: &str) -> String {
    let known = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    match WorkerError::parse(error) {
        WorkerError::MissingNode { id, class, title } => {
            format!("missing node: {} of {} titled {}", known(class), known(id), known(title))
        }
        WorkerError::NodeWithoutClass { id } => format!("node without class: {}", known(id)),
        WorkerError::InvalidInputs(nodes) => {
            let node = |node: NodeErrors| {
                let errors: String = node.errors.into_iter().map(input).collect();
                format!("{} ({}):{errors}", node.id, known(node.class))
            };
            nodes.into_iter().map(node).collect::<Vec<_>>().join("\n")
        }
        WorkerError::RefusedAsWhole => "refused as whole".to_owned(),
        WorkerError::RefusedWithoutReason => "refused without reason".to_owned(),
        WorkerError::Unrecognised => "unrecognised".to_owned(),
    }
}

fn input(error: InputError) -> String {
    let received = error.received.map_or_else(|| "?".to_owned(), |value| value.to_string());
    let accepted = error.accepted.map_or_else(|| "?".to_owned(), |values| format!("{values:?}"));
    format!(" {} {} {received} of {accepted}", error.kind, error.input.unwrap_or_else(|| "?".to_owned()))
}

#[track_caller]
fn check(error: &str, expected: &str) {
    assert_eq!(read(error), expected);
}

#[test]
fn recorded_errors_are_read() {
    check(
        include_str!("errors/dry-run.txt"),
        "2 (LoraLoaderModelOnly): value_not_in_list lora_name \"gone-lora.safetensors\" of ?\n\
         dry (ImageScale): value_not_in_list upscale_method \"__dry_run__\" of \
         [\"nearest-exact\", \"bilinear\", \"area\", \"bicubic\", \"lanczos\"]",
    );
    check(
        include_str!("errors/three-models.json"),
        "3 (VAELoader): value_not_in_list vae_name \"ae.safetensors\" of [\"z-image-turbo-vae.safetensors\", \"pixel_space\"]\n\
         2 (CLIPLoader): value_not_in_list clip_name \"b.safetensors\" of [\"qwen_3_4b.safetensors\"]\n\
         1 (UNETLoader): value_not_in_list unet_name \"a.safetensors\" of [\"z_image_turbo_bf16.safetensors\"]",
    );
    check(
        include_str!("errors/missing-class.json"),
        "missing node: ClownsharKSampler_Alpha of 9 titled ClownsharKSampler",
    );
    check(include_str!("errors/no-class.json"), "node without class: 10");
    check(include_str!("errors/exception.json"), "10 (VAEDecode): exception_during_inner_validation images ? of ?");
    check(include_str!("errors/no-outputs.txt"), "unrecognised");
}

#[test]
fn a_missing_class_is_read_from_every_version() {
    check(
        r#"Node 'My Title' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "Node 'My Title' not found. The custom node may not be installed.", "details": "Node ID '#7'", "extra_info": {"node_id": "7", "class_type": "ClownsharKSampler_Beta", "node_title": "My Title"}}, "node_errors": {}}"#,
        "missing node: ClownsharKSampler_Beta of 7 titled My Title",
    );
    check(
        r#"Cannot execute because node Sigmas Rescale does not exist.. Raw response: {"error": {"type": "invalid_prompt", "message": "Cannot execute because node Sigmas Rescale does not exist.", "details": "Node ID '#57:3'", "extra_info": {}}, "node_errors": {}}"#,
        "missing node: Sigmas Rescale of 57:3 titled ?",
    );
    check("Unexpected error queuing workflow: 'list' object has no attribute 'items'", "refused as whole");
    check(
        "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt",
        "refused without reason",
    );
    check("Error queuing workflow: HTTP Error 400: Bad Request", "refused without reason");
}

#[test]
fn an_absent_class_is_read_from_every_version() {
    check(
        r#"Node 'ID #7' has no class_type. The workflow may be corrupted or a custom node is missing.. Raw response: {"error": {"type": "missing_node_type", "message": "…", "details": "Node ID '#7'", "extra_info": {"node_id": "7", "class_type": null, "node_title": "ID #7"}}, "node_errors": {}}"#,
        "node without class: 7",
    );
    check(
        r#"Cannot execute because a node is missing the class_type property.. Raw response: {"error": {"type": "invalid_prompt", "message": "Cannot execute because a node is missing the class_type property.", "details": "Node ID '#4'", "extra_info": {}}, "node_errors": {}}"#,
        "node without class: 4",
    );
}

#[test]
fn text_that_was_cut_is_read_as_far_as_it_goes() {
    check(
        r#"Node 'My Title' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missi"#,
        "missing node: ? of ? titled My Title",
    );
    check("Cannot execute because node X does not exist.. Raw resp", "missing node: X of ? titled ?");
    check("Node 'ID #7' has no class_type. The workflow", "node without class: 7");
    check(
        "Workflow validation failed:\n• Node 3 (errors): [{'type': 'value_not_in_list', 'mess\n• Node 3 (class_type): VAELoader",
        "3 (VAELoader):",
    );
    check(
        "Workflow validation failed:\n• Node 3 (errors): [{'type': 'value_not_in_list', 'extra_info': {'input_name': 'vae_name'}}]",
        "3 (?): value_not_in_list vae_name ? of ?",
    );
}

#[test]
fn an_exception_of_the_handler_is_unwrapped() {
    check(
        r#"{"error_type":"<class 'ValueError'>","error_message":"Cannot execute because node X does not exist.","error_traceback":"…"}"#,
        "missing node: X of ? titled ?",
    );
    check(r#"{"error_type":"<class 'KeyError'>","error_message":"'prompt'"}"#, "unrecognised");
    check(r#"{"error_message":7}"#, "unrecognised");
}

#[test]
fn a_title_that_looks_like_a_body_does_not_hide_the_body() {
    check(
        r#"Node 'Raw response: x' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "extra_info": {"node_id": "1", "class_type": "A"}}}"#,
        "missing node: A of 1 titled ?",
    );
}

#[test]
fn a_new_style_choice_lists_its_options() {
    check(
        "Workflow validation failed:\n• Node a (b) (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', \
         'details': \"model_name: \\\"it's.pth\\\" not in []\", 'extra_info': {'input_name': 'model_name', \
         'input_config': ['COMBO', {'multiselect': False, 'options': [], 'default': None}], 'received_value': \"it's.pth\"}}]\n\
         • Node a (b) (dependent_outputs): ['9']\n• Node a (b) (class_type): UpscaleModelLoader",
        "a (b) (UpscaleModelLoader): value_not_in_list model_name \"it's.pth\" of []",
    );
}

#[test]
fn the_workers_own_list_of_checkpoints_stands_in_for_one_that_comfyui_left_out() {
    check(
        "Workflow validation failed:\n• Node 4 (errors): [{'type': 'value_not_in_list', 'extra_info': {'input_name': 'ckpt_name', \
         'input_config': None, 'received_value': 'x.ckpt'}}]\n• Node 4 (class_type): CheckpointLoaderSimple\n\n\
         Available checkpoint models: a.ckpt, b.ckpt",
        "4 (CheckpointLoaderSimple): value_not_in_list ckpt_name \"x.ckpt\" of [\"a.ckpt\", \"b.ckpt\"]",
    );
}

#[test]
fn other_errors_are_not_recognized() {
    for error in [
        "",
        "{}",
        "[]",
        "null",
        "job timed out after 1 retries",
        "executionTimeout exceeded",
        "Job processing failed",
        "Error queuing workflow: 500 Server Error: Internal Server Error for url: http://127.0.0.1:8188/prompt",
        r#"{"error": "not allowed for QB API"}"#,
        r#"{"error": {"type": "missing_node_type"}, "node_errors": {}}"#,
        r#"{"error": "x", "node_errors": []}"#,
        "• Node 3",
        "• Node 3 (why): x",
        "Raw response: ",
        "Node '",
    ] {
        check(error, "unrecognised");
    }
}

#[test]
fn a_refusal_is_found_behind_the_words_of_another_handler() {
    let refused = "4 (CheckpointLoaderSimple): value_not_in_list ckpt_name \"a.safetensors\" of []";
    let nodes = r#"{"4": {"errors": [{"type": "value_not_in_list", "message": "Value not in list", "details": "", "extra_info":
        {"input_name": "ckpt_name", "input_config": [[], {}], "received_value": "a.safetensors"}}],
        "dependent_outputs": ["9"], "class_type": "CheckpointLoaderSimple"}}"#;
    let body = format!(r#"{{"error": {{"type": "x", "message": "y", "details": ""}}, "node_errors": {nodes}}}"#);
    for error in [
        nodes.to_owned(),
        body.clone(),
        format!("ComfyUI said 400: {body} (giving up)"),
        format!("ValueError({})", body.replace('"', "'")),
        serde_json::json!({"error_type": "<class 'Exception'>", "error_message": format!("queue failed {body}")})
            .to_string(),
        serde_json::json!({"status": "failed", "response": {"text": body}}).to_string(),
    ] {
        check(&error, refused);
    }
    let missing = "missing node: FaceDetailer of 3 titled ?";
    for error in [
        "no: {'type': 'invalid_prompt', 'message': 'Cannot execute because node FaceDetailer does not exist.', 'details': \
         \"Node ID '#3'\", 'extra_info': {}}",
        r#"queue -> {"error": {"type": "a", "message": "Cannot execute because node FaceDetailer does not exist.", "details":
         "Node ID '#3'"}}"#,
        "Workflow validation failed: Cannot execute because node FaceDetailer does not exist. (Node ID '#3')",
    ] {
        check(error, missing);
    }
    check(
        "RuntimeError: ComfyUI said: Node 'My Title' not found. The custom node may not be installed.",
        "missing node: ? of ? titled My Title",
    );
}

#[test]
fn hostile_text_is_read_without_harm() {
    for piece in
        ["Raw response: {\"a\":", "\n• Node 1 (errors): [", "{'", "[", "\\", "• Node ", "(errors): ", "Raw response: "]
    {
        let text = piece.repeat(65_536 / piece.len());
        let _ = WorkerError::parse(&text);
        let _ = WorkerError::parse(&format!("Workflow validation failed:\n• Node 1 (errors): {text}"));
    }
}

#[track_caller]
fn check_missing_model(kind: &str, received: serde_json::Value, accepted: &[&str], expected: Option<&str>) {
    let accepted = Some(accepted.iter().map(|&name| name.to_owned()).collect());
    let error = InputError { kind: kind.into(), received: Some(received), accepted, ..InputError::default() };
    assert_eq!(error.missing_model(), expected);
}

#[test]
fn a_missing_model_differs_from_other_wrong_choices() {
    check_missing_model("value_not_in_list", "a.gguf".into(), &[], Some("a.gguf"));
    check_missing_model("value_not_in_list", "fast".into(), &["a.safetensors", "None"], Some("fast"));
    check_missing_model("value_not_in_list", "euler2".into(), &["euler"], None);
    check_missing_model("value_not_in_list", 7.into(), &["a.safetensors"], None);
    check_missing_model("invalid_input_type", "a.gguf".into(), &[], None);
    assert_eq!(InputError::default().missing_model(), None);
}
