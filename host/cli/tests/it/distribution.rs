//! Checks of others: published, added, pinned, updated, refused.

use crate::binary;
use crate::registry::{Registry, reply};
use crate::server::Server;
use comfycheck_core::digest::sha256_hex;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A folder with a suite, and a cache of its own.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// What a command printed, and its exit code.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

const SUITE: &str = "# The suite of a team.\nworkflow = \"workflow.json\" # exported\nsamples = 0\n\n[checks.nodes]\n";
/// A check that imports everything that version 0.1.1 of the contract has.
pub(crate) const OLD: &str = "contract-0.1.1.wasm";
/// The same with version 0.1.2, which added an interface.
pub(crate) const NEW: &str = "contract-0.1.2.wasm";

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("comfycheck.toml"), SUITE).unwrap();
        std::fs::copy(root().join("fixtures/workflows/denrisi.json"), folder.path().join("workflow.json")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, words: &[&str]) -> Ended {
        self.run_with(words, &[])
    }

    pub(crate) fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = binary::comfycheck(self.folder.path());
        let output = command.args(words).env("COMFYCHECK_CACHE_DIR", self.path("cache"));
        let output = output.env("DOCKER_CONFIG", self.path("docker")).envs(variables.iter().copied()).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Ended { code: output.status.code(), out, err }
    }

    #[track_caller]
    pub(crate) fn passes(&self, words: &[&str]) -> Ended {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(0), "{words:?}: {}{}", ended.out, ended.err);
        ended
    }

    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str], why: &str) -> Ended {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(2), "{words:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(why), "{words:?}: {}", ended.err);
        ended
    }

    /// The digests of the lock file.
    fn digests(&self) -> Vec<String> {
        let lines = self.read("comfycheck.lock");
        lines
            .lines()
            .filter_map(|line| Some(line.strip_prefix("digest = \"")?.trim_end_matches('"').to_owned()))
            .collect()
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

pub(crate) fn component(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures/components").join(name)).unwrap()
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}

pub(crate) fn publish(project: &Project, name: &str, to: &str) -> String {
    let file = root().join("fixtures/components").join(name);
    project.passes(&["check", "publish", file.to_str().unwrap(), to]).out
}

/// Text without what differs from run to run.
fn stable(text: &str, registry: &Registry) -> String {
    let source = registry.source("");
    let host = source.trim_start_matches("oci://").trim_end_matches('/');
    text.replace(host, "registry")
}

pub(crate) const LIST: &[&str] = &["list", "--simulate", "healthy"];

#[test]
fn a_check_is_published_added_pinned_and_updated() {
    let (registry, project) = (Registry::start(), Project::new());
    let source = registry.source("acme/contract:1");
    let published = publish(&project, OLD, &source);
    insta::assert_snapshot!("published", stable(&published, &registry));
    // In the layout of wkg.
    let manifest: Value = registry.change(|files| serde_json::from_slice(&files.manifests["1"]).unwrap());
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["layers"][0]["digest"], digest(&component(OLD)));

    let inspected = project.passes(&["check", "inspect", &source]);
    assert!(inspected.out.contains("grants = ["), "{}", inspected.out);

    // Without a terminal it must be confirmed.
    project.refuses(&["check", "add", &source], "--yes");
    assert!(!project.path("comfycheck.lock").exists());
    assert_eq!(project.read("comfycheck.toml"), SUITE);
    let added = project.passes(&["check", "add", &source, "--yes"]);
    insta::assert_snapshot!("added", stable(&added.out, &registry));
    let suite = project.read("comfycheck.toml");
    assert!(suite.starts_with(SUITE), "{suite}");
    insta::assert_snapshot!("suite", stable(&suite, &registry));
    insta::assert_snapshot!("lock", stable(&project.read("comfycheck.lock"), &registry));
    project.passes(LIST);
    assert_eq!(project.passes(&["check", "add", &source]).out, added.out, "what is added already needs no answer");

    // The tag moves: a run stays with what was accepted.
    publish(&project, NEW, &source);
    let before = registry.requests().len();
    project.passes(LIST);
    assert_eq!(registry.requests().len(), before, "what is cached is not fetched");
    std::fs::remove_dir_all(project.path("cache")).unwrap();
    project.passes(LIST);
    assert_eq!(project.digests(), [digest(&component(OLD))]);
    let refused = project.refuses(&["check", "update"], "--yes");
    insta::assert_snapshot!("update", stable(&refused.out, &registry));
    project.passes(&["check", "update", "--yes"]);
    assert_eq!(project.digests(), [digest(&component(NEW))]);
    assert!(project.read("comfycheck.toml").contains("runpod/"));
    project.passes(LIST);
    assert!(project.passes(&["check", "update"]).out.contains("up to date"));
}

#[test]
fn what_is_cached_works_offline() {
    let (registry, project) = (Registry::start(), Project::new());
    let source = registry.source("acme/contract:1");
    publish(&project, OLD, &source);
    project.passes(&["check", "add", &source, "--yes"]);
    drop(registry);
    project.passes(&["list", "--simulate", "healthy", "--offline"]);
    let file = project.path("cache/components").join(format!("{}.wasm", sha256_hex(&component(OLD))));
    std::fs::write(&file, component(NEW)).unwrap();
    project.refuses(&["list", "--simulate", "healthy", "--offline"], "--offline");
    let ended = project.run(LIST);
    assert_eq!(ended.code, Some(3), "a server that is gone is not an error of the suite: {}", ended.err);
}

#[test]
fn what_changed_is_refused_until_it_is_accepted() {
    let project = Project::new();
    let content = Arc::new(Mutex::new(component(OLD)));
    let shared = Arc::clone(&content);
    let server = Server::start(move |_| reply("200 OK", "", &shared.lock().unwrap()));
    let source = format!("{}/contract.wasm", server.base());
    project.refuses(LIST.iter().copied().chain(["--check", "remote"]).collect::<Vec<_>>().as_slice(), "remote");
    project.passes(&["check", "add", &source, "--name", "remote", "--yes"]);
    project.passes(LIST);

    *content.lock().unwrap() = component(NEW);
    std::fs::remove_dir_all(project.path("cache")).unwrap();
    let refused = project.refuses(LIST, "+ grant");
    insta::assert_snapshot!("changed", refused.err.replace(&server.base(), "http://server"));
    project.passes(&["check", "add", &source, "--name", "remote", "--yes"]);
    project.passes(LIST);

    // A lock file that hides a permission from its reviewer.
    let lock = project.read("comfycheck.lock");
    std::fs::write(project.path("comfycheck.lock"), lock.replace("\"runpod/volume\"", "")).unwrap();
    project.refuses(LIST, "+ grant runpod/volume");
    // One that is wrong about what else it lists.
    for (listed, other) in [("\nsize = ", "\nsize = 9"), ("\ncontract = \"", "\ncontract = \"9")] {
        std::fs::write(project.path("comfycheck.lock"), lock.replace(listed, other)).unwrap();
        project.refuses(LIST, "`comfycheck.lock` lists");
    }
    std::fs::remove_file(project.path("comfycheck.lock")).unwrap();
    project.refuses(LIST, "comfycheck.lock");
}

#[test]
fn a_file_is_pinned_once_it_was_added() {
    let project = Project::new();
    std::fs::write(project.path("own.wasm"), component(OLD)).unwrap();
    project.passes(&["check", "add", "own.wasm", "--yes"]);
    project.passes(LIST);
    std::fs::write(project.path("own.wasm"), component(NEW)).unwrap();
    project.refuses(LIST, "+ grant");
    // Another spelling of its path is the same file.
    let suite = project.read("comfycheck.toml");
    std::fs::create_dir(project.path("checks")).unwrap();
    let absolute = project.path("own.wasm");
    let [dotted, parent, absolute] = ["./own.wasm", "checks/../own.wasm", absolute.to_str().unwrap()]
        .map(|path| suite.replace("use = \"own.wasm\"", &format!("use = '{path}'")));
    for other in [dotted, parent, absolute] {
        assert_ne!(other, suite);
        std::fs::write(project.path("comfycheck.toml"), other).unwrap();
        project.refuses(LIST, "+ grant");
    }
    std::fs::write(project.path("comfycheck.toml"), suite).unwrap();
    project.passes(&["check", "update", "--yes"]);
    project.passes(LIST);
}

/// A suite without a table of checks has all built-in ones.
#[test]
fn a_check_of_others_does_not_take_the_place_of_a_built_in_one() {
    let project = Project::new();
    std::fs::write(project.path("own.wasm"), component(OLD)).unwrap();
    std::fs::write(project.path("comfycheck.toml"), "workflow = \"workflow.json\"\nsamples = 0\n").unwrap();
    project.refuses(&["check", "add", "own.wasm", "--yes", "--name", "nodes"], "`nodes`");
    project.refuses(&["check", "add", "own.wasm", "--yes", "--name", "a b"], "not a valid check name");
    project.passes(&["check", "add", "own.wasm", "--yes"]);
    let suite = project.read("comfycheck.toml");
    assert!(suite.contains("[checks.nodes]\n") && suite.contains("[checks.contract]\nuse = \"own.wasm\""), "{suite}");
}

#[test]
fn what_is_not_a_component_is_refused() {
    let (registry, project) = (Registry::start(), Project::new());
    let source = registry.source("acme/contract:1");
    publish(&project, OLD, &source);
    let good: Value = registry.change(|files| serde_json::from_slice(&files.manifests["1"]).unwrap());
    let mut page = String::new();
    let mut refuse = |name: &str, manifest: &Value, blob: Option<Vec<u8>>| {
        registry.change(|files| {
            files.manifests.insert("1".to_owned(), manifest.to_string().into());
            let layer = manifest["layers"][0]["digest"].as_str().unwrap_or_default().to_owned();
            files.blobs.extend(blob.map(|blob| (layer, blob)));
        });
        let refused = project.refuses(&["check", "add", &source, "--yes"], "error");
        // Writing to a string cannot fail.
        let _ = writeln!(page, "# {name}\n{}", stable(&refused.err, &registry));
    };
    let with = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    let layer = |bytes: &[u8], media: &str, title: &str| {
        json!({ "mediaType": media, "digest": digest(bytes), "size": bytes.len(),
                "annotations": { "org.opencontainers.image.title": title } })
    };
    let elf = b"\x7fELF\x02\x01\x01\0".to_vec();
    refuse("an image", &with("/config/mediaType", json!("application/vnd.oci.image.config.v1+json")), None);
    refuse("native code by its name", &with("/layers/0", layer(b"x", "application/wasm", "rules.cwasm")), None);
    refuse("native code by its type", &with("/layers/0", layer(b"x", "application/vnd.cwasm", "rules")), None);
    refuse(
        "native code by its bytes",
        &with("/layers/0", layer(&elf, "application/wasm", "rules.wasm")),
        Some(elf.clone()),
    );
    refuse(
        "a web page",
        &with("/layers/0", layer(b"<html>", "application/wasm", "rules.wasm")),
        Some(b"<html>".to_vec()),
    );
    refuse("other bytes", &with("/layers/0", layer(b"good", "application/wasm", "r.wasm")), Some(b"evil".to_vec()));
    refuse("a digest that is a path", &with("/layers/0/digest", json!("sha256:../../../other/blobs/x")), None);
    refuse("too large", &with("/layers/0/size", json!(1_u64 << 40)), None);
    refuse("two layers", &with("/layers", json!([good["layers"][0], good["layers"][0]])), None);
    insta::assert_snapshot!("not_a_component", page);
    assert!(!project.path("comfycheck.lock").exists());
}
