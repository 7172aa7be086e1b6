//! Compiled code, and the one place that makes it executable.

use std::path::Path;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// Where compiled code comes from.
#[derive(Clone, Copy)]
pub(super) enum Code<'a> {
    /// A file of the cache, whose owner, permissions and checksum were just verified.
    File(&'a Path),
    /// A part of this program.
    Embedded(&'a [u8]),
}

/// Makes compiled code executable. Fails if an engine of another version, another configuration or another processor
/// compiled it.
pub(super) fn load(engine: &Engine, code: Code<'_>) -> wasmtime::Result<Component> {
    // SAFETY: the bytes must be the output of wasmtime's `Component::serialize`, and must not change while they are mapped.
    //
    // A file: the caller has just verified that the file and its folder are writable only by this user, and that the
    // checksum, which covers the name, is the one that `Cache::store` computed over such output. `store` never writes to a
    // file with a final name: it renames another file over it, which does not affect existing mappings. Any process that
    // could break this can already run code as this user.
    //
    // Embedded: the build wrote it with `Sandbox::precompile`, which clears only symbols. It is as trustworthy as the rest of
    // this program.
    #[expect(unsafe_code, reason = "the one place where compiled code becomes executable")]
    unsafe {
        match code {
            Code::File(path) => Component::deserialize_file(engine, path),
            Code::Embedded(code) => Component::deserialize(engine, code),
        }
    }
}

/// Lets a compiler use the instructions of every x86-64 processor since 2009. Without them, SIMD of the image decoders is
/// emulated. Loading compares them with the processor.
pub(super) fn since_2009(config: &mut Config) {
    if cfg!(target_arch = "x86_64") {
        // SAFETY: a flag must not change what compiled code assumes of its host beyond what the host provides. This one only
        // allows instructions, and `load` refuses code with instructions that the processor lacks.
        #[expect(unsafe_code, reason = "wasmtime has no safe way to name processor features")]
        unsafe {
            config.cranelift_flag_enable("x86-64-v2");
        }
    }
}
