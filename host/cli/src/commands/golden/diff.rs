//! Shows images beside their golden images.

use super::accept::prompt;
use super::source::Source;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::golden::{Candidate, Index, UnidentifiedImage};
use comfycheck_core::render::{ComparedImage, html_golden};
use comfycheck_core::thumbnail::pair;
use comfycheck_core::wording::count;
use std::fmt::Write;
use std::path::Path;

/// The longest side of an image on the page.
const SIDE: u32 = 512;
/// How many images a page has: those that differ come first.
const MOST: usize = 100;

/// Prints the distances of all images, and writes a page.
pub(super) fn diff(source: &Source, html: &Path, no_prompts: bool, terminal: Terminal) -> Result<(), Failure> {
    let index = source.index()?.unwrap_or_else(|| Index::new(Vec::new()));
    let mut text = String::new();
    for candidate in &source.candidates {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", inert(&distances(candidate)));
    }
    for other in &source.unidentified {
        let UnidentifiedImage { sample, image, .. } = other;
        let _ = writeln!(text, "{}", inert(&format!("sample {sample}, image {image}: not compared ({})", other.why())));
    }
    let mut shown: Vec<&Candidate> = source.candidates.iter().collect();
    shown.sort_by_key(|candidate| (!candidate.differs, candidate.sample, candidate.image));
    let images = shown.into_iter().take(MOST).map(|candidate| ComparedImage {
        pair: golden_file(candidate, &index)
            .and_then(|file| pair(&source.golden(file)?, &source.image(candidate)?, SIDE)),
        prompt: Some(candidate.sample).filter(|_| !no_prompts).and_then(|sample| prompt(source, sample)),
        candidate: candidate.clone(),
    });
    let images: Vec<_> = images.collect();
    write::file(html, &html_golden(&source.report.name, &images))?;
    let wrote = inert(&format!("wrote {}: {}", html.display(), count(images.len(), "image")));
    terminal.say(wrote);
    terminal.print(&text)
}

/// The golden image of the same seed, else one of another seed.
fn golden_file<'a>(candidate: &Candidate, index: &'a Index) -> Option<&'a str> {
    let same = index.images.iter().find(|golden| golden.source == candidate.source);
    let another = || index.images.iter().find(|golden| golden.source.differs_in_seed_only(&candidate.source));
    same.or_else(another).map(|golden| golden.file.as_str())
}

fn distances(candidate: &Candidate) -> String {
    let Candidate { sample, image, ssim, look, golden, differs, not_compared, .. } = candidate;
    let word = if *differs { "differs" } else { "matches" };
    let mut text = format!("sample {sample}, image {image}: {}", not_compared.as_deref().unwrap_or(word));
    if not_compared.is_some() {
        return text;
    }
    if let Some(similarity) = ssim {
        // Writing to a text cannot fail.
        let _ = write!(text, ", similarity {similarity:.3} (SSIM)");
    }
    if let Some(difference) = look {
        let _ = write!(text, ", color difference {difference:.3}");
    }
    if let Some(golden) = golden {
        let _ = write!(text, " ({golden})");
    }
    text
}
