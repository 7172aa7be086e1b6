//! The client, answered by cassettes that each test writes down.

use super::*;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::testing::replay;
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::sync::Arc;

/// A timeline on which this was recorded.
fn timeline(exchanges: &Value) -> Timeline {
    Timeline::of_question(&Arc::new(Transport::Replay(replay(exchanges))), Phase::Deployment)
}

/// An exchange with the volume `vol`. `request` is a method and a path with its query.
fn exchange(request: &str, range: Option<&str>, response: &Value) -> Value {
    let (method, path) = request.split_once(' ').unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut request = json!({"method": method, "path": path, "query": query});
    if let Some(range) = range {
        request["range"] = json!(range);
    }
    json!({"api": "volume", "phase": "deployment", "request": request, "sent-ms": 0, "answered-ms": 10, "response": response})
}

fn text<T: std::fmt::Debug>(answer: Result<T, AskError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(AskError::AccessDenied) => "access denied".to_owned(),
        Err(AskError::Unavailable(why)) => format!("unavailable: {why}"),
        Err(AskError::NotOffered(why)) => format!("not offered: {why}"),
        Err(AskError::NotRecorded(why)) => format!("not recorded: {why}"),
        Err(AskError::Other(why)) => format!("other: {why}"),
    }
}

#[track_caller]
fn check_stat(path: &str, response: &Value, expected: &str) {
    let request = format!("HEAD /vol/{}", path.replace(' ', "%20").replace('#', "%23"));
    let time = &mut timeline(&json!([exchange(&request, None, response)]));
    assert_eq!(text(stat(time, "vol", path).now_or_never().unwrap()), expected, "{path}");
}

#[test]
fn a_file_is_told_by_its_headers() {
    let headers = json!({"content-length": "335304388", "last-modified": "Fri, 20 Nov 2026 08:00:00 GMT"});
    check_stat(
        "models/vae/a b#1.safetensors",
        &json!({"status": 200, "headers": headers}),
        "Some(FileFacts { size: 335304388, modified: Some(\"2026-11-20T08:00:00+00:00\") })",
    );
    let headers = json!({"content-length": "0"});
    check_stat("x", &json!({"status": 200, "headers": headers}), "Some(FileFacts { size: 0, modified: None })");
    check_stat("x", &json!({"status": 404}), "None");
}

#[test]
fn what_could_not_be_asked_is_never_missing() {
    check_stat("x", &json!({"status": 403}), "access denied");
    check_stat("x", &json!({"status": 401}), "access denied");
    check_stat("x", &json!({"status": 502}), "unavailable: the S3-compatible API answers `x` with status 502");
    check_stat("x", &json!({"status": 301}), "unavailable: the S3-compatible API answers `x` with status 301");
    let headers = json!({"content-length": "many"});
    let expected = "unavailable: the S3-compatible API's answer for `x` is not understood";
    check_stat("x", &json!({"status": 200, "headers": headers}), expected);
    let time = &mut timeline(&json!([exchange("HEAD /vol/y", None, &json!({"status": 200}))]));
    assert_eq!(
        text(stat(time, "vol", "x").now_or_never().unwrap()),
        "not recorded: the cassette does not hold `HEAD /vol/x`: the closest that it holds is `HEAD /vol/y`"
    );
}

#[test]
fn a_path_leads_nowhere_else() {
    for path in ["", "/x", "x/", "a//b", "..", "a/../b", "./a", "a/..", "a\nb", &"x".repeat(1025)] {
        let refused = "other: a path is relative to the volume's root, without `..`, and has no final `/`";
        let time = &mut timeline(&json!([]));
        assert_eq!(text(stat(time, "vol", path).now_or_never().unwrap()), refused, "{path}");
        assert_eq!(
            text(read(time, "vol", path, None, Part { offset: 0, length: 1 }).now_or_never().unwrap()),
            refused,
            "{path}"
        );
        if !path.is_empty() {
            assert_eq!(text(list(time, "vol", path).now_or_never().unwrap()), refused, "{path}");
        }
    }
}

/// A page of a listing: folders end in `/`.
fn page(keys: &[&str], next: Option<&str>) -> Value {
    let entry = |key: &&str| {
        if key.ends_with('/') {
            format!("<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>")
        } else {
            format!(
                "<Contents><Key>{key}</Key><Size>7</Size><LastModified>2026-11-20T00:00:00.000Z</LastModified></Contents>"
            )
        }
    };
    let entries: String = keys.iter().map(entry).collect();
    let next = next.map(|next| format!("<NextContinuationToken>{next}</NextContinuationToken>")).unwrap_or_default();
    json!({"status": 200, "body": {"text": format!("<ListBucketResult>{entries}{next}</ListBucketResult>")}})
}

/// `pages` holds the token with which each page is asked for; it is listed below `models/vae`.
#[track_caller]
fn check_list(pages: &[(&str, Value)], expected: &str) {
    let exchange = |(token, page): &(&str, Value)| {
        let token = if token.is_empty() { String::new() } else { format!("continuation-token={token}&") };
        let request = format!("GET /vol?{token}delimiter=%2F&list-type=2&prefix=models%2Fvae%2F");
        exchange(&request, None, page)
    };
    let time = &mut timeline(&pages.iter().map(exchange).collect());
    let told = list(time, "vol", "models/vae").now_or_never().unwrap().map(|entries| {
        let name = |(name, entry): &(String, FolderEntry)| match entry {
            FolderEntry::Folder => format!("{name}/"),
            FolderEntry::File(FileFacts { size, .. }) => format!("{name} {size}"),
        };
        entries.iter().map(name).collect::<Vec<_>>().join(", ")
    });
    assert_eq!(text(told).trim_matches('"'), expected);
}

#[test]
fn a_folder_is_listed_by_name_without_itself() {
    // The folder's own entry is a file whose key ends in `/`.
    check_list(
        &[("", page(&["models/vae/b.sft", "models/vae/sub/", "models/vae/a.pt"], None))],
        "a.pt 7, b.sft 7, sub/",
    );
    let own = "<ListBucketResult><Contents><Key>models/vae/</Key><Size>0</Size><LastModified>2026-11-20T00:00:00.000Z\
               </LastModified></Contents></ListBucketResult>";
    check_list(&[("", json!({"status": 200, "body": {"text": own}}))], "");
    check_list(&[("", page(&[], None))], "");
}

#[test]
fn pages_are_followed_and_a_token_that_comes_again_ends_it() {
    let first = || page(&["models/vae/a.pt"], Some("t1"));
    check_list(&[("", first()), ("t1", page(&["models/vae/b.pt"], None))], "a.pt 7, b.pt 7");
    check_list(
        &[("", first()), ("t1", page(&["models/vae/b.pt"], Some("t1")))],
        "unavailable: the S3-compatible API lists `models/vae` in a circle: a page leads to one before it",
    );
    check_list(
        &[("", first()), ("t1", page(&[], Some("t2"))), ("t2", page(&[], Some("t1")))],
        "unavailable: the S3-compatible API lists `models/vae` in a circle: a page leads to one before it",
    );
}

#[test]
fn a_listing_that_is_none_is_no_empty_folder() {
    let not_understood = "unavailable: the S3-compatible API's answer for `models/vae` is not understood";
    let cut = "<ListBucketResult><Contents><Key>models/vae/a</Key>";
    check_list(&[("", json!({"status": 200, "body": {"text": cut}}))], not_understood);
    let none = format!("{not_understood}: it is not a listing");
    for body in ["<html>hi</html>", "", "{}", "<?xml version=\"1.0\"?><html/>", "<?xml", "<ListBucketResults/>"] {
        check_list(&[("", json!({"status": 200, "body": {"text": body}}))], &none);
    }
    for body in
        ["<ListBucketResult/>", "\u{feff}<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"></ListBucketResult>"]
    {
        check_list(&[("", json!({"status": 200, "body": {"text": body}}))], "");
    }
    check_list(&[("", json!({"status": 404}))], "other: there is no volume `vol` at the S3-compatible API");
    check_list(&[("", json!({"status": 403}))], "access denied");
    let many: Vec<String> = (0..10_001).map(|index| format!("models/vae/{index}.pt")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check_list(&[("", page(&many, None))], "other: `models/vae` has more than 10000 entries");
}

#[track_caller]
fn check_read(offset: u64, length: u32, response: &Value, expected: &str) {
    let range = format!("bytes={offset}-{}", offset + u64::from(length) - 1);
    let time = &mut timeline(&json!([exchange("GET /vol/x", Some(&range), response)]));
    let told = read(time, "vol", "x", Some(9), Part { offset, length }).now_or_never().unwrap();
    let told = told.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert_eq!(text(told).trim_matches('"'), expected);
}

#[test]
fn a_range_is_read_also_where_it_is_ignored() {
    let part = |range: &str, text: &str| json!({"status": 206, "headers": {"content-range": format!("bytes {range}")}, "body": {"text": text}});
    check_read(2, 3, &part("2-4/9", "cde"), "cde");
    // Fewer at the end of the file, and none beyond it.
    check_read(7, 3, &part("7-8/9", "hi"), "hi");
    check_read(9, 3, &json!({"status": 416}), "");
    // The whole, of which no more was kept than was wanted.
    let whole = |text: &str| json!({"status": 200, "headers": {"content-length": "9"}, "body": {"text": text}});
    check_read(2, 3, &whole("abcde"), "cde");
    check_read(7, 3, &whole("abcdefghi"), "hi");
    check_read(9, 3, &whole("abcdefghi"), "");
    // Of a length that is not told.
    check_read(2, 3, &json!({"status": 200, "body": {"text": "abcde"}}), "cde");
    // What was uploaded may be a web page.
    let page = json!({"content-range": "bytes 2-4/9", "content-type": "text/html"});
    check_read(2, 3, &json!({"status": 206, "headers": page, "body": {"text": "tml"}}), "tml");
}

#[test]
fn bytes_of_a_file_of_another_size_are_none() {
    let told = |size: u64| {
        format!("unavailable: the S3-compatible API says at once that `x` has 9 bytes and that it has {size}")
    };
    let part = json!({"content-range": "bytes 2-4/63"});
    check_read(2, 3, &json!({"status": 206, "headers": part, "body": {"text": "cde"}}), &told(63));
    check_read(2, 3, &json!({"status": 416, "headers": {"content-range": "bytes */2"}}), &told(2));
    let whole = json!({"content-length": "10"});
    check_read(2, 3, &json!({"status": 200, "headers": whole, "body": {"text": "abcde"}}), &told(10));
    check_read(0, 3, &json!({"status": 200, "headers": {"content-length": "0"}}), &told(0));
}

#[test]
fn a_web_page_in_place_of_an_answer_is_none() {
    let headers = json!({"content-length": "31", "content-type": "text/html; charset=utf-8"});
    let page = json!({"status": 200, "headers": headers, "body": {"text": "<html>sorry</html>"}});
    let not_understood = |path: &str| {
        format!(
            "unavailable: the S3-compatible API's answer for `{path}` is not understood: it is a web page, as of a proxy"
        )
    };
    check_stat("x", &page, &not_understood("x"));
    check_read(2, 3, &page, &not_understood("x"));
    check_list(&[("", page)], &not_understood("models/vae"));
}

#[test]
fn a_size_that_is_not_told_is_not_zero() {
    let not_told =
        "unavailable: the S3-compatible API's answer for `x` is not understood: it does not tell the file's size";
    check_stat("x", &json!({"status": 200}), not_told);
    check_stat("x", &json!({"status": 204}), not_told);
    check_stat("x", &json!({"status": 204, "headers": {"content-length": "0"}}), not_told);
}

#[test]
fn other_bytes_than_were_wanted_are_none() {
    let not_understood = "unavailable: the S3-compatible API's answer for `x` is not understood";
    let part = |range: &str| json!({"status": 206, "headers": {"content-range": range}, "body": {"text": "abc"}});
    check_read(2, 3, &part("bytes 0-2/9"), not_understood);
    check_read(2, 3, &part("bytes 2-4"), not_understood);
    check_read(2, 3, &json!({"status": 206, "body": {"text": "abc"}}), not_understood);
    check_read(2, 3, &json!({"status": 404}), "other: there is no file `x`");
    check_read(2, 3, &json!({"status": 403}), "access denied");
    let time = &mut timeline(&json!([]));
    assert_eq!(text(read(time, "vol", "x", None, Part { offset: 0, length: 0 }).now_or_never().unwrap()), "b\"\"");
    assert_eq!(
        text(read(time, "vol", "x", None, Part { offset: 0, length: MOST_BYTES + 1 }).now_or_never().unwrap()),
        "other: at most 1048576 bytes are read at once"
    );
}
