//! The state of a benchmark, from its events, and the lines that a display prints of it.

use super::Lines;
use comfycheck_core::bench::Stage;
use comfycheck_core::cost::Price;
use comfycheck_core::sample::Ending;
use comfycheck_core::statistics::distribution::Distribution;
use comfycheck_core::wording::{clock, money, number, seconds};
use comfycheck_runtime::event::{RunEvent, SampleState};
use comfycheck_runtime::transport::exchange::Phase;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct BenchBoard {
    stage: Option<Stage>,
    /// Jobs of the level that are not over: when each was submitted, and since when it runs.
    jobs: BTreeMap<u32, (Duration, Option<Duration>)>,
    /// From end to end, of the level's jobs that succeeded, in seconds.
    times: Vec<f64>,
    /// Jobs of the level that are over.
    ended: u32,
    failed: u32,
    /// The time that jobs of all levels ran, apart from those that still run.
    ran: Duration,
    price: Option<Price>,
    /// When the level began, and the latest event, on the transport's clock.
    began: Option<Duration>,
    now: Duration,
    heartbeat: Duration,
}

/// CI systems cancel jobs that print nothing for too long.
const HEARTBEAT: Duration = Duration::from_secs(30);

impl BenchBoard {
    /// A load begins. Returns a line for the log.
    pub(crate) fn begin(&mut self, stage: &Stage) -> String {
        let (price, ran, now) = (self.price.take(), self.ran, self.now);
        *self = Self { stage: Some(stage.clone()), price, ran, now, heartbeat: now, ..Self::default() };
        format!("load: {}", stage.words())
    }

    fn sample(&mut self, index: u32, at: Duration, state: SampleState) {
        self.now = self.now.max(at);
        self.began.get_or_insert(at);
        match state {
            SampleState::Waiting { since } => drop(self.jobs.insert(index, (since, None))),
            SampleState::Running { since } => {
                self.jobs.entry(index).or_insert((since, None)).1.get_or_insert(since);
            }
            SampleState::Ended(ending) => {
                let job = self.jobs.remove(&index);
                self.ended += 1;
                self.failed += u32::from(ending != Ending::Succeeded);
                if let Some((submitted, running)) = job {
                    self.ran += running.map(|since| at.saturating_sub(since)).unwrap_or_default();
                    if ending == Ending::Succeeded {
                        self.times.push(at.saturating_sub(submitted).as_secs_f64());
                    }
                }
            }
        }
    }

    /// `12 of 30 jobs done, 1 failed, 2 running, 2 in queue`.
    fn counts(&self) -> String {
        let running = self.jobs.values().filter(|(_, running)| running.is_some()).count();
        let waiting = self.jobs.len() - running;
        let all = match &self.stage {
            Some(Stage { jobs, duration: None, .. }) => format!(" of {jobs}"),
            _ => String::new(),
        };
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{}{all} jobs done{failed}, {running} running, {waiting} in queue", self.ended)
    }

    /// `end to end p50 12.1 s, p95 14.0 s · 240/h · $0.12 so far · 90 s left`.
    fn measured(&self, now: Duration) -> String {
        let times: Distribution = self.times.iter().copied().collect();
        let percentile = |percent: u8| Some(format!("p{percent} {}", seconds(times.percentile(percent)?)));
        let times: Vec<_> = [50, 95].into_iter().filter_map(percentile).collect();
        let times = (!times.is_empty()).then(|| format!("end to end {}", times.join(", ")));
        let elapsed = now.saturating_sub(self.began.unwrap_or(now)).as_secs_f64();
        let made = f64::from(self.ended - self.failed);
        let rate = (elapsed > 0.0 && made > 0.0).then(|| format!("{}/h", number((made / elapsed * 3600.0).round())));
        let running = self.jobs.values().filter_map(|(_, running)| *running);
        let ran = self.ran + running.map(|since| now.saturating_sub(since)).sum::<Duration>();
        let cost = self.price.as_ref().map(|price| format!("{} so far", money(price.per_second * ran.as_secs_f64())));
        let left = self.left(elapsed).map(|left| format!("{} left", seconds(left)));
        [times, rate, cost, left].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// How long the level still takes, in seconds, if jobs go on as they did.
    fn left(&self, elapsed: f64) -> Option<f64> {
        let stage = self.stage.as_ref()?;
        let left = match stage.duration {
            Some(duration) => duration.as_secs_f64() - elapsed,
            None if self.ended == 0 => return None,
            None => f64::from(stage.jobs.saturating_sub(self.ended)) * elapsed / f64::from(self.ended),
        };
        Some(left.clamp(0.0, 1e9).round())
    }
}

impl Lines for BenchBoard {
    fn update(&mut self, event: &RunEvent) -> Option<String> {
        match event {
            RunEvent::SampleSeen { index, at, state, .. } => {
                self.sample(*index, *at, *state);
                if self.now < self.heartbeat + HEARTBEAT {
                    return None;
                }
                self.heartbeat = self.now;
                Some(format!(
                    "  {:>8}  {}; {}",
                    seconds(self.now.as_secs_f64()),
                    self.counts(),
                    self.measured(self.now)
                ))
            }
            RunEvent::Priced { price, .. } => {
                self.price.clone_from(price);
                None
            }
            RunEvent::PhaseStarted { phase: Phase::Deployment, parts } if *parts > 0 => {
                Some("checking the deployment".to_owned())
            }
            RunEvent::PhaseStarted { .. }
            | RunEvent::PhaseEnded { .. }
            | RunEvent::InstanceSkipped { .. }
            | RunEvent::InstanceEnded { .. }
            | RunEvent::DryRunSeen { .. }
            | RunEvent::HealthRead(_) => None,
        }
    }

    fn first_line(&self, elapsed: Duration) -> String {
        let elapsed = clock(elapsed.as_secs());
        match &self.stage {
            Some(stage) => format!("{elapsed}  {}: {}", stage.load.words(), self.counts()),
            None => format!("{elapsed}  checking the deployment"),
        }
    }

    fn second_line(&self, since: Duration) -> String {
        if self.stage.is_some() { self.measured(self.now + since) } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::bench::LoadKind;
    use comfycheck_core::cost::PriceSource;

    #[test]
    fn a_display_shows_counts_percentiles_rate_cost_and_the_time_left() {
        let mut board = BenchBoard::default();
        let price = Price { per_second: 0.001, lowest: None, source: PriceSource::Suite, date: None };
        board.update(&RunEvent::Priced { price: Some(price), estimate: None });
        let mut lines = vec![board.first_line(Duration::from_secs(3))];
        let stage = Stage { load: LoadKind::Closed { concurrency: 2 }, jobs: 30, duration: None };
        lines.push(board.begin(&stage));
        let secs = Duration::from_secs;
        for index in 0..22 {
            let (from, to) = (secs(u64::from(index) * 5), secs(u64::from(index) * 5 + 10));
            let ending = if index == 3 { Ending::Failed } else { Ending::Succeeded };
            for (at, state) in [
                (from, SampleState::Waiting { since: from }),
                (from + secs(1), SampleState::Running { since: from + secs(1) }),
                (to, SampleState::Ended(ending)),
            ] {
                let seen = RunEvent::SampleSeen { index, at, state, status: None };
                lines.extend(board.update(&seen));
            }
        }
        lines.extend([board.first_line(secs(120)), board.second_line(secs(1))]);
        insta::assert_snapshot!(lines.join("\n"));
    }
}
