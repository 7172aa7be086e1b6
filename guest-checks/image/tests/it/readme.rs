//! README, schema and settings agree with the check.

use crate::{claiming, file, picture, png, sample};
use comfycheck_check_image::expected::{Expected, Size, Sizes};
use comfycheck_check_image::metadata::Difference;
use comfycheck_check_image::rules::golden::{Comparison, Measures};
use comfycheck_check_image::rules::image::OutputImage;
use comfycheck_check_image::rules::{self, golden, image, metadata, output, run};
use comfycheck_check_image::settings::Settings;
use comfycheck_likeness::golden::Source;
use comfycheck_likeness::seeds::Tolerance;
use comfycheck_sdk::samples::{LostImage, Sample};
use comfycheck_sdk::{Answer, assert_examples};
use png::{BitDepth, ColorType};
use std::collections::BTreeMap;

/// One finding of every rule.
fn findings() -> Answer {
    let settings = Settings::default();
    let no_webp: Settings = serde_json::from_str(r#"{"formats": ["png", "jpeg"]}"#).expect("settings");
    let any = Sizes::Unknown("it depends on node `7` (`ImageScaleBy`)".into());
    let square = Sizes::Known(vec![Size { width: 64, height: 64, latent: true, node: "6".into() }]);
    let unsized_images = Expected { sizes: any.clone(), ..Expected::default() };
    let squares = Expected { sizes: square, ..Expected::default() };
    let image_of = |bytes| OutputImage { sample: 3, index: 0, name: "x.png", media_type: Some("image/png"), bytes };
    let whole = picture(64, 64);
    let black = png(8, 8, ColorType::Grayscale, BitDepth::Eight, &[0; 64]);
    let webp = OutputImage { name: "x.webp", media_type: None, ..image_of(file!("lossy.webp")) };

    let sample_images = |sample| run::SampleImages {
        sample,
        workflow: "{}".into(),
        hashes: vec![sample.to_string()],
        sizes: vec![Some((1024, 1024))],
    };
    let twelve: Vec<_> = (0..12).map(sample_images).collect();
    let two = Expected { count: 3, sizes: any.clone(), ..Expected::default() };
    let bare = |output: Option<&str>| Sample { image_count: 0, output: output.map(str::to_owned), ..sample(3) };
    let changed = Difference { node: "3".into(), input: Some("seed".into()) };
    let measures = Measures { ssim: 0.98, look: 0.01 };
    let tolerance = Tolerance { ssim: 0.65, look: 0.05, look_of_another_seed: None, seeds: 5 };
    let source = Source { workflow: String::new(), seeds: BTreeMap::new(), node: None, position: 0 };
    let compared = |comparison: Comparison| golden::judge(&image_of(&whole), &source, "", &comparison, &settings);
    let lost = LostImage { name: "a.png".into(), reason: "download failed with status 403".into() };
    [
        image::judge(&image_of(&whole[..whole.len() - 1]), &unsized_images, &settings).answer,
        image::judge(&image_of(b""), &unsized_images, &settings).answer,
        image::judge(&webp, &unsized_images, &no_webp).answer,
        image::judge(&image_of(file!("baseline.jpg")), &unsized_images, &settings).answer,
        image::lenient(&image_of(&whole)).into(),
        image::judge(&image_of(&claiming(&whole, 100_000, 100_000)), &unsized_images, &settings).answer,
        image::judge(&image_of(&picture(64, 32)), &squares, &settings).answer,
        image::judge(&image_of(&black), &unsized_images, &settings).answer,
        image::judge(&image_of(&picture(256, 256)), &unsized_images, &settings).answer,
        output::judge(&bare(None), 0, &two, &settings),
        output::judge(&bare(Some(r#"{"status": "success_no_images", "images": []}"#)), 0, &two, &settings),
        output::judge(&Sample { image_count: 2, ..sample(3) }, 2, &two, &settings),
        output::judge(&Sample { lost_images: vec![lost], ..sample(3) }, 0, &two, &settings),
        output::judge(&bare(Some(r#"{"errors": ["Error uploading 0.png: no 'route'"]}"#)), 0, &two, &settings),
        run::images(&twelve, &vec![Expected { count: 1, ..two.clone() }; 12], &settings).into(),
        run::identical(&[0, 2]).into(),
        run::similar(&[0, 1, 2]).into(),
        metadata::judge(&image_of(&whole), &[changed]).into_iter().collect(),
        compared(Comparison::SameSeed { file: "a.png".into(), measures, tolerance }),
        compared(Comparison::SameSeed {
            file: "a.png".into(),
            measures: Measures { ssim: 0.31, ..measures },
            tolerance,
        }),
        compared(Comparison::Missing { other_seeds: 0 }),
        run::expectation(&[Expected { count: 1, ..two.clone() }], &settings).into(),
    ]
    .into_iter()
    .collect()
}

#[test]
fn the_example_of_every_rule_is_an_answer_of_the_check() {
    assert_examples(&rules::manifest().rules, &findings());
}

#[test]
fn every_finding_is_of_a_rule() {
    let rules: Vec<String> = rules::manifest().rules.into_iter().map(|rule| rule.id).collect();
    for finding in findings().findings {
        assert!(rules.contains(&finding.rule), "{}", finding.rule);
    }
}

#[test]
fn the_schema_has_the_settings_and_their_defaults() {
    let schema: serde_json::Value = serde_json::from_str(&rules::manifest().settings_schema).expect("JSON");
    let properties = schema["properties"].as_object().expect("properties");
    assert_eq!(properties.len(), 9);
    let defaults =
        properties.iter().filter_map(|(name, property)| Some((name.clone(), property.get("default")?.clone())));
    let defaults = serde_json::Value::Object(defaults.collect());
    assert_eq!(serde_json::from_value::<Settings>(defaults).expect("settings"), Settings::default());
    for name in ["width", "height", "images-per-sample"] {
        let settings: Settings = serde_json::from_str(&format!("{{\"{name}\": 7}}")).expect(name);
        assert_ne!(settings, Settings::default(), "{name}");
    }
    assert!(serde_json::from_str::<Settings>(r#"{"max-size": 1}"#).is_err());
}
