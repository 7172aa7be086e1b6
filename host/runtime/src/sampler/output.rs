//! The images in a job's output, and the output without them.
//!
//! Workers and their versions differ. All known shapes are read here; anything else is not an
//! image.

mod strip;

use bytes::Bytes;
use comfycheck_core::sample::LostImage;
use serde_json::{Map, Value};
use url::Url;

pub(super) use strip::strip;

/// An image that an output names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OutputImage {
    Bytes {
        /// As in the output; may be empty.
        name: String,
        /// According to the output.
        media_type: Option<String>,
        bytes: Bytes,
    },
    /// It must be downloaded.
    Elsewhere {
        /// As in the output; may be empty.
        name: String,
        url: Url,
    },
    /// No client can get it.
    Lost(LostImage),
    /// Skipped, which is not an error of the output. One line on why.
    Skipped(String),
}

/// More images than any job makes are skipped.
const MOST: usize = 1_000;

/// In the order of the output.
pub(super) fn images(output: &Value) -> Vec<OutputImage> {
    let mut listed = Vec::new();
    match output {
        Value::Object(object) => of_object(object, &mut listed),
        // Generators and older handlers return a list of results.
        Value::Array(list) => {
            for item in list {
                match item {
                    Value::Object(object) if object.contains_key("data") => listed.push(of_item(item, "")),
                    Value::Object(object) => of_object(object, &mut listed),
                    Value::String(text) => listed.extend(undeclared(text)),
                    _ => {}
                }
            }
        }
        Value::String(text) => listed.extend(undeclared(text)),
        _ => {}
    }
    if listed.len() > MOST {
        let reason = format!("the output names {} images; only the first {MOST} are checked", listed.len());
        listed.truncate(MOST);
        listed.push(OutputImage::Skipped(reason));
    }
    listed
}

fn of_object(object: &Map<String, Value>, listed: &mut Vec<OutputImage>) {
    let field = |name: &str| object.get(name);
    // worker-comfyui since 4.1 lists objects. Others list texts; comfyui-api has their names in a
    // second list.
    match field("images") {
        Some(Value::Array(items)) => {
            let name =
                |index: usize| field("filenames").and_then(|names| names.get(index)?.as_str()).unwrap_or_default();
            listed.extend(items.iter().enumerate().map(|(index, item)| of_item(item, name(index))));
        }
        Some(item @ (Value::Object(_) | Value::String(_))) => listed.push(of_item(item, "")),
        _ => {}
    }
    if let Some(item @ (Value::Object(_) | Value::String(_))) = field("image") {
        listed.push(of_item(item, ""));
    }
    // worker-comfyui up to 4.0 has its image or its error in `message`. Beside images it is only a
    // message.
    if let Some(Value::String(text)) = field("message") {
        let has_images = field("images").or(field("image")).is_some();
        match field("status").and_then(Value::as_str) {
            Some("success") if !has_images => listed.push(declared("", text)),
            Some("error") => {}
            _ => listed.extend(undeclared(text)),
        }
    }
    if let Some(Value::Array(files)) = field("files") {
        listed.extend(files.iter().filter_map(Value::as_str).filter_map(file));
    }
}

/// An item of a list of images.
fn of_item(item: &Value, name_beside: &str) -> OutputImage {
    let object = match item {
        Value::String(text) => return declared(name_beside, text),
        Value::Object(object) => object,
        _ => return lost(name_beside, "neither an object nor text"),
    };
    let text = |names: &[&str]| names.iter().find_map(|name| object.get(*name)?.as_str());
    let name = text(&["filename", "name"]).unwrap_or(name_beside);
    match text(&["data", "image", "url", "base64"]) {
        None => lost(name, "neither data nor a URL in the output"),
        Some(data) if text(&["type"]) == Some("s3_url") && !is_web(data) && !data.starts_with("data:") => {
            not_uploaded(name, data)
        }
        Some(data) => declared(name, data),
    }
}

/// A text that the output declares as an image.
fn declared(name: &str, text: &str) -> OutputImage {
    if let Some(uri) = text.strip_prefix("data:") {
        let Some((media_type, data)) = uri.split_once(";base64,") else {
            return lost(name, "data URI without base64");
        };
        return decode(name, Some(media_type.to_owned()).filter(|kind| !kind.is_empty()), data);
    }
    if is_web(text) {
        return match Url::parse(text) {
            Ok(url) if url.host().is_some() => {
                let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
                OutputImage::Elsewhere { name: bounded(if name.is_empty() { last } else { name }), url }
            }
            _ => lost(name, "invalid URL"),
        };
    }
    if text.starts_with("simulated_uploaded/") || text.starts_with("s3://") {
        return not_uploaded(name, text);
    }
    decode(name, media_type_of(name).map(str::to_owned), text)
}

/// A text that may be an image. It counts as one only if it can be nothing else.
fn undeclared(text: &str) -> Option<OutputImage> {
    const SHORTEST: usize = 64;
    let is_image = if let Some(uri) = text.strip_prefix("data:") {
        uri.starts_with("image/")
    } else if is_web(text) {
        Url::parse(text).is_ok_and(|url| media_type_of(url.path()).is_some_and(|kind| kind.starts_with("image/")))
    } else {
        text.len() >= SHORTEST && strip::is_base64(text)
    };
    is_image.then(|| declared("", text))
}

/// An entry of `files`: a URL, base64, or a path on the worker.
fn file(text: &str) -> Option<OutputImage> {
    let is_path = !is_web(text) && media_type_of(text).is_some_and(|kind| kind.starts_with("image/"));
    if is_path {
        return Some(lost(text, "only a path on the worker, no data"));
    }
    undeclared(text)
}

fn decode(name: &str, media_type: Option<String>, data: &str) -> OutputImage {
    match base64_simd::STANDARD.decode_to_vec(data) {
        Ok(bytes) => OutputImage::Bytes { name: bounded(name), media_type, bytes: bytes.into() },
        Err(_) => lost(name, "invalid base64"),
    }
}

fn not_uploaded(name: &str, text: &str) -> OutputImage {
    if text.starts_with("simulated_uploaded/") {
        // The worker fakes uploads if `BUCKET_ENDPOINT_URL` is set without keys.
        lost(name, "not uploaded: `BUCKET_ENDPOINT_URL` is set, but the bucket's keys are not")
    } else if text.starts_with("s3://") {
        lost(name, "stored under an `s3://` address, which needs the bucket's keys")
    } else {
        lost(name, "marked as uploaded, but the output has no URL")
    }
}

fn lost(name: &str, reason: &str) -> OutputImage {
    OutputImage::Lost(LostImage { name: bounded(name), reason: reason.to_owned() })
}

fn bounded(name: &str) -> String {
    name.chars().take(300).collect()
}

fn is_web(text: &str) -> bool {
    let begins = |with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    begins("https://") || begins("http://")
}

/// The media type that a file name implies.
pub(super) fn media_type_of(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "webp" => Some("image/webp"),
        "gif" => Some("image/gif"),
        "avif" => Some("image/avif"),
        "bmp" => Some("image/bmp"),
        "tif" | "tiff" => Some("image/tiff"),
        "mp4" => Some("video/mp4"),
        "webm" => Some("video/webm"),
        "mov" => Some("video/quicktime"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
