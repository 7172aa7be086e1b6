//! The files of a new project for a check: templates, the contract and the SDK of each language.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};
use toml::{Table, Value};

/// The crates of the Rust SDK: their names and folders.
const CRATES: [(&str, &str); 3] = [
    ("comfycheck-sdk", "guest-checks/sdk"),
    ("comfycheck-wording", "wording"),
    ("comfycheck-worker-error", "worker-error"),
];

/// A constant `PROJECT_FILES` with the part, the path and the text of each file.
pub(crate) fn table(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for part in ["common", "rust", "python", "javascript", "wit"] {
        let prefix = if part == "wit" { "wit/" } else { "" };
        add(&root.join("host/cli/templates").join(part), part, prefix, &mut files)?;
    }
    let wit = root.join("wit");
    add(&wit.join("deps"), "wit", "wit/deps/", &mut files)?;
    add(&wit.join("deps"), "rust", "sdk/comfycheck-sdk/wit/deps/", &mut files)?;
    let contract = fs::read_to_string(wit.join("check.wit"))?;
    files.push(("wit", "wit/deps/check/check.wit".to_owned(), contract.clone()));
    files.push(("rust", "sdk/comfycheck-sdk/wit/check.wit".to_owned(), contract));
    for (part, path) in [("python", "python/comfycheck_sdk.py"), ("javascript", "javascript/comfycheck.js")] {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        files.push((part, name, fs::read_to_string(root.join("sdk").join(path))?));
    }
    // A project begins with the versions that comfycheck is tested with.
    let lock = fs::read_to_string(root.join("fixtures/third-party/Cargo.lock"))?;
    let lock = lock.replace("name = \"acme-prompts\"\nversion = \"0.2.0\"", "name = \"{{name}}\"\nversion = \"0.1.0\"");
    files.push(("rust", "Cargo.lock".to_owned(), lock));
    let workspace = parsed(&root.join("Cargo.toml"))?;
    for (name, folder) in CRATES {
        let folder = root.join(folder);
        add(&folder.join("src"), "rust", &format!("sdk/{name}/src/"), &mut files)?;
        files.push(("rust", format!("sdk/{name}/Cargo.toml"), manifest(&folder.join("Cargo.toml"), &workspace)?));
    }
    for folder in [
        "host/cli/templates",
        "wit",
        "sdk",
        "guest-checks/sdk",
        "wording",
        "worker-error",
        "Cargo.toml",
        "fixtures/third-party",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    let mut source = "const PROJECT_FILES: &[(&str, &str, &str)] = &[\n".to_owned();
    for (part, path, text) in files {
        // Writing to a string does not fail.
        let _ = writeln!(source, "    ({part:?}, {path:?}, {text:?}),");
    }
    source.push_str("];\n");
    Ok(source)
}

/// Adds the text files below a folder, without snapshots of tests.
fn add(
    folder: &Path,
    part: &'static str,
    prefix: &str,
    files: &mut Vec<(&'static str, String, String)>,
) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() && name != "snapshots" {
            add(&path, part, &format!("{prefix}{name}/"), files)?;
        } else if path.is_file() {
            files.push((part, format!("{prefix}{name}"), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The manifest of a crate outside the workspace: with the workspace's values, without tests and lints.
fn manifest(path: &Path, workspace: &Table) -> io::Result<String> {
    let mut manifest = parsed(path)?;
    let shared = |key: &str| workspace.get("workspace").and_then(|table| table.get(key)).and_then(Value::as_table);
    inherit(manifest.get_mut("package"), shared("package"));
    inherit(manifest.get_mut("dependencies"), shared("dependencies"));
    for other in ["dev-dependencies", "lints"] {
        manifest.remove(other);
    }
    if let Some(package) = manifest.get_mut("package").and_then(Value::as_table_mut) {
        package.remove("readme");
    }
    if let Some(dependencies) = manifest.get_mut("dependencies").and_then(Value::as_table_mut) {
        for (name, _) in CRATES {
            if let Some(dependency) = dependencies.get_mut(name).and_then(Value::as_table_mut) {
                dependency.insert("path".to_owned(), format!("../{name}").into());
            }
        }
    }
    toml::to_string(&manifest).map_err(io::Error::other)
}

/// Replaces each `{ workspace = true }` with the workspace's value.
fn inherit(of_crate: Option<&mut Value>, shared: Option<&Table>) {
    let (Some(of_crate), Some(shared)) = (of_crate.and_then(Value::as_table_mut), shared) else { return };
    for (key, value) in of_crate.iter_mut() {
        if value.get("workspace").is_some()
            && let Some(shared) = shared.get(key)
        {
            *value = shared.clone();
        }
    }
}

fn parsed(path: &Path) -> io::Result<Table> {
    fs::read_to_string(path)?.parse().map_err(io::Error::other)
}
