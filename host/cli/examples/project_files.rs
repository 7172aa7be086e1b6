//! Writes the files of `comfycheck check new` to `packaged/`, for a package: it is built outside of the repository.
//!
//! Usage: `cargo run --package comfycheck --example project_files`

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let packaged = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaged");
    fs::create_dir_all(&packaged)?;
    fs::copy(Path::new(env!("OUT_DIR")).join("project_files.rs"), packaged.join("project_files.txt")).map(drop)
}
