//! Compiles `guest/` and makes it a component, like the checks in the bundle.
#![expect(clippy::print_stderr, reason = "Cargo prints the stderr of a failed build script")]

use anyhow::{Context, anyhow};
use comfycheck_guest_build::{Guest, Optimize, Places, TARGET, compile, usable_way};
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};
use wit_component::ComponentEncoder;

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
    let bench = folder("CARGO_MANIFEST_DIR")?;
    let workspace = bench.parent().context("the benchmark is not in a workspace")?;
    let places = Places::of_this_machine();
    let way = usable_way(&places).map_err(|no_way| {
        anyhow!("this machine cannot compile Rust to {TARGET}\n{no_way}\nhelp: run `scripts/wasm-target`")
    })?;
    let guest = Guest {
        manifest: &workspace.join("Cargo.toml"),
        package: "comfycheck-bench-guest",
        features: &["component"],
        optimize: Optimize::Speed,
        // Shared with the checks, because the dependencies are the same.
        target_dir: &workspace.join("target/guests"),
    };
    let compiled = compile(guest, &way, &places)?;
    let module = fs::read(&compiled.module).context("cannot read the compiled guest")?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    fs::write(folder("OUT_DIR")?.join("guest.wasm"), component).context("cannot write the component")?;

    let manifests = ["Cargo.toml", "Cargo.lock", "bench/guest/Cargo.toml", "guest-checks/image/Cargo.toml"];
    for path in compiled.sources.into_iter().chain(manifests.map(|manifest| workspace.join(manifest))) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(())
}

/// A folder in a variable that Cargo sets for build scripts.
fn folder(variable: &str) -> anyhow::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).with_context(|| format!("Cargo does not set `{variable}`"))
}
