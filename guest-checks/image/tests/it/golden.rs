//! Golden images: the whole check with a host of the test.

use crate::{check, png};
use comfycheck_check_image::Image;
use comfycheck_check_image::expected::expected;
use comfycheck_check_image::settings::Settings;
use comfycheck_check_image::source::{Listed, sources};
use comfycheck_likeness::golden::{GoldenImage, Index, Source};
use comfycheck_likeness::{Channels, Sketch, Sketcher};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::testing::{Host, SampleFile, SuiteFile};
use comfycheck_sdk::{Answer, Check, Scope, Workflow};
use png::{BitDepth, ColorType};
use serde_json::{Value, json};

const SIDE: u32 = 128;

/// Fields of colors that depend on the seed. `tint` is how much of each color is another one, of 4.
fn pixels(seed: u32, tint: u32) -> Vec<u8> {
    let field = |x: u32, y: u32, channel: u32| {
        let mut value = seed.wrapping_mul(97) ^ (x / 16 * 31 + y / 16 * 7 + channel * 13).wrapping_mul(0x9e37_79b9);
        value ^= value >> 15;
        value = value.wrapping_mul(0x2c1b_3c6d) ^ (value >> 12);
        (value >> 24) * (4 - tint) / 4 + 200 * tint / 4
    };
    let places = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    places.flat_map(|(x, y)| [0, 1, 2].map(|channel| u8::try_from(field(x, y, channel)).expect("a byte"))).collect()
}

fn file(pixels: &[u8]) -> Vec<u8> {
    png(SIDE, SIDE, ColorType::Rgb, BitDepth::Eight, pixels)
}

fn sketch(pixels: &[u8]) -> Sketch {
    let mut sketcher = Sketcher::new(SIDE, SIDE, Channels::Rgb).expect("a size");
    sketcher.add(pixels);
    sketcher.finish().expect("all rows")
}

fn workflow(seed: u32, prompt: &str) -> String {
    json!({
        "1": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt}},
        "2": {"class_type": "EmptyLatentImage", "inputs": {"width": SIDE, "height": SIDE, "batch_size": 1}},
        "3": {"class_type": "KSampler", "inputs": {"seed": seed, "positive": ["1", 0], "latent_image": ["2", 0]}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "a"}},
    })
    .to_string()
}

fn source(seed: u32, prompt: &str) -> Source {
    let workflow = Workflow::parse(&workflow(seed, prompt)).expect("a workflow");
    let image = Listed { name: "a_00001_.png".into(), node: None };
    sources(&workflow, &expected(&workflow), &[image]).remove(0)
}

/// A digest that stands for SHA-256.
fn digest(name: &str) -> String {
    format!("{:0>64x}", name.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte)))
}

/// A folder with the golden images of some seeds of the prompt `cat`.
fn folder(seeds: &[u32]) -> Vec<SuiteFile> {
    let golden = |seed: &u32| {
        let name = format!("{seed}.png");
        GoldenImage::new(name.clone(), digest(&name), source(*seed, "cat"), &sketch(&pixels(*seed, 0)))
    };
    let mut index = Index::new(seeds.iter().map(golden).collect());
    index.find_nearest(|image| Some(sketch(&pixels(image.file.trim_end_matches(".png").parse().expect("a seed"), 0))));
    let images = index.images.iter().map(|image| {
        let seed = image.file.trim_end_matches(".png").parse().expect("a seed");
        SuiteFile { path: image.file.clone(), bytes: file(&pixels(seed, 0)), sha256: image.sha256.clone() }
    });
    let text = SuiteFile { path: "index.json".into(), bytes: index.to_json().into(), sha256: digest("index") };
    images.chain([text]).collect()
}

fn settings() -> Settings {
    serde_json::from_value(json!({"golden": "golden"})).expect("settings")
}

/// The answer about one sample of a seed and a prompt, whose image has these bytes.
fn answer(golden: Vec<SuiteFile>, (seed, prompt): (u32, &str), bytes: Vec<u8>, settings: Settings) -> Answer {
    run(Scope::Sample, golden, vec![(workflow(seed, prompt), bytes)], settings)
}

fn run(scope: Scope, golden: Vec<SuiteFile>, samples: Vec<(String, Vec<u8>)>, settings: Settings) -> Answer {
    let (mut all, mut files) = (Vec::new(), Vec::new());
    for (index, (workflow, bytes)) in (0..).zip(samples) {
        all.push(Sample {
            workflow,
            image_count: 1,
            output: Some(r#"{"images": [{"filename": "a_00001_.png"}]}"#.into()),
            ..Sample::new(index, Ending::Succeeded)
        });
        let sha256 = digest(&format!("sample {index}"));
        files.push(SampleFile { sha256, ..SampleFile::png(index, "a_00001_.png", bytes) });
    }
    let host = Host { samples: all, files, suite_files: [("golden".to_owned(), golden)].into(), ..Host::default() };
    host.run(|| Image::run(scope, settings)).expect("an answer")
}

/// What the finding's data says of the comparison.
fn compared(answer: &Answer) -> Value {
    let data = answer.findings.iter().find_map(|finding| finding.data.as_ref()).expect("data");
    serde_json::from_str::<Value>(data).expect("JSON")["golden"].clone()
}

#[test]
fn an_image_is_compared_with_the_golden_image_of_its_prompt_and_seed() {
    let five = || folder(&[1, 2, 3, 4, 5]);
    let same = answer(five(), (3, "cat"), file(&pixels(3, 0)), settings());
    assert_eq!((compared(&same)["ssim"].as_f64(), compared(&same)["file"].as_str()), (Some(1.0), Some("3.png")));
    let seeds_mixed_up = answer(five(), (3, "cat"), file(&pixels(4, 0)), settings());
    let ssim = compared(&seeds_mixed_up)["ssim"].as_f64().expect("a number");
    assert!(ssim < 0.4, "{ssim}");
    let strict = serde_json::from_value(json!({"golden": "golden", "golden-similarity": 0.999})).expect("settings");
    let small = png(64, 64, ColorType::Rgb, BitDepth::Eight, &pixels(3, 0)[..64 * 64 * 3]);
    let mut changed = five();
    changed[2].sha256 = digest("changed");
    let mut gone = five();
    gone.remove(2);
    let mut recorded = five();
    recorded[2].bytes.clear();
    let differs: &[&str] = &["golden-differs; image 0 of sample 0"];
    let unknown: &[&str] = &["golden-missing; image 0 of sample 0", "golden-differs?"];
    let broken = vec![SuiteFile { path: "index.json".into(), bytes: b"{".to_vec(), sha256: digest("index") }];
    let mut huge = five();
    huge[2].sha256.clear();
    check(
        "golden",
        &[
            ("the same", same, &["golden; image 0 of sample 0"]),
            ("another style", answer(five(), (3, "cat"), file(&pixels(3, 3)), settings()), differs),
            ("the image of another seed", seeds_mixed_up, differs),
            ("a bit of another style", answer(five(), (3, "cat"), file(&pixels(3, 1)), settings()), differs),
            ("a bit of another style, strictly", answer(five(), (3, "cat"), file(&pixels(3, 1)), strict), differs),
            (
                "another size",
                answer(five(), (3, "cat"), small, settings()),
                &["wrong-size; node 2; image 0 of sample 0", "golden-differs; image 0 of sample 0"],
            ),
            (
                "another prompt",
                answer(five(), (3, "dog"), file(&pixels(3, 0)), settings()),
                &["golden-missing; image 0 of sample 0"],
            ),
            ("the file was changed", answer(changed, (3, "cat"), file(&pixels(3, 0)), settings()), unknown),
            ("the file is gone", answer(gone, (3, "cat"), file(&pixels(3, 0)), settings()), unknown),
            ("the file cannot be read", answer(huge, (3, "cat"), file(&pixels(3, 0)), settings()), unknown),
            (
                "the folder cannot be used",
                answer(broken, (3, "cat"), file(&pixels(3, 0)), settings()),
                &["golden-missing; image 0 of sample 0"],
            ),
            ("a replay without the file", answer(recorded, (3, "cat"), file(&pixels(3, 0)), settings()), unknown),
        ],
    );
}

#[test]
fn an_image_of_another_seed_has_the_look_of_the_golden_images() {
    let five = || folder(&[1, 2, 3, 4, 5]);
    let same = answer(five(), (9, "cat"), file(&pixels(9, 0)), settings());
    let other = answer(five(), (9, "cat"), file(&pixels(9, 3)), settings());
    let few = answer(folder(&[1, 2]), (9, "cat"), file(&pixels(9, 3)), settings());
    check(
        "golden_other_seeds",
        &[
            ("the same look", same, &["golden; image 0 of sample 0"]),
            ("another look", other, &["golden-differs; image 0 of sample 0"]),
            ("too few seeds", few, &["golden-missing; image 0 of sample 0"]),
        ],
    );
}

#[test]
fn an_image_that_is_the_golden_image_needs_no_file() {
    let mut golden = folder(&[1]);
    golden[0] = SuiteFile { bytes: Vec::new(), ..golden[0].clone() };
    let text = String::from_utf8(golden[1].bytes.clone()).expect("text");
    golden[1].bytes = text.replace(&digest("1.png"), &digest("sample 0")).into();
    let answer = answer(golden, (1, "cat"), file(&pixels(1, 0)), settings());
    assert_eq!(compared(&answer)["ssim"].as_f64(), Some(1.0));
}

#[test]
fn a_run_in_which_nothing_was_compared_is_unknown() {
    let samples = || vec![(workflow(1, "cat"), file(&pixels(1, 0))), (workflow(2, "cat"), file(&pixels(2, 0)))];
    let open = |golden| {
        let answer = run(Scope::Run, golden, samples(), settings());
        Answer { findings: Vec::new(), open: answer.open }
    };
    let broken = vec![SuiteFile { path: "index.json".into(), bytes: b"{".to_vec(), sha256: digest("index") }];
    check(
        "golden_run",
        &[
            ("one of two", open(folder(&[2])), &[]),
            ("none", open(folder(&[7])), &["golden-missing?"]),
            ("no folder", open(Vec::new()), &["golden-missing?"]),
            ("a broken index", open(broken), &["golden-missing?"]),
        ],
    );
    let without = run(Scope::Run, Vec::new(), samples(), Settings::default());
    assert_eq!(without.open, []);
}

#[test]
fn images_that_are_almost_the_same_for_other_seeds_are_found() {
    let mut noisy = pixels(1, 0);
    noisy.iter_mut().step_by(5).for_each(|value| *value = value.saturating_add(1));
    let of = |samples: Vec<(String, Vec<u8>)>| {
        let mut answer = run(Scope::Run, Vec::new(), samples, Settings::default());
        answer.findings.retain(|finding| finding.rule == "similar-images");
        answer
    };
    let (one, other) = (file(&pixels(1, 0)), file(&noisy));
    let seeds = |seeds: [u32; 3]| seeds.map(|seed| workflow(seed, "cat"));
    let samples = |workflows: [String; 3], last: &[u8]| {
        let [a, b, c] = workflows;
        vec![(a, one.clone()), (b, other.clone()), (c, last.to_vec())]
    };
    let loaded = seeds([1, 2, 3]).map(|text| text.replace("EmptyLatentImage", "VAEEncode"));
    let different = file(&pixels(7, 0));
    check(
        "similar",
        &[
            ("two of three", of(samples(seeds([1, 2, 3]), &different)), &["similar-images; sample 0; sample 1"]),
            ("the same seed", of(samples(seeds([1, 1, 1]), &different)), &[]),
            ("made from an image", of(samples(loaded, &different)), &[]),
        ],
    );
}
