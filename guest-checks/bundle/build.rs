//! Compiles every first-party check, makes it a component, and writes the table that `lib.rs`
//! embeds. In a published package they are there already.
#![expect(clippy::print_stderr, reason = "Cargo prints the stderr of a failed build script")]

use anyhow::{Context, anyhow};
use comfycheck_guest_build::{Guest, Optimize, Places, TARGET, compile, usable_way};
use comfycheck_packed::pack;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};
use wit_component::ComponentEncoder;

/// The first-party checks, in the order in which they are listed and reported.
const CHECKS: [(&str, Optimize); 8] = [
    ("endpoint", Optimize::Speed),
    ("nodes", Optimize::Size),
    ("models", Optimize::Size),
    ("workflow", Optimize::Size),
    ("image", Optimize::Speed),
    ("media", Optimize::Speed),
    ("performance", Optimize::Size),
    ("denrisi", Optimize::Size),
];

/// The check that all others are packed with. Of the small ones it has most of what they have: with another, they take up to a
/// seventh more.
const BASE: &str = "nodes";

/// The ending of a component's file.
const ENDING: &str = "wasm.zst";

/// Those that only run if a suite names them: they check the requirements of one workflow.
const ONLY_BY_NAME: [&str; 1] = ["denrisi"];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("error: {err:#}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> anyhow::Result<()> {
    let out = folder("OUT_DIR")?;
    let bundle = folder("CARGO_MANIFEST_DIR")?;
    let in_repository = |folder: &&Path| folder.join("guest-checks/bundle/build.rs").exists();
    let Some(workspace) = bundle.ancestors().nth(2).filter(in_repository) else {
        return copy(&bundle.join("components"), &out);
    };
    let places = Places::of_this_machine();
    let way = usable_way(&places).map_err(|no_way| {
        anyhow!("this machine cannot compile Rust to {TARGET}\n{no_way}\nhelp: run `scripts/wasm-target`")
    })?;

    let mut watched = vec![workspace.join("Cargo.toml"), workspace.join("Cargo.lock")];
    watched.push(workspace.join("guest-checks/sdk/Cargo.toml"));
    watched.push(workspace.join("worker-error/Cargo.toml"));
    watched.push(workspace.join("wording/Cargo.toml"));
    watched.push(workspace.join("statistics/Cargo.toml"));
    let mut components = Vec::new();
    for (check, optimize) in CHECKS {
        let package = format!("comfycheck-check-{check}");
        let guest = Guest {
            manifest: &workspace.join("Cargo.toml"),
            package: &package,
            features: &["component"],
            optimize,
            // One folder for all profiles, and not that of the outer build, which is locked.
            target_dir: &workspace.join("target/guests"),
        };
        let compiled = compile(guest, &way, &places)?;
        let component =
            component(&compiled.module).with_context(|| format!("cannot make a component of `{package}`"))?;
        let rules = rules(&workspace.join(format!("guest-checks/{check}/README.md")))?;
        components.push((check, component, rules));
        watched.push(workspace.join(format!("guest-checks/{check}/Cargo.toml")));
        watched.extend(compiled.sources);
    }
    write_table(&out, &components)?;

    watched.sort();
    watched.dedup();
    for path in watched {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(())
}

/// Writes the components, and the table of them with their rules.
fn write_table(out: &Path, components: &[(&str, Vec<u8>, Vec<String>)]) -> anyhow::Result<()> {
    let write = |name: &str, component: &[u8], base: &[u8]| {
        let file = out.join(name).with_extension(ENDING);
        fs::write(&file, pack(component, base)).with_context(|| format!("cannot write `{}`", file.display()))
    };
    let (_, base, _) =
        components.iter().find(|(check, ..)| *check == BASE).context("the base is not among the checks")?;
    write(BASE, base, &[])?;
    let mut table = format!("{{\n    const PACKED: &[u8] = include_bytes!(\"{BASE}.{ENDING}\");\n    &[\n");
    for (check, component, rules) in components {
        let packed = if *check == BASE {
            "bytes: PACKED, base: None".to_owned()
        } else {
            write(check, component, base)?;
            format!("bytes: include_bytes!(\"{check}.{ENDING}\"), base: Some(PACKED)")
        };
        let by_default = !ONLY_BY_NAME.contains(check);
        let sha256 = hex(&Sha256::digest(component));
        writeln!(
            table,
            "        BundledCheck {{ name: {check:?}, by_default: {by_default}, packed: Packed {{ {packed} }}, sha256: {sha256:?}, rules: &{rules:?} }},"
        )?;
    }
    table.push_str("    ]\n}\n");
    fs::write(out.join("checks.rs"), table).context("cannot write the table of checks")
}

/// Copies the table and the components of a package, which `examples/components.rs` wrote.
fn copy(components: &Path, out: &Path) -> anyhow::Result<()> {
    let files = fs::read_dir(components).context("the package has no components")?;
    for file in files {
        let file = file?;
        fs::copy(file.path(), out.join(file.file_name()))
            .with_context(|| format!("cannot copy `{}`", file.file_name().display()))?;
    }
    println!("cargo::rerun-if-changed=components");
    Ok(())
}

/// The rules that a README explains, each under a heading such as ``## `missing-node` ``.
fn rules(readme: &Path) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(readme).with_context(|| format!("cannot read `{}`", readme.display()))?;
    let ids = text.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'));
    Ok(ids.map(str::to_owned).collect())
}

/// A folder in a variable that Cargo sets for build scripts.
fn folder(variable: &str) -> anyhow::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).with_context(|| format!("Cargo does not set `{variable}`"))
}

/// The component of a core module. The module holds the contract that it was built with.
fn component(module: &Path) -> anyhow::Result<Vec<u8>> {
    let module = fs::read(module)?;
    ComponentEncoder::default().module(&module)?.validate(true).encode()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
