//! How many samples there are, and how many of them succeeded.

use super::Rules;
use crate::metrics::Tally;
use crate::wording::percent;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, Subject, count};

/// The share of the samples that succeeded, as `success-rate`, held against `least` percent, as `low-success-rate`.
///
/// Samples that were not submitted are not counted. Those that were cancelled, and those whose submission was not
/// answered, might have succeeded or not: where the limit depends on them, it is an open question.
#[must_use]
pub fn success_rate(samples: &[Sample], least: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "success-rate", limit: "low-success-rate" };
    let tally = Tally::of(samples);
    let settled = tally.settled();
    if settled == 0 {
        let reason = format!("the success rate was not measured: no sample came to an end{}", left_out(&tally));
        return RULES.unmeasured(least, reason, "see why the samples were not submitted or cancelled");
    }
    let share = |part: u32, whole: u32| 100.0 * f64::from(part) / f64::from(whole);
    let rate = share(tally.succeeded, settled);
    let bound = least.map(Bound::AtLeast);
    let what = format!("{} of {} succeeded ({})", tally.succeeded, count(settled, "sample"), percent(rate));
    let mut answer = Answer::default();
    let note = Finding::new(RULES.value, format!("{what}{}", left_out(&tally)));
    answer.findings.push(note.measured(rate, "%", bound));

    let Some(least) = least else { return answer };
    let all = settled.saturating_add(tally.untold);
    let (worst, best) = (share(tally.succeeded, all), share(tally.succeeded.saturating_add(tally.untold), all));
    if best < least {
        let message = format!("{what}; at least {} should{}", percent(least), of_them(&tally));
        let broken = Finding::new(RULES.limit, message)
            .measured(rate, "%", bound)
            .help("see in this report how the samples ended that did not succeed, and what their jobs say");
        answer.findings.push(broken.about_all(tally.lost.iter().copied().map(Subject::Sample)));
    } else if worst < least {
        let reason = format!("{what}, and how {} would have ended is not known", count(tally.untold, "more sample"));
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help("run it again, to the end"));
    }
    answer
}

/// Fewer than `least` samples came to an end: `too-few-samples`, always an open question. That little was looked at
/// proves nothing of the deployment.
#[must_use]
pub fn too_few_samples(samples: &[Sample], least: u32) -> Answer {
    let tally = Tally::of(samples);
    let settled = tally.settled();
    let mut answer = Answer::default();
    if settled < least {
        let reason = format!(
            "{} came to an end, and at least {least} are asked for{}",
            count(settled, "sample"),
            left_out(&tally)
        );
        let help = "take more samples (`samples` in the suite, `--samples` on the command line), and see that the \
                    budget allows them";
        answer.open.push(OpenQuestion::new("too-few-samples", reason).help(help));
    }
    answer
}

/// `; not counted: 1 cancelled or unanswered, 2 not submitted`, or nothing.
fn left_out(tally: &Tally) -> String {
    let parts = [(tally.untold, "cancelled or unanswered"), (tally.not_submitted, "not submitted")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, how)| format!("{number} {how}")).collect();
    if parts.is_empty() { String::new() } else { format!("; not counted: {}", parts.join(", ")) }
}

/// `; 2 were never taken by a worker`, or nothing.
fn of_them(tally: &Tally) -> String {
    match tally.never_started {
        0 => String::new(),
        1 => "; 1 was never taken by a worker".to_owned(),
        number => format!("; {number} were never taken by a worker"),
    }
}
