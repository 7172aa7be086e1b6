//! The binary under test, with an environment of its own.

use crate::signal;
use std::path::Path;
use std::process::Command;

/// comfycheck in a folder. Its environment is empty but for where compiled checks are kept, and where an instrumented
/// build counts what it carried out.
pub(crate) fn comfycheck(folder: &Path) -> Command {
    signal::pass_on();
    let mut command = Command::new(env!("CARGO_BIN_EXE_comfycheck"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-checks");
    command.current_dir(folder).env_clear().env("COMFYCHECK_CACHE_DIR", cache);
    let counts = "LLVM_PROFILE_FILE";
    command.envs(std::env::var_os(counts).map(|file| (counts, file)));
    command
}
