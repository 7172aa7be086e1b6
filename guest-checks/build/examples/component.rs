//! Compiles a package outside the workspace and makes it a component: `component MANIFEST PACKAGE FEATURES FILE`.

use anyhow::{Context, bail};
use comfycheck_guest_build::{Guest, Optimize, Places, compile, usable_way};
use std::path::Path;
use std::{env, fs};
use wit_component::ComponentEncoder;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [manifest, package, features, file] = arguments.as_slice() else {
        bail!("usage: component MANIFEST PACKAGE FEATURES FILE")
    };
    let manifest = Path::new(manifest);
    let target_dir = manifest.with_file_name("target");
    let features: Vec<&str> = features.split(',').collect();
    let guest = Guest { manifest, package, features: &features, optimize: Optimize::Size, target_dir: &target_dir };
    let places = Places::of_this_machine();
    let module = compile(guest, &usable_way(&places)?, &places)?.module;
    let module = fs::read(module).context("cannot read the compiled module")?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    fs::write(file, component).with_context(|| format!("cannot write `{file}`"))
}
