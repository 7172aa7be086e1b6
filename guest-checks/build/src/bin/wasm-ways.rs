//! Tries every way to compile guests on this machine with a guest of one line, and prints
//! which ways work, which do not, and why: `make wasm-ways`.
//!
//! Does not change the machine: it removes a target that it added with rustup, and installs
//! no packages. Exits with 0 if a way works and no available way fails.

use comfycheck_guest_build::{Guest, NoWay, Optimize, Places, Probes, TARGET, Version, Way, choose, compile, probe};
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, fs, process};

const MANIFEST: &str = "[package]\nname = \"guest\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                        [features]\ncomponent = []\n\n[workspace]\n";

/// It allocates and formats, so it needs the whole standard library.
const SOURCE: &str = "#[unsafe(no_mangle)]\npub extern \"C\" fn digits(n: u32) -> usize { n.to_string().len() }\n";

/// The result of a way.
enum Outcome {
    /// It compiled the guest.
    Works { seconds: f64 },
    /// It is not available on this machine.
    Lacks(String),
    /// It is available and failed.
    Fails(String),
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("comfycheck-wasm-ways-{}", process::id()));
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), MANIFEST)?;
    fs::write(folder.join("src/lib.rs"), SOURCE)?;
    let places = Places::of_this_machine();
    let outcomes = [
        ("active toolchain", active(&folder, &places)),
        ("rustup", rustup(&folder, &places)),
        ("Debian's compiler", debian(&folder, &places)),
    ];
    fs::remove_dir_all(&folder)?;
    print(&outcomes)?;
    let works = outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Works { .. }));
    let fails = outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Fails(_)));
    Ok(if works && !fails { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn active(folder: &Path, places: &Places) -> Outcome {
    match choose(&Probes { system_rustc: None, ..probe(places) }, Version::needed()) {
        Ok(way) => try_way(folder, &way, places),
        Err(NoWay { active, .. }) => Outcome::Lacks(active),
    }
}

fn debian(folder: &Path, places: &Places) -> Outcome {
    match choose(&Probes { active_library: false, ..probe(places) }, Version::needed()) {
        Ok(way) => try_way(folder, &way, places),
        Err(NoWay { debian, .. }) => Outcome::Lacks(debian),
    }
}

/// Adds the target and removes it again, unless it was there before.
fn rustup(folder: &Path, places: &Places) -> Outcome {
    if probe(places).active_library {
        return Outcome::Lacks(format!("{TARGET} is already installed"));
    }
    if let Err(why) = target("add") {
        return Outcome::Lacks(why);
    }
    let outcome = active(folder, places);
    match target("remove") {
        Ok(()) => outcome,
        Err(why) => Outcome::Fails(why),
    }
}

/// Runs `rustup target VERB`; fails with its first error.
fn target(verb: &str) -> Result<(), String> {
    let output = Command::new("rustup").args(["target", verb, TARGET]).stdin(Stdio::null()).output();
    let output = output.map_err(|err| format!("cannot start `rustup`: {err}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let error = stderr.lines().find(|line| line.starts_with("error:")).unwrap_or("error: no reason given");
    Err(format!("`rustup target {verb} {TARGET}` failed: {error}"))
}

fn try_way(folder: &Path, way: &Way, places: &Places) -> Outcome {
    let start = Instant::now();
    // Separate folders: no way may reuse another's work.
    let target_dir = folder.join(match way {
        Way::Active => "active",
        Way::Debian { .. } => "debian",
    });
    let guest = Guest {
        manifest: &folder.join("Cargo.toml"),
        package: "guest",
        features: &["component"],
        optimize: Optimize::Size,
        target_dir: &target_dir,
    };
    match compile(guest, way, places).map(|compiled| fs::read(compiled.module)) {
        Ok(Ok(module)) if module.starts_with(b"\0asm") => Outcome::Works { seconds: start.elapsed().as_secs_f64() },
        Ok(Ok(_)) => Outcome::Fails("its output is not WebAssembly".to_owned()),
        Ok(Err(err)) => Outcome::Fails(format!("it wrote no module: {err}")),
        Err(err) => Outcome::Fails(err.to_string()),
    }
}

fn print(outcomes: &[(&str, Outcome)]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (way, outcome) in outcomes {
        match outcome {
            Outcome::Works { seconds } => writeln!(out, "{way:<18} works  compiled a guest in {seconds:.1} s")?,
            Outcome::Lacks(why) => writeln!(out, "{way:<18} no     {why}")?,
            Outcome::Fails(why) => writeln!(out, "{way:<18} FAILS  {why}")?,
        }
    }
    Ok(())
}
