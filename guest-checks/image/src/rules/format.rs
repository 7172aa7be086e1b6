//! The format of an image: it is allowed, declared, and what the workflow saves.

use super::image::OutputImage;
use crate::format::{Format, Kind};
use crate::settings::Settings;
use crate::wording::list;
use comfycheck_sdk::{Finding, Node, NodeRef, Subject, quote};

/// The format is allowed, and is the declared one.
pub(super) fn judge(image: &OutputImage<'_>, settings: &Settings) -> Vec<Finding> {
    let Kind::Image(format) = Kind::of(image.bytes) else { return Vec::new() };
    let name = format.name();
    let mut findings = Vec::new();
    if !settings.formats.contains(&format) {
        let allowed = allowed(settings);
        let help = format!(
            "save images as {allowed}, or add `{}` to `formats` in the settings of this check",
            name.to_lowercase()
        );
        let message = format!("the image is {name} (allowed: {allowed})");
        findings.push(image.finding("image-format", message).help(help));
    }
    let ending = image.name.rsplit_once('.').map(|(_, ending)| ending);
    let declarations = [image.media_type, ending].into_iter().flatten();
    let contradicts = |text: &&str| Format::declared(text).is_some_and(|declared| declared != format);
    if let Some(declared) = { declarations }.find(contradicts) {
        let help = "name the file by its real format: clients trust the name";
        let message = format!("the image is {name}, declared as {}", quote(declared));
        findings.push(image.finding("mislabelled-image", message).help(help));
    }
    findings
}

/// A GIF of a node that writes another format. The check `media` reads it, and knows of no node that saves images.
///
/// Workers convert images to JPEG and WebP on purpose: the settings decide whether these are allowed.
#[must_use]
pub fn of_saver(image: &OutputImage<'_>, saver: &Node) -> Option<Finding> {
    let written = written(saver).filter(|_| image.bytes.starts_with(b"GIF8"))?;
    let node = Subject::Node(NodeRef { id: saver.id.clone(), input: None });
    let message = format!("the image is GIF (workflow: {})", written.name());
    let help = format!("return the file that the node saves: {} writes no GIF", quote(saver.class.as_deref()?));
    Some(image.finding_about("image-format", message, [node]).help(help))
}

/// The format that a node saves images in. None if that is not certain.
fn written(saver: &Node) -> Option<Format> {
    match saver.class.as_deref()? {
        "SaveImage" | "SaveAnimatedPNG" => Some(Format::Png),
        "SaveImageAdvanced" if saver.text("format") == Some("png") => Some(Format::Png),
        "SaveAnimatedWEBP" => Some(Format::Webp),
        _ => None,
    }
}

/// `PNG, JPEG or WebP`.
pub(super) fn allowed(settings: &Settings) -> String {
    let names: Vec<String> = settings.formats.iter().map(|format| format.name().to_owned()).collect();
    list(&names, "or")
}
