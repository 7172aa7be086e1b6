//! The routes of a ComfyUI server that describe its installation.

use crate::exchange::{Method, Request, Response, segments};
use crate::inventory::{self, FOLDERS};
use crate::scenario::{Nodes, Scenario};
use serde_json::{Map, Value, json};

pub(crate) fn answer(scenario: &Scenario, request: &Request) -> Response {
    if !scenario.comfyui.served || request.method != Method::Get {
        return not_found();
    }
    // Every route but the newest exists with and without `/api`.
    let path = request.path.strip_prefix("/api").filter(|rest| rest.starts_with('/')).unwrap_or(&request.path);
    let body = match segments(path).iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["system_stats"] => system_stats(scenario),
        ["object_info"] => object_info(scenario, |_| true),
        ["object_info", class] => object_info(scenario, |name| name == *class),
        ["node_replacements"] => json!({}),
        ["models"] => json!(FOLDERS),
        ["models", folder] if FOLDERS.contains(folder) => json!(models(scenario, folder)),
        ["experiment", "models", folder] if FOLDERS.contains(folder) => sizes(scenario, folder),
        ["prompt"] => json!({"exec_info": {"queue_remaining": 0}}),
        ["queue"] => json!({"queue_running": [], "queue_pending": []}),
        ["v2", "customnode", "installed"] => packs(scenario),
        _ => return not_found(),
    };
    Response::typed(200, "application/json; charset=utf-8", body.to_string())
}

fn not_found() -> Response {
    Response::typed(404, "application/octet-stream", "")
}

fn system_stats(scenario: &Scenario) -> Value {
    const GB: u64 = 1 << 30;
    let gpu = scenario.workers.kind(0).gpu;
    json!({
        "system": {
            "os": "linux", "ram_total": 64 * GB, "ram_free": 48 * GB,
            "comfyui_version": scenario.comfyui.version,
            "python_version": "3.12.3", "pytorch_version": "2.8.0+cu128", "embedded_python": false,
            "argv": ["main.py", "--disable-auto-launch", "--disable-metadata"],
        },
        "devices": [{
            "name": format!("cuda:0 {gpu} : cudaMallocAsync"), "type": "cuda", "index": 0,
            "vram_total": 24 * GB, "vram_free": 23 * GB, "torch_vram_total": 0, "torch_vram_free": 0,
        }],
    })
}

/// The wanted classes among those whose inputs are known. A real server has many more.
fn object_info(scenario: &Scenario, wanted: impl Fn(&str) -> bool) -> Value {
    let classes = inventory::described(scenario).filter(|(name, _)| wanted(name));
    classes.map(|(name, class)| (name.to_owned(), description(scenario, name, class))).collect::<Map<_, _>>().into()
}

/// A class as the server describes it, with the files of its folders.
fn description(scenario: &Scenario, name: &str, class: &Value) -> Value {
    let mut class = class.clone();
    let mut order = Map::new();
    for section in ["required", "optional", "hidden"] {
        let Some(inputs) = class["input"].get_mut(section).and_then(Value::as_object_mut) else { continue };
        order.insert(section.to_owned(), inputs.keys().cloned().map(Value::String).collect());
        for spec in inputs.values_mut() {
            let Some(folder) = inventory::folder_of(spec) else { continue };
            let extra = inventory::extra(name).map(str::to_owned);
            let files: Vec<String> = models(scenario, folder).into_iter().chain(extra).collect();
            if spec[0] == "COMBO" {
                spec[1]["options"] = files.into();
            } else {
                spec[0] = files.into();
            }
        }
    }
    let count = class["output"].as_array().map_or(0, Vec::len);
    class["input_order"] = order.into();
    class["is_input_list"] = false.into();
    class["output_is_list"] = vec![false; count].into();
    class["name"] = name.into();
    class["display_name"] = name.into();
    class["description"] = "".into();
    class
}

/// The files of a folder; none where the scenario has every model that a workflow names.
fn models(scenario: &Scenario, folder: &str) -> Vec<String> {
    inventory::models(scenario, folder).unwrap_or_default()
}

fn sizes(scenario: &Scenario, folder: &str) -> Value {
    /// Of a file in the image: scenarios give it no size.
    const BAKED: u64 = 4 << 30;
    let known = inventory::sizes(scenario, folder);
    let file = |name: String| {
        let size = known.get(name.as_str()).copied().unwrap_or(BAKED);
        json!({"name": name, "pathIndex": 0, "modified": 1_795_416_126.0, "created": 1_795_416_126.0, "size": size})
    };
    models(scenario, folder).into_iter().map(file).collect()
}

fn packs(scenario: &Scenario) -> Value {
    match scenario.comfyui.nodes {
        Nodes::Core => json!({}),
        Nodes::Any => json!({"RES4LYF": {
            "ver": "022c873c6d198c67b3312a1804336533a050df18", "cnr_id": "", "aux_id": "ClownsharkBatwing/RES4LYF",
            "enabled": true,
        }}),
    }
}
