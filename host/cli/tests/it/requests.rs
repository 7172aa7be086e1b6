//! Workflows as they come: requests, other encodings, images; and the files that are sent with jobs.

use crate::binary::comfycheck;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// A folder with the workflow of the tests in each kind of file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let workflow = std::fs::read_to_string(Path::new(FIXTURES).join("workflows/denrisi.json")).unwrap();
    write("plain.json", workflow.as_bytes());
    write("bom.json", format!("\u{feff}{workflow}").as_bytes());
    write("utf16.json", &format!("\u{feff}{workflow}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    write(
        "test_input.json",
        format!("{{\"input\": {{\"workflow\": {workflow}}}, \"policy\": {{\"ttl\": 90000}}}}").as_bytes(),
    );
    write("prompt.json", format!("{{\"client_id\": \"x\", \"prompt\": {workflow}}}").as_bytes());
    let key = format!("{{\"input\": {{\"comfy_org_api_key\": \"comfyui-hidden\", \"workflow\": {workflow}}}}}");
    write("key.json", key.as_bytes());
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    comfycheck(folder).args(["run", "--simulate", "healthy", "--progress", "none"]).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn each_kind_of_file_runs_as_the_plain_workflow_does() {
    let folder = folder();
    for name in ["plain.json", "bom.json", "utf16.json", "test_input.json", "prompt.json"] {
        let output = run(folder.path(), &["--workflow", name, "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["samples"].as_array().map(Vec::len), Some(1), "{name}");
        let warned = String::from_utf8_lossy(&output.stderr).contains(&format!("`{name}`"));
        assert_eq!(warned, ["bom.json", "utf16.json"].contains(&name), "{name}: {}", text(&output));
    }
}

#[test]
fn a_request_brings_the_files_that_its_loaders_name() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "face.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"#;
    let about_file = |images: &str| {
        let request = format!(r#"{{"input": {{"images": [{images}], "workflow": {workflow}}}}}"#);
        std::fs::write(folder.path().join("request.json"), request).unwrap();
        let output = comfycheck(folder.path()).args(["validate", "request.json", "--format", "json"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("`input/face.png`")
    };
    assert!(about_file(""));
    assert!(!about_file(r#"{"name": "face.png", "image": "iVBORw0KGgo="}"#));
}

#[test]
fn a_workflow_in_api_format_is_taken_out_of_an_image_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = r#"{"2": {"class_type": "SaveImage", "inputs": {}}}"#;
    let chunk = |kind: &[u8], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [length.as_slice(), kind, data, &crc(&[kind, data].concat()).to_be_bytes()].concat()
    };
    let header = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let prompt = chunk(b"tEXt", &[b"prompt\0", workflow.as_bytes()].concat());
    let pixels = chunk(b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 2, 0, 1]);
    let image = [b"\x89PNG\r\n\x1a\n".as_slice(), &header, &prompt, &pixels, &chunk(b"IEND", &[])].concat();
    std::fs::write(folder.path().join("image.png"), image).unwrap();
    let output = comfycheck(folder.path()).args(["convert", "image.png"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), workflow);
}

/// The checksum of a chunk in a PNG image (CRC-32).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn a_key_in_a_request_is_refused_live_and_in_no_output() {
    let folder = folder();
    let simulated = run(folder.path(), &["--workflow", "key.json", "--format", "json"]);
    assert_eq!(simulated.status.code(), Some(0), "{}", text(&simulated));
    let live = comfycheck(folder.path())
        .args(["run", "--workflow", "key.json", "--endpoint", "ep1"])
        .env("RUNPOD_API_KEY", "rpa_0123456789")
        .env("RUNPOD_ENDPOINT_BASE_URL", "http://127.0.0.1:1/v2")
        .output()
        .unwrap();
    assert_eq!(live.status.code(), Some(2), "{}", text(&live));
    for output in [&simulated, &live] {
        assert!(!text(output).contains("comfyui-hidden"), "{}", text(output));
        assert!(text(output).contains("key.json:1:12"), "{}", text(output));
    }
}

#[test]
fn files_that_are_sent_are_named_before_the_run() {
    let folder = folder();
    let loader = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "photo.gif"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"#;
    std::fs::write(folder.path().join("loader.json"), loader).unwrap();
    std::fs::write(folder.path().join("x.gif"), b"GIF89a a photo").unwrap();
    let input = |input: &str| {
        comfycheck(folder.path()).args(["list", "--workflow", "loader.json", "--input", input]).output().unwrap()
    };
    let listed = input("photo.gif=x.gif");
    assert_eq!(listed.status.code(), Some(0), "{}", text(&listed));
    assert!(text(&listed).contains("photo.gif (image/gif, 14 bytes)"), "{}", text(&listed));
    let json = ["list", "--json", "--workflow", "loader.json", "--input", "photo.gif=x.gif"];
    let plan: Value = serde_json::from_slice(&comfycheck(folder.path()).args(json).output().unwrap().stdout).unwrap();
    let file = &plan["inputs"][0];
    assert_eq!(
        (&file["name"], &file["media-type"], &file["bytes"]),
        (&"photo.gif".into(), &"image/gif".into(), &14.into())
    );
    for (given, named) in [("other.gif=x.gif", "other.gif"), ("photo.gif=gone.gif", "gone.gif"), ("photo.gif=.", "`.`")]
    {
        let refused = input(given);
        assert_eq!(refused.status.code(), Some(2), "{given}: {}", text(&refused));
        assert!(text(&refused).contains(named), "{given}: {}", text(&refused));
    }
    std::os::unix::fs::symlink("/etc", folder.path().join("in")).unwrap();
    let suite = "workflow = \"loader.json\"\n[inputs.files]\n\"photo.gif\" = \"in/hostname\"\n";
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    let refused = comfycheck(folder.path()).arg("list").output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("comfycheck.toml:3:15"), "{}", text(&refused));
}

#[test]
fn what_is_wrong_with_a_request_is_in_every_report() {
    let folder = folder();
    let validate = |arguments: &[&str]| comfycheck(folder.path()).arg("validate").args(arguments).output().unwrap();
    for format in ["human", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let output = validate(&["key.json", "--format", format]);
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(report.contains("comfy_org_api_key") && !report.contains("comfyui-hidden"), "{format}: {report}");
    }
    let request = r#"{"input": {"images": {}, "workflow": {"1": {"class_type": "SaveImage", "inputs": {}}}}}"#;
    std::fs::write(folder.path().join("images.json"), request).unwrap();
    let output = validate(&["images.json", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("`images` is not a list of files"), "{}", text(&output));
}

#[test]
fn other_files_are_validated_beside_one_that_cannot_be_read() {
    let folder = folder();
    let output = comfycheck(folder.path()).args(["validate", "gone.json", "plain.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("plain.json"), "{}", text(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`gone.json`"), "{}", text(&output));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("gone.json"), "{}", text(&output));
    for format in ["json", "junit", "ctrf", "markdown", "sarif", "github"] {
        let arguments = ["validate", "gone.json", "plain.json", "away.json", "--format", format];
        let output = comfycheck(folder.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let report = String::from_utf8_lossy(&output.stdout).replace('\\', "");
        assert!(report.contains("there is no file `gone.json`"), "{format}: {report}");
        assert!(report.contains("there is no file `away.json`"), "{format}: {report}");
    }
    let output = comfycheck(folder.path()).args(["validate", "gone.json", "plain.json", "--format", "json"]).output();
    let report: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let paths: Vec<_> = report["workflows"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(paths, ["gone.json", "plain.json"], "in the order of the command line");
    assert_eq!(
        (&report["workflows"][0]["ok"], &report["workflows"][0]["findings"]),
        (&Value::Null, &Value::Array(Vec::new()))
    );
}

/// What only Python reads has its place, too.
#[test]
fn findings_beside_nan_have_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let workflow =
        "{\n\"1\": {\"class_type\": \"SaveImage\",\n\"inputs\": {\"cfg\": NaN,\n\"filename_prefix\": \"x\"}}}";
    std::fs::write(folder.path().join("w.json"), workflow).unwrap();
    let output = comfycheck(folder.path()).args(["validate", "w.json", "--format", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["workflows"][0]["findings"].as_array().unwrap();
    let lines: Vec<_> = findings.iter().filter(|finding| !finding["node"].is_null()).map(|f| &f["line"]).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.is_u64()), "{findings:?}");
}

/// A simulated ComfyUI knows no packs. The inventory shows which of their nodes are outputs.
#[test]
fn a_simulated_worker_has_the_outputs_of_the_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let class = |output: bool| {
        serde_json::json!({"input": {"required": {"save_prefix": ["STRING", {}]}}, "output": [], "output_node": output,
            "python_module": "custom_nodes.mine"})
    };
    let classes = ["KSampler", "CLIPTextEncode", "SaveImage"].map(|name| (name.to_owned(), class(false)));
    let mut inventory: serde_json::Map<String, Value> = classes.into_iter().collect();
    inventory.insert("Keep It".to_owned(), class(true));
    std::fs::write(folder.path().join("oi.json"), Value::Object(inventory).to_string()).unwrap();
    let workflow = r#"{"1": {"class_type": "Keep It", "inputs": {"save_prefix": "x"}}}"#;
    std::fs::write(folder.path().join("w.json"), workflow).unwrap();
    let output = run(folder.path(), &["--workflow", "w.json", "--object-info", "oi.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

/// As in `validate`, a file that the inventory lists needs not be sent.
#[test]
fn a_simulated_worker_has_the_input_files_of_the_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let classes = serde_json::json!({
        "KSampler": {"input": {}, "output": []}, "CLIPTextEncode": {"input": {}, "output": []},
        "LoadImage": {"input": {"required": {"image": [["cat.png"], {"image_upload": true}]}},
            "output": ["IMAGE", "MASK"], "output_node": false, "python_module": "nodes"},
        "SaveImage": {"input": {"required": {"images": ["IMAGE"], "filename_prefix": ["STRING", {}]}},
            "output": [], "output_node": true, "python_module": "nodes"}
    });
    std::fs::write(folder.path().join("oi.json"), classes.to_string()).unwrap();
    for (file, code) in [("cat.png", 0), ("dog.png", 1)] {
        let workflow = serde_json::json!({
            "1": {"class_type": "LoadImage", "inputs": {"image": file}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}
        });
        std::fs::write(folder.path().join("w.json"), workflow.to_string()).unwrap();
        let output = run(folder.path(), &["--workflow", "w.json", "--object-info", "oi.json"]);
        assert_eq!(output.status.code(), Some(code), "{file}: {}", text(&output));
    }
}
