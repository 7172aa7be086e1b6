//! The shapes of ComfyUI's responses. Fields that a version does not report are none.

use crate::facts::{Device, Pack, PackageVersion, SystemFacts};
use serde_json::Value;
use std::collections::BTreeMap;

/// `/system_stats`. None if it has another shape.
pub(super) fn system(json: &Value) -> Option<SystemFacts> {
    let system = json.get("system")?.as_object()?;
    let field = |name: &str| system.get(name).and_then(text);
    Some(SystemFacts {
        comfyui_version: field("comfyui_version"),
        python_version: field("python_version"),
        pytorch_version: field("pytorch_version"),
        os: field("os"),
        arguments: system.get("argv").and_then(strings).unwrap_or_default(),
        packages: list(system.get("comfy_package_versions")).filter_map(package).collect(),
        devices: list(json.get("devices")).map(device).collect(),
    })
}

fn package(json: &Value) -> Option<PackageVersion> {
    Some(PackageVersion {
        name: text(json.get("name")?)?,
        installed: json.get("installed").and_then(text),
        required: json.get("required").and_then(text),
    })
}

fn device(json: &Value) -> Device {
    let field = |name: &str| json.get(name).and_then(text).unwrap_or_default();
    Device {
        name: field("name"),
        kind: field("type"),
        memory_total: json.get("vram_total").and_then(Value::as_u64),
        memory_free: json.get("vram_free").and_then(Value::as_u64),
    }
}

/// None if it is not a list of strings.
pub(super) fn strings(json: &Value) -> Option<Vec<String>> {
    json.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// `/api/experiment/models/…`: sizes in bytes by the name of the file.
pub(super) fn sizes(json: &Value) -> BTreeMap<String, u64> {
    list(Some(json)).filter_map(|file| Some((text(file.get("name")?)?, file.get("size")?.as_u64()?))).collect()
}

/// `/customnode/installed`, sorted by folder. None if it has another shape.
pub(super) fn packs(json: &Value) -> Option<Vec<Pack>> {
    let mut packs: Vec<_> = json
        .as_object()?
        .iter()
        .map(|(folder, json)| Pack {
            folder: folder.clone(),
            // The manager writes `unknown` if git refs are packed.
            version: json.get("ver").and_then(text).filter(|version| version != "unknown"),
            registry_id: json.get("cnr_id").and_then(text),
            repository: json.get("aux_id").and_then(text),
            enabled: json.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        })
        .collect();
    packs.sort_by(|one, other| one.folder.cmp(&other.folder));
    Some(packs)
}

/// Trimmed; with a detached HEAD a version ends in a line break. None if empty.
fn text(json: &Value) -> Option<String> {
    let text = json.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn list(json: Option<&Value>) -> impl Iterator<Item = &Value> {
    json.and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_older_comfyui_does_not_report_is_left_out() {
        assert_eq!(system(&json!({"system": {}})), Some(SystemFacts::default()));
        assert_eq!(system(&json!({"error": "x"})), None);
        let stats = json!({
            "system": {"os": "posix", "comfyui_version": "0.3.10", "argv": ["main.py"],
                       "comfy_package_versions": [{"name": "a", "installed": null}, {"installed": "1"}]},
            "devices": [{"name": "cuda:0", "type": "cuda", "vram_total": 5, "vram_free": -1}],
        });
        let expected = SystemFacts {
            comfyui_version: Some("0.3.10".to_owned()),
            os: Some("posix".to_owned()),
            arguments: vec!["main.py".to_owned()],
            packages: vec![PackageVersion { name: "a".to_owned(), installed: None, required: None }],
            devices: vec![Device {
                name: "cuda:0".to_owned(),
                kind: "cuda".to_owned(),
                memory_total: Some(5),
                memory_free: None,
            }],
            ..SystemFacts::default()
        };
        assert_eq!(system(&stats), Some(expected));
    }

    #[test]
    fn a_pack_is_known_by_version_or_commit_and_not_by_the_managers_fillers() {
        let installed = json!({
            "b": {"ver": "022c873\n", "cnr_id": "", "aux_id": "ClownsharkBatwing/RES4LYF", "enabled": true},
            "a": {"ver": "unknown", "cnr_id": "some-pack", "aux_id": null, "enabled": false},
        });
        let pack = |folder: &str, version: Option<&str>, id: Option<&str>, repository: Option<&str>, enabled| Pack {
            folder: folder.to_owned(),
            version: version.map(str::to_owned),
            registry_id: id.map(str::to_owned),
            repository: repository.map(str::to_owned),
            enabled,
        };
        let expected = vec![
            pack("a", None, Some("some-pack"), None, false),
            pack("b", Some("022c873"), None, Some("ClownsharkBatwing/RES4LYF"), true),
        ];
        assert_eq!(packs(&installed), Some(expected));
        assert_eq!(packs(&json!([])), None);
    }

    #[test]
    fn sizes_are_those_of_files_that_have_one() {
        let files = json!([{"name": "a.safetensors", "size": 160}, {"name": "b"}, {"size": 1}, 3]);
        assert_eq!(sizes(&files), BTreeMap::from([("a.safetensors".to_owned(), 160)]));
    }
}
