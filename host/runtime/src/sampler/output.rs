//! What a job's output holds: its images, and the rest of it without their bytes.
//!
//! Workers differ, and so do their versions. All shapes that are known are read here; what none of them explains is no
//! image.

mod strip;

use bytes::Bytes;
use comfycheck_core::sample::LostImage;
use serde_json::{Map, Value};
use url::Url;

pub(super) use strip::strip;

/// An image that an output names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Its bytes are in the output.
    Bytes {
        /// As the output names it; empty if it has no name.
        name: String,
        /// What the output declares.
        media_type: Option<String>,
        /// Its bytes.
        bytes: Bytes,
    },
    /// It lies elsewhere.
    Elsewhere {
        /// As the output names it; empty if it has no name.
        name: String,
        /// Where.
        url: Url,
    },
    /// It is named and cannot be had.
    Lost(LostImage),
    /// It is not looked at, which is no fault of the output. One line on why.
    NotLookedAt(String),
}

/// More images than any job makes are not looked at.
const MOST: usize = 1_000;

/// The images of an output, in its order.
pub(super) fn images(output: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    match output {
        Value::Object(object) => of_object(object, &mut found),
        // Generators and older handlers return a list of results.
        Value::Array(list) => {
            for item in list {
                match item {
                    Value::Object(object) if object.contains_key("data") => found.push(of_item(item, "")),
                    Value::Object(object) => of_object(object, &mut found),
                    Value::String(text) => found.extend(undeclared(text)),
                    _ => {}
                }
            }
        }
        Value::String(text) => found.extend(undeclared(text)),
        _ => {}
    }
    if found.len() > MOST {
        let reason = format!("the output names {} images, and only the first {MOST} are looked at", found.len());
        found.truncate(MOST);
        found.push(Found::NotLookedAt(reason));
    }
    found
}

fn of_object(object: &Map<String, Value>, found: &mut Vec<Found>) {
    let field = |name: &str| object.get(name);
    // worker-comfyui since 4.1 lists objects; others list texts, and comfyui-api names them in a list beside.
    match field("images") {
        Some(Value::Array(items)) => {
            let name =
                |index: usize| field("filenames").and_then(|names| names.get(index)?.as_str()).unwrap_or_default();
            found.extend(items.iter().enumerate().map(|(index, item)| of_item(item, name(index))));
        }
        Some(item @ (Value::Object(_) | Value::String(_))) => found.push(of_item(item, "")),
        _ => {}
    }
    if let Some(item @ (Value::Object(_) | Value::String(_))) = field("image") {
        found.push(of_item(item, ""));
    }
    // worker-comfyui up to 4.0 has its image, or what went wrong, in `message`. Beside images it is but a message.
    if let Some(Value::String(text)) = field("message") {
        let has_images = field("images").or(field("image")).is_some();
        match field("status").and_then(Value::as_str) {
            Some("success") if !has_images => found.push(declared("", text)),
            Some("error") => {}
            _ => found.extend(undeclared(text)),
        }
    }
    if let Some(Value::Array(files)) = field("files") {
        found.extend(files.iter().filter_map(Value::as_str).filter_map(file));
    }
}

/// An item of a list of images.
fn of_item(item: &Value, name_beside: &str) -> Found {
    let object = match item {
        Value::String(text) => return declared(name_beside, text),
        Value::Object(object) => object,
        _ => return lost(name_beside, "the output describes it by neither an object nor a text"),
    };
    let text = |names: &[&str]| names.iter().find_map(|name| object.get(*name)?.as_str());
    let name = text(&["filename", "name"]).unwrap_or(name_beside);
    match text(&["data", "image", "url", "base64"]) {
        None => lost(name, "the output holds neither its data nor where it lies"),
        Some(data) if text(&["type"]) == Some("s3_url") && !is_web(data) && !data.starts_with("data:") => {
            not_uploaded(name, data)
        }
        Some(data) => declared(name, data),
    }
}

/// A text that the output says is an image.
fn declared(name: &str, text: &str) -> Found {
    if let Some(uri) = text.strip_prefix("data:") {
        let Some((media_type, data)) = uri.split_once(";base64,") else {
            return lost(name, "its data URI is not base64");
        };
        return decode(name, Some(media_type.to_owned()).filter(|kind| !kind.is_empty()), data);
    }
    if is_web(text) {
        return match Url::parse(text) {
            Ok(url) if url.host().is_some() => {
                let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
                Found::Elsewhere { name: bounded(if name.is_empty() { last } else { name }), url }
            }
            _ => lost(name, "its URL is not valid"),
        };
    }
    if text.starts_with("simulated_uploaded/") || text.starts_with("s3://") {
        return not_uploaded(name, text);
    }
    decode(name, media_type_of(name).map(str::to_owned), text)
}

/// A text that may or may not be an image: taken for one only if it can be nothing else.
fn undeclared(text: &str) -> Option<Found> {
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

/// An entry of `files`: a URL, base64, or a path on the worker, of whatever kind of file.
fn file(text: &str) -> Option<Found> {
    let is_path = !is_web(text) && media_type_of(text).is_some_and(|kind| kind.starts_with("image/"));
    if is_path {
        return Some(lost(text, "the output names a path on the worker and holds no data"));
    }
    undeclared(text)
}

fn decode(name: &str, media_type: Option<String>, data: &str) -> Found {
    match base64_simd::STANDARD.decode_to_vec(data) {
        Ok(bytes) => Found::Bytes { name: bounded(name), media_type, bytes: bytes.into() },
        Err(_) => lost(name, "its data is not valid base64"),
    }
}

fn not_uploaded(name: &str, text: &str) -> Found {
    if text.starts_with("simulated_uploaded/") {
        // The worker pretends where `BUCKET_ENDPOINT_URL` is set and the keys are not.
        lost(name, "the worker did not upload it: its `BUCKET_ENDPOINT_URL` is set, and its bucket's keys are not")
    } else if text.starts_with("s3://") {
        lost(name, "it lies in a bucket, under an `s3://` address that needs the bucket's keys")
    } else {
        lost(name, "the output says that it was uploaded and holds no URL")
    }
}

fn lost(name: &str, reason: &str) -> Found {
    Found::Lost(LostImage { name: bounded(name), reason: reason.to_owned() })
}

/// A name that fits into a report.
fn bounded(name: &str) -> String {
    name.chars().take(300).collect()
}

fn is_web(text: &str) -> bool {
    let begins = |with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    begins("https://") || begins("http://")
}

/// What the ending of a name declares.
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
