//! Files that are not the model that they should be.

use super::BROKEN_FILE;
use crate::rules::content::{Fault, NoHeader};
use comfycheck_sdk::wording::{bytes, bytes_beside};
use comfycheck_sdk::{Finding, Subject};
use serde_json::json;

/// A finding of `broken-file`. `file` is the file with its place, in the words of a message.
pub(in crate::rules) fn broken(about: Vec<Subject>, file: &str, size: u64, fault: &Fault) -> Finding {
    const AGAIN: &str = "upload the file again, then compare the sizes";
    let beside = |other: u64| bytes_beside(size, other);
    let mut expected = None;
    let (what, help) = match *fault {
        Fault::Empty => ("is empty".to_owned(), AGAIN),
        Fault::Page => (
            format!("is an HTML or XML page ({}), not a model", bytes(size)),
            "read the page for the download error, then download and upload the model again",
        ),
        Fault::Pointer => (
            format!("is a Git LFS pointer ({}), not a model", bytes(size)),
            "run `git lfs pull` or download the file itself, then upload it again",
        ),
        Fault::Declares(whole) => {
            expected = Some(whole);
            let (has, declares) = beside(whole);
            let length = if whole > size { "truncated" } else { "too long" };
            (format!("is {length}: it has {has}, and its header declares {declares}"), AGAIN)
        }
        Fault::HeaderCut(end) => {
            let (has, ends) = beside(end);
            (format!("is truncated: it has {has}, and its header ends at {ends}"), AGAIN)
        }
        Fault::NoHeader(why) => {
            let why = match why {
                NoHeader::TooShort => "it is too short to have a header",
                NoHeader::NoLength => "it does not begin with the length of a header",
                NoHeader::NotTensors => "its header describes no tensors",
            };
            (format!("is not a .safetensors file: {why}"), "upload the file again, or correct its extension")
        }
        Fault::Required(required) => {
            expected = Some(required);
            let (has, required) = beside(required);
            (format!("has {has} (required: {required})"), "replace the file, or correct `size` in the settings")
        }
    };
    Finding::new(BROKEN_FILE, format!("{file} {what}"))
        .help(help)
        .about_all(about)
        .data(&json!({"bytes": size, "expected-bytes": expected}))
}
