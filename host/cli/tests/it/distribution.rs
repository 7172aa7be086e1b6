//! Checks of others: published, added, pinned, updated, refused.

use crate::binary;
use crate::registry::{Registry, header, reply};
use crate::server::Server;
use comfycheck_core::digest::sha256_hex;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A folder with a suite, and a cache of its own.
struct Project {
    folder: tempfile::TempDir,
}

/// What a command printed, and its exit code.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

const SUITE: &str = "# The suite of a team.\nworkflow = \"workflow.json\" # exported\nsamples = 0\n\n[checks.nodes]\n";
/// A check that imports everything that version 0.1.1 of the contract has.
const OLD: &str = "contract-0.1.1.wasm";
/// The same with version 0.1.2, which added an interface.
const NEW: &str = "contract-0.1.2.wasm";

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("comfycheck.toml"), SUITE).unwrap();
        std::fs::copy(root().join("fixtures/workflows/denrisi.json"), folder.path().join("workflow.json")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, words: &[&str]) -> Ended {
        self.run_with(words, &[])
    }

    fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = binary::comfycheck(self.folder.path());
        let output = command.args(words).env("COMFYCHECK_CACHE_DIR", self.path("cache"));
        let output = output.env("DOCKER_CONFIG", self.path("docker")).envs(variables.iter().copied()).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Ended { code: output.status.code(), out, err }
    }

    #[track_caller]
    fn passes(&self, words: &[&str]) -> Ended {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(0), "{words:?}: {}{}", ended.out, ended.err);
        ended
    }

    #[track_caller]
    fn refuses(&self, words: &[&str], why: &str) -> Ended {
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn component(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures/components").join(name)).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}

fn publish(project: &Project, name: &str, to: &str) -> String {
    let file = root().join("fixtures/components").join(name);
    project.passes(&["check", "publish", file.to_str().unwrap(), to]).out
}

/// Text without what differs from run to run.
fn stable(text: &str, registry: &Registry) -> String {
    let source = registry.source("");
    let host = source.trim_start_matches("oci://").trim_end_matches('/');
    text.replace(host, "registry")
}

const LIST: &[&str] = &["list", "--simulate", "healthy"];

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
    project.passes(&["check", "update", "--yes"]);
    project.passes(LIST);
}

#[test]
fn a_login_goes_to_its_registry_alone() {
    let (registry, project) = (Registry::start(), Project::new());
    let source = registry.source("acme/contract:1");
    publish(&project, OLD, &source);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heads = Arc::clone(&seen);
    let wasm = component(OLD);
    let storage = Server::start(move |request| {
        heads.lock().unwrap().push(header(request, "authorization"));
        reply("200 OK", "", &wasm)
    });
    registry.change(|files| {
        files.login = Some("Basic YW5uOnNlY3JldC1vZi1hbm4=".to_owned());
        files.elsewhere = Some(storage.base());
    });
    project.refuses(&["check", "inspect", &source], "without a login");
    let host = registry.source("").trim_start_matches("oci://").trim_end_matches('/').to_owned();
    std::fs::create_dir(project.path("docker")).unwrap();
    let auths = |login: &str| json!({ "auths": { host.clone(): { "auth": login } } }).to_string();
    std::fs::write(project.path("docker/config.json"), auths("YW5uOndyb25n")).unwrap();
    let refused = project.refuses(&["check", "inspect", &source], "with this login");
    assert!(!refused.err.contains("wrong"), "{}", refused.err);
    std::fs::write(project.path("docker/config.json"), auths("YW5uOnNlY3JldC1vZi1hbm4=")).unwrap();
    project.passes(&["check", "inspect", &source]);
    std::fs::remove_dir_all(project.path("docker")).unwrap();
    let variables = [
        ("COMFYCHECK_REGISTRY", host.as_str()),
        ("COMFYCHECK_REGISTRY_USER", "ann"),
        ("COMFYCHECK_REGISTRY_PASSWORD", "secret-of-ann"),
    ];
    let ended = project.run_with(&["check", "inspect", &source], &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(!format!("{}{}", ended.out, ended.err).contains("secret-of-ann"));
    assert_eq!(*seen.lock().unwrap(), [None, None], "the storage gets no login");
}

/// The key and the signature were made with OpenSSL: see `fixtures/distribution/README.md`.
#[test]
fn a_signed_check_needs_the_signature_of_its_key() {
    let (registry, project) = (Registry::start(), Project::new());
    let source = registry.source("acme/contract:1");
    publish(&project, OLD, &source);
    let fixture = |name: &str| root().join("fixtures/distribution").join(name);
    let (key, other) = (fixture("cosign.pub"), fixture("other.pub"));
    let (key, other) = (key.to_str().unwrap(), other.to_str().unwrap());
    project.refuses(&["check", "add", &source, "--yes", "--key", key], "no signature");

    let payload = std::fs::read(fixture("payload.json")).unwrap();
    let signature = std::fs::read_to_string(fixture("signature.txt")).unwrap();
    let of = registry.change(|files| {
        let of = digest(&files.manifests["1"]);
        let layer = json!({
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": digest(&payload),
            "size": payload.len(), "annotations": { "dev.cosignproject.cosign/signature": signature.trim() },
        });
        files.manifests.insert(of.replace(':', "-") + ".sig", json!({ "layers": [layer] }).to_string().into());
        files.blobs.insert(digest(&payload), payload.clone());
        of
    });
    let named: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(named["critical"]["image"]["docker-manifest-digest"], of, "sign the fixture again");
    project.refuses(&["check", "add", &source, "--yes", "--key", other], "no signature of this key");
    project.passes(&["check", "add", &source, "--yes", "--key", key]);
    project.passes(&["list", "--simulate", "healthy", "--offline"]);

    // A new version needs the signature, too, and so does another digest in the lock file.
    publish(&project, NEW, &source);
    project.refuses(&["check", "update", "--yes"], "no signature");
    let lock = project.read("comfycheck.lock");
    let new = registry.change(|files| digest(&files.manifests["1"]));
    std::fs::write(project.path("comfycheck.lock"), lock.replace(&of, &new)).unwrap();
    project.refuses(LIST, "no signature");
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
