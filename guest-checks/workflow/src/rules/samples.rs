//! What the samples show about the verdict.

mod refused;

use super::{COMFYUI_VERDICT, result_size, returned};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Finding, wording};

/// A sample that ComfyUI ran shows that it accepts the workflow. One that it refused shows which inputs it does not accept.
///
/// Fails with a reason if there is neither.
pub fn after_samples(samples: &[Sample]) -> Result<Answer, String> {
    let ran = samples.iter().filter(|sample| sample.was_executed()).count();
    let refused = refused::judge(samples);
    let withdrawn = returned::withdrawn(samples);
    let result = result_size::of_samples(samples);
    if ran == 0 && refused.is_empty() && withdrawn.is_empty() && result.is_none() {
        return Err("no sample returned an image".to_owned());
    }
    // A node can fail after ComfyUI accepted the workflow.
    let finished = samples.iter().filter(|sample| sample.was_executed() && sample.ending == Ending::Succeeded).count();
    let verdict = (ran > 0).then(|| {
        let message = if finished == ran {
            format!("ComfyUI accepted the workflow and ran {}", wording::count(ran, "sample"))
        } else {
            format!("ComfyUI accepted the workflow of {}", wording::count(ran, "sample"))
        };
        Finding::new(COMFYUI_VERDICT, message)
    });
    Ok(verdict.into_iter().chain(refused).chain(withdrawn).chain(result).collect())
}
