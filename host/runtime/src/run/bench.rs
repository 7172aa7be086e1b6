//! Runs a benchmark: the checks of the deployment, one load after the other, and then the limits of each.
//!
//! The loads share one clock and one recording. A replay needs the same loads.

use super::{RunError, RunRequest, Runner, closed_gate, refuse_settings};
use crate::capabilities::Capabilities;
use crate::event::{Listener, RunEvent};
use crate::facts::Samples;
use crate::facts::{QueryError, WorkerCounts};
use crate::interruption::Interruption;
use crate::runpod;
use crate::sampler::{Load, SampleSource, SamplingRequest, WatchAnswer, WatchTurn, Watcher, run_samples_on, settle};
use crate::transport::exchange::Phase;
use crate::transport::timeline::{SharedClock, Timeline};
use comfycheck_core::bench::{
    EqualFailures, LevelInput, LoadKind, MOST_LISTED, Schedule, Stage, arrivals, cached, timed,
};
use comfycheck_core::cost::Price;
use comfycheck_core::execution::Execution;
use comfycheck_core::manifest::Scope;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::statistics::limit::Limit;
use comfycheck_core::statistics::measures::{Judgment, Measures};
use comfycheck_core::wording::{count, quantity};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a benchmark needs.
pub struct BenchRequest<'a> {
    /// Its plan has no samples and no instance of scope `sample`.
    pub run: RunRequest<'a>,
    /// The name of the check that judges each level. The others of scope `run` explain failed jobs.
    pub judge: &'a str,
    /// Makes the samples of all loads.
    pub source: &'a dyn SampleSource,
    /// For the times at which jobs arrive.
    pub seed: u64,
    /// Limits that end a load as soon as they are broken.
    pub abort: &'a [Limit],
    /// Called before each load.
    pub begins: &'a (dyn Fn(&Stage) + Send + Sync),
}

/// The results of a benchmark.
#[derive(Debug)]
pub struct BenchOutcome {
    /// Of the checks of the deployment.
    pub executions: Vec<Execution>,
    pub loads: Vec<LoadOutcome>,
    /// None if no job was submitted.
    pub diagnosis: Option<Diagnosis>,
    /// The samples that ComfyUI answered from its cache.
    pub cached: BTreeSet<u32>,
    pub price: Option<Price>,
    /// Why no job was submitted: a check found an error before.
    pub closed: Option<String>,
}

/// What the checks of scope `run` found in the jobs of all loads.
#[derive(Debug)]
pub struct Diagnosis {
    pub executions: Vec<Execution>,
    /// The jobs that they read: all, or of many those that failed and a part of the others.
    pub samples: Vec<Sample>,
}

/// The results of a load.
#[derive(Debug)]
pub struct LoadOutcome {
    pub stage: Stage,
    pub samples: Samples,
    /// When each sample was due, in their order; empty if each was due when it was submitted.
    pub due: Vec<Duration>,
    /// Of the checks that judge it.
    pub executions: Vec<Execution>,
    /// Why it ended early.
    pub stopped: Option<String>,
}

/// Of an open load, so many jobs can be in flight.
const MOST_IN_FLIGHT: u32 = 1_000;
/// How often `/health` is read while workers stop.
const IDLE_POLL: Duration = Duration::from_secs(10);
/// How long workers may take to stop.
const IDLE_PATIENCE: Duration = Duration::from_mins(30);

/// Runs a benchmark. After an interruption it cancels jobs and returns the results so far.
pub async fn bench(
    request: BenchRequest<'_>,
    schedule: &mut Schedule,
    interruption: Interruption,
    listener: Listener<'_>,
) -> Result<BenchOutcome, RunError> {
    let BenchRequest { run: request, judge, source, seed, abort, begins } = request;
    let run = Runner::new(request, interruption, listener)?;
    let before_samples = |round| run.capabilities(round, None, None);
    let deployment = before_samples(Phase::Deployment.into());
    let (executions, dry_run) = run.deployment(&deployment, &before_samples).await;
    if run.interruption.signal().is_none() && dry_run.is_empty() {
        refuse_settings(&executions)?;
    }
    let price = run.price(&deployment).await;
    run.report(RunEvent::Priced { price: price.clone(), estimate: None });
    let closed = closed_gate(run.request.plan, &executions);
    let mut loads = Loads {
        run: &run,
        clock: SharedClock::start(&run.request.transport, Phase::Sampling),
        source,
        seed,
        price: price.as_ref(),
        abort,
        begins,
        deployment: &deployment,
        before: dry_run,
        next: 0,
        failures: Mutex::default(),
    };
    let mut done: Vec<LoadOutcome> = Vec::new();
    let mut judged = None;
    while closed.is_none()
        && run.interruption.signal().is_none()
        && done.last().is_none_or(|load| load.stopped.is_none())
    {
        let Some(stage) = schedule.next(judged.as_ref()) else { break };
        let load = loads.run(stage).await;
        judged = schedule.limit().map(|limit| load.measures().judge(limit));
        done.push(load);
    }
    let all = done.iter().flat_map(|load| &load.samples.samples);
    let cached = cached(all);
    for load in &mut done {
        load.executions = judged_by(judge, &run, load, &cached, price.as_ref()).await;
    }
    let diagnosis = diagnose((judge, source), &run, &done, price.as_ref()).await;
    Ok(BenchOutcome { executions, loads: done, diagnosis, cached, price, closed })
}

/// Runs the check that judges a load, on its samples without those from the cache.
async fn judged_by(
    judge: &str,
    run: &Runner<'_>,
    load: &mut LoadOutcome,
    cached: &BTreeSet<u32>,
    price: Option<&Price>,
) -> Vec<Execution> {
    let counts: Vec<bool> = load.samples.samples.iter().map(|sample| !cached.contains(&sample.index)).collect();
    let all_count = counts.iter().all(|counts| *counts);
    // A hundred thousand samples are not copied.
    let samples = Arc::new(if all_count { std::mem::take(&mut load.samples) } else { load.samples.some(&counts) });
    let capabilities = |round| run.capabilities(round, Some(&samples), price);
    let round = Phase::Run.into();
    let never = Interruption::never();
    let executions =
        run.instances_of(Scope::Run, |check| check == judge, &capabilities(round), &capabilities, &never).await;
    if all_count {
        load.samples = Arc::unwrap_or_clone(samples);
    }
    executions
}

/// Runs the other checks of scope `run` on the jobs of all loads.
async fn diagnose(
    (judge, source): (&str, &dyn SampleSource),
    run: &Runner<'_>,
    loads: &[LoadOutcome],
    price: Option<&Price>,
) -> Option<Diagnosis> {
    let jobs = || loads.iter().flat_map(|load| &load.samples.samples);
    if jobs().all(|sample| sample.ending == Ending::NotSubmitted) {
        return None;
    }
    let reads = diagnosed(jobs());
    let mut reads = reads.as_slice();
    let mut all = Samples::default();
    for LoadOutcome { samples, .. } in loads {
        let of_load;
        (of_load, reads) = reads.split_at(samples.samples.len());
        let some = samples.some(of_load);
        all.began = all.began.or(some.began);
        all.samples.extend(some.samples);
        all.files.extend(some.files);
        all.traces.extend(some.traces);
        all.observations.extend(some.observations);
    }
    // The results of a load have no workflows. Checks quote them.
    for sample in &mut all.samples {
        sample.workflow = run.secrets.redact_json_text(&source.sample(sample.index).workflow);
    }
    let samples = Arc::new(all);
    let capabilities = |round| run.capabilities(round, Some(&samples), price);
    let round = Phase::Run.into();
    let never = Interruption::never();
    let executions =
        run.instances_of(Scope::Run, |check| check != judge, &capabilities(round), &capabilities, &never).await;
    Some(Diagnosis { executions, samples: samples.samples.clone() })
}

/// Which jobs the checks read: of more than [`MOST_LISTED`] the first that did not succeed, and then the first of the others.
fn diagnosed<'a>(samples: impl Iterator<Item = &'a Sample> + Clone) -> Vec<bool> {
    let has_failed = |sample: &Sample| sample.ending != Ending::Succeeded;
    let failed = samples.clone().filter(|sample| has_failed(sample)).count().min(MOST_LISTED);
    let mut room = [failed, MOST_LISTED - failed];
    let of = |sample| {
        let left = &mut room[usize::from(!has_failed(sample))];
        let reads = *left > 0;
        *left = left.saturating_sub(1);
        reads
    };
    samples.map(of).collect()
}

/// What later loads need of a job: its worker, its times and its cost.
fn earlier(job: &Sample) -> Sample {
    Sample {
        ending: job.ending,
        job: job.job.clone(),
        worker: job.worker.clone(),
        retries: job.retries,
        start: job.start,
        delay: job.delay,
        execution: job.execution,
        submitted: job.submitted,
        first_running: job.first_running,
        finished: job.finished,
        cost: job.cost,
        ..Sample::not_submitted(job.index, None, String::new(), String::new())
    }
}

impl LoadOutcome {
    fn measures(&self) -> Measures {
        let Self { stage, samples, due, .. } = self;
        let cached = cached(&samples.samples);
        LevelInput {
            load: stage.load,
            samples: &samples.samples,
            due,
            cached: &cached,
            warm: None,
            findings: &[],
            stopped: None,
        }
        .measures()
    }
}

/// Runs one load after the other.
struct Loads<'a, 'b> {
    run: &'a Runner<'b>,
    clock: SharedClock,
    source: &'a dyn SampleSource,
    seed: u64,
    price: Option<&'a Price>,
    abort: &'a [Limit],
    begins: &'a (dyn Fn(&Stage) + Send + Sync),
    deployment: &'a Capabilities,
    /// Earlier jobs: they count against the budget, and their workers are warm.
    before: Vec<Sample>,
    /// The index of the next sample.
    next: u32,
    /// Of the current level.
    failures: Mutex<EqualFailures>,
}

impl Loads<'_, '_> {
    async fn run(&mut self, stage: Stage) -> LoadOutcome {
        (self.begins)(&stage);
        self.failures = Mutex::default();
        self.run.report(RunEvent::PhaseStarted {
            phase: Phase::Sampling,
            parts: usize::try_from(stage.jobs).unwrap_or(usize::MAX),
        });
        let outcome = match stage.load {
            LoadKind::Closed { concurrency } => {
                let samples = self.sample(stage.jobs, concurrency, &[], stage.duration).await;
                Self::outcome(stage, samples, Vec::new())
            }
            LoadKind::Open { per_hour } => {
                let due = arrivals(per_hour, stage.jobs, stage.duration, self.seed ^ u64::from(self.next));
                let start = self.clock.timeline(0).now();
                let jobs = u32::try_from(due.len()).unwrap_or(u32::MAX);
                let samples = self.sample(jobs, jobs.min(MOST_IN_FLIGHT), &due, None).await;
                let due = due.into_iter().map(|due| start + due).take(samples.samples.len()).collect();
                Self::outcome(stage, samples, due)
            }
            LoadKind::Cold => self.cold(stage).await,
        };
        self.run.report(RunEvent::PhaseEnded { phase: Phase::Sampling });
        outcome
    }

    fn outcome(stage: Stage, samples: Samples, due: Vec<Duration>) -> LoadOutcome {
        let stopped = samples.stopped.clone();
        LoadOutcome { stage, samples, due, executions: Vec::new(), stopped }
    }

    /// Workers that never stop; none if unknown.
    async fn active_workers(&self) -> Option<u32> {
        self.deployment.configuration().await.answer.ok()?.workers_min
    }

    /// Runs each job when no worker is left.
    async fn cold(&mut self, stage: Stage) -> LoadOutcome {
        let mut all = Samples::default();
        if let Some(active) = self.active_workers().await.filter(|active| *active > 0) {
            all.stopped = Some(format!("no start is cold while active workers are {active}: set active workers to 0"));
            return Self::outcome(stage, all, Vec::new());
        }
        for _ in 0..stage.jobs {
            if let Err(reason) = self.until_idle().await {
                all.stopped = Some(reason);
                break;
            }
            // The workers of earlier jobs have stopped. One that starts again under its old id is cold, too.
            self.before.iter_mut().for_each(|job| job.worker = Some(String::new()));
            let one = self.sample(1, 1, &[], None).await;
            all.samples.extend(one.samples);
            all.files.extend(one.files);
            all.traces.extend(one.traces);
            all.observations.extend(one.observations);
            if one.stopped.is_some() {
                all.stopped = one.stopped;
                break;
            }
        }
        Self::outcome(stage, all, Vec::new())
    }

    async fn sample(
        &mut self,
        samples: u32,
        concurrency: u32,
        arrivals: &[Duration],
        duration: Option<Duration>,
    ) -> Samples {
        let concurrency = NonZeroU32::new(concurrency).unwrap_or(NonZeroU32::MIN);
        let failures = &self.failures;
        let load = Load { source: self.source, first: self.next, samples, concurrency, arrivals, duration, failures };
        let limits = AbortLimits { limits: self.abort, price: self.price, before: &self.before };
        let request = SamplingRequest {
            load: Some(&load),
            watcher: (!self.abort.is_empty()).then_some(&limits as &dyn Watcher),
            ..self.run.sampling_request(self.price, &self.before)
        };
        let done = run_samples_on(&self.clock, request, &self.run.interruption, self.run.listener).await;
        let left = done.traces.iter().filter_map(|trace| trace.left);
        self.clock.go_on(left.max().unwrap_or_default());
        self.next = done.samples.iter().map(|sample| sample.index + 1).fold(self.next, u32::max);
        self.before.extend(done.samples.iter().filter(|sample| sample.ending != Ending::NotSubmitted).map(earlier));
        done
    }

    /// Waits until `/health` shows no worker.
    async fn until_idle(&mut self) -> Result<(), String> {
        let time = self.clock.timeline(0);
        let mut interruption = self.run.interruption.clone();
        let task = async move {
            match select(pin!(wait_until_idle(time)), pin!(interruption.received())).await {
                Either::Left(((at, idle), _)) => (Some(at), idle),
                Either::Right(_) => (None, Err("the run was interrupted".to_owned())),
            }
        };
        let done = self.clock.join(vec![task.boxed()], std::future::pending().boxed()).await;
        let (at, idle) = done.into_iter().next().unwrap_or((None, Ok(())));
        self.clock.go_on(at.unwrap_or_default());
        idle
    }
}

async fn wait_until_idle(mut time: Timeline) -> (Duration, Result<(), String>) {
    let until = time.now() + IDLE_PATIENCE;
    loop {
        match runpod::health_once(&mut time).await {
            Ok(health) if health.workers == WorkerCounts::default() => return (time.now(), Ok(())),
            Err(QueryError::NotRecorded(miss)) => return (time.now(), Err(miss.why)),
            Ok(_) | Err(_) if time.now() >= until => {
                let reason = "a worker was still running after 30 min: set active workers to 0".to_owned();
                return (time.now(), Err(reason));
            }
            Ok(_) | Err(_) => time.pause(IDLE_POLL).await,
        }
    }
}

/// Ends a load when a limit is broken.
#[derive(Debug)]
struct AbortLimits<'a> {
    limits: &'a [Limit],
    price: Option<&'a Price>,
    before: &'a [Sample],
}

impl Watcher for AbortLimits<'_> {
    fn watch(&self, turn: WatchTurn) -> BoxFuture<'_, WatchAnswer> {
        let mut samples = turn.ended.samples;
        settle(&mut samples, &turn.ended.traces, self.price, self.before);
        let cached = cached(&samples);
        let timed: Vec<_> = samples.iter().map(|sample| timed(sample, None, cached.contains(&sample.index))).collect();
        let measures = Measures::of(&timed);
        let broken = self.limits.iter().find_map(|limit| match measures.judge(limit) {
            Judgment::Broken(value) => {
                let value = quantity(value, limit.metric.unit());
                Some(format!("`{limit}` is broken: {value} after {}", count(samples.len(), "job")))
            }
            Judgment::Kept(_) | Judgment::Unknown(_) => None,
        });
        std::future::ready(WatchAnswer { hopeless: broken, took: Duration::ZERO }).boxed()
    }
}
