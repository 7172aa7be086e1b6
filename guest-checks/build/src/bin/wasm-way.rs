//! Prints which compiler would compile guests on this machine, for `scripts/wasm-target`.
//!
//! Exits with 0 and prints the way, or exits with 3 and prints what each way lacks, one line
//! each. `--system DIR` replaces `/usr` as the folder of the system's compiler.

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
