//! The log of a worker, reduced to the lines that explain something.

use super::child;
use super::families::{NOT_STARTED, REFUSED_OUTPUT, UNPULLABLE};
use super::family::{Family, Weight};
use super::job_lines::Jobs;
use super::line::{self, Line};
use super::nodes;
use super::scan::{self, Hit, Origin};
use super::starts::Starts;
use super::traceback::{self, Frames};
use comfycheck_sdk::endpoint::LogLine;
use comfycheck_sdk::{is_model, quote};
use std::collections::VecDeque;

/// What stands between names in a line.
const BETWEEN_NAMES: [char; 6] = [' ', '\'', '"', '`', ',', ':'];
/// How many lines of a log are kept.
const KEPT: usize = 64;
/// How far above ComfyUI's report of a failed import its exception stands, in lines.
const IMPORT: usize = 3;
/// How far above the end of a crashed process its cause stands, in lines.
const CRASH: usize = 8;
/// How far above the end of a program's failure, such as that of a traceback, its reason stands, in lines.
const PROGRAM: usize = 40;
/// How far above ComfyUI's refusal of a workflow its reasons stand, in lines.
const REFUSAL: usize = 50;

/// The log of a worker, from one source.
#[derive(Clone, Debug)]
pub struct WorkerLog {
    pub(crate) worker: String,
    /// `container` or `system`.
    pub(crate) source: &'static str,
    /// The lines that explain something, in order of time.
    pub(crate) lines: Vec<Line>,
    /// The last line.
    pub(crate) last: Option<String>,
    pub(crate) starts: Starts,
    jobs: Jobs,
}

impl WorkerLog {
    /// Reads a log in order of time. `source` is `container` or `system`.
    #[must_use]
    pub fn of(worker: &str, source: &'static str, lines: &[LogLine]) -> Self {
        let origin = if source == "system" { Origin::System } else { Origin::Container };
        let mut kept: VecDeque<Line> = VecDeque::new();
        let (mut starts, mut frames, mut jobs) = (Starts::default(), Frames::default(), Jobs::default());
        let (mut heading, mut listened) = (None, None);
        for (number, line) in lines.iter().enumerate() {
            let text = line.text.as_str();
            if origin == Origin::System && starts.read(number, line) {
                // The image is there: earlier failures to pull it have passed.
                kept.retain(|line| line.family.is_none_or(|family| family.rule != UNPULLABLE));
            }
            jobs.read(number, text);
            // What follows the colon at the end of a line stands in the next one.
            if let Some(last) = kept.back_mut().filter(|last| last.number + 1 == number && last.text.ends_with(':')) {
                if traceback::has(text) && last.is("import-failed") {
                    last.number = number;
                } else {
                    last.text = line::excerpt(&format!("{} {}", last.text, text.trim()), None);
                }
            }
            let is_reason = text.trim_start().starts_with("- ");
            if !is_reason {
                heading = nodes::heading(text).map(|_| text.trim());
            }
            let Some(hit) = frames.read(text, scan::line(text, origin)) else { continue };
            if let Some(node) = heading.filter(|_| is_reason) {
                let whole = format!("{node} {}", text.trim());
                let hit = Hit { line: &whole, place: 0..whole.len(), ..hit };
                keep(&mut kept, &hit, number);
                continue;
            }
            if hit.is("import-failed") {
                survive(&mut kept, number);
            }
            // Handlers report for each job that ComfyUI is there.
            if hit.is("comfyui-started") && (listened.is_none() || !is_of_handler(&hit)) {
                started_anyway(&mut kept, listened.replace(number));
            }
            let is_explained = hit.is("rejected-with-reason") && refused(&mut kept, number);
            // The cause of a crash stands above it: `what(): CUDA error: uncorrectable ECC error`, then `core dumped`.
            let follows = hit.is("native-crash") && explained(&kept, number);
            let hit = Hit { weight: if follows || is_explained { Weight::General } else { hit.weight }, ..hit };
            keep(&mut kept, &hit, number);
            if let Some(end) = kept.back().filter(|line| line.is_end()) {
                starts.end(end.is_failed_end());
            }
        }
        let last = lines.iter().rev().map(|line| line.text.trim()).find(|text| !text.is_empty());
        let last = last.map(|text| line::excerpt(text, None));
        Self { worker: worker.to_owned(), source, lines: kept.into(), last, starts, jobs }
    }

    /// The line that explains a failure best: the last of the greatest weight.
    pub(crate) fn root(&self) -> Option<&Line> {
        self.root_among(|_| true)
    }

    /// The line that says best why a program or a connection failed: one just above its last failure.
    pub(crate) fn reason(&self) -> Option<&Line> {
        let failed = |line: &&Line| line.family.is_some_and(child::has_reason_above);
        let last = self.lines.iter().rfind(failed)?;
        let above = self.lines.iter().filter(|line| line.number < last.number && line.number + PROGRAM >= last.number);
        let reasons = above.filter(|line| !failed(line) && line.family.is_some() && line.weight > Weight::Consequence);
        reasons.max_by_key(|line| line.weight)
    }

    /// The line that explains best why a job failed, if the log shows when it ran: an exception or a cause of that time. An
    /// exception does not end a worker.
    pub(crate) fn root_of_job(&self, job: &str, is_end: bool) -> Option<&Line> {
        let lines = self.jobs.lines(job)?;
        let least = if is_end { Weight::General } else { Weight::Exception };
        let counts = |line: &Line| line.weight >= least && (!is_end || line.is_of_worker());
        self.root_among(|line| lines.contains(&line.number) && counts(line))
    }

    /// Whether a line is older than a job.
    pub(crate) fn is_before(&self, line: &Line, job: &str) -> bool {
        self.jobs.lines(job).is_some_and(|lines| line.number < lines.start)
    }

    /// What explains best why ComfyUI or the worker ended. What a program reported and survived explains no end after ComfyUI
    /// had started.
    pub(crate) fn root_of_end(&self) -> Option<&Line> {
        let started = self.line_of("comfyui-started").is_some();
        self.root_among(|line| line.is_of_worker() && (line.weight > Weight::Caught || !started))
    }

    /// The same of some lines.
    fn root_among(&self, counts: impl Fn(&Line) -> bool) -> Option<&Line> {
        let lines = self.lines.iter().filter(|line| line.weight > Weight::Consequence && !line.is_ignored_output());
        lines.filter(|line| counts(line)).max_by_key(|line| line.weight)
    }

    /// The last reason why `ComfyUI` refused a workflow or an output of it.
    pub(crate) fn refusal(&self) -> Option<&Line> {
        let reasons = self.lines.iter().filter(|line| line.is(REFUSED_OUTPUT));
        reasons.max_by_key(|line| line.weight)
    }

    /// The line of RunPod's log that explains best why the container ended after its last start.
    pub(crate) fn death(&self) -> Option<&Line> {
        let began = self.starts.last?;
        let explains = |line: &&Line| line.weight >= Weight::General || line.is_failed_end();
        let lines = self.lines.iter().filter(|line| line.number > began).filter(explains);
        let of_the_start = |family: &Family| [UNPULLABLE, NOT_STARTED].contains(&family.rule);
        lines.filter(|line| !line.family.is_some_and(of_the_start)).max_by_key(|line| line.weight)
    }

    /// A download that failed before ComfyUI started, unless the line names another model file than this one.
    pub(crate) fn failed_download(&self, file: &str) -> Option<&Line> {
        let started = self.lines.iter().find(|line| line.is("comfyui-started")).map_or(usize::MAX, |line| line.number);
        let is_failed =
            |line: &&Line| line.family.is_some_and(|family| ["hub-access", "disk-full"].contains(&family.rule));
        let name = file.rsplit('/').next().unwrap_or(file);
        let names_other = |line: &&Line| line.text.split(BETWEEN_NAMES).any(is_model) && !line.text.contains(name);
        let lines = self.lines.iter().filter(|line| line.number < started).filter(is_failed);
        lines
            .filter(|line| !names_other(line) && !line.is("retried-download"))
            .max_by_key(|line| line.text.contains(name))
    }

    /// What the start does while ComfyUI does not listen yet.
    pub(crate) fn work_of_start(&self) -> Option<&Line> {
        let started = self.line_of("comfyui-started").is_some();
        ["installation", "download"].into_iter().filter(|_| !started).find_map(|family| self.line_of(family))
    }

    /// The names of the families of its lines.
    pub fn families(&self) -> impl Iterator<Item = &'static str> {
        self.lines.iter().filter_map(|line| Some(line.family?.name))
    }

    /// The last line of a family.
    pub(crate) fn line_of(&self, family: &str) -> Option<&Line> {
        self.lines.iter().rev().find(|line| line.is(family))
    }

    /// A line as evidence: where it is from, and its text.
    pub(crate) fn quote(&self, text: &str) -> String {
        let log = if self.source == "system" { "system log" } else { "log" };
        format!("{log} of worker {}: `{text}`", quote(&self.worker))
    }
}

/// The exception above a failed import was survived.
fn survive(kept: &mut VecDeque<Line>, number: usize) {
    let above = kept.iter_mut().rev().take_while(|line| line.number + IMPORT >= number);
    above.for_each(|line| line.weight = line.weight.min(Weight::Caught));
}

/// ComfyUI refused the whole workflow: the reasons above, if there are any, explain it.
fn refused(kept: &mut VecDeque<Line>, number: usize) -> bool {
    let above = kept.iter_mut().rev().take_while(|line| line.number + REFUSAL >= number);
    let reasons = above.filter(|line| line.is(REFUSED_OUTPUT));
    reasons.map(|line| line.weight = Weight::Cause).count() > 0
}

fn is_of_handler(hit: &Hit<'_>) -> bool {
    let text = &hit.line[hit.place.clone()];
    text.ends_with("is ready") || text.ends_with("is reachable")
}

/// ComfyUI listens: the exceptions since it last did so explain nothing that comes later.
fn started_anyway(kept: &mut VecDeque<Line>, last: Option<usize>) {
    let above = kept.iter_mut().rev().take_while(|line| last.is_none_or(|last| line.number > last));
    let was_raised = |line: &&mut Line| {
        matches!(line.weight, Weight::Caught | Weight::Exception)
            || line.family.is_some_and(|family| family.weight == Weight::Raised)
    };
    above.filter(was_raised).for_each(|line| line.weight = Weight::Consequence);
}

/// Whether a line just above names a cause.
fn explained(kept: &VecDeque<Line>, number: usize) -> bool {
    let mut above = kept.iter().rev().take_while(|line| line.number + CRASH >= number);
    above.any(|line| line.weight == Weight::Cause && line.family.is_some_and(|family| family.name != "native-crash"))
}

fn keep(kept: &mut VecDeque<Line>, hit: &Hit<'_>, number: usize) {
    let text = line::excerpt(hit.line, Some(&hit.place));
    // A line that repeats itself is kept once.
    if kept.back().is_some_and(|last| last.text == text) {
        kept.pop_back();
    }
    if kept.len() >= KEPT {
        // A cause outlasts any number of consequences.
        let least = (0..kept.len()).min_by_key(|&index| kept[index].weight);
        kept.remove(least.unwrap_or(0));
    }
    kept.push_back(Line { text, family: hit.family, weight: hit.weight, number });
}
