//! Writes the compiled checks and their table to a folder. A package of this crate has them in `components`, so an installation
//! needs no compiler for WebAssembly.
//!
//! Usage: `cargo run --example components -- FOLDER`

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("usage: components FOLDER")?);
    fs::create_dir_all(&folder)?;
    let built = Path::new(env!("OUT_DIR"));
    let names = comfycheck_checks::CHECKS.iter().map(|check| format!("{}.wasm.z", check.name));
    for name in names.chain(["checks.rs".to_owned()]) {
        fs::copy(built.join(&name), folder.join(&name))?;
    }
    Ok(())
}
