//! What the check answers for samples.

use crate::{file, workflow};
use comfycheck_check_media::format::Kind;
use comfycheck_check_media::rules::file::OutputFile;
use comfycheck_check_media::rules::manifest;
use comfycheck_check_media::rules::sample::{Returned, judge, judge_all};
use comfycheck_check_media::settings::Settings;
use comfycheck_sdk::samples::{Ending, LostImage, Sample};
use comfycheck_sdk::testing::{self, Case};
use comfycheck_sdk::{Answer, Error, Severity};

/// Node 5 saves a video of 33 frames, 320 × 256, 16 a second.
pub(crate) const VIDEO: &str = r#"1: EmptyHunyuanLatentVideo {"width": 320, "height": 256, "length": 33, "batch_size": 1}
    2: VAEDecode {"samples": ["1", 0]}
    4: CreateVideo {"images": ["2", 0], "fps": 16.0}
    5: SaveVideo {"video": ["4", 0], "filename_prefix": "video/ComfyUI"}"#;
/// Node 3 saves audio of a second.
pub(crate) const AUDIO: &str = r#"1: EmptyLatentAudio {"seconds": 1.0, "batch_size": 1}
    2: VAEDecodeAudio {"samples": ["1", 0]}
    3: SaveAudio {"audio": ["2", 0], "filename_prefix": "audio/ComfyUI"}"#;

/// Node 2 saves an animation of nine frames.
const ANIMATION: &str = r#"1: EmptyImage {"width": 64, "height": 48, "batch_size": 9, "color": 0}
    2: SaveAnimatedWEBP {"images": ["1", 0], "fps": 10.0}"#;

pub(crate) fn sample(nodes: &str) -> Sample {
    Sample { workflow: workflow(nodes), ..Sample::new(3, Ending::Succeeded) }
}

/// A file under a name.
pub(crate) fn named(name: &str, bytes: Vec<u8>) -> Returned<'static> {
    (OutputFile { sample: 3, name: name.into(), ..OutputFile::default() }, Box::new(bytes))
}

/// A file in base64 that strict decoders refuse.
pub(crate) fn lenient(name: &str, bytes: Vec<u8>) -> Returned<'static> {
    let (file, bytes) = named(name, bytes);
    (OutputFile { is_lenient: true, ..file }, bytes)
}

pub(crate) fn settings(json: &str) -> Settings {
    serde_json::from_str(json).expect("settings")
}

pub(crate) fn answer(nodes: &str, files: &[Returned<'_>], json: &str) -> Answer {
    judge(&sample(nodes), files, &settings(json)).expect("an answer")
}

/// Compares the facts of every answer, and their words with a snapshot.
#[track_caller]
fn check(snapshot: &str, cases: &[Case<'_>]) {
    let manifest = manifest();
    let rules: Vec<(&str, Severity)> =
        manifest.rules.iter().map(|rule| (rule.id.as_str(), rule.default_severity)).collect();
    insta::assert_snapshot!(snapshot, testing::table(cases, &rules));
}

#[test]
fn files_as_the_workflow_makes_them_are_right() {
    for (nodes, name, of) in [
        (VIDEO, "ComfyUI_00001_.mp4", "h264.mp4"),
        (VIDEO, "ComfyUI_00001_.mp4", "fragmented.mp4"),
        (VIDEO, "", "h264.mp4"),
        (VIDEO, "ComfyUI_00001_.webm", "vp9.webm"),
        (AUDIO, "ComfyUI_00001_.flac", "tone.flac"),
        (AUDIO, "ComfyUI_00001_.mp3", "tone.mp3"),
        (AUDIO, "ComfyUI_00001_.opus", "tone.opus"),
        (r#"1: SaveGLB {"mesh": ["9", 0]}"#, "ComfyUI_00001_.glb", "sphere.glb"),
    ] {
        let answer = answer(nodes, &[named(name, file(of))], "{}");
        assert_eq!(testing::facts(&answer), [""; 0], "{of}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let one = |nodes, name, bytes: &[u8]| answer(nodes, &[named(name, bytes.to_vec())], "{}");
    let video = file("h264.mp4");
    let page = b"<html><body>502 Bad Gateway</body></html>";
    let mut no_frames = file("h264.mp4");
    let sizes = no_frames.windows(4).position(|name| name == b"stsz").expect("a table") + 12;
    no_frames[sizes..sizes + 4].fill(0);
    check(
        "unreadable",
        &[
            (
                "cut off",
                one(VIDEO, "ComfyUI_00001_.mp4", &video[..video.len() / 2]),
                &["unreadable-file: node 5, sample 3"],
            ),
            (
                "contradicts itself",
                one(VIDEO, "ComfyUI_00001_.mp4", &no_frames),
                &["unreadable-file: node 5, sample 3"],
            ),
            ("an error page", one(VIDEO, "ComfyUI_00001_.mp4", page), &["unreadable-file: node 5, sample 3"]),
            ("no bytes", one(AUDIO, "ComfyUI_00001_.flac", b""), &["empty-file: node 3, sample 3"]),
            ("blank text", one(AUDIO, "a.txt", b"  \n"), &["empty-file: sample 3", "missing-file: node 3, sample 3"]),
            (
                "a format that is not read, and may be what is missing",
                one(AUDIO, "x.fbx", b"Kaydara FBX Binary  \0\x1a\0"),
                &["unknown-format: sample 3"],
            ),
            (
                "too large to read",
                answer(
                    VIDEO,
                    &[named("ComfyUI_00001_.gif", [file("animated.gif"), vec![0; 1 << 20]].concat())],
                    r#"{"decode-memory-mib": 1}"#,
                ),
                &["unreadable-file?"],
            ),
            (
                "another format than its name says",
                one(VIDEO, "ComfyUI_00001_.mp4", &file("vp9.webm")),
                &["mislabelled-file: node 5, sample 3"],
            ),
        ],
    );
}

#[test]
fn a_file_that_differs_from_the_workflow_is_a_warning() {
    let video = |from: &str, to: &str| {
        let nodes = VIDEO.replace(from, to);
        answer(&nodes, &[named("ComfyUI_00001_.mp4", file("h264.mp4"))], "{}")
    };
    let audio = |seconds: &str| {
        answer(&AUDIO.replace("1.0", seconds), &[named("ComfyUI_00001_.flac", file("tone.flac"))], "{}")
    };
    let differs: &[&str] = &["differs-from-workflow: node 5, sample 3"];
    check(
        "differs_from_workflow",
        &[
            ("frames", video("33", "81"), differs),
            ("size", video("256", "512"), differs),
            ("rate", video("16.0", "24.0"), differs),
            ("size within a cell of the latent", video("256", "263"), &[]),
            ("audio", audio("5.0"), &["differs-from-workflow: node 3, sample 3"]),
            ("audio that is rounded", audio("1.3"), &[]),
        ],
    );
}

#[test]
fn an_animation_may_store_equal_frames_once() {
    let animation = |frames: u32, fps: &str| {
        let nodes = format!(
            r#"1: EmptyImage {{"width": 64, "height": 48, "batch_size": {frames}, "color": 0}}
               2: SaveAnimatedWEBP {{"images": ["1", 0], "fps": {fps}}}"#
        );
        testing::facts(&answer(&nodes, &[named("ComfyUI_00001_.webp", file("animated.webp"))], "{}"))
    };
    assert_eq!(animation(9, "10.0"), [""; 0]);
    assert_eq!(animation(18, "20.0"), [""; 0], "as long, with fewer frames");
    assert_eq!(animation(18, "10.0"), ["differs-from-workflow: node 2, sample 3"]);
    assert_eq!(animation(4, "10.0"), ["differs-from-workflow: node 2, sample 3"]);
}

#[test]
fn the_settings_count_instead_of_the_workflow() {
    let video = |json| answer(&VIDEO.replace("33", "81"), &[named("ComfyUI_00001_.mp4", file("h264.mp4"))], json);
    let audio = |json| answer(AUDIO, &[named("ComfyUI_00001_.flac", file("tone.flac"))], json);
    let differs: &[&str] = &["differs-from-settings: node 5, sample 3"];
    check(
        "differs_from_settings",
        &[
            ("frames", video(r#"{"frames": 32}"#), differs),
            ("these frames", video(r#"{"frames": 33}"#), &[]),
            ("width", video(r#"{"frames": 33, "width": 640}"#), differs),
            ("too short", video(r#"{"frames": 33, "min-duration-s": 5}"#), differs),
            ("too long", audio(r#"{"max-duration-s": 0.5}"#), &["differs-from-settings: node 3, sample 3"]),
        ],
    );
}

#[test]
fn a_missing_file_names_its_node() {
    let two = format!(
        "{VIDEO}\n6: VHS_VideoCombine {{\"images\": [\"2\", 0], \"frame_rate\": 16, \"filename_prefix\": \"other\"}}"
    );
    let same = two.replace("other", "ComfyUI");
    let video = |name: &str| named(name, file("h264.mp4"));
    let of_node = |node: &str| {
        let (mut file, bytes) = video("ComfyUI_00001_.mp4");
        file.node = Some(node.into());
        (file, bytes)
    };
    let lost = |name: &str| {
        let lost_images = vec![LostImage { name: name.into(), reason: "gone".into() }];
        judge(&Sample { lost_images, ..sample(VIDEO) }, &[], &Settings::default()).expect("an answer")
    };
    let unsaved = "6: VHS_VideoCombine {\"images\": [\"2\", 0], \"frame_rate\": 16, \"save_output\": false}".to_owned();
    let batch = AUDIO.replace("\"batch_size\": 1", "\"batch_size\": 3");
    let tone = named("ComfyUI_00001_.flac", file("tone.flac"));
    check(
        "missing",
        &[
            ("no file", answer(VIDEO, &[], "{}"), &["missing-file: node 5, sample 3"]),
            ("by its prefix", answer(&two, &[video("ComfyUI_00001_.mp4")], "{}"), &["missing-file: node 6, sample 3"]),
            ("as the output says", answer(&same, &[of_node("6")], "{}"), &["missing-file: node 5, sample 3"]),
            (
                "either",
                answer(&same, &[video("ComfyUI_00001_.mp4")], "{}"),
                &["missing-file: node 5, node 6, sample 3"],
            ),
            (
                "none of two",
                answer(&two, &[], "{}"),
                &["missing-file: node 5, sample 3", "missing-file: node 6, sample 3"],
            ),
            (
                "a node that saves nothing, and nothing else came",
                answer(&unsaved, &[], "{}"),
                &["missing-file: node 6.save_output, sample 3"],
            ),
            (
                "a node that saves nothing beside another file",
                answer(&unsaved, &[named("a.txt", b"words".to_vec())], "{}"),
                &[],
            ),
            ("one of a batch", answer(&batch, &[tone], "{}"), &["missing-file: node 3, sample 3"]),
            (
                "of a node that saves nothing: its name counts",
                answer(&two, &[of_node("77")], "{}"),
                &["missing-file: node 6, sample 3"],
            ),
            ("lost", lost("ComfyUI_00001_.mp4"), &["lost-file: sample 3"]),
            ("lost, and of any kind", lost("result"), &[]),
            ("another kind is lost", lost("a.png"), &["missing-file: node 5, sample 3"]),
            (
                "another kind",
                answer(VIDEO, &[named("a.flac", file("tone.flac"))], "{}"),
                &["missing-file: node 5, sample 3"],
            ),
        ],
    );
}

#[test]
fn a_renamed_file_counts() {
    let renamed = answer(VIDEO, &[named("result.mp4", file("h264.mp4")), named("extra.mp4", file("h264.mp4"))], "{}");
    assert_eq!(testing::facts(&renamed), [""; 0]);
}

#[test]
fn pictures_that_stand_still_and_bad_sound_are_found() {
    let video = |of| answer(VIDEO, &[named("ComfyUI_00001_.mp4", file(of))], "{}");
    let audio = |nodes: &str, name: &str, of| answer(nodes, &[named(name, file(of))], "{}");
    let empty = AUDIO.replace("EmptyLatentAudio", "Other").replace(
        r#"2: VAEDecodeAudio {"samples": ["1", 0]}"#,
        r#"2: EmptyAudio {"duration": 1.0, "sample_rate": 44100, "channels": 2}"#,
    );
    check(
        "content",
        &[
            ("black", video("black.mp4"), &["unchanging-video: node 5, sample 3"]),
            ("silent", audio(AUDIO, "ComfyUI_1.flac", "silent.flac"), &["silent-audio: node 3, sample 3"]),
            ("silent Opus", audio(AUDIO, "ComfyUI_1.opus", "silent.opus"), &["silent-audio: node 3, sample 3"]),
            ("silent as it should be", audio(&empty, "ComfyUI_1.flac", "silent.flac"), &[]),
            (
                "clipped",
                audio(AUDIO, "a.wav", "clipped.wav"),
                &[
                    "clipped-audio: node 3, sample 3 = 94.85260770975057 % (at most 0.1)",
                    "differs-from-workflow: node 3, sample 3",
                ],
            ),
        ],
    );
}

#[test]
fn base64_that_strict_decoders_refuse_is_a_warning() {
    let answer = answer(VIDEO, &[lenient("ComfyUI_00001_.mp4", file("h264.mp4"))], "{}");
    assert_eq!(testing::facts(&answer), ["lenient-base64: node 5, sample 3"]);
}

#[test]
fn a_file_of_an_unknown_format_is_of_the_kind_that_the_output_says() {
    let (described, bytes) = named("", b"\x01\x02\x03\x04".to_vec());
    let video = (OutputFile { kind: Some(Kind::Video), ..described }, bytes);
    // It may be the video of the node.
    assert_eq!(testing::facts(&answer(VIDEO, &[video], "{}")), ["unknown-format: node 5, sample 3"]);
}

#[test]
fn a_text_must_be_json_where_that_is_asked() {
    let text = |text: &str, json| {
        testing::facts(&answer(VIDEO, &[named("ComfyUI_1.mp4", file("h264.mp4")), named("a.txt", text.into())], json))
    };
    assert_eq!(text("a caption", "{}"), [""; 0]);
    assert_eq!(text("a caption", r#"{"json-text": true}"#), ["invalid-json: sample 3"]);
    assert_eq!(text("{\"a\": 1}", r#"{"json-text": true}"#), [""; 0]);
}

#[test]
fn there_is_nothing_to_do_without_such_files() {
    let images = r#"1: SaveImage {"images": ["2", 0]}"#;
    let image = || named("a.png", b"\x89PNG\r\n\x1a\n".to_vec());
    assert!(matches!(judge(&sample(images), &[image()], &Settings::default()), Err(Error::NotApplicable(_))));
    let failed = Sample { ending: Ending::Failed, ..sample(VIDEO) };
    assert!(matches!(judge(&failed, &[], &Settings::default()), Err(Error::NotApplicable(_))));
    assert!(matches!(judge_all(&[(sample(images), vec![image()])]), Err(Error::NotApplicable(_))));
    // Nothing was looked at, so it is not right.
    let left = Sample { ending: Ending::NotSubmitted, ..sample(VIDEO) };
    for (samples, expected) in [
        (vec![], "no sample was submitted"),
        (vec![(left, vec![])], "no sample was submitted"),
        (vec![(sample(VIDEO), vec![]), (failed, vec![])], "no sample returned such a file"),
    ] {
        let Err(Error::NotApplicable(reason)) = judge_all(&samples) else { panic!("{expected}") };
        assert_eq!(reason, expected);
    }
    assert!(judge(&sample(images), &[named("a.mp4", file("h264.mp4"))], &Settings::default()).is_ok());
}

#[test]
fn the_headline_counts_the_files_and_shows_what_they_have_in_common() {
    let all = |nodes: &str, files: Vec<Vec<Returned<'static>>>| {
        let samples: Vec<_> = files.into_iter().map(|files| (sample(nodes), files)).collect();
        judge_all(&samples).expect("an answer")
    };
    let video = |of| vec![named("ComfyUI_00001_.mp4", file(of))];
    let notes: &[&str] = &["media", "expected-files"];
    check(
        "headline",
        &[
            ("all of them", all(VIDEO, vec![video("h264.mp4"), video("faststart.mp4")]), notes),
            ("one is missing", all(VIDEO, vec![video("h264.mp4"), vec![]]), notes),
            ("they differ", all(VIDEO, vec![video("h264.mp4"), video("sound.mp4")]), notes),
            ("an animation", all(ANIMATION, vec![vec![named("a.webp", file("animated.webp"))]]), notes),
            ("a format that is not read here", all(VIDEO, vec![vec![named("a.gif", file("animated.gif"))]]), notes),
            ("audio", all(AUDIO, vec![vec![named("a.flac", file("tone.flac"))]]), notes),
            (
                "a model that is not expected",
                all("1: KSampler {}", vec![vec![named("a.glb", file("sphere.glb"))]]),
                notes,
            ),
        ],
    );
}
