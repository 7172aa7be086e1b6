//! What a comparison with golden images means.

use super::image::OutputImage;
use crate::settings::Settings;
use crate::wording::size_in_pixels;
use comfycheck_likeness::golden::Source;
use comfycheck_likeness::seeds::Tolerance;
use comfycheck_sdk::wording::{count, number, percent};
use comfycheck_sdk::{Answer, Bound, OpenQuestion};
use serde_json::json;

/// How an image compares with the golden images.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// With the golden image of the same job.
    SameSeed { file: String, measures: Measures, tolerance: Tolerance },
    /// The golden image of the same job has another size; each is a width and a height.
    OtherSize { file: String, image: (u32, u32), golden: (u32, u32) },
    /// With the golden images of other seeds: the distance of the look from the nearest, and the most that is right.
    OtherSeeds { number: usize, look: f64, limit: f64 },
    /// There is none, and not enough of other seeds.
    Missing { other_seeds: usize },
    /// It cannot be compared with the golden image in this file, or with any: why.
    Unknown { file: Option<String>, reason: String },
    /// The folder cannot be used. Why, the check says once for the run.
    Unusable,
}

/// How alike two images are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// The structural similarity, from -1 to 1.
    pub ssim: f64,
    /// The distance of their looks, from 0 to 1.
    pub look: f64,
}

/// What to do about an image that differs.
const REVIEW: &str = "look at both with `comfycheck golden diff --from REPORT.json --images DIR`; if the change is wanted, run \
                      `comfycheck golden accept` with the same options";
/// What to do about an image without a golden image.
const ACCEPT: &str = "set a fixed `seed` in the suite, look at the images, and run `comfycheck golden accept --from REPORT.json \
                      --images DIR`";

/// Judges one image. `sha256` is that of its file.
#[must_use]
pub fn judge(
    image: &OutputImage<'_>,
    source: &Source,
    sha256: &str,
    comparison: &Comparison,
    settings: &Settings,
) -> Answer {
    let mut facts = json!({"source": source, "sha256": sha256});
    let finding = |rule: &str, message: String, facts: &serde_json::Value| {
        image.finding(rule, message).data(&json!({"name": image.name, "golden": facts}))
    };
    match comparison {
        Comparison::SameSeed { file, measures: Measures { ssim, look }, tolerance } => {
            facts["file"] = json!(file);
            facts["ssim"] = json!(rounded(*ssim));
            facts["look"] = json!(rounded(*look));
            facts["seeds"] = json!(tolerance.seeds);
            let least = rounded(settings.golden_similarity.unwrap_or(tolerance.ssim));
            let most = rounded(tolerance.look);
            if rounded(*ssim) < least {
                let message = format!("{DIFFERS}; SSIM {} (limit: {})", number(rounded(*ssim)), number(least));
                let bound = Some(Bound::AtLeast(least));
                return finding("golden-differs", message, &facts)
                    .measured(rounded(*ssim), "1", bound)
                    .help(REVIEW)
                    .into();
            }
            if rounded(*look) > most {
                let message = format!("{DIFFERS}; {}", look_beside(rounded(*look), most));
                let bound = Some(Bound::AtMost(most));
                return finding("golden-differs", message, &facts)
                    .measured(rounded(*look), "1", bound)
                    .help(REVIEW)
                    .into();
            }
            let message = "the image matches its golden image".to_owned();
            finding("golden", message, &facts).measured(rounded(*ssim), "1", Some(Bound::AtLeast(least))).into()
        }
        Comparison::OtherSize { file, image: size, golden } => {
            facts["file"] = json!(file);
            let (size, golden) = (size_in_pixels(size.0, size.1), size_in_pixels(golden.0, golden.1));
            let message = format!("the image and its golden image differ in size; {size}, golden image: {golden}");
            finding("golden-differs", message, &facts).help(REVIEW).into()
        }
        Comparison::OtherSeeds { number: seeds, look, limit } => {
            facts["look"] = json!(rounded(*look));
            facts["seeds"] = json!(seeds);
            let (look, limit) = (rounded(*look), rounded(*limit));
            let bound = Some(Bound::AtMost(limit));
            if look <= limit {
                let message = "the image looks like the golden images of other seeds".to_owned();
                return finding("golden", message, &facts).measured(look, "1", bound).into();
            }
            let message = format!(
                "the image does not look like the golden images of other seeds; {}; {}",
                look_beside(look, limit),
                count(*seeds, "golden image")
            );
            finding("golden-differs", message, &facts).measured(look, "1", bound).help(REVIEW).into()
        }
        Comparison::Missing { other_seeds } => {
            facts["seeds"] = json!(other_seeds);
            let message = "there is no golden image for this prompt and seed".to_owned();
            finding("golden-missing", message, &facts).help(ACCEPT).into()
        }
        // The note identifies the image, so that it can be accepted and is not missing from a comparison.
        Comparison::Unknown { file, reason } => {
            facts["file"] = json!(file);
            let message = format!("the image was not compared: {reason}");
            Answer {
                findings: vec![finding("golden-missing", message, &facts)],
                open: vec![OpenQuestion::new("golden-differs", reason.clone()).help(RESTORE)],
            }
        }
        Comparison::Unusable => {
            let message = "the image was not compared: the folder of golden images cannot be used".to_owned();
            finding("golden-missing", message, &facts).into()
        }
    }
}

/// Of each image that differs, so that a report shows them together.
const DIFFERS: &str = "the image differs from its golden image";

fn look_beside(look: f64, limit: f64) -> String {
    format!("colors or sharpness differ by {} (limit: {})", percent(100.0 * look), percent(100.0 * limit))
}

const RESTORE: &str =
    "restore the file, or accept the images again with `comfycheck golden accept --from REPORT.json --images DIR`";

/// The answer if none of the images could be compared. `unusable`: why the folder cannot be used, if it cannot.
#[must_use]
pub fn none_compared(images: usize, unusable: Option<&str>) -> OpenQuestion {
    if let Some(reason) = unusable {
        let help = "restore the folder, or accept the images again with `comfycheck golden accept --from REPORT.json --images DIR \
                    --replace`";
        return OpenQuestion::new("golden-missing", reason).help(help);
    }
    let reason =
        format!("none of {} could be compared: no golden image has its prompt and seed", count(images, "image"));
    OpenQuestion::new("golden-missing", reason).help(ACCEPT)
}

/// Three digits: more would differ between processors and mean nothing.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
