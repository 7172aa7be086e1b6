//! How many samples ended, and how many of them succeeded.

use super::Rules;
use crate::metrics::Tally;
use crate::wording::clauses;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{beside, count, percent};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, Subject};

pub(super) const RULES: Rules = Rules { value: "success-rate", limit: "low-success-rate" };

/// The percentage of the samples that succeeded, as `success-rate`. Below `least` percent it is a `low-success-rate`.
///
/// Samples that were not submitted do not count. A sample that was cancelled or whose result is unknown might have
/// succeeded or not. Where the limit depends on such samples, it is an open question.
#[must_use]
pub fn success_rate(samples: &[Sample], least: Option<f64>) -> Answer {
    let tally = Tally::of(samples);
    let ended = tally.ended();
    if ended == 0 {
        return RULES.unmeasured(least, format!("no sample ended{}", in_brackets([tally.left_out()])), None);
    }
    let percentage = |part: u32, whole: u32| 100.0 * f64::from(part) / f64::from(whole);
    let rate = percentage(tally.succeeded, ended);
    let bound = least.map(Bound::AtLeast);
    let succeeded = format!("{} of {} succeeded", tally.succeeded, count(tally.all(), "sample"));
    let of_those = |rate: String| {
        if ended == tally.all() { rate } else { format!("{rate} of {ended} that ended") }
    };
    let mut answer = Answer::default();
    let details = in_brackets([Some(of_those(percent(rate))), tally.left_out()]);
    answer.findings.push(Finding::new(RULES.value, format!("{succeeded}{details}")).measured(rate, "%", bound));

    let Some(least) = least else { return answer };
    let (shown, limit) = beside(rate, least, "%", percent);
    let never_started = (tally.never_started > 0).then(|| format!("{} never started", tally.never_started));
    let details = [Some(of_those(shown)), never_started, tally.left_out(), Some(format!("limit: {limit}"))];
    let message = format!("{succeeded}{}", in_brackets(details));
    let undecided = tally.cancelled.saturating_add(tally.unknown);
    let all = ended.saturating_add(undecided);
    if percentage(tally.succeeded.saturating_add(undecided), all) < least {
        let broken = Finding::new(RULES.limit, message).measured(rate, "%", bound);
        answer.findings.push(broken.about_all(tally.not_succeeded.iter().copied().map(Subject::Sample)));
    } else if percentage(tally.succeeded, all) < least {
        answer.open.push(OpenQuestion::new(RULES.limit, message).help("run it again, without interrupting it"));
    }
    answer
}

/// Fewer than `least` samples ended: `too-few-samples`. Always an open question, because a small run proves nothing
/// against the deployment.
#[must_use]
pub fn too_few_samples(samples: &[Sample], least: u32) -> Answer {
    let tally = Tally::of(samples);
    let ended = tally.ended();
    if ended >= least {
        return Answer::default();
    }
    let reason = format!("{} ended, need {least}{}", count(ended, "sample"), in_brackets([tally.left_out()]));
    let mut open = OpenQuestion::new("too-few-samples", reason);
    // Where enough were planned, something else kept them from ending.
    if tally.all() < least {
        open = open.help(format!("run at least {least} samples: `samples` in the suite, or `--samples`"));
    }
    open.into()
}

impl Tally {
    /// `1 cancelled, 2 not submitted`; none where every sample ended.
    fn left_out(&self) -> Option<String> {
        let parts = [(self.cancelled, "cancelled"), (self.unknown, "unknown"), (self.not_submitted, "not submitted")];
        let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, how)| format!("{number} {how}"));
        Some(parts.collect::<Vec<_>>().join(", ")).filter(|parts| !parts.is_empty())
    }
}

/// ` (91.6%; limit: 100%)`; nothing where there are no details.
fn in_brackets<const N: usize>(details: [Option<String>; N]) -> String {
    let details = clauses(details);
    if details.is_empty() { details } else { format!(" ({details})") }
}
