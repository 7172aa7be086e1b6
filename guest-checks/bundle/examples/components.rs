//! Writes the compiled checks and their table to a folder. A package of this crate has them in `components`, so an installation
//! needs no compiler for WebAssembly.
//!
//! Usage: `cargo run --example components -- FOLDER`

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("usage: components FOLDER")?);
    fs::create_dir_all(&folder)?;
    let built = Path::new(env!("OUT_DIR"));
    for file in fs::read_dir(built)? {
        let file = file?;
        if matches!(file.path().extension().and_then(OsStr::to_str), Some("rs" | "zst")) {
            fs::copy(file.path(), folder.join(file.file_name()))?;
        }
    }
    Ok(())
}
