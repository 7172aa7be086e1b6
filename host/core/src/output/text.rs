//! A text of an output that is a file, or says where one is.

use super::base64::{decode, is_base64, media};
use super::{Content, OutputFile};
use crate::media::{FileKind, declared_type};
use url::Url;

/// The shortest text without a signature that is taken for base64.
const SHORTEST: usize = 64;

/// A text that the output declares as a file. It is one, or it is lost.
pub(super) fn declared(name: &str, text: &str) -> OutputFile {
    if let Some(uri) = text.strip_prefix("data:") {
        let Some((media_type, data)) = uri.split_once(";base64,") else {
            return lost(name, "data URI without base64");
        };
        let media_type = Some(media_type.to_owned()).filter(|kind| !kind.is_empty());
        return OutputFile { media_type, ..decoded(name, data) };
    }
    if is_web(text) {
        return match Url::parse(text) {
            Ok(url) if url.host().is_some() => {
                let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
                OutputFile::new(if name.is_empty() { &last } else { name }, Content::Elsewhere(url))
            }
            _ => lost(name, "invalid URL"),
        };
    }
    if text.starts_with("simulated_uploaded/") || text.starts_with("s3://") {
        return not_uploaded(name, text);
    }
    OutputFile { media_type: declared_type(name).map(str::to_owned), ..decoded(name, text) }
}

/// Whether a text that the output does not declare as a file is one: it can be nothing else.
///
/// `kind`: what its key says that it is. None where the key says nothing of a kind.
pub(super) fn may_be_file(text: &str, kind: Option<FileKind>) -> bool {
    if is_web(text) {
        return kind.is_some() || Url::parse(text).is_ok_and(|url| kind_of_name(url.path()).is_some());
    }
    if is_path(text) {
        // Else a sentence can end with a name.
        return kind.is_some() || text.starts_with('/') || !text.contains(char::is_whitespace);
    }
    is_embedded(text) || (kind.is_some() && is_long_base64(text))
}

/// Whether a text holds a file by itself: a data URI, or base64 with a known signature.
pub(super) fn is_embedded(text: &str) -> bool {
    match text.strip_prefix("data:") {
        Some(uri) => FileKind::of_media_type(uri).is_some_and(|kind| kind != FileKind::Text),
        None => text.len() >= SHORTEST && media(text).is_some() && is_base64(text),
    }
}

pub(super) fn is_long_base64(text: &str) -> bool {
    text.len() >= SHORTEST && is_base64(text)
}

fn decoded(name: &str, data: &str) -> OutputFile {
    match decode(data) {
        Some((bytes, encoding)) => OutputFile::new(name, Content::Bytes(bytes, encoding)),
        None if is_path(data) => lost(if name.is_empty() { data } else { name }, &only_a_path(data)),
        None => lost(name, "invalid base64"),
    }
}

/// Whether a text is a path or a name of a media file.
pub(super) fn is_path(text: &str) -> bool {
    const LONGEST: usize = 1024;
    text.len() <= LONGEST && !text.contains(['\n', '\r']) && !text.contains(':') && kind_of_name(text).is_some()
}

fn only_a_path(text: &str) -> String {
    let text: String = text.chars().take(200).collect();
    format!("`{}` is only a path on the worker, not the file", text.replace('`', "'"))
}

/// What a name stands for. A text file is read where the output holds it, not looked for.
fn kind_of_name(name: &str) -> Option<FileKind> {
    declared_type(name).and_then(FileKind::of_media_type).filter(|kind| *kind != FileKind::Text)
}

pub(super) fn not_uploaded(name: &str, text: &str) -> OutputFile {
    if text.starts_with("simulated_uploaded/") {
        // The worker fakes uploads if `BUCKET_ENDPOINT_URL` is set without keys.
        lost(name, "not uploaded: `BUCKET_ENDPOINT_URL` is set, but the bucket's keys are not")
    } else if text.starts_with("s3://") {
        lost(name, "stored under an `s3://` address, which needs the bucket's keys")
    } else {
        lost(name, "marked as uploaded, but the output has no URL")
    }
}

pub(super) fn lost(name: &str, reason: &str) -> OutputFile {
    OutputFile::new(name, Content::Lost(reason.to_owned()))
}

pub(super) fn is_web(text: &str) -> bool {
    let begins = |with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    begins("https://") || begins("http://")
}
