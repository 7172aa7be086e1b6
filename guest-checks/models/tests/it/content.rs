//! What the beginning of a file shows.

use comfycheck_check_models::rules::content::{Fault, NoHeader, fault, first_read, header_end};

/// A file that begins with this header.
fn safetensors(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()
}

#[track_caller]
fn check(size: u64, header: &str, expected: Option<&Fault>) {
    let beginning = safetensors(header);
    assert_eq!(header_end("a.safetensors", size, &beginning), Ok(Some(beginning.len() as u64)));
    assert_eq!(fault(size, &beginning).as_ref(), expected, "{header}");
}

const TENSORS: &str = r#"{"__metadata__": {"format": "pt"},
    "b": {"dtype": "U8", "shape": [40], "data_offsets": [60, 100]}, "a": {"dtype": "U8", "shape": [60], "data_offsets": [0, 60]}} "#;

#[test]
fn a_header_declares_the_size_of_its_file() {
    let whole = safetensors(TENSORS).len() as u64 + 100;
    check(whole, TENSORS, None);
    check(whole - 1, TENSORS, Some(&Fault::Declares(whole)));
    check(whole + 1, TENSORS, Some(&Fault::Declares(whole)));
    check(10, "{}", None);
}

#[test]
fn a_header_without_tensors_is_a_fault() {
    let not_tensors = Fault::NoHeader(NoHeader::NotTensors);
    for header in [
        "",
        "<html>",
        "[]",
        r#"{"a": 1}"#,
        r#"{"a": {"data_offsets": [0]}}"#,
        r#"{"a": {"data_offsets": [0, -1]}}"#,
        r#"{"a": {"data_offsets": [0, 18446744073709551615]}}"#,
    ] {
        check(500, header, Some(&not_tensors));
    }
    assert_eq!(fault(3, b"abc"), Some(not_tensors));
}

#[track_caller]
fn check_start(name: &str, size: u64, first: &[u8], expected: &Result<Option<u64>, Fault>) {
    assert_eq!(header_end(name, size, first), *expected, "{name}");
}

#[test]
fn the_first_bytes_give_the_end_of_the_header() {
    let length = |length: u64| length.to_le_bytes();
    check_start("a.safetensors", 500, &length(492), &Ok(Some(500)));
    check_start("a.SFT", 500, &length(493), &Err(Fault::HeaderCut(501)));
    check_start("a.sft", 500, &length(100_000_000), &Err(Fault::HeaderCut(100_000_008)));
    let no_length = Err(Fault::NoHeader(NoHeader::NoLength));
    check_start("a.safetensors", u64::MAX, b"{\"error\": 404}", &no_length);
    check_start("a.safetensors", 3, b"abc", &Err(Fault::NoHeader(NoHeader::TooShort)));
    check_start("a.pt", 500, b"PK..", &Ok(None));
    for name in ["a.safetensors", "a.pt"] {
        check_start(name, 133, b"version https://git-lfs.github.com/spec/v1\noid", &Err(Fault::Pointer));
        check_start(name, 133, b"\xef\xbb\xbfversion https://git-lfs.github.com/spec/v1\noid", &Err(Fault::Pointer));
        for page in [
            "<!DOCTYPE html><html>",
            "<html>404 Not Found",
            "\r\n <HTML lang=en>",
            "<?xml version=\"1.0\"?>",
            "<Error><Code>",
        ] {
            check_start(name, 2_000, page.as_bytes(), &Err(Fault::Page));
        }
    }
    for model in [&b"PK\x03\x04<html"[..], b"\x80\x02}q", b"GGUF<html>", b"<htm", b""] {
        check_start("a.ckpt", 2_000, model, &Ok(None));
    }
}

#[test]
fn only_as_much_is_read_as_is_needed() {
    for (name, size, expected) in [
        ("a.safetensors", 12_309_866_400, Some(65_536)),
        ("a.sft", 300, Some(300)),
        ("a.ckpt", 200, Some(200)),
        ("a.ckpt", 4_000_000_000, Some(256)),
        ("a.sft", 0, None),
        ("a.gguf", 0, None),
    ] {
        assert_eq!(first_read(name, size), expected, "{name} of {size}");
    }
}
