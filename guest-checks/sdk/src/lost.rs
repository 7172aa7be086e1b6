//! Files of an output that no client can get.

use crate::samples::{LostImage, Sample};
use crate::wording::one_line;
use crate::{Finding, Subject};
use serde_json::json;

/// Endings of the files that the check `media` judges.
const MEDIA: [&str; 17] = [
    "mp4", "m4v", "webm", "mkv", "mov", "avi", "flac", "mp3", "wav", "ogg", "opus", "m4a", "aac", "glb", "obj", "ply",
    "stl",
];
/// The most characters of a reason.
const LONGEST: usize = 300;

impl LostImage {
    /// Whether it is a video, an audio file or a 3D model, by the ending of its name. The check `media` reports those, and
    /// `image` all others.
    #[must_use]
    pub fn is_media(&self) -> bool {
        is_media(&self.name)
    }

    /// The finding of a rule about it, with why it is lost and what helps. Its data has the name.
    #[must_use]
    pub fn finding(&self, rule: &str, sample: &Sample) -> Finding {
        let texts = [Some(&self.name), Some(&self.reason), sample.output.as_ref()];
        let help = if texts.into_iter().flatten().any(|text| text.contains("simulated_uploaded")) {
            "set `BUCKET_ACCESS_KEY_ID` and `BUCKET_SECRET_ACCESS_KEY` beside `BUCKET_ENDPOINT_URL` in the endpoint's \
             environment: without them the worker only pretends to upload"
        } else if self.reason.contains("status ") {
            "open the URL in the job's output, and check whether it has expired"
        } else {
            "return the file itself as base64, or a URL that clients can open"
        };
        let reason = one_line(&self.reason, LONGEST);
        let message = format!("a file of the output is not available: {}", reason.trim_end_matches('.'));
        let finding = Finding::new(rule, message).help(help).about(Subject::Sample(sample.index));
        if self.name.is_empty() { finding } else { finding.data(&json!({"name": self.name})) }
    }
}

/// Whether a name is that of a video, an audio file or a 3D model.
pub(crate) fn is_media(name: &str) -> bool {
    has_ending(name, &MEDIA)
}

/// Whether a name ends in a dot and one of these, in any case.
pub(crate) fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_are_known_by_their_ending() {
        let is_media = |name: &str| LostImage { name: name.to_owned(), reason: String::new() }.is_media();
        assert!(["a.mp4", "out/b_00001_.MKV", "c.flac", "d.glb"].into_iter().all(is_media));
        assert!(!["a.png", "b.gif", "mp4", "", "c.mp4.part"].into_iter().any(is_media));
    }
}
