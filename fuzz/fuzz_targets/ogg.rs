//! Any bytes after the signature of the format: no panic, and time and memory in proportion to their size.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../read.rs"]
mod read;

fuzz_target!(|bytes: &[u8]| read::read("x.ogg", bytes));
