//! What is wrong with one file, whatever the workflow.
//!
//! No message names the file or its sample: they are the finding's subjects and data, so that equal findings group.

use super::content;
use crate::expected::Saver;
use crate::facts::{Level, Media};
use crate::fault::Fault;
use crate::format::{Format, Kind};
use crate::inspect::inspect;
use crate::settings::Settings;
use crate::source::{Source, Window};
use comfycheck_sdk::wording::{bytes, percent};
use comfycheck_sdk::{Answer, Bound, Finding, NodeRef, OpenQuestion, Subject, one_line, quote};
use serde_json::json;

/// A file that a job returned.
#[derive(Clone, Debug, Default)]
pub struct OutputFile {
    /// The sample's index.
    pub sample: u32,
    /// As the output names it; may be empty.
    pub name: String,
    /// The id of the node that saved it, if the output says so.
    pub node: Option<String>,
    /// As the output and its content show it.
    pub kind: Option<Kind>,
    /// As the output declares it.
    pub media_type: Option<String>,
    /// Whether it is in base64 that strict decoders refuse.
    pub is_lenient: bool,
}

impl OutputFile {
    /// The format that the name or the media type stands for.
    #[must_use]
    pub fn declared(&self) -> Option<Format> {
        self.declarations().find_map(Format::declared)
    }

    /// What the file is for, by its bytes; by its name where they do not show it.
    #[must_use]
    pub fn kind(&self, source: &dyn Source) -> Option<Kind> {
        let format = self.format(source).ok().or_else(|| self.declared());
        format.map(Format::kind).or(self.kind)
    }

    fn format(&self, source: &dyn Source) -> Result<Format, Fault> {
        const START: usize = 512;
        let mut file = Window::new(source);
        let size = file.size();
        Format::of(file.up_to(0, START), size, self.declared())
    }

    /// What the file should be: `, and is not MP4`.
    fn instead(&self) -> String {
        self.declared().map_or_else(String::new, |format| format!(", and is not {}", format.name()))
    }

    fn declarations(&self) -> impl Iterator<Item = &str> {
        let ending = self.name.rsplit_once('.').map(|(_, ending)| ending);
        [ending, self.media_type.as_deref()].into_iter().flatten()
    }

    /// A finding about the file, and about the node that saved it.
    pub(super) fn finding(&self, rule: &str, message: impl Into<String>, saver: Option<&Saver>) -> Finding {
        let node = saver.map(|saver| Subject::Node(NodeRef { id: saver.node.clone(), input: None }));
        let finding = Finding::new(rule, message).about_all(node).about(Subject::Sample(self.sample));
        if self.name.is_empty() { finding } else { finding.data(&json!({"name": self.name})) }
    }
}

/// Everything that is wrong with a file, and what it holds. `saver`: the node that saved it, if that is known.
#[must_use]
pub fn judge(
    file: &OutputFile,
    source: &dyn Source,
    saver: Option<&Saver>,
    settings: &Settings,
) -> (Option<Media>, Answer) {
    // Images have a check of their own. It does not count the frames of animations.
    let is_image = file.kind(source) == Some(Kind::Image);
    if source.size() == 0 && !is_image {
        let help = "check the worker's log around this job: it saved or uploaded nothing";
        return (None, file.finding("empty-file", "the file has no bytes", saver).help(help).into());
    }
    let mut answer = Answer::default();
    if !is_image {
        answer.findings.extend(label(file, source, saver));
        answer.findings.extend(lenient(file, saver));
    }
    match inspect(source, file.declared(), settings.limit()) {
        Err(_) if is_image => (None, answer),
        Err(fault) => {
            report(file, &fault, saver, settings, &mut answer);
            (None, answer)
        }
        Ok(media) => {
            own(file, &media, saver, settings, &mut answer);
            answer.findings.extend(content::against_settings(file, &media, saver, settings));
            if let Some(saver) = saver {
                answer.findings.extend(content::against_workflow(file, &media, saver, settings));
            }
            (Some(media), answer)
        }
    }
}

/// The name and the media type are those of the format.
fn label(file: &OutputFile, source: &dyn Source, saver: Option<&Saver>) -> Option<Finding> {
    let format = file.format(source).ok()?;
    // A text may be anything that has no signature.
    let contradicts = |text: &&str| Format::declared(text).is_some_and(|declared| declared != format);
    let declared = file.declarations().find(contradicts).filter(|_| format != Format::Text)?;
    let message = format!("the file is {}, declared as {}", format.name(), quote(declared));
    let help = "name the file by its real format: clients trust the name";
    Some(file.finding("mislabelled-file", message, saver).help(help))
}

/// The file is in base64 as every decoder reads it.
fn lenient(file: &OutputFile, saver: Option<&Saver>) -> Option<Finding> {
    let message = "the file is in base64 that strict decoders refuse";
    let help = "encode files with padding, without line breaks, and not URL-safe";
    file.is_lenient.then(|| file.finding("lenient-base64", message, saver).help(help))
}

/// What it means that a file cannot be read to its end.
fn report(file: &OutputFile, fault: &Fault, saver: Option<&Saver>, settings: &Settings, answer: &mut Answer) {
    let (rule, message, help) = match fault {
        Fault::Cut(reason) => (
            "unreadable-file",
            format!("the file is cut off: {reason}"),
            "check whether the worker reads or uploads the file before it is complete",
        ),
        Fault::Corrupt(reason) => (
            "unreadable-file",
            format!("the file is corrupt: {}", one_line(reason, 200)),
            "check what changes the file between the node that saves it and the job's output",
        ),
        Fault::Empty(reason) => (
            "empty-file",
            reason.clone(),
            "check the node that feeds the one which saves this file, and the worker's log around this job",
        ),
        Fault::Text(what) => (
            "unreadable-file",
            format!("the file is {what}{}", file.instead()),
            "check what the handler puts into the job's output, and whether an upload failed",
        ),
        Fault::Unknown(start) if file.declared().is_some() => (
            "unreadable-file",
            format!("the file starts with {start}{}", file.instead()),
            "check what the handler puts into the job's output, and whether an upload failed",
        ),
        Fault::Unknown(start) => {
            let message = format!("the file has an unknown format: it starts with {start}");
            answer.findings.push(file.finding("unknown-format", message, saver));
            return;
        }
        Fault::Costly { needed } => {
            let (needed, limit) = (bytes(*needed), bytes(settings.limit()));
            let reason = format!("a file of {needed} was not read (limit: {limit})");
            let help = format!(
                "raise `decode-memory-mib` ({}) in the settings of this check, and the memory limit of the check with it",
                settings.decode_memory_mib
            );
            answer.open.push(OpenQuestion::new("unreadable-file", reason).help(help));
            return;
        }
    };
    answer.findings.push(file.finding(rule, message, saver).help(help));
}

/// What the content shows on its own.
fn own(file: &OutputFile, media: &Media, saver: Option<&Saver>, settings: &Settings, answer: &mut Answer) {
    match media {
        Media::Video(video) => {
            if let Some(median) = video.still() {
                let size = bytes(median.into());
                let message =
                    format!("the picture of the video does not change: half of its frames have at most {size}");
                let help = "play the video: it may be black or frozen. Check the sampler's steps and the VAE";
                answer.findings.push(file.finding("unchanging-video", message, saver).help(help));
            }
        }
        Media::Audio(audio) => {
            let is_wanted = saver.is_some_and(|saver| saver.content.is_silent);
            if let Some(level) = audio.level.filter(|_| !is_wanted) {
                answer.findings.extend(loudness(file, level, saver));
            }
        }
        Media::Text(text) if settings.json_text && !text.is_json => {
            let help = "check the node that writes the text, or set `json-text = false` in the settings of this check";
            answer.findings.push(file.finding("invalid-json", "the text is not JSON", saver).help(help));
        }
        Media::Text(_) | Media::Model(_) | Media::Still => {}
    }
}

/// Silence, and samples that are cut off at full scale.
fn loudness(file: &OutputFile, level: Level, saver: Option<&Saver>) -> Option<Finding> {
    /// In percent. A few peaks are not heard.
    const MOST_CLIPPED: f64 = 0.1;
    if level.is_silent() {
        let help = "check the sampler's steps and denoise, and that model, VAE and latent belong together";
        return Some(file.finding("silent-audio", "the audio is silent", saver).help(help));
    }
    let clipped = level.clipped_share() * 100.0;
    if clipped <= MOST_CLIPPED {
        return None;
    }
    let (part, limit) = (percent(clipped), percent(MOST_CLIPPED));
    let message = format!("{part} of the samples are cut off at full scale (limit: {limit})");
    let finding = file.finding("clipped-audio", message, saver);
    let help = "lower the volume before the node that saves the audio";
    Some(finding.measured(clipped, "%", Some(Bound::AtMost(MOST_CLIPPED))).help(help))
}
