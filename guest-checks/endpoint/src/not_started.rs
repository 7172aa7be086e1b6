//! Jobs that no worker took, and why.

use crate::configured;
use crate::help;
use crate::logs::Restarts;
use crate::management::Management;
use crate::message::{as_seconds, clauses, states, up_to};
use crate::placement::Placement;
use crate::queue::{Cause, Reading, State, Wait, longest_throttling};
use crate::sample::never_started;
use crate::settings::Settings;
use comfycheck_sdk::endpoint::{Observation, WorkerCounts};
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{beside, count, seconds};
use comfycheck_sdk::{Answer, Finding, OpenQuestion, Subject, quote};
use std::collections::BTreeSet;

/// Why jobs were not taken, and what else the readings show.
pub(crate) fn judge(
    samples: &[Sample],
    observations: &[Observation],
    management: &Management,
    settings: &Settings,
) -> Answer {
    let stuck: Vec<&Sample> = samples.iter().filter(|sample| never_started(sample)).collect();
    let submitted = stuck.iter().filter_map(|sample| sample.submitted).min().unwrap_or(0);
    let last_taken = samples.iter().filter_map(|sample| sample.first_running).max();
    let wait = Wait::of(observations, submitted, last_taken);
    let cause = (!stuck.is_empty()).then(|| refined(wait.cause(settings), management));

    let mut answer = Answer::default();
    if let Some(cause) = cause {
        let diagnosis = Diagnosis { stuck: &stuck, since: submitted, wait: &wait, management, settings };
        match diagnosis.of(cause) {
            Ok(finding) => answer.findings.push(finding),
            Err(question) => answer.open.push(question),
        }
    }
    answer.findings.extend(side_effects(observations, cause, settings));
    answer
}

/// A container that restarts again and again crashes, whatever state `/health` shows.
fn refined(cause: Cause, management: &Management) -> Cause {
    match cause {
        Cause::NoReading | Cause::Busy | Cause::StuckQueue | Cause::CrashLoop => cause,
        _ if management.restarts().is_some() => Cause::CrashLoop,
        _ => cause,
    }
}

/// What the readings show besides the cause.
fn side_effects(observations: &[Observation], cause: Option<Cause>, settings: &Settings) -> Vec<Finding> {
    let read: Vec<_> = observations.iter().filter_map(|seen| seen.health).collect();
    let unhealthy = read.iter().filter(|health| health.workers.unhealthy > 0);
    let most = unhealthy.clone().map(|health| health.workers.unhealthy).max().unwrap_or(0);
    let mut findings = Vec::new();
    if most > 0 && cause != Some(Cause::CrashLoop) {
        let (most, with, all) = (up_to(most, "unhealthy worker"), unhealthy.count(), count(read.len(), "reading"));
        let message = format!("{most} in {with} of {all} of `/health`");
        findings.push(Finding::new("unhealthy-workers", message).help(help::CRASH));
    }
    let throttled = longest_throttling(observations);
    if throttled >= settings.persist_ms() && !matches!(cause, Some(Cause::NoCapacity | Cause::CrashLoop)) {
        let throttled = as_seconds(throttled);
        let message = format!("every worker was throttled for {} while jobs waited", seconds(throttled));
        let finding = Finding::new("throttled-workers", message).measured(throttled, "s", None);
        findings.push(finding.help(help::THROTTLED));
    }
    findings
}

/// Jobs that waited until the end, and what was read meanwhile.
struct Diagnosis<'a> {
    stuck: &'a [&'a Sample],
    /// When the first of them was submitted.
    since: u64,
    wait: &'a Wait,
    management: &'a Management,
    settings: &'a Settings,
}

impl Diagnosis<'_> {
    /// The finding that names the cause and the samples, or the question that stays open.
    fn of(&self, cause: Cause) -> Result<Finding, OpenQuestion> {
        // The endpoint's own configuration outranks what was seen.
        if self.management.paused() && !matches!(cause, Cause::Busy | Cause::StuckQueue) {
            return Ok(self.paused());
        }
        // RunPod's own log outranks the states, which lag behind.
        if let Some(failure) = self.management.start_failure().filter(|_| cause != Cause::Busy) {
            let waited = self.waited();
            let mut finding = self.finding(failure.rule, &failure.message, [], failure.help);
            finding.message = format!("{}; {waited}", failure.message);
            finding.subjects.insert(0, Subject::Worker(failure.worker.to_owned()));
            return Ok(finding);
        }
        Ok(match cause {
            Cause::NoReading => return Err(self.no_reading()),
            Cause::NoLastingState => return Err(self.no_lasting_state()),
            Cause::CrashLoop => self.crash_loop(),
            Cause::NoWorker | Cause::Vanished | Cause::NoCapacity => self.not_placed(cause),
            Cause::StillInitializing | Cause::StuckInitializing => self.initializing(cause),
            Cause::StuckQueue => self.stuck_queue(),
            Cause::Busy => self.busy(),
        })
    }

    fn no_reading(&self) -> OpenQuestion {
        let readings = match self.wait.failed {
            0 => "no reading of `/health`".to_owned(),
            failed => format!("0 of {} of `/health` succeeded", count(failed, "reading")),
        };
        let reason = format!("could not determine why {}: {readings}", self.waited());
        OpenQuestion::new("not-started", reason).help(help::READ_HEALTH)
    }

    fn no_lasting_state(&self) -> OpenQuestion {
        let last = self.wait.readings.last().map(|Reading { health, .. }| states(&health.workers)).unwrap_or_default();
        let persist = self.settings.persist_s;
        let reason = format!(
            "could not determine why {}: no state of the workers lasted {persist} s; last: {last}",
            self.waited()
        );
        OpenQuestion::new("not-started", reason).help(help::LONGER_WAIT)
    }

    fn paused(&self) -> Finding {
        let unhealthy = self.wait.most(|workers| workers.unhealthy);
        let seen = (unhealthy > 0).then(|| {
            let readings = self.readings(|reading| reading.health.workers.unhealthy > 0);
            format!("{} {readings}", up_to(unhealthy, "unhealthy worker"))
        });
        self.finding("workers-disabled", "max workers is 0", [seen], help::paused(unhealthy > 0))
    }

    /// Workers crash, by `/health` or by their logs.
    fn crash_loop(&self) -> Finding {
        let seen = match (self.wait.most(|workers| workers.unhealthy), self.management.restarts()) {
            (0, Some(Restarts { worker, starts, is_silent })) => {
                let silently = if is_silent { " without a log line" } else { "" };
                format!("the container of worker {} started {starts} times{silently}", quote(worker))
            }
            (most, _) => {
                let readings = self.readings(|reading| reading.health.workers.unhealthy > 0);
                format!("{} {readings}", up_to(most, "unhealthy worker"))
            }
        };
        let clue = self.management.crash_clue();
        let mut workers: Vec<String> = self.management.crashing_workers().into_iter().map(str::to_owned).collect();
        // The state of a worker lags behind its log.
        if let Some(clue) = clue.as_ref().filter(|clue| clue.help.is_some() && !workers.contains(&clue.worker)) {
            workers.push(clue.worker.clone());
        }
        let configuration = self.management.configuration.as_ref().ok();
        let lacking = configuration
            .filter(|_| clue.as_ref().is_some_and(|clue| matches!(clue.rule, Some("bad-host" | "cuda-mismatch"))))
            .and_then(|known| configured::lacks_cuda(known.image.as_deref()?, known))
            .map(|lack| format!("the image {lack}"));
        let advice = clue.as_ref().and_then(|clue| match clue.rule {
            _ if lacking.is_some() => Some(help::CRASH_NEWER_CUDA),
            Some("bad-host") if workers.len() > 1 => Some(help::BAD_HOSTS),
            _ => clue.help,
        });
        let last = self.management.last_words(clue.as_ref());
        let evidence = [Some(seen), clue.map(|clue| clue.quoted), last, lacking];
        let help = advice.unwrap_or(help::CRASH);
        let mut finding = self.finding("crash-loop", "workers crash while they start", evidence, help);
        finding.subjects.splice(0..0, workers.into_iter().map(Subject::Worker));
        finding
    }

    /// RunPod placed no worker: for a volume, for the stock of GPUs, or for a reason that only `/health` hints at.
    fn not_placed(&self, cause: Cause) -> Finding {
        let management = self.management;
        let seen = match cause {
            Cause::NoCapacity => format!(
                "{} throttled {}",
                self.up_to(|workers| workers.throttled),
                self.readings(|reading| reading.state == State::Throttled)
            ),
            _ => format!("0 workers {}", self.readings(|reading| reading.state == State::Absent)),
        };
        let placement = Placement::of(management);
        let placement = placement.as_ref();
        if let Some(pin) = placement.and_then(Placement::volume_pin) {
            return self.finding("volume-pins-workers", &pin.reason, [Some(seen)], pin.help);
        }
        let available = placement.and_then(Placement::available);
        let more_gpus = help::more_gpus(available.as_deref(), management.has_no_volume());
        let unknown = management.unknown();
        match (cause, placement.and_then(Placement::out_of_stock)) {
            (Cause::NoWorker, Some(none)) => self.finding("no-matching-gpu", &none, [Some(seen)], &more_gpus),
            (Cause::NoWorker, None) => self.finding(
                "no-worker",
                "no worker started",
                [Some(seen), unknown],
                help::no_worker(management.configuration.is_ok()),
            ),
            (Cause::Vanished, _) => {
                let evidence = [Some(seen), unknown];
                self.finding(
                    "vanished-workers",
                    "every worker disappeared",
                    evidence,
                    help::vanished(management.configuration.is_ok()),
                )
            }
            _ => {
                let stock = placement.and_then(Placement::stock_levels).map(|stock| format!("GPU stock: {stock}"));
                let evidence = [Some(seen), stock, unknown];
                self.finding("no-capacity", "RunPod had no free GPU", evidence, &more_gpus)
            }
        }
    }

    fn initializing(&self, cause: Cause) -> Finding {
        let time = as_seconds(self.wait.time_in(State::Initializing));
        let workers = self.up_to(|workers| workers.initializing);
        let seen = format!("{workers} initializing {}", self.readings(|reading| reading.state == State::Initializing));
        let clue = self.management.start_in_progress();
        let advice = clue.as_ref().and_then(|clue| clue.help);
        let evidence = [Some(seen), clue.map(|clue| clue.quoted)];
        if cause == Cause::StillInitializing {
            let what = format!("workers were still starting after {}", seconds(time));
            return self.finding("slow-cold-start", &what, evidence, advice.unwrap_or(help::SLOW_START));
        }
        let limit = as_seconds(self.settings.stuck_initializing_ms());
        let (time, limit) = beside(time, limit, "s", seconds);
        let what = format!("workers were still starting after {time} (limit: {limit})");
        self.finding("stuck-initializing", &what, evidence, advice.unwrap_or(help::INITIALIZING))
    }

    /// Workers are up and take no job.
    fn stuck_queue(&self) -> Finding {
        let free = |workers: &WorkerCounts| workers.idle.max(workers.ready);
        let clue = self.management.startup_clue();
        let (what, seen, help) = if self.wait.most(free) > 0 {
            let readings = self.readings(|reading| reading.state == State::Free);
            ("free workers took no job", format!("{} free {readings}", self.up_to(free)), help::NO_HANDLER)
        } else {
            let workers = self.up_to(|workers| workers.running);
            let readings = self.readings(|reading| reading.state == State::Silent);
            ("running workers took no job", format!("{workers} running without a job {readings}"), help::NOT_LISTENING)
        };
        let advice = clue.as_ref().and_then(|clue| clue.help).unwrap_or(help);
        self.finding("stuck-queue", what, [Some(seen), clue.map(|clue| clue.quoted)], advice)
    }

    fn busy(&self) -> Finding {
        let readings = &self.wait.readings;
        let ours = readings.iter().any(|reading| reading.ours_running > 0);
        let others = readings.iter().any(|reading| reading.health.jobs.in_progress > u64::from(reading.ours_running));
        let whose = match (ours, others) {
            (true, false) => "earlier jobs of this run",
            (true, true) => "jobs of other clients and earlier jobs of this run",
            (false, _) => "jobs of other clients",
        };
        let busy = self.readings(|reading| reading.state == State::Busy);
        let seen = format!("{} ran {whose} {busy}", self.up_to(|workers| workers.running));
        let queued = readings.iter().map(|reading| reading.health.jobs.in_queue).max().unwrap_or(0);
        let waiting = readings.iter().map(|reading| reading.ours_waiting).max().unwrap_or(0);
        let queue = format!("{} in the queue, {waiting} from this run", up_to(queued, "job"));
        self.finding("busy-workers", "every worker was busy", [Some(seen), Some(queue)], help::BUSY)
    }

    /// What happened, how long the jobs waited, and the evidence.
    fn finding(
        &self,
        rule: &str,
        what: &str,
        evidence: impl IntoIterator<Item = Option<String>>,
        help: &str,
    ) -> Finding {
        let evidence = clauses(std::iter::once(Some(self.waited())).chain(evidence));
        Finding::new(rule, format!("{what}: {evidence}"))
            .measured(self.waited_seconds(), "s", None)
            .about_all(self.stuck.iter().map(|sample| Subject::Sample(sample.index)))
            .help(help)
    }

    /// How many jobs waited for how long, and their last status where it was not `IN_QUEUE`.
    fn waited(&self) -> String {
        let jobs = count(self.stuck.len(), "job");
        let time = self.waited_seconds();
        let time = if time > 0.0 { format!(" {}", seconds(time)) } else { String::new() };
        let statuses: BTreeSet<_> = self.stuck.iter().map(|sample| sample.status.as_deref()).collect();
        if statuses.iter().eq([&Some("IN_QUEUE")]) {
            return format!("{jobs} waited{time} in the queue");
        }
        let statuses: Vec<_> = statuses.into_iter().map(|status| status.map_or("none".to_owned(), quote)).collect();
        format!("{jobs} waited{time} (last status: {})", statuses.join(", "))
    }

    fn waited_seconds(&self) -> f64 {
        let until = self.wait.readings.last().map_or(self.since, |reading| reading.at);
        as_seconds(until.saturating_sub(self.since))
    }

    /// In how many readings workers were in a state: `in 3 of 4 readings of /health over 300 s`.
    fn readings(&self, state: impl Fn(&Reading) -> bool) -> String {
        let readings = &self.wait.readings;
        let all = count(readings.len(), "reading");
        let with = readings.iter().filter(|reading| state(reading)).count();
        let of = if with == readings.len() { String::new() } else { format!("{with} of ") };
        let failed = match self.wait.failed {
            0 => String::new(),
            failed => format!(" ({failed} more failed)"),
        };
        format!("in {of}{all} of `/health` over {}{failed}", seconds(as_seconds(self.wait.span())))
    }

    /// The most workers of a kind in any reading.
    fn up_to(&self, kind: impl Fn(&WorkerCounts) -> u32) -> String {
        up_to(self.wait.most(kind), "worker")
    }
}
