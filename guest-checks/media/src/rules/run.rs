//! What all samples together hold.

use super::output::noun;
use crate::expected::Saver;
use crate::facts::Media;
use crate::format::{Format, Kind};
use comfycheck_sdk::Finding;
use comfycheck_sdk::wording::{count, seconds};
use std::collections::{BTreeMap, BTreeSet};

/// The headline: how many files there are of how many expected ones, and what the videos and audio files have in common.
/// None without a file.
#[must_use]
pub fn headline(media: &[Option<Media>], formats: &[Option<Format>], savers: &[Vec<Saver>]) -> Option<Finding> {
    let mut expected: BTreeMap<Kind, u32> = BTreeMap::new();
    for saver in savers.iter().flatten() {
        *expected.entry(saver.kind).or_default() += saver.files;
    }
    let mut returned: BTreeMap<Kind, u32> = BTreeMap::new();
    for (kind, media) in formats.iter().zip(media).filter_map(|(format, media)| Some(((*format)?.kind(), media))) {
        // Images that do not move are counted by their own check.
        if kind != Kind::Image || matches!(media, Some(Media::Video(_))) {
            *returned.entry(kind).or_default() += 1;
        }
    }
    if returned.is_empty() {
        return None;
    }
    let all: BTreeSet<Kind> = expected.keys().chain(returned.keys()).copied().collect();
    let of = |kind: Kind| {
        let (returned, expected) = (returned.get(&kind).copied(), expected.get(&kind).copied());
        let (returned, expected) = (returned.unwrap_or_default(), expected.unwrap_or_default());
        // More than expected is right.
        let number = if expected <= returned && expected == 0 {
            count(returned, noun(kind))
        } else {
            format!("{returned} of {}", count(expected.max(returned), noun(kind)))
        };
        let common = common(kind, media);
        format!("{number}{}", if common.is_empty() { format_of(kind, formats) } else { common })
    };
    let parts: Vec<String> = all.into_iter().map(of).collect();
    Some(Finding::new("media", parts.join("; ")))
}

/// `, GIF`: the format of all files of a kind, where they were not read.
fn format_of(kind: Kind, formats: &[Option<Format>]) -> String {
    let of_kind = formats.iter().flatten().filter(|format| format.kind() == kind && kind != Kind::Text);
    let names: BTreeSet<&str> = of_kind.map(|format| format.name()).collect();
    match names.first() {
        Some(name) if names.len() == 1 => format!(", {name}"),
        _ => String::new(),
    }
}

/// `, 1280 × 720, 81 frames`: what all files of a kind have in common.
fn common(kind: Kind, media: &[Option<Media>]) -> String {
    let describe = |media: &Media| match (kind, media) {
        (Kind::Video | Kind::Image, Media::Video(video)) => {
            let (format, frames) = (video.format.name(), count(video.frames, "frame"));
            Some(format!(", {format}, {} × {}, {frames}", video.width, video.height))
        }
        (Kind::Audio, Media::Audio(audio)) => {
            let time = audio.duration.map_or(String::new(), |duration| format!(", {}", seconds(duration)));
            Some(format!(", {}{time}", audio.format.name()))
        }
        (Kind::Model, Media::Model(model)) => Some(format!(", {}", model.format.name())),
        _ => None,
    };
    let descriptions: BTreeSet<String> = media.iter().flatten().filter_map(describe).collect();
    match descriptions.len() {
        1 => descriptions.into_iter().next().unwrap_or_default(),
        _ => String::new(),
    }
}

/// What the files are compared with: of each saving node, what is known.
#[must_use]
pub fn expectation(savers: &[Vec<Saver>]) -> Finding {
    let describe = |saver: &Saver| {
        let content = &saver.content;
        let size = content.size.as_ref().map(|size| format!("{} × {}", size.width, size.height));
        let frames = content.frames.map(|frames| count(frames, "frame"));
        let time = content.seconds.map(seconds);
        let known: Vec<String> = [size, frames, time].into_iter().flatten().collect();
        let known = if known.is_empty() { String::new() } else { format!(", {}", known.join(", ")) };
        format!("{}{known}", count(saver.files, noun(saver.kind)))
    };
    let all: BTreeSet<String> = savers.iter().flatten().filter(|saver| saver.files > 0).map(describe).collect();
    let message = if all.is_empty() {
        "expected per sample: no file, as no node is known to save one".to_owned()
    } else {
        format!("expected per sample: {}", all.into_iter().collect::<Vec<_>>().join("; "))
    };
    Finding::new("expected-files", message)
}
