//! Logins and signatures of checks, sources that are refused, and secrets that no message shows.

use crate::distribution::{LIST, NEW, OLD, Project, component, digest, publish, root};
use crate::registry::{Registry, header, reply};
use crate::server::Server;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

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

    // The key stays without `--key`, and another version of the check needs its signature.
    let again = project.passes(&["check", "add", &source, "--yes"]);
    assert!(again.err.contains("already"), "{}", again.err);
    let second = registry.source("acme/contract:2");
    publish(&project, NEW, &second);
    project.refuses(&["check", "add", &second, "--yes"], "no signature");
    project.refuses(&["check", "add", &second, "--yes", "--name", "contract"], "no signature");
    let key_of = |lock: &str| lock.lines().find(|line| line.starts_with("key = ")).map(str::to_owned);
    let pinned = project.read("comfycheck.lock");
    assert!(key_of(&pinned).is_some(), "{pinned}");
    // Another key is shown as a change.
    let first = key_of(&pinned).unwrap();
    let wrong =
        std::fs::read_to_string(other).unwrap().lines().filter(|line| !line.starts_with('-')).collect::<String>();
    std::fs::write(project.path("comfycheck.lock"), pinned.replace(&first, &format!("key = \"{wrong}\""))).unwrap();
    project.refuses(&["check", "add", &source, "--yes"], "no signature of this key");
    let replaced = project.passes(&["check", "add", &source, "--yes", "--key", key]);
    assert!(replaced.out.contains(&format!("- key {wrong}\n+ key ")), "{}", replaced.out);
    assert_eq!(project.read("comfycheck.lock"), pinned);

    // A new version needs the signature, too, and so does another digest in the lock file.
    publish(&project, NEW, &source);
    project.refuses(&["check", "update", "--yes"], "no signature");
    let lock = project.read("comfycheck.lock");
    let new = registry.change(|files| digest(&files.manifests["1"]));
    std::fs::write(project.path("comfycheck.lock"), lock.replace(&of, &new)).unwrap();
    project.refuses(LIST, "no signature");
}

/// A registry redirects to a server that asks for a login, and names itself as the server of tokens.
#[test]
fn a_server_that_a_registry_redirects_to_gets_no_login() {
    let (registry, project) = (Registry::start(), Project::new());
    let source = registry.source("acme/contract:1");
    publish(&project, OLD, &source);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heads = Arc::clone(&seen);
    let other = Server::start(move |request| {
        let host = header(request, "host").unwrap();
        heads.lock().unwrap().push((request.line.clone(), header(request, "authorization")));
        reply("401 No", &format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\"\r\n"), b"")
    });
    registry.change(|files| {
        files.login = Some("Basic YW5uOnNlY3JldC1vZi1hbm4=".to_owned());
        files.elsewhere = Some(other.base());
    });
    let host = registry.source("").trim_start_matches("oci://").trim_end_matches('/').to_owned();
    std::fs::create_dir(project.path("docker")).unwrap();
    let login = json!({ "auths": { host: { "auth": "YW5uOnNlY3JldC1vZi1hbm4=" } } });
    std::fs::write(project.path("docker/config.json"), login.to_string()).unwrap();
    project.refuses(&["check", "inspect", &source], "401");
    registry.change(|files| files.login = None);
    project.refuses(&["check", "inspect", &source], "401");
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen.iter().all(|(line, login)| login.is_none() && !line.contains("/token")), "{seen:?}");
}

#[test]
fn a_check_of_another_place_does_not_take_a_name() {
    let (registry, project) = (Registry::start(), Project::new());
    let [ours, other] = ["acme/contract:1", "evil/contract:1"].map(|name| registry.source(name));
    publish(&project, OLD, &ours);
    publish(&project, OLD, &other);
    project.passes(&["check", "add", &ours, "--yes"]);
    let suite = project.read("comfycheck.toml");
    let refused = project.refuses(&["check", "add", &other, "--yes"], "--name");
    assert!(refused.err.contains(&ours), "{}", refused.err);
    for folder in ["a", "b"] {
        std::fs::create_dir(project.path(folder)).unwrap();
        std::fs::write(project.path(&format!("{folder}/own.wasm")), component(OLD)).unwrap();
    }
    project.refuses(&["check", "add", "a/own.wasm", "--yes"], "--name");
    assert_eq!(project.read("comfycheck.toml"), suite);
    project.passes(&["check", "add", "a/own.wasm", "--yes", "--name", "own"]);
    project.refuses(&["check", "add", "b/own.wasm", "--yes", "--name", "own"], "a/own.wasm");
    project.passes(&["check", "add", "./a/own.wasm", "--yes", "--name", "own"]);
}

#[test]
fn a_file_that_a_suite_would_not_read_is_refused() {
    let project = Project::new();
    for name in ["own.cwasm", "own", "own.WASM"] {
        std::fs::write(project.path(name), component(OLD)).unwrap();
        project.refuses(&["check", "add", name, "--yes"], "`.wasm` file");
    }
    assert!(!project.path("comfycheck.lock").exists());
    project.passes(LIST);
}

#[test]
fn no_message_shows_a_secret_of_a_source() {
    let project = Project::new();
    let file = project.path("own.wasm");
    std::fs::write(&file, component(OLD)).unwrap();
    let file = file.to_str().unwrap();
    for source in [
        "bob:hunter2@host.example/x",
        "bob:hunter2@host.example/x.wasm",
        "//bob:hunter2@host.example/x",
        "https:/bob:hunter2@host.example/x.wasm",
        "https://bob:hunter2@host.example/x.wasm",
        "https://host.example/x.wasm?sig=hunter2",
        "oci://bob:hunter2@host.example/x:1",
        "x?sig=hunter2",
        "hunter2@host.example/x",
        "hunter2@host.example/x.wasm",
        "https:hunter2@host.example/x.wasm",
        "bob%3ahunter2@host/x",
    ] {
        let suite = format!("workflow = \"workflow.json\"\nsamples = 0\n\n[checks.rules]\nuse = \"{source}\"\n");
        for command in [&["check", "add", source, "--yes"][..], &["check", "publish", file, source], LIST] {
            if command == LIST {
                std::fs::write(project.path("comfycheck.toml"), &suite).unwrap();
            }
            let refused = project.refuses(command, "error");
            assert!(!format!("{}{}", refused.out, refused.err).contains("hunter2"), "{command:?}: {}", refused.err);
        }
    }
}
