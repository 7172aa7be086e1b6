//! The comfycheck command line.
fn main() {}
