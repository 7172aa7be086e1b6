//! The program as a whole: how long a process takes from its start to its end, and how much memory.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{Series, in_rounds, seconds};
use crate::stage::empty_cache;
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A command line, and the exit code that it must have.
pub(crate) type CommandLine<'a> = (&'a [&'a str], i32);

const HELP: CommandLine<'_> = (&["--help"], 0);
/// Every check is loaded and run. Something is missing, so that no samples are taken.
const CHECKS: CommandLine<'_> = (&["run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-missing"], 1);
const DEMO: CommandLine<'_> = (&["run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-healthy"], 0);

pub(crate) fn figures() -> anyhow::Result<Vec<Figure>> {
    let program = Program::find()?;
    let cache = empty_cache()?;
    let time = |line: CommandLine<'_>| seconds(|| program.run(line, cache.path()));
    let nothing = || seconds(|| Ok(Command::new("true").status()?));
    let beside = |what, line: CommandLine<'static>, rounds| {
        let [measured, nothing] = in_rounds(rounds, [&mut || time(line), &mut { nothing }])?;
        anyhow::Ok(Figure::new(what, Unit::Time, measured).beside("`true`", &nothing))
    };
    let first = || {
        let cache = empty_cache()?;
        seconds(|| program.run(DEMO, cache.path()))
    };
    let [first] = in_rounds(3, [&mut { first }])?;
    let mut figures = vec![
        beside("`comfycheck --help`", HELP, 51)?.goal(Goal::AtMost(20e-3)),
        beside("`run` of all checks, cached, without samples", CHECKS, 51)?.goal(Goal::AtMost(15e-3)),
        beside("the demo, checks cached", DEMO, 15)?.goal(Goal::AtMost(1.0)),
        Figure::new("the demo, first run on a machine", Unit::Time, first),
    ];
    if Path::new("/proc/self/status").exists() {
        let [peak] = in_rounds(9, [&mut || program.peak(DEMO, cache.path())])?;
        figures.push(Figure::new("peak memory of the demo, checks cached", Unit::Memory, peak));
        let first = || program.peak(DEMO, empty_cache()?.path());
        let [peak]: [Series; 1] = in_rounds(3, [&mut { first }])?;
        figures.push(Figure::new("peak memory of the demo, first run", Unit::Memory, peak));
    }
    Ok(figures)
}

/// The binary, and the folder in which it is run.
pub(crate) struct Program {
    binary: PathBuf,
    fixtures: PathBuf,
}

impl Program {
    /// The binary that was built with the benchmark.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("comfycheck");
        ensure!(binary.exists(), "there is no `{}`; `make bench` builds it", binary.display());
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        Ok(Self { binary, fixtures })
    }

    /// Where it lies.
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
        let status = self.command(arguments, cache).status().context("the binary does not start")?;
        ended(arguments, status, code)
    }

    /// The most memory that a process held at once, in bytes: the high-water mark that the kernel keeps of it, as it
    /// was last seen before the process ended. What a parent is told afterwards covers the parent's own memory, too.
    pub(crate) fn peak(&self, (arguments, code): CommandLine<'_>, cache: &Path) -> anyhow::Result<f64> {
        let mut process = self.command(arguments, cache).spawn().context("the binary does not start")?;
        let facts = format!("/proc/{}/status", process.id());
        let mut peak = 0;
        let status = loop {
            if let Some(status) = process.try_wait()? {
                break status;
            }
            // A process that has ended has no such line.
            let now = std::fs::read_to_string(&facts).ok().and_then(|facts| high_water(&facts));
            peak = peak.max(now.unwrap_or_default());
            sleep(Duration::from_micros(200));
        };
        ended(arguments, status, code)?;
        Ok(f64::from(peak) * 1024.0)
    }
}

/// Refuses a process that has not ended as it must: it has not done what is measured.
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
    fn the_kernel_tells_the_high_water_mark() {
        check("Name:\tcomfycheck\nVmPeak:\t  999999 kB\nVmHWM:\t   35480 kB\nVmRSS:\t   20000 kB\n", Some(35_480));
        check("Name:\tcomfycheck\nState:\tZ (zombie)\n", None);
    }
}
