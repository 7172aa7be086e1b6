//! A job's output as a whole.

use crate::{DENRISI, check, facts, sample};
use comfycheck_check_image::expected::{Expected, expected};
use comfycheck_check_image::rules::output::judge;
use comfycheck_check_image::settings::Settings;
use comfycheck_sdk::samples::{Ending, LostImage, Sample};
use comfycheck_sdk::{Answer, Workflow};

fn one_image() -> Expected {
    expected(&Workflow::parse(DENRISI).expect("a workflow"))
}

fn three_images() -> Expected {
    Expected { count: 3, savers: vec!["11".into(), "12".into()], ..one_image() }
}

fn without_images(output: Option<&str>) -> Sample {
    Sample { image_count: 0, output: output.map(str::to_owned), ..sample(3) }
}

fn losing(name: &str, reason: &str) -> Sample {
    let lost = LostImage { name: name.into(), reason: reason.into() };
    Sample { image_count: 0, lost_images: vec![lost], ..sample(3) }
}

fn answer(sample: &Sample, expected: &Expected, settings: &str) -> Answer {
    let settings: Settings = serde_json::from_str(settings).expect("settings");
    judge(sample, sample.image_count, expected, &settings)
}

#[test]
fn a_workflow_that_saves_no_image_is_right_with_files_of_another_kind() {
    let none = Expected::default();
    let video = without_images(Some(r#"{"video": "<base64, 1234 bytes>"}"#));
    assert_eq!(facts(&answer(&video, &none, "{}")), [""; 0]);
    // A video in the list of images is not the image that is missing.
    let listed = Sample { image_count: 1, ..video };
    let judged = |images| judge(&listed, images, &one_image(), &Settings::default());
    assert_eq!(facts(&judged(1)), [""; 0]);
    assert_eq!(facts(&judged(0)), ["missing-images; sample 3; node 11"]);
}

#[test]
fn an_output_with_its_images_is_not_mentioned() {
    for images in [1, 5] {
        let answer = answer(&Sample { image_count: images, ..sample(3) }, &one_image(), "{}");
        assert_eq!(facts(&answer), [""; 0], "{images} images");
    }
}

#[test]
fn each_way_to_have_no_image_is_one_finding() {
    let empty = without_images(Some(r#"{"status": "success_no_images", "images": []}"#));
    let missing = "the image does not exist in the specified output folder: x";
    let old = without_images(Some(&format!(r#"{{"status": "error", "message": "{missing}"}}"#)));
    let echo = without_images(Some(r#"{"echo": {"workflow": {}}}"#));
    let forbidden = losing("a.png", "the URL answered with status 403");
    let one = one_image();
    check(
        "no_image",
        &[
            ("no output", answer(&without_images(None), &one, "{}"), &["no-output; sample 3"]),
            ("success_no_images", answer(&empty, &one, "{}"), &["success-no-images; sample 3"]),
            ("an error of an old worker", answer(&old, &one, "{}"), &["worker-error; sample 3"]),
            ("something else", answer(&echo, &one, "{}"), &["missing-images; sample 3; node 11"]),
            ("a list", answer(&without_images(Some("[1, 2]")), &one, "{}"), &["missing-images; sample 3; node 11"]),
            ("a lost image", answer(&forbidden, &one, "{}"), &["lost-image; sample 3"]),
            ("a lost image without a name", answer(&losing("", "gone"), &one, "{}"), &["lost-image; sample 3"]),
        ],
    );
}

#[test]
fn fewer_images_than_the_workflow_saves_are_missing() {
    let two = Sample { image_count: 2, ..sample(3) };
    // The lost one is reported, and not as missing, too.
    let lost = LostImage { name: "b.png".into(), reason: "gone".into() };
    let one_lost = Sample { lost_images: vec![lost], ..two.clone() };
    check(
        "missing_images",
        &[
            (
                "fewer than the workflow saves",
                answer(&two, &three_images(), "{}"),
                &["missing-images; sample 3; node 11; node 12"],
            ),
            ("as many as the settings require", answer(&two, &three_images(), r#"{"images-per-sample": 2}"#), &[]),
            (
                "fewer than the settings require",
                answer(&sample(3), &one_image(), r#"{"images-per-sample": 2}"#),
                &["missing-images; sample 3"],
            ),
            ("one is lost", answer(&one_lost, &three_images(), "{}"), &["lost-image; sample 3"]),
        ],
    );
}

#[test]
fn whether_an_unknown_workflow_saves_images_is_open_unless_the_settings_say_it() {
    let video = without_images(Some(r#"{"video": "<3 MB>"}"#));
    let nothing = without_images(Some(r#"{"status": "success_no_images", "images": []}"#));
    let none = Expected::default();
    check(
        "unknown_workflow",
        &[
            ("without settings", answer(&video, &none, "{}"), &["missing-images?"]),
            ("none is required", answer(&video, &none, r#"{"images-per-sample": 0}"#), &[]),
            ("none is required and none came", answer(&nothing, &none, r#"{"images-per-sample": 0}"#), &[]),
        ],
    );
}

#[test]
fn an_upload_that_was_only_simulated_is_explained() {
    let in_reason = losing("a.png", "`simulated_uploaded/8fe76024.png` is not a URL");
    let output = r#"{"images": [{"filename": "a.png", "type": "s3_url", "data": "simulated_uploaded/8f.png"}]}"#;
    let in_output = Sample { output: Some(output.into()), ..losing("a.png", "not a URL") };
    let lost: &[&str] = &["lost-image; sample 3"];
    check(
        "simulated_upload",
        &[
            ("by the reason", answer(&in_reason, &one_image(), "{}"), lost),
            ("by the output", answer(&in_output, &one_image(), "{}"), lost),
        ],
    );
}

#[test]
fn errors_beside_images_are_found() {
    let output = |errors: usize| {
        let errors: Vec<String> =
            (0..errors).map(|error| format!(r#""Error uploading {error}.png:\nno `route`.""#)).collect();
        Sample { output: Some(format!(r#"{{"images": [], "errors": [{}]}}"#, errors.join(","))), ..sample(3) }
    };
    let eleven = ["worker-error; sample 3"; 11];
    check(
        "worker_errors",
        &[
            ("one", answer(&output(1), &one_image(), "{}"), &eleven[..1]),
            ("a thousand", answer(&output(1000), &one_image(), "{}"), &eleven),
        ],
    );
}

#[test]
fn of_a_failed_sample_only_the_errors_in_its_output_count() {
    let failed = |output| Sample { ending: Ending::Failed, ..without_images(Some(output)) };
    check(
        "failed_sample",
        &[
            ("other details", answer(&failed(r#"{"details": ["x"]}"#), &one_image(), "{}"), &[]),
            (
                "errors",
                answer(&failed(r#"{"errors": ["Node 7 failed"]}"#), &one_image(), "{}"),
                &["worker-error; sample 3"],
            ),
        ],
    );
}

#[test]
fn an_output_that_is_not_json_is_no_reason_to_panic() {
    let sample = Sample { output: Some("{\"images\": [".into()), ..sample(3) };
    assert_eq!(facts(&answer(&sample, &one_image(), "{}")), [""; 0]);
}
