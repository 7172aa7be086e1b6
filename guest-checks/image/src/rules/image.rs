//! What is wrong with one image.

use crate::decode::{self, Fault, Header, Picture};
use crate::expected::Sizes;
use crate::format::{Format, Kind};
use crate::pixels::Blank;
use crate::settings::Settings;
use crate::wording::{clause, list};
use comfycheck_sdk::{Answer, Bound, Finding, NodeRef, OpenQuestion, Subject, count, quote};

/// An image, as the output of a job gave it.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The sample's index.
    pub sample: u32,
    /// Its index among the sample's images.
    pub index: u32,
    /// As the output names it; may be empty.
    pub name: &'a str,
    /// What the output declares it to be.
    pub media_type: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
}

/// Everything that is wrong with an image, and what could not be told.
#[must_use]
pub fn judge(image: &Given<'_>, sizes: &Sizes, settings: &Settings) -> Answer {
    let mut answer = Answer::default();
    if image.bytes.is_empty() {
        let help = "the worker saved or uploaded nothing: look at its log around this job";
        answer.findings.push(image.finding("empty-image", "is empty").help(help));
        return answer;
    }
    answer.findings.extend(format(image, settings));
    let header = match decode::header(image.bytes) {
        Ok(header) => header,
        Err(fault) => {
            image.report(&fault, settings, &mut answer);
            return answer;
        }
    };
    // An absurd size is one complaint, not two.
    if header.pixels() <= settings.max_pixels {
        answer.findings.extend(size(image, &header, sizes, settings));
    }
    match decode::decode(image.bytes, &settings.limits()) {
        Ok(picture) => picture_answer(image, &picture, settings, &mut answer),
        Err(fault) => image.report(&fault, settings, &mut answer),
    }
    answer
}

/// An image that is larger than what may be held to be decoded, so that it was not read.
#[must_use]
pub fn unread(image: &Given<'_>, bytes: u64, settings: &Settings) -> OpenQuestion {
    let mib = bytes >> 20;
    OpenQuestion::new("undecodable-image", format!("{} has {mib} MiB and was not read", image.called()))
        .help(more_memory(settings))
}

impl Given<'_> {
    /// `` `x.png` of sample 3 ``.
    fn called(&self) -> String {
        match self.name {
            "" => format!("image {} of sample {}", self.index, self.sample),
            name => format!("{} of sample {}", quote(name), self.sample),
        }
    }

    fn finding(&self, rule: &str, what: impl std::fmt::Display) -> Finding {
        Finding::new(rule, format!("{} {what}", self.called())).about(Subject::Image((self.sample, self.index)))
    }

    /// What it means that an image was not decoded.
    fn report(&self, fault: &Fault, settings: &Settings, answer: &mut Answer) {
        match fault {
            Fault::NotDecoded(Kind::Foreign(name)) => {
                let allowed = allowed(settings);
                let help = format!("save images as {allowed}: other formats are not decoded");
                answer.findings.push(self.finding("image-format", format!("is {name}; allowed: {allowed}")).help(help));
            }
            Fault::NotDecoded(Kind::Text(what)) => {
                let help = "look at what the handler puts into the job's output, and whether an upload failed";
                answer.findings.push(self.finding("undecodable-image", format!("is no image but {what}")).help(help));
            }
            Fault::NotDecoded(Kind::Unknown | Kind::Image(_)) => {
                let start: Vec<String> = self.bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                let what = format!("is no image that is known: it begins with {}", start.join(" "));
                let help = "look at what the handler puts into the job's output";
                answer.findings.push(self.finding("undecodable-image", what).help(help));
            }
            Fault::Cut(progress) => {
                let after = progress.map(|(row, rows)| format!(" after row {row} of {rows}")).unwrap_or_default();
                let what = format!("is cut off{after}: the file ends after {}", count(self.bytes.len(), "byte"));
                let help = "look whether the worker reads or uploads the file before it is written to its end, and run \
                            the job again";
                answer.findings.push(self.finding("undecodable-image", what).help(help));
            }
            Fault::Corrupt { progress, reason } => {
                // The damage itself may lie before.
                let seen = progress.map(|(row, rows)| format!(", seen at row {row} of {rows}")).unwrap_or_default();
                let what = format!("is corrupt{seen}: {}", clause(reason, 200));
                let help = "look at what happens to the file between the node that saves it and the job's output";
                answer.findings.push(self.finding("undecodable-image", what).help(help));
            }
            Fault::Oversized(header) => answer.findings.push(oversized(self, header, settings)),
            Fault::Costly(Header { width, height, memory, .. }) => {
                let (needed, granted) = (memory.div_ceil(1 << 20), settings.decode_memory_mib);
                let image = self.called();
                let reason = format!(
                    "{image} has {width} × {height} pixels: decoding it takes about {needed} MiB, and {granted} are \
                     allowed"
                );
                let open = OpenQuestion::new("undecodable-image", reason).help(more_memory(settings));
                answer.open.push(open);
            }
        }
    }
}

/// The format is allowed, and is the declared one.
fn format(image: &Given<'_>, settings: &Settings) -> Vec<Finding> {
    let Kind::Image(format) = Kind::of(image.bytes) else { return Vec::new() };
    let name = format.name();
    let mut findings = Vec::new();
    if !settings.formats.contains(&format) {
        let allowed = allowed(settings);
        let help = format!(
            "save images as {allowed}, or add `{}` to `formats` in the settings of this check",
            name.to_lowercase()
        );
        findings.push(image.finding("image-format", format!("is {name}; allowed: {allowed}")).help(help));
    }
    let ending = image.name.rsplit_once('.').map(|(_, ending)| ending);
    let declarations = [image.media_type, ending].into_iter().flatten();
    let contradicts = |text: &&str| Format::declared(text).is_some_and(|declared| declared != format);
    if let Some(declared) = { declarations }.find(contradicts) {
        let help = "let the node or the handler that names the file name it for what it is: clients go by the name";
        let what = format!("is {name}, and is declared as {}", quote(declared));
        findings.push(image.finding("mislabelled-image", what).help(help));
    }
    findings
}

/// The size is the one that the settings or the workflow ask for.
fn size(image: &Given<'_>, header: &Header, sizes: &Sizes, settings: &Settings) -> Option<Finding> {
    let Header { width, height, .. } = *header;
    let is = format!("is {width} × {height} pixels");
    if settings.width.is_some() || settings.height.is_some() {
        let right = |set: Option<u32>, found| set.is_none_or(|set| set == found);
        if right(settings.width, width) && right(settings.height, height) {
            return None;
        }
        let side = |set: Option<u32>| set.map_or_else(|| "any".to_owned(), |set| set.to_string());
        let (width, height) = (side(settings.width), side(settings.height));
        let help = "correct the workflow, or `width` and `height` in the settings of this check";
        return Some(image.finding("wrong-size", format!("{is}; the settings ask for {width} × {height}")).help(help));
    }
    let Sizes::Known(sizes) = sizes else { return None };
    if sizes.iter().any(|size| size.allows(width, height)) {
        return None;
    }
    let asked: Vec<String> = sizes.iter().map(|size| format!("{} × {}", size.width, size.height)).collect();
    let help = "look whether the worker runs the workflow that it is sent; if this size is right, set `width` and \
                `height` in the settings of this check";
    let finding = image.finding("wrong-size", format!("{is}; the workflow asks for {}", list(&asked, "or"))).help(help);
    let node = |id: &String| Subject::Node(NodeRef { id: id.clone(), input: None });
    Some(finding.about_all(sizes.iter().map(|size| node(&size.node))))
}

fn oversized(image: &Given<'_>, header: &Header, settings: &Settings) -> Finding {
    let Header { width, height, .. } = header;
    let limit = settings.max_pixels;
    let help = "correct the size in the workflow, or raise `max-pixels` in the settings of this check";
    #[expect(clippy::cast_precision_loss, reason = "a pixel more or less does not matter beyond 2^53 of them")]
    let (pixels, bound) = (header.pixels() as f64, Bound::AtMost(limit as f64));
    image
        .finding("oversized-image", format!("claims {width} × {height} pixels; the limit is {limit} pixels in all"))
        .measured(pixels, "1", Some(bound))
        .help(help)
}

/// What the pixels of a decoded image say.
fn picture_answer(image: &Given<'_>, picture: &Picture, settings: &Settings, answer: &mut Answer) {
    let blank = picture.extremes.blank(settings.blank_tolerance);
    if picture.frames < picture.frames_in_all {
        let frames = count(picture.frames, "frame");
        let reason = format!("only {frames} of {} of {} were decoded", picture.frames_in_all, image.called());
        let rules = [Some("undecodable-image"), blank.map(|_| "blank-image")];
        let open =
            |rule| OpenQuestion::new(rule, reason.clone()).help("raise `max-pixels` in the settings of this check");
        answer.open.extend(rules.into_iter().flatten().map(open));
        return;
    }
    let Some(blank) = blank else { return };
    let (what, help) = match blank {
        Blank::Transparent => (
            "is fully transparent".to_owned(),
            "look at the mask that the workflow makes its alpha of: it may be empty or inverted",
        ),
        Blank::Black => (
            "is black all over".to_owned(),
            "a VAE that overflows in half precision gives black images: use an fp32 or `fp16-fix` VAE, or start \
             ComfyUI with `--fp32-vae`",
        ),
        Blank::Plain([red, green, blue]) => (
            format!("is one colour all over (#{red:02x}{green:02x}{blue:02x})"),
            "look at the sampler's steps and denoise, and whether model, VAE and latent belong together",
        ),
    };
    answer.findings.push(image.finding("blank-image", what).help(help));
}

fn more_memory(settings: &Settings) -> String {
    format!(
        "raise `decode-memory-mib` ({}) in the settings of this check, and the memory limit of the check with it",
        settings.decode_memory_mib
    )
}

/// `PNG, JPEG or WebP`.
fn allowed(settings: &Settings) -> String {
    let names: Vec<String> = settings.formats.iter().map(|format| format.name().to_owned()).collect();
    list(&names, "or")
}
