//! The routes of the ComfyUI server.

use crate::scene::{Scene, body, plain};
use comfycheck_simulator::{Api, Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

const BAKED: &str = "[comfyui]\nserved = true\nnodes = \"core\"\nmodels = { baked = { vae = [\"ae.safetensors\"], loras = [\"b/x.safetensors\"] } }";

fn get(changes: &str, path: &str) -> (u16, Value) {
    let mut scene = Scene::new(plain(changes));
    let exchange = scene.send(Duration::ZERO, &Request::new(Api::ComfyUi, Method::Get, path));
    let response = exchange.outcome.response().unwrap().clone();
    (response.status, body(&response))
}

#[test]
fn the_server_is_there_only_where_the_scenario_serves_it() {
    assert_eq!(get("", "/system_stats").0, 404);
    let (status, system) = get(BAKED, "/system_stats");
    assert_eq!((status, &system["system"]["comfyui_version"]), (200, &json!("0.33.0")));
}

#[test]
fn a_class_is_described_with_the_files_that_are_there() {
    let (_, info) = get(BAKED, "/object_info");
    assert_eq!(info["VAELoader"]["input"]["required"]["vae_name"], json!([["ae.safetensors", "pixel_space"]]));
    assert_eq!(info["UpscaleModelLoader"]["input"]["required"]["model_name"], json!(["COMBO", {"options": []}]));
    assert_eq!(info["VAELoader"]["input_order"], json!({"required": ["vae_name"]}));
    assert_eq!(info.get("ClownsharKSampler_Beta"), None);
    assert_eq!(
        get("comfyui = { served = true }", "/object_info/Sigmas%20Rescale").1["Sigmas Rescale"]["python_module"],
        "custom_nodes.RES4LYF"
    );
    assert_eq!(get(BAKED, "/object_info/DoesNotExist"), (200, json!({})));
}

#[test]
fn models_are_listed_with_and_without_sizes() {
    assert_eq!(get(BAKED, "/models/vae"), (200, json!(["ae.safetensors"])));
    assert_eq!(get(BAKED, "/api/models/vae"), (200, json!(["ae.safetensors"])));
    assert_eq!(get(BAKED, "/models/loras"), (200, json!(["b/x.safetensors"])));
    assert_eq!(get(BAKED, "/models/unet").0, 404);
    assert_eq!(get(BAKED, "/api/experiment/models/vae").1[0]["name"], "ae.safetensors");
    assert!(get(BAKED, "/models").1.as_array().unwrap().contains(&json!("vae")));
}

#[test]
fn an_unknown_route_is_not_found() {
    for path in ["/", "/nothing", "/api", "/models/vae/x"] {
        assert_eq!(get(BAKED, path).0, 404, "{path}");
    }
}
