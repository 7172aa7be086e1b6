//! Components that keep a compiler busy: one function with many locals and loops in each other.

use crate::binary;
use std::fmt::Write;
use std::time::Instant;

/// A component of a few kilobytes. Each loop changes each local, so the compiler merges all of them at every loop.
fn bomb(locals: usize, loops: usize) -> Vec<u8> {
    let mut body = String::new();
    // Writing to a string cannot fail.
    let _ = write!(body, "(local{})", " i32".repeat(locals));
    for depth in 0..loops {
        let _ = write!(body, "(loop $l{depth}");
        let local = depth % locals;
        let _ = write!(body, "(local.set {local} (i32.add (local.get {local}) (i32.const 1)))");
    }
    for depth in (0..loops).rev() {
        let _ = write!(body, "(br_if $l{depth} (local.get {}))", depth % locals);
    }
    body.push_str(&")".repeat(loops));
    wat::parse_str(format!("(component (core module (func (export \"f\") {body})))")).unwrap()
}

/// Takes two minutes of CPU time: the limit of the process that compiles. `make hostile` runs it.
#[test]
#[ignore = "takes two minutes of CPU time"]
#[expect(clippy::print_stdout, reason = "a table for people")]
fn a_component_that_keeps_the_compiler_busy_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    println!("{:>6} {:>6} {:>10} {:>8}  outcome", "locals", "loops", "bytes", "time");
    for (locals, loops, is_refused) in [(20, 20, false), (2000, 2000, true)] {
        let wasm = bomb(locals, loops);
        let file = folder.path().join("bomb.wasm");
        std::fs::write(&file, &wasm).unwrap();
        let start = Instant::now();
        let output = binary::comfycheck(folder.path())
            .args(["check", "inspect", "bomb.wasm"])
            .env("COMFYCHECK_CACHE_DIR", folder.path().join("cache"))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let outcome = text.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        println!("{locals:>6} {loops:>6} {:>10} {:>7.1}s  {outcome}", wasm.len(), start.elapsed().as_secs_f64());
        // Neither is a check. The large one is not known to be none.
        assert_eq!(output.status.code(), Some(2), "{text}");
        // By its CPU time, which does not depend on what else this machine does.
        assert_eq!(text.contains("of CPU time to compile"), is_refused, "{text}");
    }
}
