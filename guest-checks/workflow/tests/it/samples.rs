//! What the samples show about the verdict.

use crate::wording::{table, wording};
use comfycheck_check_workflow::rules::samples::after_samples;
use comfycheck_sdk::samples::{Ending, Sample};
use insta::assert_snapshot;

fn sample(index: u32, ending: Ending, image_count: u32) -> Sample {
    Sample { image_count, ..Sample::new(index, ending) }
}

#[test]
fn a_sample_with_an_image_shows_that_comfyui_accepts_the_workflow() {
    let image = sample(0, Ending::Succeeded, 1);
    let empty = sample(1, Ending::Succeeded, 0);
    let failed = sample(2, Ending::Failed, 0);
    let cases = [
        ("an image", vec![image.clone()], true),
        (
            "images and failures",
            vec![image.clone(), empty.clone(), failed.clone(), sample(3, Ending::Succeeded, 2)],
            true,
        ),
        ("success without an image", vec![empty], false),
        ("a failure", vec![failed], false),
        ("nothing", Vec::new(), false),
    ];
    let words = table(cases.into_iter().map(|(name, samples, is_accepted)| {
        let answer = after_samples(&samples);
        assert_eq!(answer.is_ok(), is_accepted, "{name}");
        (name, answer.map_or_else(|reason| format!("not applicable: {reason}"), |answer| wording(&answer)))
    }));
    assert_snapshot!(words);
}
