//! The house: what no compiler checks.

use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file below a folder of the repository, sorted; build outputs and git are left out.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // What a link leads to is found where it is.
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() && name != "target" && name != ".git" {
                walk(&path, files);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    found
}

fn rust_files() -> impl Iterator<Item = (PathBuf, String)> {
    let files = files("").into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    })
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<_> = rust_files().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "these do not begin with `//!`: {silent:?}");
}

#[test]
fn every_file_is_named_for_what_it_defines() {
    const FORBIDDEN: [&str; 8] = ["util", "utils", "common", "helpers", "types", "manager", "imp", "misc"];
    let named = |path: &PathBuf| path.file_stem().is_some_and(|stem| FORBIDDEN.contains(&&*stem.to_string_lossy()));
    let found: Vec<_> = rust_files().map(|(path, _)| path).filter(named).collect();
    assert!(found.is_empty(), "these names say nothing: {found:?}");
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = rust_files().filter(|(_, text)| text.lines().count() > 600).map(|(path, _)| path).collect();
    assert!(long.is_empty(), "these hold more than one idea: {long:?}");
}

#[test]
fn one_place_maps_compiled_code() {
    let word = concat!("uns", "afe {");
    let found: Vec<_> = rust_files().filter(|(_, text)| text.contains(word)).map(|(path, _)| path).collect();
    assert_eq!(found, [root().join("host/runtime/src/sandbox/code.rs")]);
}

/// What needs another system's own words stands in `platform/`, so a port has one place to look at. Tests may have more.
#[test]
fn one_folder_of_each_crate_names_operating_systems() {
    let words = ["std::os::", "rustix", "signal::unix", "signal::windows", "cfg(unix)", "cfg(windows)", "target_os"];
    let is_elsewhere = |path: &Path| {
        let parts: Vec<_> = path.iter().collect();
        parts.contains(&OsStr::new("src")) && !parts.contains(&OsStr::new("platform")) && !path.ends_with("platform.rs")
    };
    for (path, text) in rust_files().filter(|(path, _)| is_elsewhere(path)) {
        let code =
            text.split("#[cfg(test)]").next().and_then(|code| code.split("#[cfg(all(test").next()).unwrap_or_default();
        let found: Vec<_> = words.iter().filter(|word| code.contains(**word)).collect();
        assert!(found.is_empty(), "{} names {found:?}", path.display());
    }
}

/// Cargo builds and starts a program for the tests of every library, and reads each for examples in its docs. Those without any
/// say so in their manifest, and the others do not.
#[test]
fn libraries_name_the_tests_that_they_lack() {
    for manifest in files("").into_iter().filter(|path| path.ends_with("Cargo.toml")) {
        let text = std::fs::read_to_string(&manifest).unwrap();
        let package: toml::Table = text.parse().unwrap_or_default();
        let folder = manifest.parent().unwrap();
        let is_member = package.get("lints").is_some_and(|lints| lints.get("workspace").is_some());
        if !is_member || !folder.join("src/lib.rs").exists() {
            continue;
        }
        let sources = || rust_files().filter(|(path, _)| path.starts_with(folder.join("src")));
        let (mut has_tests, mut has_examples) = (false, false);
        for (_, text) in sources() {
            has_tests |= text.contains("#[test]");
            has_examples |= text.lines().map(str::trim_start).any(|line| {
                let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
                doc.is_some_and(|doc| doc.trim_start().starts_with("```"))
            });
        }
        let flag = |name| package.get("lib").and_then(|lib| lib.get(name)?.as_bool()).unwrap_or(true);
        assert_eq!((flag("test"), flag("doctest")), (has_tests, has_examples), "{}", manifest.display());
    }
}

#[test]
fn no_cassette_holds_a_secret() {
    let marks = ["Bearer ", "rpa_", "rps_", "authorization", "Authorization", "X-Amz-Signature"];
    for path in files("fixtures/cassettes") {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        for mark in marks {
            assert!(!text.contains(mark), "{} holds `{mark}`", path.display());
        }
    }
}

/// What is under `fixtures/`, but for the tests of the product themselves, is named by one of them, by a test or by
/// the Makefile.
#[test]
fn every_fixture_is_used() {
    let mut users = String::new();
    let mut names = BTreeSet::new();
    for folder in ["workflows", "suites", "cassettes", "images", "comfyui", "validate"] {
        let Ok(entries) = std::fs::read_dir(root().join("fixtures").join(folder)) else { continue };
        for entry in entries {
            names.insert(format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    for path in files("") {
        let name = path.file_name().unwrap().to_string_lossy();
        let inside = path.strip_prefix(root().join("fixtures")).ok();
        let counts = match inside {
            Some(_) => name == "command" || name.ends_with(".toml") || name == "make.py",
            None => name.ends_with(".rs") || name == "Makefile",
        };
        if counts {
            users.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    let unused: Vec<_> = names.iter().filter(|name| !users.contains(name.rsplit('/').next().unwrap())).collect();
    // The generator loads these by a made-up name.
    let unused: Vec<_> = unused.into_iter().filter(|name| !name.starts_with("comfyui/models_")).collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
}

#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let output =
        |name: &str| std::fs::read_to_string(root().join("fixtures/product").join(name).join("stdout")).unwrap();
    for (command, test) in [("comfycheck demo no-worker\n", "denrisi-no-worker")] {
        let shown = readme.split(command).nth(1).unwrap().split("\n```").next().unwrap();
        for part in shown.split("\n…\n") {
            assert!(output(test).contains(part.trim_end_matches("\n…")), "no test shows: {part}");
        }
    }
}

#[test]
fn arrows_between_crates_are_those_of_the_architecture() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let arrows = |name: &str| -> BTreeSet<String> {
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == name).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
    };
    let ours = |name: &str| -> Vec<String> {
        arrows(name).into_iter().filter(|dependency| dependency.starts_with("comfycheck")).collect()
    };
    assert_eq!(
        ours("comfycheck"),
        [
            "comfycheck-checks",
            "comfycheck-core",
            "comfycheck-packed",
            "comfycheck-precompiled",
            "comfycheck-runtime",
            "comfycheck-simulator"
        ]
    );
    assert_eq!(
        ours("comfycheck-runtime"),
        ["comfycheck-core", "comfycheck-packed", "comfycheck-simulator", "comfycheck-worker-error"]
    );
    assert_eq!(ours("comfycheck-simulator"), ["comfycheck-core"]);
    assert_eq!(ours("comfycheck-core"), ["comfycheck-likeness", "comfycheck-statistics", "comfycheck-wording"]);
    assert_eq!(ours("comfycheck-likeness"), [""; 0]);
    assert_eq!(ours("comfycheck-packed"), [""; 0]);
    assert_eq!(ours("comfycheck-checks"), ["comfycheck-packed"]);
    assert_eq!(ours("comfycheck-precompiled"), ["comfycheck-packed"]);
    assert_eq!(ours("comfycheck-precompile"), ["comfycheck-checks", "comfycheck-packed", "comfycheck-runtime"]);
    assert_eq!(ours("comfycheck-sdk"), ["comfycheck-wording", "comfycheck-worker-error"]);
    assert_eq!(ours("comfycheck-worker-error"), [""; 0]);
    assert_eq!(ours("comfycheck-wording"), [""; 0]);
    assert_eq!(ours("comfycheck-statistics"), ["comfycheck-wording"]);
    assert_eq!(ours("comfycheck-packs"), [""; 0]);
    for check in ["endpoint", "nodes", "models"] {
        assert_eq!(ours(&format!("comfycheck-check-{check}")), ["comfycheck-packs", "comfycheck-sdk"], "{check}");
    }
    assert_eq!(ours("comfycheck-check-performance"), ["comfycheck-sdk", "comfycheck-statistics"]);
    assert_eq!(ours("comfycheck-check-image"), ["comfycheck-likeness", "comfycheck-sdk"]);
    let of_workflow =
        ["check-image", "check-media", "check-nodes", "packs", "sdk"].map(|name| format!("comfycheck-{name}"));
    assert_eq!(ours("comfycheck-check-workflow"), of_workflow);
    assert_eq!(ours("comfycheck-check-media"), ["comfycheck-check-image", "comfycheck-sdk"]);
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        for kept in ["reqwest", "wasmtime"] {
            let named = arrows(name).contains(kept);
            assert_eq!(named, name == "comfycheck-runtime", "{name} and {kept}");
        }
    }
}
