//! Feeds changed copies of good inputs to what this crate reads: cassettes, HAR files, components, registries' documents.
//!
//! A fuzzer without coverage: libFuzzer needs a nightly compiler, which would have to compile wasmtime. The parsers of other
//! crates are fuzzed with it, in the folder `fuzz`, whose `run` runs this too.
//!
//!     cargo run --release --package comfycheck-runtime --example mutate -- TARGET SECONDS [SEED]
//!
//! It stops at the first panic, or at an input that takes more than five seconds twice, and writes the input to `mutate-TARGET.bin`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for people, which stops at the first surprise")]

use comfycheck_runtime::distribution::{Credentials, component_of_manifest};
use comfycheck_runtime::sandbox::{ComponentSource, Sandbox, Surface};
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::har;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// What reads an input.
type Target = Box<dyn Fn(&[u8])>;

const LONGEST: Duration = Duration::from_secs(5);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "cassette".to_owned());
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut random = Random(arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1));
    let (seeds, target) = target(&name);
    let begin = Instant::now();
    let mut inputs = 0_u64;
    let mut slowest = Duration::ZERO;
    while begin.elapsed() < Duration::from_secs(seconds) {
        let input = random.changed(&seeds);
        let (mut ended, mut took) = timed(&target, &input);
        if took > LONGEST {
            // Another try shows whether the machine was only busy.
            let again = timed(&target, &input);
            (ended, took) = (ended.and(again.0), took.min(again.1));
        }
        slowest = slowest.max(took);
        inputs += 1;
        if ended.is_err() || took > LONGEST {
            let file = format!("mutate-{name}.bin");
            std::fs::write(&file, &input).unwrap();
            println!(
                "{name}: input {inputs} {}; see {file}",
                if ended.is_err() { "panicked" } else { "took too long" }
            );
            std::process::exit(1);
        }
    }
    println!("{name}: {inputs} inputs in {seconds} s, the slowest took {} ms", slowest.as_millis());
}

/// Whether a target panics, and how long it takes.
fn timed(target: &Target, input: &[u8]) -> (std::thread::Result<()>, Duration) {
    let start = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| target(input)));
    (ended, start.elapsed())
}

/// The good inputs of a target, and what reads them.
fn target(name: &str) -> (Vec<Vec<u8>>, Target) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let files = |folder: &str, ending: &str| {
        let mut found = Vec::new();
        let mut folders = vec![fixtures.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == ending) {
                    found.push(std::fs::read(path).unwrap());
                }
            }
        }
        found
    };
    let cassette = |bytes: &[u8]| Cassette::of_files("mutated", bytes, &|_| Some(b"{}"));
    match name {
        "cassette" => (files("cassettes", "json"), Box::new(move |bytes| drop(cassette(bytes)))),
        "har" => {
            let hars = files("cassettes", "json").into_iter().filter_map(|bytes| cassette(&bytes).ok());
            let hars = hars.map(|cassette| har::export(&cassette).into_bytes()).collect();
            let folder = tempfile::tempdir().unwrap();
            let read = move |bytes: &[u8]| {
                let out = folder.path().join("cassette");
                let _ = std::fs::remove_dir_all(&out);
                if let Ok(text) = std::str::from_utf8(bytes) {
                    drop(har::import(text, Some("endpoint"), &out));
                }
            };
            (hars, Box::new(read))
        }
        "component" => {
            let sandbox = Sandbox::new(None).unwrap();
            let load = move |bytes: &[u8]| {
                let _ = Surface::read(bytes);
                drop(sandbox.load(ComponentSource { name: "mutated", wasm: bytes, sha256: None }));
            };
            (files("components", "wasm"), Box::new(load))
        }
        "registry" => {
            let seeds = [
                r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.wasm.config.v0+json","digest":"sha256:00","size":2},"layers":[{"mediaType":"application/wasm","digest":"sha256:00","size":2,"annotations":{}}]}"#,
                r#"{"auths":{"ghcr.io":{"auth":"YTpi"}},"credHelpers":{}}"#,
            ];
            let read = |bytes: &[u8]| {
                let _ = component_of_manifest(bytes);
                drop(Credentials::new(&|_| None, Some(bytes)));
            };
            (seeds.map(|text| text.as_bytes().to_vec()).to_vec(), Box::new(read))
        }
        other => panic!("there is no target `{other}`: cassette, har, component, registry"),
    }
}

/// Numbers that look random: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    /// A good input with a few changes: bytes, numbers, and parts of it or of others in other places.
    fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        const WORDS: [&[u8]; 14] = [
            b"null",
            b"-1",
            b"1e309",
            b"18446744073709551616",
            b"\"\"",
            b"[",
            b"]",
            b"{",
            b"}",
            b"\\ud800",
            b"\xff",
            b"\0",
            b"\x80\x80\x80\x80\x10",
            b"true",
        ];
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(input.len() + 1);
            match self.below(6) {
                0 => input.truncate(at),
                1 => {
                    if let Some(byte) = input.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                2 => {
                    let word = WORDS[self.below(WORDS.len())];
                    input.splice(at..at, word.iter().copied());
                }
                3 => {
                    let end = (at + self.below(64)).min(input.len());
                    input.drain(at..end);
                }
                4 => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    let part = other[from..(from + self.below(256)).min(other.len())].to_vec();
                    input.splice(at..at, part);
                }
                _ => {
                    // A value for another one.
                    let word = WORDS[self.below(WORDS.len())];
                    let end = (at + 1 + self.below(8)).min(input.len());
                    input.splice(at..end, word.iter().copied());
                }
            }
        }
        input
    }
}
