//! The files of samples: saved under harmless names, linked from reports, shown on the page.

use crate::binary::comfycheck;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

fn demo(folder: &Path, arguments: &[&str]) -> Output {
    comfycheck(folder).arg("demo").args(arguments).output().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let (suite, cassette) = (fixtures.join("suites/denrisi.toml"), fixtures.join("cassettes/denrisi-healthy"));
    let mut command = comfycheck(folder);
    command.arg("run").arg(suite).arg("--replay").arg(cassette).args(arguments).output().unwrap()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_files_of_a_run_are_saved_once_each_and_linked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let saved = run(
        folder.path(),
        &[
            "--save-images",
            "my images",
            "--format",
            "reports/page.html",
            "--format",
            "page.md",
            "--format",
            "report.json",
        ],
    );
    assert_eq!(saved.status.code(), Some(0), "{}", String::from_utf8_lossy(&saved.stderr));
    let index: Value = serde_json::from_str(&text(&at("my images/index.json"))).unwrap();
    let report: Value = serde_json::from_str(&text(&at("report.json"))).unwrap();
    let digests = |samples: &Value| -> BTreeSet<String> {
        let files = samples.as_array().unwrap().iter().flat_map(|sample| sample["images"].as_array().unwrap());
        files.map(|file| file["sha256"].as_str().unwrap().to_owned()).collect()
    };
    let entries = index["files"].as_array().unwrap();
    let listed: BTreeSet<String> = entries.iter().map(|entry| entry["sha256"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, digests(&report["samples"]));
    for entry in entries {
        let (file, size) = (entry["file"].as_str().unwrap(), entry["size"].as_u64().unwrap());
        assert_eq!(at("my images").join(file).metadata().unwrap().len(), size);
        assert!(text(&at("reports/page.html")).contains(&format!("href=\"../my%20images/{file}\"")), "{file}");
    }
    assert!(text(&at("page.md")).contains("](my%20images/"));
    assert_eq!(std::fs::read_dir(at("my images")).unwrap().count(), listed.len() + 1);
    // A second run does not touch them.
    let again = run(folder.path(), &["--save-images", "my images"]);
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn the_page_of_a_stored_report_shows_saved_images() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    run(folder.path(), &["--save-images", "images", "--format", "now.html", "--format", "report.json"]);
    let render = |arguments: &[&str]| {
        let rendered =
            comfycheck(folder.path()).args(["report", "render", "report.json"]).args(arguments).output().unwrap();
        assert_eq!(rendered.status.code(), Some(0), "{}", String::from_utf8_lossy(&rendered.stderr));
    };
    render(&["--images", "images", "--format", "later.html"]);
    render(&["--format", "bare.html"]);
    let shots = |name: &str| text(&at(name)).matches("src=\"data:image/png;base64,").count();
    assert!(shots("now.html") > 0);
    assert_eq!((shots("later.html"), shots("bare.html")), (shots("now.html"), 0));
    // A file that was changed is not an image of this run.
    for entry in std::fs::read_dir(at("images")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|ending| ending == "png") {
            std::fs::write(entry, b"another").unwrap();
        }
    }
    render(&["--images", "images", "--format", "changed.html"]);
    assert!(shots("changed.html") < shots("now.html"));
}

#[test]
fn prompts_are_in_no_report_without_prompts() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    let workflow: Value = serde_json::from_str(&text(&workflow)).unwrap();
    let inputs = workflow.as_object().unwrap().values().flat_map(|node| node["inputs"].as_object().unwrap());
    let prompt =
        inputs.filter_map(|(name, value)| value.as_str().filter(|_| name == "text")).max_by_key(|text| text.len());
    let prompt: String = prompt.unwrap().chars().take(30).collect();
    let names = ["r.json", "r.html", "r.md", "r.xml", "r.ctrf.json", "r.sarif", "r.prom", "r.ndjson"];
    let formats: Vec<&str> = names.iter().flat_map(|name| ["--format", name]).collect();
    let has = |folder: &Path| -> Vec<&str> {
        names.into_iter().filter(|name| text(&folder.join(name)).contains(prompt.as_str())).collect()
    };
    demo(folder.path(), &formats);
    assert!(has(folder.path()).contains(&"r.json"), "the report has `{prompt}`");
    demo(folder.path(), &[&formats[..], &["--no-prompts"]].concat());
    assert_eq!(has(folder.path()), [""; 0]);
    let rendered = comfycheck(folder.path()).args(["report", "render", "r.json"]).output().unwrap();
    assert_eq!(rendered.status.code(), Some(0), "a report without prompts is a report");
}
