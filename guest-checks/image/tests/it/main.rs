//! What the check answers for images, outputs and runs that are made here: facts in the tests, words in snapshots.

mod decode;
mod expected;
mod golden;
mod hostile;
mod image;
mod makes;
mod output;
mod readme;
mod run;

use comfycheck_check_image::rules::manifest;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Finding, Subject, testing};
use png::{BitDepth, ColorType, Encoder};

/// A file of `tests/images`.
macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../images/", $name)).as_slice()
    };
}
use file;

/// A PNG of the given samples.
fn png(width: u32, height: u32, color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]].concat());
    }
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("image data");
    writer.finish().expect("an end");
    bytes
}

/// A picture in which no two rows are alike.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut state = 7_u32;
    let noise = (0..width * height * 3).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    png(width, height, ColorType::Rgb, BitDepth::Eight, &noise.collect::<Vec<_>>())
}

/// A PNG whose header claims another size, with a checksum that is right.
fn claiming(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The checksum of a PNG's chunk.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

/// The workflow of the demo: one image of 1024 × 1024, saved by node `11`.
const DENRISI: &str = include_str!("../../../../fixtures/workflows/denrisi.json");

/// A sample that succeeded, with an output as worker-comfyui has it.
fn sample(index: u32) -> Sample {
    Sample {
        workflow: DENRISI.into(),
        output: Some(r#"{"images": [{"filename": "denrisi_00001_.png", "type": "base64", "data": "<1 MB>"}]}"#.into()),
        image_count: 1,
        ..Sample::new(index, Ending::Succeeded)
    }
}

/// A named answer, and its facts as [`facts`] writes them.
type Case<'a> = (&'a str, Answer, &'a [&'a str]);

/// Compares the facts of each answer with the test, and the words of all with a snapshot.
#[track_caller]
fn check(snapshot: &str, cases: &[Case<'_>]) {
    for (name, answer, expected) in cases {
        assert_eq!(facts(answer), *expected, "{name}");
    }
    let words = cases.iter().map(|(name, answer, _)| format!("# {name}\n{}", wording(answer)));
    insta::assert_snapshot!(snapshot, words.collect::<Vec<_>>().join("\n"));
}

/// An answer without its words: `rule; subject; subject`, and `rule?` for an open question.
fn facts(answer: &Answer) -> Vec<String> {
    let finding = |finding: &Finding| {
        let subjects: Vec<_> = finding.subjects.iter().map(|subject| format!("; {}", subject_name(subject))).collect();
        format!("{}{}", finding.rule, subjects.concat())
    };
    let open = answer.open.iter().map(|open| format!("{}?", open.rule));
    answer.findings.iter().map(finding).chain(open).collect()
}

/// An answer as a reader meets it.
fn wording(answer: &Answer) -> String {
    let manifest = manifest();
    let rules: Vec<_> = manifest.rules.iter().map(|rule| (rule.id.as_str(), rule.default_severity)).collect();
    testing::wording(answer, &rules)
}

fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Sample(index) => format!("sample {index}"),
        Subject::Image((sample, index)) => format!("image {index} of sample {sample}"),
        Subject::Node(node) => format!("node {}", node.id),
        other => format!("{other:?}"),
    }
}
