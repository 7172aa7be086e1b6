//! Prints which compiler would make guests on this machine, for `scripts/wasm-target`.
//!
//! Ends with 0 and the way on stdout, or with 3 and, a line each, what every way lacks.
//! `--system DIR` looks for the system's compiler elsewhere than in `/usr`.

use comfycheck_guest_build::{Places, Way, usable_way};
use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> io::Result<ExitCode> {
    let mut places = Places::of_this_machine();
    let mut args = env::args_os().skip(1);
    if let (Some(flag), Some(system)) = (args.next(), args.next())
        && flag == "--system"
    {
        places.system = system.into();
    }
    let mut out = io::stdout().lock();
    match usable_way(&places) {
        Ok(Way::Active) => writeln!(out, "the active toolchain")?,
        Ok(Way::Debian { .. }) => writeln!(out, "Debian's compiler")?,
        Err(no_way) => {
            writeln!(out, "{no_way}")?;
            return Ok(ExitCode::from(3));
        }
    }
    Ok(ExitCode::SUCCESS)
}
