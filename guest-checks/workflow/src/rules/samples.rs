//! What the samples show about the verdict.

use super::COMFYUI_VERDICT;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Finding, wording};

/// A sample that returned an image shows that ComfyUI accepts the workflow.
///
/// Fails with a reason if there is none.
pub fn after_samples(samples: &[Sample]) -> Result<Answer, String> {
    let ran = samples.iter().filter(|sample| sample.ending == Ending::Succeeded && sample.image_count > 0).count();
    if ran == 0 {
        return Err("no sample returned an image".to_owned());
    }
    let message = format!("ComfyUI accepted the workflow and ran {}", wording::count(ran, "sample"));
    Ok(Finding::new(COMFYUI_VERDICT, message).into())
}
