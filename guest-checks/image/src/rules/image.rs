//! What is wrong with one image.
//!
//! No message names the image or its sample: they are the finding's subjects and data, so that equal findings group.

use crate::decode::{self, Fault, Header, Picture};
use crate::expected::{Expected, Sizes};
use crate::format::{Kind, Text};
use crate::pixels::Blank;
use crate::pixels::texture::Featureless;
use crate::rules::format;
use crate::settings::Settings;
use crate::wording::{clause, list, size_in_pixels};
use comfycheck_likeness::Sketch;
use comfycheck_sdk::wording::{bytes, count, number};
use comfycheck_sdk::{Answer, Bound, Finding, NodeRef, OpenQuestion, Subject, quote};
use serde_json::json;

/// An image as the output of a job has it.
#[derive(Clone, Copy, Debug)]
pub struct OutputImage<'a> {
    /// The sample's index.
    pub sample: u32,
    /// Its index among the sample's images.
    pub index: u32,
    /// As the output names it; may be empty.
    pub name: &'a str,
    /// As the output declares it.
    pub media_type: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
}

/// What an image shows.
#[derive(Clone, Debug)]
pub struct Judgment {
    /// Everything that is wrong with it, and what is unknown.
    pub answer: Answer,
    /// A small copy to compare with golden images. None if they are not in the settings, or it was not decoded.
    pub sketch: Option<Sketch>,
}

/// Decodes an image, and judges it.
#[must_use]
pub fn judge(image: &OutputImage<'_>, expected: &Expected, settings: &Settings) -> Judgment {
    let mut answer = Answer::default();
    let sketch = sketched(image, expected, settings, &mut answer);
    Judgment { answer, sketch }
}

fn sketched(image: &OutputImage<'_>, expected: &Expected, settings: &Settings, answer: &mut Answer) -> Option<Sketch> {
    if image.bytes.is_empty() {
        let help = "check the worker's log around this job: it saved or uploaded nothing";
        answer.findings.push(image.finding("empty-image", "the image has no bytes").help(help));
        return None;
    }
    answer.findings.extend(format::judge(image, settings));
    let header = match decode::header(image.bytes) {
        Ok(header) => header,
        Err(fault) => {
            image.report(&fault, settings, answer);
            return None;
        }
    };
    // An absurd size is one complaint, not two.
    if header.pixels() <= settings.max_pixels {
        answer.findings.extend(size(image, &header, &expected.sizes, settings));
    }
    let decode = if settings.golden.is_some() { decode::decode_sketched } else { decode::decode };
    match decode(image.bytes, &settings.limits()) {
        Ok(picture) => {
            picture_answer(image, &picture, expected, settings, answer);
            picture.sketch
        }
        Err(fault) => {
            image.report(&fault, settings, answer);
            None
        }
    }
}

/// An image with more bytes than may be held in memory, which was not read.
#[must_use]
pub fn unread(size: u64, settings: &Settings) -> OpenQuestion {
    let (size, limit) = (bytes(size), bytes(settings.limits().memory));
    OpenQuestion::new("undecodable-image", format!("an image of {size} was not read (limit: {limit})"))
        .help(more_memory(settings))
}

/// An image in base64 that not every decoder reads.
#[must_use]
pub fn lenient(image: &OutputImage<'_>) -> Finding {
    let help = "encode images with padding, without line breaks, and not URL-safe";
    image.finding("lenient-base64", "the image is in base64 that strict decoders refuse").help(help)
}

impl OutputImage<'_> {
    pub(super) fn finding(&self, rule: &str, message: impl Into<String>) -> Finding {
        self.finding_about(rule, message, [])
    }

    /// With other subjects before the image.
    pub(super) fn finding_about(
        &self,
        rule: &str,
        message: impl Into<String>,
        first: impl IntoIterator<Item = Subject>,
    ) -> Finding {
        let finding = Finding::new(rule, message).about_all(first).about(Subject::Image((self.sample, self.index)));
        if self.name.is_empty() { finding } else { finding.data(&json!({"name": self.name})) }
    }

    /// What it means that an image was not decoded.
    fn report(&self, fault: &Fault, settings: &Settings, answer: &mut Answer) {
        match fault {
            Fault::NotDecoded(Kind::Foreign(name)) => {
                let allowed = format::allowed(settings);
                let help = format!("save images as {allowed}: other formats are not decoded");
                let message = format!("the image is {name} (allowed: {allowed})");
                answer.findings.push(self.finding("image-format", message).help(help));
            }
            Fault::NotDecoded(Kind::Video) => {}
            Fault::NotDecoded(Kind::Text(text)) => {
                let help = match text {
                    Text::Xml => "check that the upload succeeded: object storage answers errors in XML",
                    _ => "check what the handler puts into the job's output, and whether an upload failed",
                };
                let message = format!("the file is {}, not an image", text.name());
                answer.findings.push(self.finding("undecodable-image", message).help(help));
            }
            Fault::NotDecoded(Kind::Unknown | Kind::Image(_)) => {
                let start: Vec<String> = self.bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                let message = format!("the file is not an image: it starts with {}", start.join(" "));
                let help = "check what the handler puts into the job's output";
                answer.findings.push(self.finding("undecodable-image", message).help(help));
            }
            Fault::Cut(progress) => {
                let after = match progress {
                    Some((row, rows)) if row < rows => format!("it ends after row {row} of {rows}, and "),
                    Some((_, rows)) => format!("it ends after its last row ({rows}), and "),
                    None => String::new(),
                };
                let message = format!("the image is cut off; {after}the file has {}", bytes(self.bytes.len() as u64));
                let help = "check whether the worker reads or uploads the file before it is complete";
                answer.findings.push(self.finding("undecodable-image", message).help(help));
            }
            Fault::Corrupt { progress, reason } => {
                // The damage itself may lie before that row.
                let found = progress.map(|(row, rows)| format!(" (found at row {row} of {rows})")).unwrap_or_default();
                let message = format!("the image is corrupt; {}{found}", clause(reason, 200));
                let help = "check what changes the file between the node that saves it and the job's output";
                answer.findings.push(self.finding("undecodable-image", message).help(help));
            }
            Fault::Oversized(header) => answer.findings.push(oversized(self, header, settings)),
            Fault::Costly(Header { width, height, memory, .. }) => {
                let (needed, limit) = (memory.saturating_add(self.bytes.len() as u64), settings.limits().memory);
                // The decoder's own count may exceed the limit where the estimate does not.
                let needed = if needed > limit { format!("about {}", bytes(needed)) } else { "more memory".to_owned() };
                let (size, limit) = (size_in_pixels(*width, *height), bytes(limit));
                let reason = format!("an image of {size} needs {needed} to decode (limit: {limit})");
                answer.open.push(OpenQuestion::new("undecodable-image", reason).help(more_memory(settings)));
            }
        }
    }
}

/// The size is that of the settings or the workflow.
fn size(image: &OutputImage<'_>, header: &Header, sizes: &Sizes, settings: &Settings) -> Option<Finding> {
    let Header { width, height, .. } = *header;
    let actual = size_in_pixels(width, height);
    if settings.width.is_some() || settings.height.is_some() {
        let right = |set: Option<u32>, found| set.is_none_or(|set| set == found);
        if right(settings.width, width) && right(settings.height, height) {
            return None;
        }
        let message = format!("the image is {actual} (settings: {})", settings.size().unwrap_or_default());
        let help = "correct the workflow, or `width` and `height` in the settings of this check";
        return Some(image.finding("wrong-size", message).help(help));
    }
    let Sizes::Known(sizes) = sizes else { return None };
    if sizes.iter().any(|size| size.allows(width, height)) {
        return None;
    }
    let expected: Vec<String> = sizes.iter().map(|size| size_in_pixels(size.width, size.height)).collect();
    let message = format!("the image is {actual} (workflow: {})", list(&expected, "or"));
    let help = "check that the worker runs the submitted workflow; if this size is right, set `width` and `height` in \
                the settings of this check";
    let nodes = sizes.iter().map(|size| Subject::Node(NodeRef { id: size.node.clone(), input: None }));
    Some(image.finding_about("wrong-size", message, nodes).help(help))
}

fn oversized(image: &OutputImage<'_>, header: &Header, settings: &Settings) -> Finding {
    let help = "correct the size in the workflow, or raise `max-pixels` in the settings of this check";
    #[expect(clippy::cast_precision_loss, reason = "a pixel more or less does not matter beyond 2^53 of them")]
    let (pixels, limit) = (header.pixels() as f64, settings.max_pixels as f64);
    let claimed = size_in_pixels(header.width, header.height);
    let message = format!("the image claims {claimed}: {} pixels (limit: {})", number(pixels), number(limit));
    image.finding("oversized-image", message).measured(pixels, "1", Some(Bound::AtMost(limit))).help(help)
}

/// What the pixels of a decoded image show.
fn picture_answer(
    image: &OutputImage<'_>,
    picture: &Picture,
    expected: &Expected,
    settings: &Settings,
    answer: &mut Answer,
) {
    let blank = picture.extremes.blank(settings.blank_tolerance);
    let asked = blank.is_some_and(|blank| is_asked_for(blank, expected, settings));
    if picture.frames < picture.frames_in_all {
        let frames = count(picture.frames_in_all, "frame");
        let reason = format!("only {} of {frames} of an animation were decoded", picture.frames);
        let rules = [Some("undecodable-image"), blank.filter(|_| !asked).map(|_| "blank-image")];
        let open =
            |rule| OpenQuestion::new(rule, reason.clone()).help("raise `max-pixels` in the settings of this check");
        answer.open.extend(rules.into_iter().flatten().map(open));
        return;
    }
    if asked {
        return;
    }
    let Some(blank) = blank else {
        answer.findings.extend(picture.extremes.texture.featureless().map(|kind| featureless(image, kind)));
        return;
    };
    let (message, help) = match blank {
        Blank::Transparent => (
            "the image is fully transparent".to_owned(),
            "check the mask that the workflow makes its alpha of: it may be empty or inverted",
        ),
        Blank::Black
            if let Some(plain) = expected.plain.iter().find(|plain| Blank::of(plain.color) == Blank::Black) =>
        {
            (
                format!("the image is all black, as node {} makes it", quote(&plain.node)),
                "set another color there, or save what a model makes: a failed job can give black images, too",
            )
        }
        Blank::Black => (
            "the image is all black".to_owned(),
            "use an fp32 or `fp16-fix` VAE, or start ComfyUI with `--fp32-vae`: a VAE that overflows in half precision \
             gives black images",
        ),
        Blank::Plain([red, green, blue]) => (
            format!("the image is a single color (#{red:02x}{green:02x}{blue:02x})"),
            "check the sampler's steps and denoise, and that model, VAE and latent belong together",
        ),
    };
    answer.findings.push(image.finding("blank-image", message).help(help));
}

/// Whether the workflow asks for this image: for a mask, or for a plain color other than black, which every failure shows.
fn is_asked_for(blank: Blank, expected: &Expected, settings: &Settings) -> bool {
    match blank {
        Blank::Transparent => false,
        Blank::Black => expected.has_masks,
        Blank::Plain([255, 255, 255]) if expected.has_masks => true,
        Blank::Plain(color) => expected.plain.iter().any(|plain| {
            let close = |(one, other): (&u8, &u8)| one.abs_diff(*other) <= settings.blank_tolerance;
            plain.color.iter().zip(&color).all(close)
        }),
    }
}

/// An image that varies, and still shows nothing.
fn featureless(image: &OutputImage<'_>, kind: Featureless) -> Finding {
    let message = match kind {
        Featureless::Noise => "the image looks like noise: neighboring pixels have nothing in common",
        Featureless::Flat => "the image is almost a single color: its brightness hardly varies",
    };
    let help = "check the sampler's steps and denoise, and that model, VAE and latent belong together";
    image.finding("featureless-image", message).help(help)
}

fn more_memory(settings: &Settings) -> String {
    format!(
        "raise `decode-memory-mib` ({}) in the settings of this check, and the memory limit of the check with it",
        settings.decode_memory_mib
    )
}
