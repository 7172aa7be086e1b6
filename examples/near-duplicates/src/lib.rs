//! The images of different samples differ.

mod fingerprint;

use comfycheck_sdk::{
    Answer, Bound, Check, Error, Finding, Manifest, Scope, Severity, Subject, export_check, readme_rules, samples,
};
use fingerprint::fingerprint;

struct NearDuplicates;

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    #[serde(default = "default_distance")]
    max_distance: u32,
}

fn default_distance() -> u32 {
    4
}

impl Check for NearDuplicates {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "the images of different samples differ".into(),
            scopes: vec![Scope::Run],
            gates: false,
            rules: readme_rules(
                include_str!("../README.md"),
                &[("near-duplicate", Severity::Error), ("not-decoded", Severity::Note)],
            ),
            settings_schema: r#"{
                "type": "object",
                "properties": { "max-distance": { "type": "integer", "minimum": 0, "maximum": 63, "default": 4 } },
                "additionalProperties": false
            }"#
            .into(),
        }
    }

    fn run(_: Scope, settings: Settings) -> Result<Answer, Error> {
        let mut known = Vec::new();
        let mut undecoded = Vec::new();
        for sample in samples::samples() {
            for (nth, image) in (0..).zip(samples::images(sample.index)) {
                let bytes = image.read(0, u32::try_from(image.size()).unwrap_or(u32::MAX));
                match fingerprint(&bytes) {
                    Some(print) => known.push((sample.index, nth, print)),
                    None => undecoded.push(Subject::Image((sample.index, nth))),
                }
            }
        }
        let mut answer: Answer = duplicates(&known, settings.max_distance).collect();
        if !undecoded.is_empty() {
            let finding = Finding::new("not-decoded", "the image could not be decoded");
            answer.findings.push(undecoded.into_iter().fold(finding, Finding::about));
        }
        Ok(answer)
    }
}

/// The pairs of different samples, by sample, image and fingerprint.
fn duplicates(known: &[(u32, u32, u64)], most: u32) -> impl Iterator<Item = Finding> {
    known.iter().enumerate().flat_map(move |(at, &(sample, image, print))| {
        let others = known[at + 1..].iter().filter(move |(other, ..)| *other != sample);
        others.filter_map(move |&(other, other_image, other_print)| {
            let distance = (print ^ other_print).count_ones();
            (distance <= most).then(|| {
                Finding::new("near-duplicate", format!("two images differ in {distance} of 64 bits (need {})", most + 1))
                    .about(Subject::Image((sample, image)))
                    .about(Subject::Image((other, other_image)))
                    .measured(distance.into(), "1", Some(Bound::Above(most.into())))
                    .help("pass the seed of the request to the sampler")
            })
        })
    })
}

export_check!(NearDuplicates);

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_sdk::samples::{Ending, Sample};
    use comfycheck_sdk::testing::{Host, SampleFile, facts};

    #[test]
    fn only_images_of_different_samples_are_compared() {
        let found = |known: &[(u32, u32, u64)]| duplicates(known, 4).count();
        assert_eq!(found(&[(0, 0, 0), (0, 1, 0)]), 0);
        assert_eq!(found(&[(0, 0, 0), (1, 0, 0b1111)]), 1);
        assert_eq!(found(&[(0, 0, 0), (1, 0, 0b1_1111)]), 0);
    }

    #[test]
    fn an_image_that_is_not_png_is_named() {
        let sample = Sample { image_count: 1, ..Sample::new(0, Ending::Succeeded) };
        let files = vec![SampleFile::png(0, "a.png", b"not a PNG".to_vec())];
        let host = Host { samples: vec![sample], files, ..Host::default() };
        let answer = host.run(|| NearDuplicates::run(Scope::Run, Settings { max_distance: 4 })).unwrap();
        assert_eq!(facts(&answer), ["not-decoded: image 0/0"]);
    }
}
