//! Any text as a lock file or as a source: no panic. What is read is written so that it is read again.
#![no_main]

use comfycheck_core::distribution::{Lock, RemoteSource};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text) {
        assert_eq!(Lock::parse(&lock.to_toml()).expect("what was written is read"), lock);
    }
    if let Ok(source) = text.parse::<RemoteSource>() {
        assert_eq!(source.to_string().parse::<RemoteSource>().expect("a source is read again"), source);
    }
});
