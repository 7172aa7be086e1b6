//! `comfycheck golden`, and runs beside golden images.

use crate::binary::comfycheck;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// A folder with a suite of the Denrisi workflow that names golden images.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    let text = std::fs::read_to_string(workflow).unwrap();
    // Smaller images: every build decodes them.
    std::fs::write(folder.path().join("workflow.json"), text.replace("1024", "256")).unwrap();
    let suite = "name = \"flux\"\nworkflow = \"workflow.json\"\nsamples = 4\nseed = 7\n[checks.image]\nsettings = { golden = \"golden/\" }\n";
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

/// The exit code and both outputs.
fn command(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = comfycheck(folder.path()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The exit code of a run, and how often each rule of golden images occurs: findings by their number of subjects, and
/// questions.
fn run(folder: &TempDir, source: [&str; 2]) -> (i32, Vec<String>) {
    let arguments =
        [&["run", "--progress", "none", "--format", "json:report.json", "--save-images", "images"], &source[..]];
    let _ = std::fs::remove_dir_all(folder.path().join("images"));
    let (code, _, stderr) = command(folder, &arguments.concat());
    let text = std::fs::read_to_string(folder.path().join("report.json")).expect(&stderr);
    let report: Value = serde_json::from_str(&text).unwrap();
    let mut rules: Vec<String> = Vec::new();
    for execution in report["executions"].as_array().unwrap() {
        for (kind, suffix) in [("findings", ""), ("open", "?")] {
            for finding in execution[kind].as_array().into_iter().flatten() {
                let rule = finding["rule"].as_str().unwrap();
                if rule.starts_with("golden") {
                    rules.push(format!("{rule}{suffix}"));
                }
            }
        }
    }
    rules.sort();
    (code, rules)
}

#[test]
fn samples_of_a_simulation_have_the_seeds_of_the_suite() {
    let folder = folder();
    let seeds = |more: &[&str]| -> Vec<u64> {
        let arguments = ["run", "--progress", "none", "--simulate", "healthy", "--format", "json:report.json"];
        let (_, _, stderr) = command(&folder, &[&arguments[..], more].concat());
        let text = std::fs::read_to_string(folder.path().join("report.json")).expect(&stderr);
        let report: Value = serde_json::from_str(&text).unwrap();
        report["samples"].as_array().unwrap().iter().filter_map(|sample| sample["seed"].as_u64()).collect()
    };
    assert_eq!(seeds(&[]), [7, 8, 9, 10]);
    assert_eq!(seeds(&["--seed", "20"]), [20, 21, 22, 23]);
}

#[test]
fn a_release_with_another_style_differs_from_the_accepted_one() {
    let folder = folder();
    let healthy = ["--simulate", "healthy"];
    let (code, rules) = run(&folder, healthy);
    assert_eq!(
        (code, rules),
        (3, vec!["golden-missing"; 4].into_iter().chain(["golden-missing?"]).map(str::to_owned).collect())
    );
    let (code, _, stderr) = command(&folder, &["golden", "accept", "--from", "report.json", "--images", "images"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(run(&folder, healthy), (0, vec!["golden".to_owned(); 4]));
    assert_eq!(run(&folder, ["--simulate", "style-drift"]), (1, vec!["golden-differs".to_owned(); 4]));
    let report = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let findings = report["executions"].as_array().unwrap().iter().filter_map(|one| one["findings"].as_array());
    let drifted = findings.flatten().filter(|finding| finding["rule"] == "golden-differs");
    let what = drifted.map(|finding| finding["message"].as_str().unwrap().split(';').next().unwrap().to_owned());
    assert_eq!(what.collect::<std::collections::BTreeSet<_>>().len(), 1, "one problem has one text");
    let diff = ["golden", "diff", "--from", "report.json", "--images", "images", "--html", "diff.html"];
    let (code, text, stderr) = command(&folder, &diff);
    assert_eq!(
        (code, text.lines().filter(|line| line.contains(": differs, similarity")).count()),
        (0, 4),
        "{text}{stderr}"
    );
    let page = std::fs::read_to_string(folder.path().join("diff.html")).unwrap();
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 12);
    assert!(page.contains("default-src 'none'") && !page.contains("<script"), "no script and no network");
}

#[test]
fn images_of_a_simulation_are_accepted_and_replaced() {
    let folder = folder();
    let accept = |arguments: &[&str]| {
        let (code, _, stderr) = command(&folder, &[&["golden", "accept", "--simulate", "healthy"], arguments].concat());
        assert_eq!(code, 0, "{stderr}");
        let files = std::fs::read_dir(folder.path().join("golden")).unwrap().count();
        let index = std::fs::read_to_string(folder.path().join("golden/index.json")).unwrap();
        let index: Value = serde_json::from_str(&index).unwrap();
        let images = index["images"].as_array().unwrap();
        (files, images.iter().filter(|image| image["nearest"].is_object()).count())
    };
    assert_eq!(accept(&["--samples", "0"]), (2, 0), "one image has no other seed");
    assert_eq!(accept(&[]), (5, 4));
    assert_eq!(accept(&["--replace", "--samples", "1,2"]), (3, 2));
}

#[test]
fn what_cannot_be_accepted_is_said() {
    let folder = folder();
    let (code, _, stderr) = command(&folder, &["golden", "accept", "--simulate", "black-image"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("blank-image"), "{stderr}");
    assert!(!folder.path().join("golden").exists());
    std::fs::create_dir(folder.path().join("golden")).unwrap();
    std::fs::write(folder.path().join("golden/index.json"), "{").unwrap();
    let (code, _, stderr) = command(&folder, &["golden", "accept", "--simulate", "healthy"]);
    assert_eq!(code, 2, "{stderr}");
    let suite = std::fs::read_to_string(folder.path().join("comfycheck.toml")).unwrap();
    std::fs::write(folder.path().join("comfycheck.toml"), suite.replace("golden/", "../golden/")).unwrap();
    let (code, _, stderr) = command(&folder, &["run", "--progress", "none", "--simulate", "healthy"]);
    assert_eq!(code, 2, "a folder outside of the suite's: {stderr}");
}

#[test]
fn one_bad_file_hides_no_other_comparison() {
    let folder = folder();
    let golden = folder.path().join("golden");
    let (code, _, stderr) = command(&folder, &["golden", "accept", "--simulate", "healthy"]);
    assert_eq!(code, 0, "{stderr}");
    let huge = |name: &str| {
        std::fs::File::options().create(true).append(true).open(golden.join(name)).unwrap().set_len((64 << 20) + 1)
    };
    huge("beside.png").unwrap();
    assert_eq!(run(&folder, ["--simulate", "healthy"]), (0, vec!["golden".to_owned(); 4]));
    let index: Value = serde_json::from_str(&std::fs::read_to_string(golden.join("index.json")).unwrap()).unwrap();
    huge(index["images"][0]["file"].as_str().unwrap()).unwrap();
    let differ = ["golden-differs", "golden-differs", "golden-differs", "golden-differs?", "golden-missing"];
    assert_eq!(run(&folder, ["--simulate", "style-drift"]), (1, differ.map(str::to_owned).to_vec()));
    let diff = ["golden", "diff", "--from", "report.json", "--images", "images"];
    let (code, text, stderr) = command(&folder, &diff);
    assert_eq!((code, text.lines().count(), text.matches("was not compared").count()), (0, 4, 1), "{text}{stderr}");
    // A broken index is named by what reads it, and not taken for a suite without golden images.
    std::fs::write(golden.join("index.json"), "{").unwrap();
    assert_eq!(run(&folder, ["--simulate", "healthy"]).0, 3);
    let (code, _, stderr) = command(&folder, &diff);
    assert!(code == 2 && stderr.contains("index.json"), "{stderr}");
}

#[test]
fn an_image_that_cannot_be_decoded_is_listed() {
    let folder = folder();
    let (code, _, stderr) = command(&folder, &["golden", "accept", "--simulate", "healthy"]);
    assert_eq!(code, 0, "{stderr}");
    let (code, text, stderr) = command(&folder, &["golden", "diff", "--simulate", "corrupt-image"]);
    assert_eq!((code, text.lines().count()), (0, 4), "{text}{stderr}");
    assert!(text.contains("not compared (undecodable-image)"), "{text}");
}
