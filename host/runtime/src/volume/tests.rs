//! The client, with cassettes that each test writes down.

use super::*;
use crate::testing::{kind, wording};
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::testing::replay;
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::sync::Arc;

/// A timeline of these recorded exchanges.
fn timeline(exchanges: &Value) -> Timeline {
    Timeline::of_query(&Arc::new(Transport::Replay(replay(exchanges))), Phase::Deployment)
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

/// An answer, or the kind of its error.
fn text<T: std::fmt::Debug>(answer: &Result<T, QueryError>) -> String {
    answer.as_ref().map_or_else(|error| kind(error).to_owned(), |answer| format!("{answer:?}"))
}

/// The facts of a file with this response.
fn stat_of(path: &str, response: &Value) -> Result<Option<FileFacts>, QueryError> {
    let request = format!("HEAD /vol/{}", path.replace(' ', "%20").replace('#', "%23"));
    let time = &mut timeline(&json!([exchange(&request, None, response)]));
    stat(time, "vol", path).now_or_never().unwrap()
}

#[track_caller]
fn check_stat(path: &str, response: &Value, expected: &str) {
    assert_eq!(text(&stat_of(path, response)), expected, "{path}");
}

#[test]
fn the_facts_of_a_file_come_from_its_headers() {
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
fn a_failed_request_never_means_missing() {
    check_stat("x", &json!({"status": 403}), "access-denied");
    check_stat("x", &json!({"status": 401}), "access-denied");
    let headers = json!({"content-length": "many"});
    let answers = [json!({"status": 502}), json!({"status": 301}), json!({"status": 200, "headers": headers})];
    let errors = answers.map(|answer| {
        let error = stat_of("x", &answer).unwrap_err();
        assert_eq!(kind(&error), "unavailable", "{answer}");
        (answer, error)
    });
    insta::assert_snapshot!(wording(errors));
    let time = &mut timeline(&json!([exchange("HEAD /vol/y", None, &json!({"status": 200}))]));
    assert_eq!(text(&stat(time, "vol", "x").now_or_never().unwrap()), "not-recorded");
}

#[test]
fn a_path_leads_nowhere_else() {
    for path in ["", "/x", "x/", "a//b", "..", "a/../b", "./a", "a/..", "a\nb", &"x".repeat(1025)] {
        let time = &mut timeline(&json!([]));
        assert_eq!(text(&stat(time, "vol", path).now_or_never().unwrap()), "other", "{path}");
        let read = read(time, "vol", path, None, Part { offset: 0, length: 1 }).now_or_never().unwrap();
        assert_eq!(text(&read), "other", "{path}");
        if !path.is_empty() {
            assert_eq!(text(&list(time, "vol", path).now_or_never().unwrap()), "other", "{path}");
        }
    }
    insta::assert_snapshot!(stat_of("..", &json!({"status": 200})).unwrap_err());
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

/// The listing of `models/vae`. `pages` has the token of each page.
fn list_of(pages: &[(&str, Value)]) -> Result<String, QueryError> {
    let exchange = |(token, page): &(&str, Value)| {
        let token = if token.is_empty() { String::new() } else { format!("continuation-token={token}&") };
        let request = format!("GET /vol?{token}delimiter=%2F&list-type=2&prefix=models%2Fvae%2F");
        exchange(&request, None, page)
    };
    let time = &mut timeline(&pages.iter().map(exchange).collect());
    list(time, "vol", "models/vae").now_or_never().unwrap().map(|entries| {
        let name = |(name, entry): &(String, FolderEntry)| match entry {
            FolderEntry::Folder => format!("{name}/"),
            FolderEntry::File(FileFacts { size, .. }) => format!("{name} {size}"),
        };
        entries.iter().map(name).collect::<Vec<_>>().join(", ")
    })
}

#[track_caller]
fn check_list(pages: &[(&str, Value)], expected: &str) {
    assert_eq!(text(&list_of(pages)).trim_matches('"'), expected);
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
    let itself = [("", first()), ("t1", page(&["models/vae/b.pt"], Some("t1")))];
    check_list(&itself, "unavailable");
    check_list(&[("", first()), ("t1", page(&[], Some("t2"))), ("t2", page(&[], Some("t1")))], "unavailable");
    insta::assert_snapshot!(list_of(&itself).unwrap_err());
}

#[test]
fn a_listing_that_is_none_is_no_empty_folder() {
    let cut = "<ListBucketResult><Contents><Key>models/vae/a</Key>";
    for body in ["<html>hi</html>", "", "{}", "<?xml version=\"1.0\"?><html/>", "<?xml", "<ListBucketResults/>", cut] {
        check_list(&[("", json!({"status": 200, "body": {"text": body}}))], "unavailable");
    }
    for body in
        ["<ListBucketResult/>", "\u{feff}<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"></ListBucketResult>"]
    {
        check_list(&[("", json!({"status": 200, "body": {"text": body}}))], "");
    }
    check_list(&[("", json!({"status": 403}))], "access-denied");
    let many: Vec<String> = (0..10_001).map(|index| format!("models/vae/{index}.pt")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let cases = [
        ("a listing that was cut", json!({"status": 200, "body": {"text": cut}}), "unavailable"),
        ("another document", json!({"status": 200, "body": {"text": "{}"}}), "unavailable"),
        ("status 404", json!({"status": 404}), "other"),
        ("too many entries", page(&many, None), "other"),
    ];
    let errors = cases.map(|(case, page, expected)| {
        let error = list_of(&[("", page)]).unwrap_err();
        assert_eq!(kind(&error), expected, "{case}");
        (case, error)
    });
    insta::assert_snapshot!(wording(errors));
}

/// The text of a read. The file has 9 bytes.
fn read_of(offset: u64, length: u32, response: &Value) -> Result<String, QueryError> {
    let range = format!("bytes={offset}-{}", offset + u64::from(length) - 1);
    let time = &mut timeline(&json!([exchange("GET /vol/x", Some(&range), response)]));
    let bytes = read(time, "vol", "x", Some(9), Part { offset, length }).now_or_never().unwrap();
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[track_caller]
fn check_read(offset: u64, length: u32, response: &Value, expected: &str) {
    assert_eq!(text(&read_of(offset, length, response)).trim_matches('"'), expected);
}

#[test]
fn a_range_is_read_also_where_it_is_ignored() {
    let part = |range: &str, text: &str| json!({"status": 206, "headers": {"content-range": format!("bytes {range}")}, "body": {"text": text}});
    check_read(2, 3, &part("2-4/9", "cde"), "cde");
    // Fewer at the end of the file, none beyond it.
    check_read(7, 3, &part("7-8/9", "hi"), "hi");
    check_read(9, 3, &json!({"status": 416}), "");
    // The whole file, of which only the wanted part is kept.
    let whole = |text: &str| json!({"status": 200, "headers": {"content-length": "9"}, "body": {"text": text}});
    check_read(2, 3, &whole("abcde"), "cde");
    check_read(7, 3, &whole("abcdefghi"), "hi");
    check_read(9, 3, &whole("abcdefghi"), "");
    // Without a length.
    check_read(2, 3, &json!({"status": 200, "body": {"text": "abcde"}}), "cde");
    // The file itself may be a web page.
    let page = json!({"content-range": "bytes 2-4/9", "content-type": "text/html"});
    check_read(2, 3, &json!({"status": 206, "headers": page, "body": {"text": "tml"}}), "tml");
}

#[test]
fn bytes_of_a_file_of_another_size_are_none() {
    let part = json!({"content-range": "bytes 2-4/63"});
    let whole = json!({"content-length": "10"});
    let answers = [
        (2, json!({"status": 206, "headers": part, "body": {"text": "cde"}})),
        (2, json!({"status": 416, "headers": {"content-range": "bytes */2"}})),
        (2, json!({"status": 200, "headers": whole, "body": {"text": "abcde"}})),
        (0, json!({"status": 200, "headers": {"content-length": "0"}})),
    ];
    let errors = answers.map(|(offset, answer)| {
        let error = read_of(offset, 3, &answer).unwrap_err();
        assert_eq!(kind(&error), "unavailable", "{answer}");
        (answer, error)
    });
    insta::assert_snapshot!(wording(errors));
}

#[test]
fn a_web_page_in_place_of_an_answer_is_none() {
    let headers = json!({"content-length": "31", "content-type": "text/html; charset=utf-8"});
    let page = json!({"status": 200, "headers": headers, "body": {"text": "<html>sorry</html>"}});
    let errors = [
        ("stat", stat_of("x", &page).unwrap_err()),
        ("read", read_of(2, 3, &page).unwrap_err()),
        ("list", list_of(&[("", page)]).unwrap_err()),
    ];
    assert!(errors.iter().all(|(_, error)| kind(error) == "unavailable"), "{errors:?}");
    insta::assert_snapshot!(wording(errors));
}

#[test]
fn a_missing_size_is_not_zero() {
    check_stat("x", &json!({"status": 200}), "unavailable");
    check_stat("x", &json!({"status": 204}), "unavailable");
    check_stat("x", &json!({"status": 204, "headers": {"content-length": "0"}}), "unavailable");
    insta::assert_snapshot!(stat_of("x", &json!({"status": 200})).unwrap_err());
}

#[test]
fn bytes_of_another_range_are_an_error() {
    let part = |range: &str| json!({"status": 206, "headers": {"content-range": range}, "body": {"text": "abc"}});
    check_read(2, 3, &part("bytes 0-2/9"), "unavailable");
    check_read(2, 3, &part("bytes 2-4"), "unavailable");
    check_read(2, 3, &json!({"status": 206, "body": {"text": "abc"}}), "unavailable");
    check_read(2, 3, &json!({"status": 404}), "other");
    check_read(2, 3, &json!({"status": 403}), "access-denied");
    let time = &mut timeline(&json!([]));
    let mut part_of = |length| read(time, "vol", "x", None, Part { offset: 0, length }).now_or_never().unwrap();
    assert_eq!(text(&part_of(0)), "b\"\"");
    let too_long = part_of(MOST_BYTES + 1).unwrap_err();
    assert_eq!(kind(&too_long), "other");
    let missing = read_of(2, 3, &json!({"status": 404})).unwrap_err();
    insta::assert_snapshot!(wording([("too long", too_long), ("missing", missing)]));
}
