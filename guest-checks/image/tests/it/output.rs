//! What is said of a job's output as a whole.

use crate::{DENRISI, lines, sample};
use comfycheck_check_image::expected::{Expected, expected};
use comfycheck_check_image::rules::output::judge;
use comfycheck_check_image::settings::Settings;
use comfycheck_sdk::Workflow;
use comfycheck_sdk::samples::{Ending, LostImage, Sample};

fn one_image() -> Expected {
    expected(&Workflow::parse(DENRISI).expect("a workflow"))
}

fn without_images(output: Option<&str>) -> Sample {
    Sample { image_count: 0, output: output.map(str::to_owned), ..sample(3) }
}

fn losing(name: &str, reason: &str) -> Sample {
    let lost = LostImage { name: name.into(), reason: reason.into() };
    Sample { image_count: 0, lost_images: vec![lost], ..sample(3) }
}

#[track_caller]
fn check(sample: &Sample, expected: &Expected, settings: &str, said: &[&str]) {
    let settings: Settings = serde_json::from_str(settings).expect("settings");
    assert_eq!(lines(&judge(sample, expected, &settings)), said);
}

#[test]
fn an_output_with_its_images_is_not_mentioned() {
    check(&sample(3), &one_image(), "{}", &[]);
    check(&Sample { image_count: 5, ..sample(3) }, &one_image(), "{}", &[]);
}

#[test]
fn each_way_to_have_no_image_is_told_once() {
    check(&without_images(None), &one_image(), "{}", &["no-output: sample 3 is completed without any output"]);
    check(
        &without_images(Some(r#"{"status": "success_no_images", "images": []}"#)),
        &one_image(),
        "{}",
        &["success-no-images: sample 3 is completed, and the worker found no image to return"],
    );
    check(
        &without_images(Some(
            r#"{"status": "error", "message": "the image does not exist in the specified output folder: x"}"#,
        )),
        &one_image(),
        "{}",
        &[
            "worker-error: the worker reports an error in the output of sample 3: the image does not exist in the specified \
           output folder: x",
        ],
    );
    check(
        &without_images(Some(r#"{"echo": {"workflow": {}}}"#)),
        &one_image(),
        "{}",
        &["missing-images: sample 3 gave no image; the workflow asks for 1 or more"],
    );
    check(
        &losing("a.png", "the URL answered with status 403"),
        &one_image(),
        "{}",
        &["lost-image: `a.png` of sample 3 is lost: the URL answered with status 403"],
    );
}

#[test]
fn fewer_images_than_the_workflow_asks_for_are_missing() {
    let three = Expected { count: 3, savers: vec!["11".into(), "12".into()], ..one_image() };
    check(
        &Sample { image_count: 2, ..sample(3) },
        &three,
        "{}",
        &["missing-images: sample 3 gave 2 images; the workflow asks for 3 or more"],
    );
    check(&Sample { image_count: 2, ..sample(3) }, &three, r#"{"images-per-sample": 2}"#, &[]);
    check(
        &sample(3),
        &one_image(),
        r#"{"images-per-sample": 2}"#,
        &["missing-images: sample 3 gave 1 image; the settings ask for 2 or more"],
    );
    // One was lost, and is told so; none is missing besides.
    let lost = LostImage { name: "b.png".into(), reason: "gone".into() };
    let sample = Sample { image_count: 2, lost_images: vec![lost], ..sample(3) };
    check(&sample, &three, "{}", &["lost-image: `b.png` of sample 3 is lost: gone"]);
}

#[test]
fn whether_an_unknown_workflow_should_give_images_is_open_unless_the_settings_say_it() {
    let video = without_images(Some(r#"{"video": "<3 MB>"}"#));
    check(
        &video,
        &Expected::default(),
        "{}",
        &[
            "missing-images? the output of sample 3 holds no image, and the workflow has no node that is known to save one",
        ],
    );
    check(&video, &Expected::default(), r#"{"images-per-sample": 0}"#, &[]);
    let nothing = without_images(Some(r#"{"status": "success_no_images", "images": []}"#));
    check(&nothing, &Expected::default(), r#"{"images-per-sample": 0}"#, &[]);
}

#[test]
fn an_upload_that_was_only_simulated_is_explained() {
    let in_reason = losing("a.png", "`simulated_uploaded/8fe76024.png` is no URL");
    let in_output = Sample {
        output: Some(
            r#"{"images": [{"filename": "a.png", "type": "s3_url", "data": "simulated_uploaded/8f.png"}]}"#.into(),
        ),
        ..losing("a.png", "no URL")
    };
    for sample in [in_reason, in_output] {
        let help = judge(&sample, &one_image(), &Settings::default()).findings[0].help.clone().expect("help");
        assert!(help.starts_with("set `BUCKET_ACCESS_KEY_ID`"), "{help}");
    }
}

#[test]
fn errors_beside_images_are_told() {
    let output = |errors: usize| {
        let errors: Vec<String> =
            (0..errors).map(|error| format!(r#""Error uploading {error}.png:\nno `route`.""#)).collect();
        Sample { output: Some(format!(r#"{{"images": [], "errors": [{}]}}"#, errors.join(","))), ..sample(3) }
    };
    let said = "worker-error: the worker reports an error in the output of sample 3: Error uploading 0.png: no 'route'";
    check(&output(1), &one_image(), "{}", &[said]);
    let many = lines(&judge(&output(1000), &one_image(), &Settings::default()));
    assert_eq!(many.len(), 11);
    assert!(many[10].ends_with("and 990 more errors"), "{many:?}");
}

#[test]
fn of_a_sample_that_failed_only_what_its_output_says_is_told() {
    let failed = Sample { ending: Ending::Failed, ..without_images(Some(r#"{"details": ["x"]}"#)) };
    check(&failed, &one_image(), "{}", &[]);
    let partial = Sample { ending: Ending::Failed, ..without_images(Some(r#"{"errors": ["Node 7 failed"]}"#)) };
    check(
        &partial,
        &one_image(),
        "{}",
        &["worker-error: the worker reports an error in the output of sample 3: Node 7 failed"],
    );
}

#[test]
fn an_output_that_is_not_json_is_no_reason_to_panic() {
    check(&Sample { output: Some("{\"images\": [".into()), ..sample(3) }, &one_image(), "{}", &[]);
    check(
        &without_images(Some("[1, 2]")),
        &one_image(),
        "{}",
        &["missing-images: sample 3 gave no image; the workflow asks for 1 or more"],
    );
}
