//! Parses scenarios, or reports the error and its place.

use super::{FaultKind, Scenario, When};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::nearest::did_you_mean;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::volume_problems;
use comfycheck_core::text::TextFile;

/// The most workers of an endpoint. RunPod's largest quota is far below it.
const MOST_WORKERS: u32 = 1_000;

impl Scenario {
    /// Parses a scenario file, or returns its first error. Errors of syntax, keys and types have a line and a column. Errors
    /// of values, such as a share out of range or keys that contradict each other, have none.
    pub fn parse(file: &TextFile) -> Result<Self, Diagnostic> {
        let mut scenario: Self = toml::from_str(&file.text).map_err(|err| refusal(&err, file))?;
        scenario.sha256 = sha256_hex(file.text.as_bytes());
        scenario.check()?;
        Ok(scenario)
    }

    /// Checks what the types do not.
    fn check(&self) -> Result<(), Diagnostic> {
        let wrong = |what: &str| Err(Diagnostic::new(what));
        let shares = self.jobs.iter().map(|rule| rule.share).chain(self.faults.iter().map(|fault| fault.share));
        if shares.into_iter().any(|share| !(0.0..=1.0).contains(&share)) {
            return wrong("`share` must be between 0 and 1");
        }
        if self.workers.kinds.iter().any(|kind| !(kind.slowness > 0.0 && kind.slowness <= 1_000.0)) {
            return wrong("`slowness` must be above 0 and at most 1000");
        }
        if self.date.len() != 10 || self.date.parse::<jiff::civil::Date>().is_err() {
            return wrong("`date` must be a date such as `2026-11-20`");
        }
        if self.endpoint.workers_min > self.endpoint.workers_max {
            return wrong("`workers-min` of the endpoint must be at most `workers-max`");
        }
        if self.endpoint.workers_max > MOST_WORKERS {
            return wrong(&format!("`workers-max` of the endpoint must be at most {MOST_WORKERS}"));
        }
        if self.workers.ready > self.endpoint.workers_max {
            return wrong("`ready` must be at most `workers-max` of the endpoint");
        }
        let volumes = self.volumes.iter().map(|volume| (volume.id.as_str(), volume.data_center.as_str()));
        if let Some(problem) = volume_problems(volumes, &Secrets::default()).first() {
            return wrong(&problem.what);
        }
        for fault in &self.faults {
            let only_of_status = fault.status.is_some() || fault.retry_after_s.is_some() || fault.body.is_some();
            if fault.kind != FaultKind::Status && only_of_status {
                return wrong("only faults of the kind `status` can have `status`, `retry-after-s` and `body`");
            }
            if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
                return wrong("`status` of a fault must be between 200 and 599");
            }
            if fault.kind.is_always_after() && fault.when == Some(When::Before) {
                return wrong("a fault of the kind `dribble`, `truncate` or `silence` is always `after`");
            }
        }
        Ok(())
    }
}

/// The deserializer's error, with its place, and a suggestion for an unknown word.
fn refusal(err: &toml::de::Error, file: &TextFile) -> Diagnostic {
    let message = err.message();
    let end = file.text.trim_end().len();
    let place = err.span().unwrap_or(end..end);
    // In serde's words: unknown field `a`, expected one of `b`, `c`
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    let (what, known) = if message.starts_with("unknown field ") {
        (format!("unknown key `{word}`"), quoted.collect())
    } else if message.starts_with("unknown variant ") {
        (format!("unknown value `{word}`"), quoted.collect())
    } else {
        (message.lines().collect::<Vec<_>>().join(" "), Vec::new())
    };
    let diagnostic = Diagnostic::new(what).at(file, place);
    match did_you_mean(word, known) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}
