//! Ten thousand jobs in flight: comfycheck's sampler compared with RunPod's own SDK and with a bare HTTP client, all against
//! `comfycheck mock` on this machine, and the same jobs in virtual time.

mod bare;
mod client;
mod counter;

pub(crate) use bare::bare;
pub(crate) use client::take;

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{Series, seconds};
use crate::process::Program;
use anyhow::{Context, ensure};
use comfycheck_core::diagnostic::Color;
use comfycheck_core::text::TextFile;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::simulate::Simulate;
use comfycheck_simulator::scenario::Scenario;
use counter::Counter;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const JOBS: u32 = 10_000;
/// The most that a scenario can have.
const WORKERS: u32 = 1_000;
/// Enough to poll every job each half second.
const FAST: u32 = 1_000_000;

pub(crate) fn figures() -> anyhow::Result<Vec<Figure>> {
    let figure = |what: &str, unit, value: f64| Figure::new(what.to_owned(), unit, Series::new(vec![value]));
    let ours = measure(&|address| ours(address, FAST))?;
    let default = measure(&|address| self::ours(address, 0))?;
    let mut figures = Vec::new();
    let [cpu, memory, median, late] = ["cpu_s", "memory", "late_median_s", "late_p99_s"].map(|name| {
        let value = ours[name].as_f64().unwrap_or(f64::NAN);
        if matches!(name, "cpu_s" | "memory") { value / f64::from(JOBS) } else { value }
    });
    let python = sdk();
    if python.exists() {
        let theirs = measure(&|address| sdk_client(&python, address))?;
        let of = |name: &str, per: f64| Series::new(vec![theirs[name].as_f64().unwrap_or(f64::NAN) / per]);
        let jobs = f64::from(JOBS);
        let compared = |figure: Figure, name, per| figure.against("RunPod's SDK, asyncio", &of(name, per));
        let cpu = compared(figure("CPU of a job", Unit::Time, cpu), "cpu_s", jobs);
        let memory = compared(figure("peak memory of a job", Unit::Memory, memory), "memory", jobs);
        figures.extend([
            cpu,
            memory.goal(Goal::RatioAtMost(0.5)),
            compared(figure("delay until an end is noticed, median", Unit::Time, median), "late_median_s", 1.0),
            compared(figure("delay until an end is noticed, p99", Unit::Time, late), "late_p99_s", 1.0),
        ]);
    } else {
        figures.extend([
            figure("CPU of a job (`make e2e` installs the SDK to compare)", Unit::Time, cpu),
            figure("peak memory of a job", Unit::Memory, memory),
            figure("delay until an end is noticed, median", Unit::Time, median),
            figure("delay until an end is noticed, p99", Unit::Time, late),
        ]);
    }
    let [cpu, late] = ["cpu_s", "late_p99_s"].map(|name| default[name].as_f64().unwrap_or(f64::NAN));
    figures.push(figure("with the default limits: CPU of a job", Unit::Time, cpu / f64::from(JOBS)));
    figures.push(figure("with the default limits: delay, p99", Unit::Time, late));
    let [per_request, bare] =
        [counted(&|address| self::ours(address, FAST))?, counted(&bare_client)?].map(|cpu| Series::new(vec![cpu]));
    let per_request = Figure::new("CPU of a request", Unit::Time, per_request);
    figures.push(per_request.against("a bare `hyper` client", &bare).goal(Goal::RatioAtMost(1.5)));
    let [few, many] = [virtually(JOBS)?, virtually(10 * JOBS)?].map(|time| Series::new(vec![time]));
    figures
        .push(Figure::new("all of them in virtual time, 100 workers", Unit::Time, few.clone()).goal(Goal::AtMost(2.0)));
    let many = Figure::new("ten times as many", Unit::Time, many).against("of 10,000", &few);
    figures.push(many.goal(Goal::RatioAtMost(11.0)));
    Ok(figures)
}

/// How many seconds jobs take in virtual time.
fn virtually(jobs: u32) -> anyhow::Result<f64> {
    seconds(|| {
        let scenario = scenario("workers-min = 100\nworkers-max = 100", 100)?;
        let transport = Arc::new(Transport::Simulate(Simulate::new("bench", scenario)));
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let succeeded = client::sample(&runtime, &transport, jobs, None)?.succeeded;
        ensure!(succeeded == jobs, "{succeeded} of {jobs} simulated jobs succeeded");
        Ok(())
    })
}

/// The CPU time of one request of a client that runs all jobs, in seconds.
fn counted(client: &dyn Fn(&str) -> Command) -> anyhow::Result<f64> {
    let mock = Mock::start()?;
    let counter = Counter::start(&mock.address)?;
    let figures = output(client(&counter.address))?;
    let cpu = figures["cpu_s"].as_f64().context("the client has no CPU time")?;
    #[expect(clippy::cast_precision_loss, reason = "requests are fewer than 2^53")]
    Ok(cpu / counter.requests() as f64)
}

/// The output of a client that runs all jobs on a fresh endpoint.
fn measure(client: &dyn Fn(&str) -> Command) -> anyhow::Result<Value> {
    let mock = Mock::start()?;
    output(client(&mock.address))
}

fn output(mut client: Command) -> anyhow::Result<Value> {
    let output = client.stderr(Stdio::inherit()).output().context("cannot start the client")?;
    ensure!(output.status.success(), "the client ended with {}", output.status);
    let figures: Value = serde_json::from_slice(&output.stdout).context("the client printed no JSON")?;
    ensure!(figures["succeeded"] == JOBS, "{} of {JOBS} jobs succeeded", figures["succeeded"]);
    Ok(figures)
}

/// comfycheck's sampler as the client.
fn ours(address: &str, rate: u32) -> Command {
    this(&["take", address, &JOBS.to_string(), &rate.to_string()])
}

fn bare_client(address: &str) -> Command {
    this(&["bare", address, &JOBS.to_string()])
}

/// This program as a client only.
fn this(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.args(arguments);
    command
}

fn sdk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/e2e/venv/bin/python")
}

fn sdk_client(python: &Path, address: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/sdk_load.py")).arg(JOBS.to_string());
    command.env("RUNPOD_ENDPOINT_BASE_URL", format!("{address}/v2")).env("RUNPOD_API_KEY", "any-key");
    command
}

/// Jobs of 3 to 5 s, all submitted at once; responses take no time.
fn scenario(workers: &str, ready: u32) -> anyhow::Result<Scenario> {
    let file = TextFile { path: "bench.toml".to_owned(), text: text(workers, ready) };
    Scenario::parse(&file).map_err(|error| anyhow::anyhow!("{}", error.render(Color::Off)))
}

fn text(workers: &str, ready: u32) -> String {
    format!(
        "about = \"jobs of 3 to 5 s\"\n[limits]\nfactor = 0\n[network]\nlatency-s = 0.001\n[endpoint]\n{workers}\n\
         [workers]\nready = {ready}\n[handler]\nexecution-s = {{ low = 3, usual = 4, high = 5 }}\ncold-execution-s = 0\n"
    )
}

/// `comfycheck mock`, until it is dropped.
struct Mock {
    process: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Mock {
    fn start() -> anyhow::Result<Self> {
        let folder = tempfile::TempDir::new()?;
        let file = folder.path().join("bench.toml");
        std::fs::write(&file, text(&format!("workers-min = {WORKERS}\nworkers-max = {WORKERS}"), WORKERS))?;
        let mut command = Command::new(Program::find()?.binary());
        command.arg("mock").arg(&file).args(["--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("its stdout is missing")?).read_line(&mut line)?;
        let address =
            line.trim().strip_prefix("export RUNPOD_ENDPOINT_BASE_URL=").and_then(|base| base.strip_suffix("/v2"));
        let address = address.context("the first line of `comfycheck mock` is not its address")?.to_owned();
        Ok(Self { process, address, _folder: folder })
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // Fails if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
