//! The responses of handlers: worker-comfyui in its versions with its pitfalls, and others.

use crate::scene::{Scene, body, plain, workflow};
use comfycheck_simulator::{Api, Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

/// Runs a job on a warm worker, and returns its final status.
#[track_caller]
fn run(changes: &str, input: &Value) -> Value {
    run_in(&mut scene(changes), Duration::ZERO, input)
}

fn scene(changes: &str) -> Scene {
    let mut table: toml::Table = changes.parse().unwrap_or_else(|err| panic!("{err}"));
    let workers = table.entry("workers").or_insert_with(|| toml::Table::new().into());
    workers.as_table_mut().unwrap().entry("ready").or_insert(1.into());
    Scene::new(plain(&table.to_string()))
}

fn run_in(scene: &mut Scene, at: Duration, input: &Value) -> Value {
    let body_ = json!({"input": input}).to_string();
    let request = Request { body: body_.into(), ..Request::new(Api::Jobs, Method::Post, "/runsync") };
    body(scene.send(at, &request).outcome.response().unwrap())
}

fn of(workflow: &Value) -> Value {
    json!({"workflow": workflow})
}

/// The job ends as FAILED with exactly this error.
#[track_caller]
fn check_error(changes: &str, input: &Value, error: &str) {
    let job = run(changes, input);
    assert_eq!((job["status"].as_str(), job["error"].as_str()), (Some("FAILED"), Some(error)), "{job}");
}

#[test]
fn an_input_that_is_not_for_the_handler_is_refused_in_its_words() {
    check_error("", &Value::Null, "Please provide input");
    check_error("", &json!("no json"), "Invalid JSON format in input");
    check_error("", &json!({"prompt": {}}), "Missing 'workflow' parameter");
    let error = "'images' must be a list of objects with 'name' and 'image' keys";
    check_error("", &json!({"workflow": workflow(1), "images": [{"name": "a"}]}), error);
    let text = of(&workflow(1)).to_string();
    assert_eq!(run("", &json!(text))["status"], "COMPLETED");
}

#[test]
fn an_input_image_that_is_not_base64_fails_the_job() {
    let image = json!({"name": "u.png", "image": "https://example.com/a.png"});
    let job = run("", &json!({"workflow": workflow(1), "images": [image]}));
    assert_eq!(job["error"], "Failed to upload one or more input images");
    assert_eq!(job["output"]["details"], json!(["Error decoding base64 for u.png: Incorrect padding"]));
    let image = json!({"name": "u.png", "image": "data:image/png;base64,iVBORw0KGgo="});
    assert_eq!(run("", &json!({"workflow": workflow(1), "images": [image]}))["status"], "COMPLETED");
}

fn loader(class: &str, input: &str, file: &str) -> Value {
    json!({
        "1": {"class_type": class, "inputs": {input: file}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    })
}

#[test]
fn a_loader_of_a_file_that_was_not_sent_is_refused_in_comfyuis_words() {
    for (class, input, kind) in [
        ("LoadImage", "image", "image"),
        ("LoadAudio", "audio", "audio"),
        ("LoadVideo", "file", "video"),
        ("VHS_LoadVideo", "video", "video"),
    ] {
        let error = format!(
            "Workflow validation failed:\n• Node 1 (errors): [{{'type': 'custom_validation_failed', 'message': 'Custom validation \
             failed for node', 'details': '{input} - Invalid {kind} file: cat.png', 'extra_info': {{'input_name': '{input}'}}}}]\n\
             • Node 1 (dependent_outputs): ['2']\n• Node 1 (class_type): {class}"
        );
        check_error("", &of(&loader(class, input, "cat.png")), &error);
    }
    assert_eq!(run("", &of(&loader("LoadImage", "image", "example.png")))["status"], "COMPLETED");
    let has = "comfyui = { inputs = [\"cat.png\"] }";
    assert_eq!(run(has, &of(&loader("LoadImage", "image", "cat.png")))["status"], "COMPLETED");
    assert_eq!(run(has, &of(&loader("LoadImage", "image", "example.png")))["status"], "FAILED");
}

#[test]
fn a_file_that_was_sent_stays_on_its_worker() {
    let image = json!({"name": "cat.png", "image": "data:image/png;base64,iVBORw0KGgo="});
    let workflow = loader("LoadImage", "image", "cat.png [input]");
    let mut scene = scene("endpoint = { workers-max = 1 }");
    let status = |scene: &mut Scene, at, input: &Value| run_in(scene, Duration::from_secs(at), input)["status"].clone();
    assert_eq!(status(&mut scene, 0, &of(&workflow)), "FAILED");
    assert_eq!(status(&mut scene, 10, &json!({"workflow": workflow, "images": [image]})), "COMPLETED");
    assert_eq!(status(&mut scene, 20, &of(&workflow)), "COMPLETED");
}

#[test]
fn videos_and_animations_are_returned_and_other_kinds_are_dropped() {
    let saved = |class: &str, input: &str| {
        let mut saving = workflow(1);
        saving["2"] = json!({"class_type": "EmptyHunyuanLatentVideo", "inputs": {"width": 64, "height": 32, "length": 11, "batch_size": 1}});
        saving["7"] = json!({"class_type": "CreateVideo", "inputs": {"images": ["5", 0], "fps": 16.0}});
        saving["6"] = json!({"class_type": class, "inputs": {
            input: ["7", 0], "filename_prefix": "video/lamp", "fps": 16.0, "lossless": true, "quality": 80, "method": "default",
        }});
        run("", &of(&saving))["output"].clone()
    };
    for (class, name, start) in [
        ("SaveVideo", "lamp_00001_.mp4", "AAAAIGZ0eXBpc29t"),
        ("SaveWEBM", "lamp_00001_.webm", "GkXfo"),
        ("SaveAnimatedWEBP", "lamp_00001_.webp", "UklGR"),
        ("SaveAnimatedPNG", "lamp_00001_.png", "iVBORw0KGgo"),
    ] {
        let output = saved(class, "images");
        let images = output["images"].as_array().unwrap();
        assert_eq!((images.len(), &images[0]["filename"]), (1, &json!(name)), "{class}");
        assert!(images[0]["data"].as_str().unwrap().starts_with(start), "{class}");
    }
    for class in
        ["VHS_VideoCombine", "SaveAudio", "SaveAudioMP3", "SaveGLB", "SaveText", "PreviewImage", "PreviewAudio"]
    {
        assert_eq!(saved(class, "images"), json!({"status": "success_no_images", "images": []}), "{class}");
    }
}

#[test]
fn a_value_that_is_not_a_workflow_makes_comfyui_fail() {
    let error = "Error queuing workflow: 500 Server Error: Internal Server Error for url: http://127.0.0.1:8188/prompt";
    for other in
        [json!("{}"), json!([1, 2]), json!({"nodes": [], "links": [], "version": 0.4}), json!({"version": 0.4})]
    {
        check_error("", &of(&other), error);
    }
}

#[test]
fn a_workflow_without_outputs_is_refused() {
    let answer = r#"{"error": {"type": "prompt_no_outputs", "message": "Prompt has no outputs", "details": "", "extra_info": {}}, "node_errors": {}}"#;
    check_error("", &of(&json!({})), &format!("Prompt has no outputs. Raw response: {answer}"));
}

#[test]
fn a_missing_class_has_the_message_of_its_comfyui_version() {
    let mut with_custom = workflow(1);
    with_custom["7"] = json!({"class_type": "ClownsharKSampler_Beta", "inputs": {}, "_meta": {"title": "My Title"}});
    let input = of(&with_custom);
    let comfyui = |version: &str| format!("comfyui = {{ nodes = \"core\", version = \"{version}\" }}");
    let new = r#"Node 'My Title' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "Node 'My Title' not found. The custom node may not be installed.", "details": "Node ID '#7'", "extra_info": {"node_id": "7", "class_type": "ClownsharKSampler_Beta", "node_title": "My Title"}}, "node_errors": {}}"#;
    check_error(&comfyui("0.33.0"), &input, new);
    let old = r#"Cannot execute because node ClownsharKSampler_Beta does not exist.. Raw response: {"error": {"type": "invalid_prompt", "message": "Cannot execute because node ClownsharKSampler_Beta does not exist.", "details": "Node ID '#7'", "extra_info": {}}, "node_errors": {}}"#;
    check_error(&comfyui("0.3.40"), &input, old);
    let oldest = "Unexpected error queuing workflow: 'list' object has no attribute 'items'";
    check_error(&comfyui("0.3.27"), &input, oldest);
    assert_eq!(run(&comfyui("0.33.0"), &of(&workflow(1)))["status"], "COMPLETED");
    assert_eq!(run("", &input)["status"], "COMPLETED");
}

#[test]
fn a_node_without_a_class_fails_the_job() {
    let mut without = workflow(1);
    without["7"] = json!({"inputs": {}});
    let error = run("", &of(&without))["error"].as_str().unwrap().to_owned();
    let start =
        "Node 'ID #7' has no class_type. The workflow may be corrupted or a custom node is missing.. Raw response: ";
    assert!(error.starts_with(start), "{error}");
}

const BAKED: &str = "[comfyui.models]\nbaked = ";

#[test]
fn a_missing_model_has_pythons_message_with_the_available_ones() {
    let mut input = workflow(1);
    input["1"]["inputs"]["ckpt_name"] = "missing.safetensors".into();
    let error = "Workflow validation failed:\n• Node 1 (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', \
                 'details': \"ckpt_name: 'missing.safetensors' not in ['a.safetensors']\", 'extra_info': {'input_name': 'ckpt_name', \
                 'input_config': [['a.safetensors'], {}], 'received_value': 'missing.safetensors'}}]\n\
                 • Node 1 (dependent_outputs): ['6']\n• Node 1 (class_type): CheckpointLoaderSimple\n\n\
                 Available checkpoint models: a.safetensors";
    check_error(&format!("{BAKED}{{ checkpoints = [\"a.safetensors\"] }}"), &of(&input), error);
    let error = run(&format!("{BAKED}{{}}"), &of(&input))["error"].as_str().unwrap().to_owned();
    let end = "\n\nNo checkpoint models appear to be available. Please check your model installation.";
    assert!(error.contains("not in []") && error.ends_with(end), "{error}");
}

#[test]
fn a_long_list_of_models_is_only_counted() {
    let names: Vec<String> = (0..24).map(|number| format!("\"c{number}.safetensors\"")).collect();
    let job = run(&format!("{BAKED}{{ checkpoints = [{}] }}", names.join(", ")), &of(&workflow(1)));
    let error = job["error"].as_str().unwrap();
    assert!(
        error.contains("not in (list of length 24)\", 'extra_info': {'input_name': 'ckpt_name', 'input_config': None"),
        "{error}"
    );
}

#[test]
fn a_dry_run_is_refused_for_the_probe_alone() {
    let mut probe = workflow(1);
    probe["dry"] = json!({"class_type": "ImageScale", "inputs": {
        "image": ["5", 0], "upscale_method": "__dry_run__", "width": 64, "height": 64, "crop": "disabled",
    }});
    probe["6"]["inputs"]["images"] = json!(["dry", 0]);
    let error = "Workflow validation failed:\n• Node dry (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', \
                 'details': \"upscale_method: '__dry_run__' not in ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']\", \
                 'extra_info': {'input_name': 'upscale_method', 'input_config': [['nearest-exact', 'bilinear', 'area', 'bicubic', \
                 'lanczos'], {}], 'received_value': '__dry_run__'}}]\n• Node dry (dependent_outputs): ['6']\n• Node dry (class_type): ImageScale";
    check_error("", &of(&probe), error);
}

#[test]
fn a_partly_valid_workflow_runs_in_part_without_an_error() {
    let mut input = workflow(1);
    input["7"] = json!({"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "gone.safetensors"}});
    input["8"] = json!({"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["7", 2]}});
    input["9"] = json!({"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "bad"}});
    let job = run(&format!("{BAKED}{{ checkpoints = [\"a.safetensors\"] }}"), &of(&input));
    assert_eq!(job["status"], "COMPLETED");
    assert_eq!(job["output"]["images"].as_array().unwrap().len(), 1);
    assert_eq!(job["output"].get("errors"), None);
}

#[test]
fn a_link_to_a_missing_node_fails_the_job() {
    let mut input = workflow(1);
    input["5"]["inputs"]["vae"] = json!(["99", 0]);
    let error = run("", &of(&input))["error"].as_str().unwrap().to_owned();
    assert!(error.contains("• Node 5 (errors)") && error.contains("\"'99'\""), "{error}");
}

#[test]
fn an_old_worker_does_not_explain_a_refusal() {
    let version = |version: &str| format!("handler = {{ version = \"{version}\" }}\ncomfyui = {{ nodes = \"core\" }}");
    let input = of(&json!({"1": {"class_type": "Unheard Of", "inputs": {}}}));
    check_error(
        &version("5.0.3"),
        &input,
        "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt",
    );
    check_error(&version("3.6.0"), &input, "Error queuing workflow: HTTP Error 400: Bad Request");
}

#[test]
fn the_shape_of_the_output_is_that_of_the_workers_version() {
    let output =
        |version: &str| run(&format!("handler = {{ version = \"{version}\" }}"), &of(&workflow(1)))["output"].clone();
    for version in ["4.1.0", "5.8.5"] {
        let image = output(version)["images"][0].clone();
        assert_eq!(image["type"], "base64", "{version}");
        assert!(image["data"].as_str().unwrap().starts_with("iVBORw0KGgo"), "{version}");
    }
    let old = output("4.0.1");
    assert_eq!(old["status"], "success");
    assert!(old["message"].as_str().unwrap().starts_with("iVBORw0KGgo"));
}

#[test]
fn every_output_node_saves_a_batch_of_the_size_that_the_workflow_asks_for() {
    let mut input = workflow(1);
    input["2"]["inputs"]["batch_size"] = 3.into();
    input["7"] = json!({"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "sub/other"}});
    input["8"] = json!({"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}});
    let job = run("", &of(&input));
    let images = job["output"]["images"].as_array().unwrap();
    let names: Vec<&str> = images.iter().map(|image| image["filename"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "lamp_00001_.png",
            "lamp_00002_.png",
            "lamp_00003_.png",
            "other_00001_.png",
            "other_00002_.png",
            "other_00003_.png"
        ]
    );
    let bytes = base64_simd::STANDARD.decode_to_vec(images[0]["data"].as_str().unwrap()).unwrap();
    assert_eq!(bytes[16..24], [0, 0, 0, 64, 0, 0, 0, 32], "64 × 32");
}

/// How many images are saved behind a node that gets three images of node 1, and one of node 2.
fn saved(class: &str, inputs: &Value) -> usize {
    let mut input = json!({
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 3, "color": 0}},
        "2": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "4": {"class_type": "ImageInvert", "inputs": {"image": ["3", 0]}},
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
    });
    input["3"] = json!({"class_type": class, "inputs": inputs});
    let job = run("", &of(&input));
    job["output"]["images"].as_array().unwrap_or_else(|| panic!("{job}")).len()
}

#[test]
fn nodes_that_change_a_batch_count() {
    for (class, inputs, expected) in [
        ("ImageInvert", json!({"image": ["1", 0]}), 3),
        ("RepeatImageBatch", json!({"image": ["1", 0], "amount": 4}), 12),
        ("RepeatImageBatch", json!({"image": ["2", 0], "amount": 5}), 5),
        ("RepeatLatentBatch", json!({"samples": ["1", 0], "amount": 2}), 6),
        ("ImageBatch", json!({"image1": ["1", 0], "image2": ["2", 0]}), 4),
        ("ImageBatch", json!({"image1": ["1", 0], "image2": ["1", 0]}), 6),
        ("LatentBatch", json!({"samples1": ["2", 0], "samples2": ["1", 0]}), 4),
        ("BatchImagesNode", json!({"images.image0": ["1", 0], "images.image1": ["2", 0]}), 4),
        ("ImageFromBatch", json!({"image": ["1", 0], "batch_index": 1, "length": 2}), 2),
        ("ImageFromBatch", json!({"image": ["1", 0], "batch_index": 2, "length": 9}), 1),
        ("LatentFromBatch", json!({"samples": ["1", 0], "batch_index": -2, "length": 9}), 2),
        ("RebatchImages", json!({"images": ["1", 0], "batch_size": 1}), 3),
    ] {
        assert_eq!(saved(class, &inputs), expected, "{class} {inputs}");
    }
}

#[test]
fn the_same_workflow_again_comes_from_the_cache_with_the_same_file() {
    let mut scene = scene("endpoint = { workers-max = 1 }");
    let first = run_in(&mut scene, Duration::ZERO, &of(&workflow(1)));
    let again = run_in(&mut scene, Duration::from_secs(7), &of(&workflow(1)));
    let other = run_in(&mut scene, Duration::from_secs(8), &of(&workflow(2)));
    assert_eq!(
        (&first["executionTime"], &again["executionTime"], &other["executionTime"]),
        (&json!(6000), &json!(60), &json!(6000))
    );
    assert_eq!(first["output"], again["output"]);
    assert_ne!(first["output"]["images"][0]["data"], other["output"]["images"][0]["data"]);
    assert_ne!(first["id"], again["id"]);
}

#[track_caller]
fn check_behavior(behavior: &str, expected: &Value) {
    let job = run(&format!("jobs = [{{ does = \"{behavior}\" }}]"), &of(&workflow(1)));
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(job.get(key).unwrap_or(&Value::Null), value, "{behavior}: `{key}` of {job}");
    }
}

#[test]
fn a_job_fails_as_the_scenario_wants_it() {
    let details = "Workflow execution error: Node Type: KSampler, Node ID: 4, Message: CUDA out of memory. Tried to allocate 4.50 GiB. \
                   GPU 0 has a total capacity of 23.52 GiB of which 1.21 GiB is free.";
    check_behavior(
        "runs-out-of-memory",
        &json!({"status": "FAILED", "error": "Job processing failed", "output": {"details": [details]}}),
    );
    let error = "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect";
    check_behavior("kills-comfyui", &json!({"status": "FAILED", "error": error, "output": null}));
    let error = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";
    check_behavior("finds-no-comfyui", &json!({"status": "FAILED", "error": error, "executionTime": 28_000}));
    check_behavior("returns-nothing", &json!({"status": "COMPLETED", "output": null, "error": null}));
    check_behavior(
        "makes-no-images",
        &json!({"status": "COMPLETED", "output": {"status": "success_no_images", "images": []}}),
    );
    let details = "Failed to fetch image data for lamp_00001_.png from /view endpoint.";
    check_behavior(
        "loses-an-image",
        &json!({"status": "FAILED", "error": "Job processing failed", "output": {"details": [details]}}),
    );
}

#[test]
fn an_exception_is_json_as_text_with_six_keys() {
    let job = run("jobs = [{ does = \"raises\" }]", &of(&workflow(1)));
    let error: Value = serde_json::from_str(job["error"].as_str().unwrap()).unwrap();
    let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["error_type", "error_message", "error_traceback", "hostname", "worker_id", "runpod_version"]);
    assert_eq!((&error["error_type"], &error["worker_id"]), (&json!("<class 'RuntimeError'>"), &job["workerId"]));
}

#[test]
fn a_lost_image_of_several_is_only_in_the_list_of_errors() {
    let mut input = workflow(1);
    input["2"]["inputs"]["batch_size"] = 2.into();
    let job = run("jobs = [{ does = \"loses-an-image\" }]", &of(&input));
    assert_eq!(job["status"], "COMPLETED");
    assert_eq!(job["output"]["images"].as_array().unwrap().len(), 1);
    assert_eq!(job["output"]["errors"], json!(["Failed to fetch image data for lamp_00002_.png from /view endpoint."]));
}

#[test]
fn an_upload_without_keys_loses_the_images_with_a_status_of_success() {
    let job = run("handler = { upload = \"simulated\" }", &of(&workflow(1)));
    let image = &job["output"]["images"][0];
    assert_eq!((&job["status"], &image["type"]), (&json!("COMPLETED"), &json!("s3_url")));
    let name = image["data"].as_str().unwrap();
    let stem = name.strip_prefix("simulated_uploaded/").unwrap().strip_suffix(".png").unwrap();
    assert!(stem.len() == 8 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
}

#[test]
fn a_result_that_is_too_large_is_dropped_silently() {
    let job = run("handler = { image-bytes = 16_000_000 }", &of(&workflow(1)));
    assert_eq!((&job["status"], job.get("output"), job.get("error")), (&json!("COMPLETED"), None, None));
    let job = run("handler = { image-bytes = 15_000_000 }", &of(&workflow(1)));
    assert!(job["output"]["images"][0]["data"].is_string());
}

#[test]
fn only_jobs_on_a_certain_gpu_may_fail() {
    let kinds = "kinds = [{ gpu = \"large\" }, { gpu = \"small\", slowness = 2.0 }]";
    let mut scene = Scene::new(plain(&format!(
        "workers = {{ ready = 2, {kinds} }}\nendpoint = {{ workers-min = 2 }}\njobs = [{{ does = \"runs-out-of-memory\", gpu = \"small\" }}]"
    )));
    for name in ["A", "B"] {
        scene.ask(0.0, &format!("POST /run {name}"));
    }
    let status = |scene: &mut Scene, name: &str| {
        let job = body(scene.ask(20.0, &format!("GET /status/{name}")).outcome.response().unwrap());
        (job["status"].as_str().unwrap().to_owned(), job["executionTime"].as_u64().unwrap())
    };
    assert_eq!(status(&mut scene, "A"), ("COMPLETED".to_owned(), 6000));
    assert_eq!(status(&mut scene, "B"), ("FAILED".to_owned(), 6000));
}

#[track_caller]
fn check_foreign(kind: &str, expected: &Value) {
    let job = run(&format!("handler = {{ kind = \"{kind}\" }}"), &of(&json!({"1": {}})));
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(job.get(key).unwrap_or(&Value::Null), value, "{kind}: {job}");
    }
}

#[test]
fn a_handler_without_workflows_has_responses_of_its_own() {
    check_foreign("returns-nothing", &json!({"status": "COMPLETED", "output": null}));
    check_foreign("validates", &json!({"status": "COMPLETED", "output": null}));
    check_foreign("echoes", &json!({"status": "COMPLETED", "output": {"echo": {"workflow": {"1": {}}}}}));
    let error = "payload is a required input.\nworkflow should be <class 'str'> type, not <class 'dict'>.\nworkflow does not meet the constraints.";
    check_foreign("other-comfyui", &json!({"status": "FAILED", "error": error}));
    let job = run("handler = { kind = \"reads-prompt\" }", &of(&json!({"1": {}})));
    let error: Value = serde_json::from_str(job["error"].as_str().unwrap()).unwrap();
    assert_eq!((&error["error_type"], &error["error_message"]), (&json!("<class 'KeyError'>"), &json!("'prompt'")));
}

#[test]
fn a_hostile_workflow_ends_like_any_other() {
    let many: serde_json::Map<String, Value> = (0..20_000)
        .map(|number| {
            (
                number.to_string(),
                json!({"class_type": "SaveImage", "inputs": {"images": [(number + 1).to_string(), 0]}}),
            )
        })
        .collect();
    for workflow in [
        Value::Object(many),
        json!({"1": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}),
        json!({"1": {"class_type": "EmptyImage", "inputs": {"width": u64::MAX, "height": 1, "batch_size": u64::MAX, "color": 0}},
               "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "../../x"}}}),
        json!({"": null}),
    ] {
        let job = run("", &of(&workflow));
        assert!(matches!(job["status"].as_str(), Some("COMPLETED" | "FAILED")), "{}", &job.to_string()[..200]);
    }
}
