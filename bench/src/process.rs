//! Whole processes: their time from start to end, and their memory.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{Series, in_rounds, seconds};
use crate::platform::private_folder;
use anyhow::{Context, ensure};
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A command line, and its expected exit code.
pub(crate) type CommandLine<'a> = (&'a [&'a str], i32);

const HELP: CommandLine<'_> = (&["--help"], 0);
/// Loads and runs every check. Something is missing, so that no sample is submitted.
const CHECKS: CommandLine<'_> = (&["run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-missing"], 1);
/// With the classes of ComfyUI that are embedded.
const VALIDATE: CommandLine<'_> = (&["validate", "workflows/denrisi.json"], 3);
const EXPLAIN: CommandLine<'_> = (&["explain", "endpoint/no-worker"], 0);
const DEMO: CommandLine<'_> = (&["run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-healthy"], 0);

pub(crate) fn figures() -> anyhow::Result<Vec<Figure>> {
    let program = Program::find()?;
    let cache = private_folder()?;
    let time = |line: CommandLine<'_>| seconds(|| program.run(line, cache.path()));
    let nothing = || seconds(|| Ok(Command::new("true").status()?));
    let compared = |what, line: CommandLine<'static>, rounds| {
        let [measured, nothing] = in_rounds(rounds, [&mut || time(line), &mut { nothing }])?;
        anyhow::Ok(Figure::new(what, Unit::Time, measured).against("`true`", &nothing))
    };
    let first = |line: CommandLine<'static>| {
        let cache = private_folder()?;
        seconds(|| program.run(line, cache.path()))
    };
    let [demo, validate, explain] =
        in_rounds(5, [&mut || first(DEMO), &mut || first(VALIDATE), &mut || first(EXPLAIN)])?;
    let mut figures = vec![
        compared("`comfycheck --help`", HELP, 51)?.goal(Goal::AtMost(20e-3)),
        compared("`run` of all checks, cached, without samples", CHECKS, 51)?.goal(Goal::AtMost(15e-3)),
        compared("the demo, checks cached", DEMO, 15)?.goal(Goal::AtMost(1.0)),
        Figure::new("the demo, first run on a machine", Unit::Time, demo).goal(Goal::AtMost(0.5)),
        Figure::new("`validate` of a workflow, first run", Unit::Time, validate).goal(Goal::AtMost(0.1)),
        Figure::new("`explain` of a rule, first run", Unit::Time, explain).goal(Goal::AtMost(20e-3)),
    ];
    if Path::new("/proc/self/status").exists() {
        let [peak] = in_rounds(9, [&mut || program.peak(DEMO, cache.path())])?;
        figures.push(Figure::new("peak memory of the demo, checks cached", Unit::Memory, peak));
        let first = || program.peak(DEMO, private_folder()?.path());
        let [peak]: [Series; 1] = in_rounds(3, [&mut { first }])?;
        figures.push(Figure::new("peak memory of the demo, first run", Unit::Memory, peak));
    }
    Ok(figures)
}

/// The binary, and its working folder.
pub(crate) struct Program {
    binary: PathBuf,
    fixtures: PathBuf,
}

impl Program {
    /// The binary that was built with the benchmark.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name(format!("comfycheck{EXE_SUFFIX}"));
        ensure!(binary.exists(), "`{}` is missing; `make bench` builds it", binary.display());
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        Ok(Self { binary, fixtures })
    }

    pub(crate) fn binary(&self) -> &Path {
        &self.binary
    }

    fn command(&self, arguments: &[&str], cache: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.fixtures).env("COMFYCHECK_CACHE_DIR", cache);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub(crate) fn run(&self, (arguments, code): CommandLine<'_>, cache: &Path) -> anyhow::Result<()> {
        let status = self.command(arguments, cache).status().context("cannot start the binary")?;
        ended(arguments, status, code)
    }

    /// The peak memory of a process, in bytes: the kernel's high-water mark, as last read before the process ended. The value
    /// that a parent gets afterwards includes the parent's own memory.
    pub(crate) fn peak(&self, (arguments, code): CommandLine<'_>, cache: &Path) -> anyhow::Result<f64> {
        let mut process = self.command(arguments, cache).spawn().context("cannot start the binary")?;
        let facts = format!("/proc/{}/status", process.id());
        let mut peak = 0;
        let status = loop {
            if let Some(status) = process.try_wait()? {
                break status;
            }
            // An ended process has no such line.
            let now = std::fs::read_to_string(&facts).ok().and_then(|facts| high_water(&facts));
            peak = peak.max(now.unwrap_or_default());
            sleep(Duration::from_micros(200));
        };
        ended(arguments, status, code)?;
        Ok(f64::from(peak) * 1024.0)
    }
}

/// Refuses another exit code than expected: the process has not done what is measured.
fn ended(arguments: &[&str], status: ExitStatus, code: i32) -> anyhow::Result<()> {
    ensure!(status.code() == Some(code), "`comfycheck {}` ended with {status}", arguments.join(" "));
    Ok(())
}

/// The high-water mark of a process, in KiB.
fn high_water(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: &str, expected: Option<u32>) {
        assert_eq!(high_water(status), expected);
    }

    #[test]
    fn the_high_water_mark_is_in_the_status() {
        check("Name:\tcomfycheck\nVmPeak:\t  999999 kB\nVmHWM:\t   35480 kB\nVmRSS:\t   20000 kB\n", Some(35_480));
        check("Name:\tcomfycheck\nState:\tZ (zombie)\n", None);
    }
}
