//! A process that only runs samples, so that its costs are those of the client.

use anyhow::{Context, ensure};
use comfycheck_core::diagnostic::Color;
use comfycheck_core::json_text::JsonText;
use comfycheck_core::money::Budget;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::{Secret, Secrets};
use comfycheck_core::statistics::distribution::nearest_rank;
use comfycheck_core::suite::{Deployment, Patience, Sampling, Submit};
use comfycheck_core::text::TextFile;
use comfycheck_core::workflow::{SampleWorkflows, Workflow};
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::sampler::{self, Load, SampleSource, SamplingRequest};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use serde_json::{Value, json};
use std::fs::read_to_string;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;

/// `take ADDRESS JOBS RATE`: runs samples on the endpoint at an address, and prints their costs. A rate of 0 stands for the
/// default.
#[expect(clippy::print_stdout, reason = "the figures are the output of this program")]
pub(crate) fn take(arguments: &[String]) -> anyhow::Result<()> {
    let [address, jobs, rate] = arguments else { anyhow::bail!("usage: take ADDRESS JOBS RATE") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let deployment = Deployment {
        endpoint: Some("simulated".to_owned()),
        key: Some(Secret::new("any-key")),
        base_url: format!("{address}/v2"),
        ..Deployment::default()
    };
    let transport = Arc::new(Transport::Live(Live::new(
        &deployment,
        Secrets::new(deployment.keys()),
        runtime.handle().clone(),
        ExchangeLimits::default(),
    )?));
    let (cpu, memory) = (cpu()?, memory("VmRSS:")?);
    let results = sample(&runtime, &transport, jobs.parse()?, NonZeroU32::new(rate.parse()?))?;
    let memory = (memory_peak()? - memory) * 1024.0;
    let figures = json!({
        "succeeded": results.succeeded, "cpu_s": self::cpu()? - cpu, "memory": memory,
        "late_median_s": nearest_rank(&results.late, 500), "late_p99_s": nearest_rank(&results.late, 990),
    });
    println!("{figures}");
    Ok(())
}

/// The results of samples.
pub(super) struct SampleResults {
    pub(super) succeeded: u32,
    /// The delays until each end was noticed, in seconds, sorted.
    late: Vec<f64>,
}

/// Runs samples, all at once.
pub(super) fn sample(
    runtime: &Runtime,
    transport: &Arc<Transport>,
    jobs: u32,
    rate_limit: Option<NonZeroU32>,
) -> anyhow::Result<SampleResults> {
    let source = Seeds(seeds()?);
    let concurrency = NonZeroU32::new(jobs).context("no jobs")?;
    let failures = Mutex::default();
    // As `comfycheck bench` runs them: no file is kept.
    let load = Load {
        source: &source,
        first: 0,
        samples: jobs,
        concurrency,
        arrivals: &[],
        duration: None,
        failures: &failures,
    };
    let sampling = Sampling {
        samples: jobs,
        concurrency,
        submit: Submit::Run,
        rate_limit,
        variations: Vec::new(),
        seed_inputs: None,
        seed: None,
        patience: Patience { in_queue: Duration::from_hours(2), in_progress: Duration::from_hours(2) },
        budget: Budget::default(),
        share: None,
    };
    let request = SamplingRequest {
        samples: &[],
        job: &JobRequest::default(),
        sampling: &sampling,
        image_hosts: &[],
        output_path: None,
        secrets: &Secrets::default(),
        price: None,
        before: &[],
        watcher: None,
        load: Some(&load),
    };
    let run = runtime.block_on(sampler::run_samples(request, transport, &Interruption::never(), &|_| {}));
    if let Some(odd) = run.samples.iter().find(|sample| sample.ending != Ending::Succeeded) {
        anyhow::bail!("a sample is {}: {}", odd.ending.word(), odd.reason.as_deref().unwrap_or("no reason given"));
    }
    let mut late: Vec<_> = run.samples.iter().filter_map(late).collect();
    ensure!(late.len() == run.samples.len(), "the endpoint does not report how long jobs took");
    late.sort_by(f64::total_cmp);
    Ok(SampleResults { succeeded: jobs, late })
}

/// The workflow of each job.
pub(super) fn workflows(jobs: u32) -> anyhow::Result<Vec<JsonText>> {
    let seeds = seeds()?;
    Ok((0..jobs).map(|index| seeds.sample(index.into(), index).0).collect())
}

/// Each with its own seed: ComfyUI answers an equal workflow from its cache.
#[derive(Debug)]
struct Seeds(SampleWorkflows);

impl SampleSource for Seeds {
    fn sample(&self, index: u32) -> PlannedSample {
        let (workflow, seed) = self.0.sample(index.into(), index);
        PlannedSample { index, seed, workflow }
    }
}

fn seeds() -> anyhow::Result<SampleWorkflows> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/workflows/denrisi.json");
    let mut nodes: Value = serde_json::from_str(&read_to_string(path)?)?;
    // The handling of jobs is measured, not of pixels.
    for node in nodes.as_object_mut().context("the workflow is not an object")?.values_mut() {
        for side in ["width", "height"] {
            if let Some(side) = node["inputs"].get_mut(side).filter(|side| side.is_u64()) {
                *side = json!(64);
            }
        }
    }
    let file = TextFile { path: "denrisi.json".to_owned(), text: nodes.to_string() };
    let workflow = Workflow::parse(file).map_err(|error| anyhow::anyhow!("{}", error.render(Color::Off)))?;
    workflow.vary(&[], None).map_err(|unknown| anyhow::anyhow!(unknown.what))
}

fn late(sample: &Sample) -> Option<f64> {
    let took = sample.finished?.saturating_sub(sample.submitted?).as_secs_f64();
    Some(took - sample.delay?.as_secs_f64() - sample.execution?.as_secs_f64())
}

/// The CPU time of this process, in seconds, to a hundredth.
pub(super) fn cpu() -> anyhow::Result<f64> {
    let stat = read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').context("no name in brackets")?.1;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

/// In KiB.
fn memory(line: &str) -> anyhow::Result<f64> {
    let status = read_to_string("/proc/self/status")?;
    let value =
        status.lines().find_map(|found| found.strip_prefix(line)).context("the kernel does not report the memory")?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}

fn memory_peak() -> anyhow::Result<f64> {
    memory("VmHWM:")
}
