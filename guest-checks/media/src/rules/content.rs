//! A file compared with the workflow and with the settings.

use super::file::OutputFile;
use crate::expected::Saver;
use crate::facts::{Media, Video};
use crate::settings::Settings;
use comfycheck_sdk::Finding;
use comfycheck_sdk::wording::{beside, count, number, seconds};

/// By how much a time may differ from that of the workflow, in seconds: latents of audio are rounded, and encoders add
/// a frame.
const TOLERANCE: f64 = 0.5;

/// What contradicts the workflow, except for what the settings say.
pub(super) fn against_workflow(file: &OutputFile, media: &Media, saver: &Saver, settings: &Settings) -> Vec<Finding> {
    let help = "check that the worker runs the submitted workflow; if this is right, state it in the settings of this \
                check";
    let finding = |message: String| file.finding("differs-from-workflow", message, Some(saver)).help(help);
    match media {
        Media::Video(video) => {
            let frames = frames(video, saver).filter(|_| settings.frames.is_none());
            let rate = frames.is_none().then(|| rate(video, saver)).flatten();
            let size = size(video, saver).filter(|_| settings.width.is_none() && settings.height.is_none());
            [size, frames, rate].into_iter().flatten().map(finding).collect()
        }
        Media::Audio(audio) => {
            let is_set = settings.min_duration_s.is_some() || settings.max_duration_s.is_some();
            let times = audio.duration.zip(saver.content.seconds).filter(|_| !is_set);
            let differs = times.filter(|(actual, expected)| (actual - expected).abs() > TOLERANCE);
            differs
                .map(|(actual, expected)| finding(lasts("audio", actual, "workflow: ", expected)))
                .into_iter()
                .collect()
        }
        Media::Model(_) | Media::Text(_) | Media::Still => Vec::new(),
    }
}

fn size(video: &Video, saver: &Saver) -> Option<String> {
    let size = saver.content.size.as_ref()?;
    if size.allows(video.width, video.height) {
        return None;
    }
    let (width, height) = (size.width, size.height);
    Some(format!("the video is {} × {} (workflow: {width} × {height})", video.width, video.height))
}

fn frames(video: &Video, saver: &Saver) -> Option<String> {
    let expected = saver.content.frames?;
    if video.frames == expected {
        return None;
    }
    if !video.has_steady_frames() && video.frames < expected {
        #[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
        let whole = saver.content.rate.map(|rate| expected as f64 / rate);
        let is_whole = video.duration.zip(whole).is_none_or(|(actual, whole)| actual >= whole * 0.9);
        if is_whole {
            return None;
        }
    }
    Some(format!("the video has {} (workflow: {expected})", count(video.frames, "frame")))
}

fn rate(video: &Video, saver: &Saver) -> Option<String> {
    /// Times are rounded to milliseconds, and to hundredths of a second in a GIF.
    const TOLERATED: f64 = 0.1;
    let (actual, expected) = video.rate().zip(saver.content.rate)?;
    // A single frame has any time, and frames that are merged have more.
    let is_comparable = video.frames > 1 && video.has_steady_frames();
    if !is_comparable || (actual - expected).abs() <= expected * TOLERATED {
        return None;
    }
    let round = |rate: f64| number((rate * 10.0).round() / 10.0);
    Some(format!("the video has {} frames a second (workflow: {})", round(actual), round(expected)))
}

/// What contradicts the settings.
pub(super) fn against_settings(
    file: &OutputFile,
    media: &Media,
    saver: Option<&Saver>,
    settings: &Settings,
) -> Vec<Finding> {
    let mut differences: Vec<(String, &str)> = Vec::new();
    let duration = match media {
        Media::Video(video) => {
            let right = |set: Option<u32>, actual| set.is_none_or(|set| set == actual);
            if !right(settings.width, video.width) || !right(settings.height, video.height) {
                let side = |set: Option<u32>| set.map_or_else(|| "any".to_owned(), |set| set.to_string());
                let (width, height) = (side(settings.width), side(settings.height));
                let message = format!("the video is {} × {} (settings: {width} × {height})", video.width, video.height);
                differences.push((message, "`width` and `height`"));
            }
            if let Some(frames) = settings.frames.filter(|frames| *frames != video.frames) {
                let message = format!("the video has {} (settings: {frames})", count(video.frames, "frame"));
                differences.push((message, "`frames`"));
            }
            video.duration
        }
        Media::Audio(audio) => audio.duration,
        Media::Model(_) | Media::Text(_) | Media::Still => None,
    };
    let kind = if matches!(media, Media::Audio(_)) { "audio" } else { "video" };
    if let Some((duration, least)) = duration.zip(settings.min_duration_s).filter(|(actual, least)| actual < least) {
        differences.push((lasts(kind, duration, "settings: at least ", least), "`min-duration-s`"));
    }
    if let Some((duration, most)) = duration.zip(settings.max_duration_s).filter(|(actual, most)| actual > most) {
        differences.push((lasts(kind, duration, "settings: at most ", most), "`max-duration-s`"));
    }
    let finding = |(message, setting): (String, &str)| {
        let help = format!("correct the workflow, or {setting} in the settings of this check");
        file.finding("differs-from-settings", message, saver).help(help)
    };
    differences.into_iter().map(finding).collect()
}

/// `the audio lasts 0.60 s (workflow: 5.0 s)`.
fn lasts(kind: &str, actual: f64, of: &str, expected: f64) -> String {
    let (actual, expected) = beside(actual, expected, "s", seconds);
    format!("the {kind} lasts {actual} ({of}{expected})")
}
