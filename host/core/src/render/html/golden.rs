//! The page of a comparison with golden images: both images, and their difference.

use super::document::document;
use super::text::{NAME, code, line, lines};
use crate::finding::{Bound, Measurement};
use crate::golden::Candidate;
use crate::thumbnail::{Pair, Thumbnail};
use base64_simd::STANDARD;
use comfycheck_wording::{count, number};
use maud::{Markup, html};

/// The longest prompt, in characters.
const PROMPT: usize = 600;

/// An image beside its golden image.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedImage {
    pub candidate: Candidate,
    /// The golden image, the image, and their difference. None if a file is missing or cannot be decoded.
    pub pair: Option<Pair>,
    /// A prompt of its workflow.
    pub prompt: Option<String>,
}

/// Renders a comparison as a page. Images that differ come first.
pub fn html_golden(run: &str, images: &[ComparedImage]) -> String {
    let differ = images.iter().filter(|image| image.candidate.differs).count();
    let mut sorted: Vec<&ComparedImage> = images.iter().collect();
    sorted.sort_by_key(|image| !image.candidate.differs);
    let body = html! {
        div.wrap {
            header.top {
                div.brand { span { b { "comfycheck" } " golden diff" } span { (line(run, NAME)) } }
                div.verdict {
                    div {
                        h1 { (differ) " of " (count(images.len(), "image")) " " (if differ == 1 { "differs" } else { "differ" }) }
                        p { "Each image is beside the golden image of the same prompt and seed. Accept images with " code { "comfycheck golden accept" } "." }
                    }
                }
            }
            main {
                section {
                    h2 { "Images" }
                    @for image in sorted { (compared(image)) }
                }
            }
            footer { "comfycheck " (env!("CARGO_PKG_VERSION")) }
        }
    };
    document("Golden images", &body)
}

fn compared(ComparedImage { candidate, pair, prompt }: &ComparedImage) -> Markup {
    let name = format!("sample {}, image {}", candidate.sample, candidate.image);
    html! {
        article.block.error[candidate.differs] {
            header {
                h3 { (name) }
                @if candidate.differs {
                    span.badge.bad { "differs" }
                } @else if candidate.not_compared.is_some() {
                    span.badge { "not compared" }
                } @else {
                    span.badge.good { "matches" }
                }
            }
            @if let Some(why) = &candidate.not_compared { p { (line(why, PROMPT)) } }
            @match pair {
                Some(Pair { one, other, difference }) => {
                    div.triple {
                        (figure(one, "golden image", &name))
                        (figure(other, "this run", &name))
                        @if let Some(difference) = difference { (figure(difference, "difference, enlarged 4 times", &name)) }
                    }
                }
                None => p.small { "No images to show: a file is missing, or cannot be decoded." }
            }
            dl.pairs {
                @if let Some(ssim) = candidate.ssim { dt { "similarity (SSIM)" } dd { (format!("{ssim:.3}")) } }
                @if let Some(look) = candidate.look { dt { "color difference" } dd { (format!("{look:.3}")) " of 1 differs" } }
                @if let Some(measurement) = &candidate.measurement { dt { "decided by" } dd { (decision(measurement, candidate)) } }
                @for (input, seed) in &candidate.source.seeds { dt { (line(input, NAME)) } dd { (line(seed, NAME)) } }
                @if let Some(node) = &candidate.source.node { dt { "node" } dd { (code(node, NAME)) } }
                @if let Some(file) = &candidate.golden { dt { "file" } dd { (code(file, NAME)) } }
                @if let Some(prompt) = prompt { dt { "prompt" } dd.prompt { (lines(prompt, PROMPT)) } }
            }
        }
    }
}

/// `SSIM 0.31 (limit: at least 0.65)`.
fn decision(Measurement { value, limit, .. }: &Measurement, candidate: &Candidate) -> String {
    let measure = if candidate.ssim == Some(*value) { "SSIM" } else { "look" };
    let limit = limit.map(|limit| {
        let word = if matches!(limit, Bound::AtLeast(_) | Bound::Above(_)) { "at least" } else { "at most" };
        format!(" (limit: {word} {})", number(limit.limit()))
    });
    format!("{measure} {}{}", number(*value), limit.unwrap_or_default())
}

fn figure(Thumbnail { width, height, png }: &Thumbnail, what: &str, name: &str) -> Markup {
    let source = format!("data:image/png;base64,{}", STANDARD.encode_to_string(png));
    html! {
        figure { img src=(source) width=(width) height=(height) alt={ (name) ": " (what) }; figcaption.small { (what) } }
    }
}
