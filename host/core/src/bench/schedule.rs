//! Which load comes next.

use super::{LoadKind, SearchResult};
use comfycheck_statistics::limit::Limit;
use comfycheck_statistics::measures::Judgment;
use comfycheck_statistics::random::Random;
use comfycheck_wording::{count, limit as in_unit, number};
use std::time::Duration;

/// A load, and how long it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub load: LoadKind,
    /// The most jobs.
    pub jobs: u32,
    /// No job begins after this time.
    pub duration: Option<Duration>,
}

/// The stages of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// These, in their order.
    Levels(std::collections::VecDeque<Stage>),
    /// Loads that find the highest which keeps a limit.
    Search(Search),
}

impl Schedule {
    /// The next stage. `judged` is how the last one keeps the limit of a search.
    pub fn next(&mut self, judged: Option<&Judgment>) -> Option<Stage> {
        match self {
            Self::Levels(stages) => stages.pop_front(),
            Self::Search(search) => search.next(judged),
        }
    }

    /// The stages that have not begun. A search has none: it needs those that it tries.
    pub fn rest(&self) -> impl Iterator<Item = &Stage> {
        let stages = match self {
            Self::Levels(stages) => Some(stages),
            Self::Search(_) => None,
        };
        stages.into_iter().flatten()
    }

    /// The limit of a search.
    pub fn limit(&self) -> Option<&Limit> {
        match self {
            Self::Levels(_) => None,
            Self::Search(search) => Some(&search.limit),
        }
    }

    /// What a search has found.
    pub fn found(&self) -> Option<SearchResult> {
        match self {
            Self::Levels(_) => None,
            Self::Search(search) => Some(search.result()),
        }
    }
}

/// A search for the highest concurrency that keeps a limit: it doubles until the limit breaks, and then halves the gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    limit: Limit,
    stage: Stage,
    /// The highest concurrency to try.
    most: u32,
    /// The highest that kept the limit; 0 for none.
    kept: u32,
    broken: Option<u32>,
    tried: Option<u32>,
    unknown: Option<String>,
}

impl Search {
    /// `stage` is how each load is run; its own load does not count.
    pub fn new(limit: Limit, stage: Stage, most: u32) -> Self {
        Self { limit, stage, most: most.max(1), kept: 0, broken: None, tried: None, unknown: None }
    }

    fn next(&mut self, judged: Option<&Judgment>) -> Option<Stage> {
        match (self.tried, judged) {
            (Some(tried), Some(Judgment::Kept(_))) => self.kept = tried,
            (Some(tried), Some(Judgment::Broken(_))) => self.broken = Some(tried),
            (Some(_), Some(Judgment::Unknown(reason))) => self.unknown = Some(reason.clone()),
            (Some(_), None) => self.unknown = Some("the last load was not measured".to_owned()),
            (None, _) => {}
        }
        let next = match self.broken {
            _ if self.unknown.is_some() => return None,
            Some(broken) if broken - self.kept <= 1 => return None,
            Some(broken) => self.kept.midpoint(broken),
            None if self.kept >= self.most => return None,
            None => self.kept.saturating_mul(2).clamp(1, self.most),
        };
        self.tried = Some(next);
        Some(Stage { load: LoadKind::Closed { concurrency: next }, ..self.stage.clone() })
    }

    fn result(&self) -> SearchResult {
        SearchResult {
            limit: self.limit.to_string(),
            highest: Some(self.kept).filter(|kept| *kept > 0),
            breaks_at: self.broken,
            unknown: self.unknown.clone(),
        }
    }
}

/// A number of jobs on average: `1.5 jobs`.
pub(crate) fn jobs(average: f64) -> String {
    let number = number(average);
    let jobs = if number == "1" { "job" } else { "jobs" };
    format!("{number} {jobs}")
}

impl LoadKind {
    /// The load in words: `4 jobs at a time`.
    pub fn words(self) -> String {
        match self {
            Self::Closed { concurrency } => format!("{} at a time", count(concurrency, "job")),
            Self::Open { per_hour } if per_hour >= 3600.0 => format!("{} per second", jobs(per_hour / 3600.0)),
            Self::Open { per_hour } => format!("{} per hour", jobs(per_hour)),
            Self::Cold => "cold starts".to_owned(),
        }
    }
}

impl Stage {
    /// The stage in words: `2 jobs at a time, 30 jobs`.
    pub fn words(&self) -> String {
        match self.duration {
            Some(duration) => format!("{}, for {}", self.load.words(), in_unit(duration.as_secs_f64(), "s")),
            None => format!("{}, {} in all", self.load.words(), count(self.jobs, "job")),
        }
    }
}

/// The times at which jobs arrive, from the start: as many as fit into `jobs` and `duration`. They are random and independent
/// (a Poisson process), as those of users are, and the same for the same seed.
pub fn arrivals(per_hour: f64, jobs: u32, duration: Option<Duration>, seed: u64) -> Vec<Duration> {
    let mut random = Random::new(seed);
    let mut at = 0.0;
    let mut arrivals = Vec::new();
    for _ in 0..jobs {
        at += -random.unit().ln() * 3600.0 / per_hour;
        let arrival = Duration::from_secs_f64((at * 1000.0).round().min(1e15) / 1000.0);
        if duration.is_some_and(|duration| arrival >= duration) {
            break;
        }
        arrivals.push(arrival);
    }
    arrivals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loads that a search tries if the limit holds up to a concurrency, and what it finds.
    fn search(most: u32, holds_to: u32) -> (Vec<u32>, SearchResult) {
        let stage = Stage { load: LoadKind::Cold, jobs: 30, duration: None };
        let mut schedule = Schedule::Search(Search::new("generation.p95 < 30 s".parse().unwrap(), stage, most));
        let (mut tried, mut judged) = (Vec::new(), None);
        while let Some(stage) = schedule.next(judged.as_ref()) {
            let LoadKind::Closed { concurrency } = stage.load else { panic!("{stage:?}") };
            tried.push(concurrency);
            judged = Some(if concurrency <= holds_to { Judgment::Kept(1.0) } else { Judgment::Broken(1.0) });
        }
        (tried, schedule.found().unwrap())
    }

    #[test]
    fn a_search_doubles_the_load_and_then_halves_the_gap() {
        for (most, holds_to, tried, highest, breaks_at) in [
            (64, 5, vec![1, 2, 4, 8, 6, 5], Some(5), Some(6)),
            (64, 1, vec![1, 2], Some(1), Some(2)),
            (64, 0, vec![1], None, Some(1)),
            (6, 100, vec![1, 2, 4, 6], Some(6), None),
            (1, 100, vec![1], Some(1), None),
            (64, 64, vec![1, 2, 4, 8, 16, 32, 64], Some(64), None),
        ] {
            let (loads, found) = search(most, holds_to);
            assert_eq!((loads, found.highest, found.breaks_at), (tried, highest, breaks_at), "{most}, {holds_to}");
        }
    }

    #[test]
    fn a_search_ends_where_the_limit_is_unknown() {
        let stage = Stage { load: LoadKind::Cold, jobs: 5, duration: None };
        let mut search = Search::new("generation.p95 < 30 s".parse().unwrap(), stage, 8);
        assert!(search.next(None).is_some());
        assert_eq!(search.next(Some(&Judgment::Unknown("too few samples".to_owned()))), None);
        assert_eq!((search.result().highest, search.result().unknown), (None, Some("too few samples".to_owned())));
    }

    #[test]
    fn jobs_arrive_at_random_times_with_their_rate() {
        let all = arrivals(3600.0, 10_000, None, 7);
        let mean = all.last().unwrap().as_secs_f64() / 10_000.0;
        assert!((0.97..1.03).contains(&mean), "one a second: {mean}");
        assert!(all.is_sorted());
        // Of gaps of a Poisson process, one in e is longer than the mean.
        let long = all.windows(2).filter(|pair| pair[1].saturating_sub(pair[0]).as_secs_f64() > 1.0).count();
        assert!((3_500..3_860).contains(&long), "{long}");
        assert_eq!(all, arrivals(3600.0, 10_000, None, 7));
        assert_ne!(all, arrivals(3600.0, 10_000, None, 8));
        let minute = arrivals(3600.0, 10_000, Some(Duration::from_mins(1)), 7);
        assert!(minute.len() > 30 && minute.iter().all(|at| *at < Duration::from_mins(1)), "{}", minute.len());
    }
}
