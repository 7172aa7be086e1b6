//! The images of different samples differ.

use comfycheck_sdk::{
    Answer, Bound, Check, Error, Finding, Manifest, Scope, Severity, Subject, export_check, pictures, readme_rules, samples,
};

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
            for image in 0..sample.image_count {
                match pictures::decode(sample.index, image) {
                    Ok(picture) => known.push((sample.index, image, picture.perceptual_hash())),
                    Err(_) => undecoded.push(Subject::Image((sample.index, image))),
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

/// The pairs of different samples, by sample, image and perceptual hash.
fn duplicates(known: &[(u32, u32, u64)], most: u32) -> impl Iterator<Item = Finding> {
    known.iter().enumerate().flat_map(move |(at, &(sample, image, hash))| {
        let others = known[at + 1..].iter().filter(move |(other, ..)| *other != sample);
        others.filter_map(move |&(other, other_image, other_hash)| {
            let distance = (hash ^ other_hash).count_ones();
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
    use comfycheck_sdk::testing::{Host, SamplePicture, facts};

    #[test]
    fn only_images_of_different_samples_are_compared() {
        let found = |known: &[(u32, u32, u64)]| duplicates(known, 4).count();
        assert_eq!(found(&[(0, 0, 0), (0, 1, 0)]), 0);
        assert_eq!(found(&[(0, 0, 0), (1, 0, 0b1111)]), 1);
        assert_eq!(found(&[(0, 0, 0), (1, 0, 0b1_1111)]), 0);
    }

    #[test]
    fn an_image_that_is_not_decoded_is_named() {
        let sample = |index| Sample { image_count: 1, ..Sample::new(index, Ending::Succeeded) };
        let picture = |hash| Ok(SamplePicture { width: 8, height: 8, color: [0; 3], hash });
        let host = Host {
            samples: vec![sample(0), sample(1), sample(2)],
            pictures: [((0, 0), picture(7)), ((2, 0), picture(7))].into(),
            ..Host::default()
        };
        let answer = host.run(|| NearDuplicates::run(Scope::Run, Settings { max_distance: 4 })).unwrap();
        assert_eq!(facts(&answer), ["near-duplicate: image 0/0, image 2/0 = 0 1 (above 4)", "not-decoded: image 1/0"]);
    }
}
