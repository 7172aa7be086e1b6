//! `comfycheck demo`: the Denrisi suite on a recording inside the binary. Needs no checkout, no account and no network.

use super::run::run;
use crate::args::{Arguments, Command, Formats};
use crate::checks::Checks;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap::Parser;
use comfycheck_core::report::ExitCode;
use std::fs;
use std::path::{Path, PathBuf};

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../../fixtures/", $path)))),*]
    };
}

/// The suite, its workflow and the recording, by their paths in `fixtures/`.
const FILES: &[(&str, &[u8])] = embedded![
    "cassettes/denrisi-healthy/bodies/07b2eba35f3d861ab678795285c05c5e694816d00d32789bc77303ae5747f399",
    "cassettes/denrisi-healthy/bodies/22f966feff50fb9cee74d10b32dd10fde47010f939d1d200963c2384a233d98c",
    "cassettes/denrisi-healthy/bodies/23710bc179ae02d52be1f6044b0fc0d0727509c82ef5c70600b932d005dcef87",
    "cassettes/denrisi-healthy/bodies/39cc95395c51fb1c56841ce2dec5a038e9c2dbbfba235a948f38305552aaf1bc",
    "cassettes/denrisi-healthy/bodies/41a85f4e981c50a133031f7f19b8d101585566d9385e867c58d1ac035e7c5481",
    "cassettes/denrisi-healthy/bodies/6ff53c65f39b1c451f8f5cf15b21405f4914b1b8b2db325895eebbc5e32a1594",
    "cassettes/denrisi-healthy/bodies/8b2741da0d348a1bd4e73eb46a0b08f8fc761dc3b56c86b85b011139d01632ae",
    "cassettes/denrisi-healthy/bodies/a1b5f6e18a715ea00d9534a11607b624d7987d643a376f82c58c0118371b65c4",
    "cassettes/denrisi-healthy/bodies/a9418d00f738c2d6afa07eb00117c7db71cbbf7f084a077b9d9b5e297cd908da",
    "cassettes/denrisi-healthy/bodies/b49c65ae8c4e947f3c8439a20c90ec31414f73e7e38d1462f50ec762922946ab",
    "cassettes/denrisi-healthy/bodies/cdacda7bb871af91d1b4989b310686f5f72362d7177fe235fab0499f41bae044",
    "cassettes/denrisi-healthy/bodies/e972a038df5c8fd02551abc5f0fbe5a8333071d76fde8d5b628020ab5bebc290",
    "cassettes/denrisi-healthy/bodies/ecdd00d719eb741cc2de987ab31b0f2366800a8e2d9f1763b694decbffbf5bf8",
    "cassettes/denrisi-healthy/cassette.json",
    "suites/denrisi.toml",
    "workflows/denrisi.json",
];

/// Runs the demo from a temporary folder, which is removed at the end.
pub(crate) fn demo(formats: Formats, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::machine("there is no current folder", &error))?;
    let folder = tempfile::tempdir().map_err(|error| Failure::machine("cannot make a temporary folder", &error))?;
    unpack(folder.path())?;
    let arguments = ["comfycheck", "run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-healthy"];
    let Ok(Arguments { command: Command::Run(mut arguments), .. }) = Arguments::try_parse_from(arguments) else {
        unreachable!("the demo's command line is one of `run`")
    };
    arguments.formats = absolute(formats, &here);
    // Reports name files as the suite does, and nothing of this machine.
    let enter = |path: &Path| std::env::set_current_dir(path);
    enter(folder.path()).map_err(|error| Failure::machine("cannot enter the temporary folder", &error))?;
    let result = run(&arguments, checks, terminal);
    // The folder cannot be removed from inside on every system.
    let _ = enter(&here);
    result
}

fn unpack(folder: &Path) -> Result<(), Failure> {
    for (path, bytes) in FILES {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, bytes))
            .map_err(|error| Failure::machine(format!("cannot write `{}`", path.display()), &error))?;
    }
    Ok(())
}

/// The formats with paths that hold in any folder.
fn absolute(mut formats: Formats, here: &Path) -> Formats {
    for destination in &mut formats.formats {
        destination.path = destination.path.take().map(|path: PathBuf| here.join(path));
    }
    formats
}
