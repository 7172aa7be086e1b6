//! Samples that no worker ever took, and why.

use crate::configured::PINNED_HELP;
use crate::management::{Management, PAUSED_HELP};
use crate::placement::Placement;
use crate::queue::{Cause, Reading, State, Wait, longest_throttling};
use crate::rules::Settings;
use crate::wording::{as_seconds, counts, seconds};
use crate::workers::CRASH_HELP;
use comfycheck_sdk::endpoint::Observation;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Finding, OpenQuestion, Subject, count, quote};
use std::collections::BTreeSet;

/// What to do where workers start for too long.
pub(crate) const INITIALIZING_HELP: &str = "look at the worker's log for an image pull that does not end; make the image smaller, switch FlashBoot on, or raise \
     `RUNPOD_INIT_TIMEOUT` if the start really takes so long";

/// Whether a sample waited in the queue until the end. One that RunPod removed from the queue did.
pub(crate) fn is_stuck(sample: &Sample) -> bool {
    match sample.ending {
        Ending::NeverStarted => true,
        // Without a word on it, it is not known whether it waited.
        Ending::Expired => sample.worker.is_none() && sample.first_running.is_none() && sample.status.is_some(),
        _ => false,
    }
}

/// Tells why samples were not taken, and what else the readings show.
pub(crate) fn judge(
    samples: &[Sample],
    observations: &[Observation],
    management: &Management,
    settings: &Settings,
) -> Answer {
    let stuck: Vec<&Sample> = samples.iter().filter(|sample| is_stuck(sample)).collect();
    let submitted = stuck.iter().filter_map(|sample| sample.submitted).min().unwrap_or(0);
    let last_taken = samples.iter().filter_map(|sample| sample.first_running).max();
    let wait = Wait::of(observations, submitted, last_taken);
    let cause = (!stuck.is_empty()).then(|| refined(wait.cause(settings), management));

    let mut answer = Answer::default();
    if let Some(cause) = cause {
        let waited = Waited { stuck: &stuck, since: submitted, wait: &wait };
        match waited.finding(cause, management, settings) {
            Ok(finding) => answer.findings.push(finding),
            Err(question) => answer.open.push(question),
        }
    }
    answer.findings.extend(also_seen(observations, cause, settings));
    answer
}

/// A container that is started again and again, and never says a word, crashes, whatever `/health` counts it as.
fn refined(cause: Cause, management: &Management) -> Cause {
    match cause {
        Cause::Unseen | Cause::Busy | Cause::StuckQueue | Cause::CrashLoop => cause,
        _ if management.silent_restarts().is_some() => Cause::CrashLoop,
        _ => cause,
    }
}

/// What the readings show that did not keep samples from being taken.
fn also_seen(observations: &[Observation], cause: Option<Cause>, settings: &Settings) -> Vec<Finding> {
    let read: Vec<_> = observations.iter().filter_map(|seen| seen.health).collect();
    let unhealthy = read.iter().filter(|health| health.workers.unhealthy > 0);
    let most = unhealthy.clone().map(|health| health.workers.unhealthy).max().unwrap_or(0);
    let mut findings = Vec::new();
    if most > 0 && cause != Some(Cause::CrashLoop) {
        let (times, of) = (unhealthy.count(), read.len());
        let message = format!(
            "workers were unhealthy (up to {most}) in {times} of {of} readings of `/health` during the samples"
        );
        findings.push(Finding::new("unhealthy-workers", message).help(CRASH_HELP));
    }
    let throttled = longest_throttling(observations);
    if throttled >= settings.persist_s.saturating_mul(1000)
        && !matches!(cause, Some(Cause::NoCapacity | Cause::CrashLoop))
    {
        let message = format!("for {} every worker was throttled while samples waited", seconds(throttled));
        findings.push(
            Finding::new("throttled-workers", message)
                .measured(as_seconds(throttled), "s", None)
                .help("allow more GPU types or data centers, or keep an active worker"),
        );
    }
    findings
}

/// What RunPod writes of the pull of an image, if anything.
fn pulling(management: &Management) -> String {
    management.pulling().map(|line| format!("; {line}")).unwrap_or_default()
}

/// Samples that waited in vain, and what was read meanwhile.
struct Waited<'a> {
    stuck: &'a [&'a Sample],
    /// When the first of them was submitted.
    since: u64,
    wait: &'a Wait,
}

impl Waited<'_> {
    /// The finding that names the samples and the cause, or the question that stays open.
    fn finding(&self, cause: Cause, management: &Management, settings: &Settings) -> Result<Finding, OpenQuestion> {
        let wait = self.wait;
        let stayed = self.stayed();
        let placement = Placement::of(management);
        let (rule, saw, help) = match cause {
            // The endpoint says so itself, whatever else was seen.
            _ if management.paused() && !matches!(cause, Cause::Busy | Cause::StuckQueue) => ("workers-disabled", self.disabled(), PAUSED_HELP.to_owned()),
            Cause::Unseen => {
                let failed = wait.failed;
                let reason = format!("{stayed}, and no reading of `/health` succeeded meanwhile ({failed} failed)");
                return Err(OpenQuestion::new("not-started", reason)
                    .help("look at the workers in RunPod's console, and run again when `/health` answers"));
            }
            Cause::Unsettled => {
                let reason = format!("{stayed}, and no state of the workers lasted {} s: {}", settings.persist_s, self.last());
                return Err(OpenQuestion::new("not-started", reason).help(
                    "give the samples more patience, so that the readings of `/health` span a whole start of a worker",
                ));
            }
            Cause::CrashLoop => ("crash-loop", self.crashes(management), CRASH_HELP.to_owned()),
            Cause::NoWorker | Cause::Vanished | Cause::NoCapacity => return Ok(self.unplaced(cause, management, placement.as_ref())),
            Cause::StillInitializing => (
                "slow-cold-start",
                format!("workers were initializing for {} and none came up{}", seconds(wait.time_in(State::Initializing)), pulling(management)),
                "give the samples more patience, or shorten the start: a smaller image, FlashBoot, an active worker".into(),
            ),
            Cause::StuckInitializing => (
                "stuck-initializing",
                format!(
                    "workers were initializing for {} (RunPod allows 7 minutes) and none came up{}",
                    seconds(wait.time_in(State::Initializing)),
                    pulling(management)
                ),
                INITIALIZING_HELP.to_owned(),
            ),
            Cause::StuckQueue => (
                "stuck-queue",
                format!(
                    "workers were free (up to {}) for {} and took none of them",
                    wait.most(|workers| workers.idle.max(workers.ready)),
                    seconds(wait.time_in(State::Free))
                ),
                "make sure that the image starts RunPod's handler, and rebuild it with the `runpod` package 1.10.1 or later: \
                 1.7.11 to 1.10.0 can leave jobs to a single worker"
                    .into(),
            ),
            Cause::Busy => self.busy(),
        };
        Ok(self.told(rule, &saw, &help))
    }

    /// How many samples there are, and what was last said of them.
    fn stayed(&self) -> String {
        let said: BTreeSet<_> = self.stuck.iter().map(|sample| sample.status.as_deref()).collect();
        let samples = count(self.stuck.len(), "sample");
        if said.iter().eq([&Some("IN_QUEUE")]) {
            return format!("{samples} stayed `IN_QUEUE`");
        }
        let said: Vec<_> = said.into_iter().map(|said| said.map_or("none".to_owned(), quote)).collect();
        format!("{samples} never started (last status {})", said.join(", "))
    }

    fn told(&self, rule: &str, saw: &str, help: &str) -> Finding {
        let stayed = self.stayed();
        let message = format!("{stayed} while {saw} ({})", self.evidence());
        self.about_samples(Finding::new(rule, message).help(help))
    }

    /// Why RunPod placed no worker: a volume, the stock of GPUs, or what only `/health` shows.
    fn unplaced(&self, cause: Cause, management: &Management, placement: Option<&Placement<'_>>) -> Finding {
        let wait = self.wait;
        let throttled = || {
            let most = wait.most(|workers| workers.throttled);
            format!(
                "workers were throttled (up to {most}) for {} and none was up",
                seconds(wait.time_in(State::Throttled))
            )
        };
        let seen = match cause {
            Cause::NoCapacity => throttled(),
            Cause::Vanished => "no worker was left of those seen before".to_owned(),
            _ => "`/health` counted no worker in any state".to_owned(),
        };
        if let Some(pinned) = placement.and_then(Placement::pinned) {
            return self.told("volume-pins-workers", &format!("{seen}: {pinned}"), PINNED_HELP);
        }
        let instead = placement.and_then(Placement::instead);
        match (cause, placement.and_then(Placement::no_gpu)) {
            (Cause::NoWorker, Some(none)) => {
                let help = instead.map_or_else(
                    || "allow more GPU types, CUDA versions or data centers".to_owned(),
                    |instead| format!("allow what RunPod has: {instead}"),
                );
                self.told("no-matching-gpu", &format!("{seen}: {none}"), &help)
            }
            (Cause::NoWorker, None) => self.told("no-worker", &seen, &management.no_worker_help()),
            (Cause::Vanished, _) => self.told("vanished-workers", &seen, &management.vanished_help()),
            _ => {
                let stock = placement.and_then(Placement::availability);
                let stock = stock.map(|stock| format!("; the catalog says {stock}")).unwrap_or_default();
                let help = management.no_capacity_help();
                let help = instead.map_or_else(|| help.clone(), |instead| format!("{help}; RunPod has {instead}"));
                self.told("no-capacity", &format!("{seen}: RunPod had no free GPU for them{stock}"), &help)
            }
        }
    }

    /// That no worker is allowed, and what was seen of those before.
    fn disabled(&self) -> String {
        match self.wait.most(|workers| workers.unhealthy) {
            0 => "the endpoint's max workers is 0".to_owned(),
            most => format!("the endpoint's max workers is 0, and workers were unhealthy (up to {most})"),
        }
    }

    /// That workers crash, by `/health` or by their logs, and what their logs say.
    fn crashes(&self, management: &Management) -> String {
        let clue = management.clue_of_start().map(|clue| format!("; {clue}")).unwrap_or_default();
        let saw = match (self.wait.most(|workers| workers.unhealthy), management.silent_restarts()) {
            (0, Some((worker, starts))) => {
                format!("the container of worker {} was started {starts} times and never wrote a line", quote(worker))
            }
            (most, _) => format!("workers were unhealthy (up to {most}) and none stayed up"),
        };
        format!("{saw}: they crash while they start, which is no lack of capacity{clue}")
    }

    fn busy(&self) -> (&'static str, String, String) {
        let wait = self.wait;
        let ours = wait.readings.iter().any(|reading| reading.ours_running > 0);
        let others =
            wait.readings.iter().any(|reading| reading.health.jobs.in_progress > u64::from(reading.ours_running));
        let whose = match (ours, others) {
            (true, false) => "earlier samples of this run",
            (true, true) => "jobs of other clients and earlier samples of this run",
            (false, _) => "jobs of other clients",
        };
        let queue = wait.readings.iter().map(|reading| reading.health.jobs.in_queue).max().unwrap_or(0);
        let waiting = wait.readings.iter().map(|reading| reading.ours_waiting).max().unwrap_or(0);
        let saw = format!(
            "every worker (up to {}) ran {whose} for {}; the queue held up to {queue} jobs, up to {waiting} of them ours",
            wait.most(|workers| workers.running),
            seconds(wait.time_in(State::Busy))
        );
        (
            "busy-workers",
            saw,
            "raise max workers, give the samples more patience, or run when the endpoint is not in use".into(),
        )
    }

    /// The numbers behind a cause: how long, how many readings, and what the last one said.
    fn evidence(&self) -> String {
        let until = self.wait.readings.last().map_or(self.since, |reading| reading.at);
        let waited = seconds(until.saturating_sub(self.since));
        let failed = match self.wait.failed {
            0 => String::new(),
            failed => format!(", {failed} more failed"),
        };
        let readings = count(self.wait.readings.len(), "reading");
        let span = seconds(self.wait.span());
        let last = Some(self.last()).filter(|last| !last.is_empty());
        let last = last.map(|last| format!("; {last}")).unwrap_or_default();
        format!("waited {waited}; {readings} of `/health` over {span}{failed}{last}")
    }

    fn last(&self) -> String {
        let last = |Reading { health, .. }: &Reading| {
            format!("at last {}, `inQueue` {}", counts(&health.workers), health.jobs.in_queue)
        };
        self.wait.readings.last().map(last).unwrap_or_default()
    }

    fn about_samples(&self, finding: Finding) -> Finding {
        let until = self.wait.readings.last().map_or(self.since, |reading| reading.at);
        let waited = as_seconds(until.saturating_sub(self.since));
        finding.measured(waited, "s", None).about_all(self.stuck.iter().map(|sample| Subject::Sample(sample.index)))
    }
}
