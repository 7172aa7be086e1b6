//! Copies images of a run into the folder of golden images.

use super::source::Source;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::golden::{Candidate, GoldenImage, INDEX, Index, MOST_IMAGES, UnidentifiedImage};
use comfycheck_core::thumbnail::sketch;
use comfycheck_core::wording::{count, samples as sample_list};
use comfycheck_core::workflow::prompts_of;
use std::collections::BTreeSet;

/// The longest prompt in an index, in characters.
const PROMPT: usize = 300;

/// Accepts the images of some samples; of all, if none are named. `replace`: removes those that were accepted before.
pub(super) fn accept(source: &Source, samples: &[u32], replace: bool, terminal: Terminal) -> Result<(), Failure> {
    let before = if replace { None } else { source.index()? };
    // With `replace`, a broken index is replaced, too. Its files stay.
    let known = before.clone().or_else(|| source.index().ok().flatten()).map(|index| index.images).unwrap_or_default();
    let mut images = before.map(|index| index.images).unwrap_or_default();
    let wanted = source.candidates.iter().filter(|image| samples.is_empty() || samples.contains(&image.sample));
    let (bad, good): (Vec<&Candidate>, Vec<&Candidate>) = wanted.partition(|image| image.error.is_some());
    for image in bad {
        let rule = image.error.as_deref().unwrap_or_default();
        terminal.say(inert(&format!("not accepted: sample {}, image {} ({rule})", image.sample, image.image)));
    }
    for other in &source.unidentified {
        if samples.is_empty() || samples.contains(&other.sample) {
            let UnidentifiedImage { sample, image, .. } = other;
            terminal.say(inert(&format!("not accepted: sample {sample}, image {image} ({})", other.why())));
        }
    }
    let mut files = Vec::new();
    let (mut added, mut replaced, mut unchanged) = (0, 0, 0);
    for candidate in good {
        let (golden, bytes) = golden_image(source, candidate)?;
        match images.iter_mut().find(|image| image.source == golden.source) {
            Some(image) if image.sha256 == golden.sha256 => unchanged += 1,
            Some(image) => {
                replaced += 1;
                *image = golden.clone();
            }
            None => {
                added += 1;
                images.push(golden.clone());
            }
        }
        files.push((golden.file, bytes));
    }
    if files.is_empty() {
        let known: BTreeSet<u32> = source.candidates.iter().map(|image| image.sample).collect();
        let known: Vec<u32> = known.into_iter().collect();
        let help = format!("the run has images of {}", sample_list(&known));
        return Err(Diagnostic::new("there is no image to accept").help(help).into());
    }
    if images.len() > MOST_IMAGES {
        let help = "accept the images of fewer samples with `--samples`, or remove old ones with `--replace`";
        return Err(Diagnostic::new(format!("there are more than {MOST_IMAGES} golden images")).help(help).into());
    }
    let failed = |error: std::io::Error| {
        Failure::machine(format!("cannot write golden images to `{}`", source.folder.display()), &error)
    };
    std::fs::create_dir_all(&source.folder).map_err(failed)?;
    let mut index = Index::new(images);
    let bytes_of = |name: &str| {
        let new = files.iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes.clone());
        new.or_else(|| source.golden(name))
    };
    index.find_nearest(|image| sketch(&bytes_of(&image.file)?));
    for (name, bytes) in &files {
        write::replace_unlinked(&source.folder.join(name), bytes).map_err(failed)?;
    }
    write::replace_unlinked(&source.folder.join(INDEX), index.to_json()).map_err(failed)?;
    // Only files of an index are removed, and only after it no longer names them.
    let named: BTreeSet<&str> = index.images.iter().map(|image| image.file.as_str()).collect();
    for image in known.iter().filter(|image| !named.contains(image.file.as_str())) {
        std::fs::remove_file(source.folder.join(&image.file)).or_else(ignore_missing).map_err(failed)?;
    }
    let folder = inert(&source.folder.display().to_string());
    terminal.say(format!(
        "accepted {} into {folder}: {added} new, {replaced} replaced, {unchanged} unchanged; {} in all",
        count(files.len(), "image"),
        count(index.images.len(), "golden image")
    ));
    Ok(())
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// An image as the index has it, with its bytes.
fn golden_image(source: &Source, candidate: &Candidate) -> Result<(GoldenImage, Vec<u8>), Failure> {
    let named = format!("sample {}, image {}", candidate.sample, candidate.image);
    let (name, bytes) = source.name(candidate).zip(source.image(candidate)).ok_or_else(|| {
        let diagnostic = Diagnostic::new(format!("the folder of the images does not have {named}"));
        Failure::from(diagnostic.help("name the folder of the same run: `run --save-images DIR --format json:FILE`"))
    })?;
    let sketch = sketch(&bytes).ok_or_else(|| {
        let diagnostic = Diagnostic::new(format!("{named} cannot be decoded"));
        Failure::from(diagnostic.help("accept the other samples with `--samples`"))
    })?;
    let mut golden = GoldenImage::new(name.to_owned(), candidate.sha256.clone(), candidate.source.clone(), &sketch);
    golden.prompt = prompt(source, candidate.sample);
    Ok((golden, bytes))
}

/// The longest prompt of a sample, cut. None if the report has no prompts.
pub(super) fn prompt(source: &Source, sample: u32) -> Option<String> {
    let sample = source.report.samples.iter().find(|known| known.index == sample)?;
    let longest = prompts_of(&sample.workflow.to_string()).into_iter().max_by_key(|prompt| prompt.text.len())?;
    Some(longest.text.chars().take(PROMPT).collect())
}
