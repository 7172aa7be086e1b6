//! Notifications: what is sent, how often, and what is said if that fails.

use crate::sampling::runtime;
use crate::server::{ReceivedRequest, Reply, Server, response};
use comfycheck_core::secret::{Secret, Secrets};
use comfycheck_runtime::transport::exchange::Failure;
use comfycheck_runtime::transport::notify::{NotifyError, NotifyTimeouts, Signing, notify, ping};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATIENCE: NotifyTimeouts = NotifyTimeouts { answer: Duration::from_millis(700), pause: Duration::from_millis(1) };

fn send(url: String, json: &str, secrets: &Secrets) -> Result<(), NotifyError> {
    let result = runtime().block_on(notify(&Secret::new(url), json, None, secrets, PATIENCE));
    if let Err(error) = &result {
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    result
}

/// Checks the requests to a webhook with these responses. The last one repeats.
#[track_caller]
fn check(answers: &'static [&'static str], expected: &Result<(), NotifyError>, times: usize) {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_: &ReceivedRequest| {
        let at = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let status = |text: &str| text.parse().unwrap();
        match answers[at].split_once(' ').unwrap_or((answers[at], "")) {
            ("reset", _) => Reply::Reset(Vec::new()),
            ("silence", _) => Reply::Silence(Vec::new()),
            (code, "") => Reply::Bytes(response(status(code), &[], b"no_service s3cret")),
            (code, header) => Reply::Bytes(response(status(code), &[header], b"")),
        }
    });
    assert_eq!(&send(format!("{}/s3cret", server.base()), "{}", &Secrets::default()), expected, "{answers:?}");
    assert_eq!(server.requests(), vec!["POST /s3cret"; times], "{answers:?}");
}

#[test]
fn a_notification_that_succeeds_is_sent_once() {
    check(&["200"], &Ok(()), 1);
    check(&["204"], &Ok(()), 1);
}

#[test]
fn it_is_tried_again_where_that_may_help() {
    check(&["429 Retry-After: 0", "500", "200"], &Ok(()), 3);
    check(&["reset", "200"], &Ok(()), 2);
    check(&["503"], &Err(NotifyError::Refused(503)), 3);
    check(&["reset"], &Err(NotifyError::Failed(Failure::Reset)), 3);
    check(&["silence", "silence", "200"], &Ok(()), 3);
}

#[test]
fn it_is_not_tried_again_where_that_does_not_help() {
    check(&["404"], &Err(NotifyError::Refused(404)), 1);
    check(&["400"], &Err(NotifyError::Refused(400)), 1);
    check(&["307 Location: /elsewhere/s3cret"], &Err(NotifyError::Redirected(307)), 1);
}

#[test]
fn nothing_is_sent_without_encryption() {
    let forbidden = Err(NotifyError::Failed(Failure::Forbidden));
    assert_eq!(send("http://192.0.2.1/s3cret".to_owned(), "{}", &Secrets::default()), forbidden);
    assert_eq!(send("s3cret".to_owned(), "{}", &Secrets::default()), Err(NotifyError::Url));
}

#[test]
fn what_is_sent_is_json_without_the_secrets() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bodies);
    let server = Server::start(move |request: &ReceivedRequest| {
        let kind = request.head.to_ascii_lowercase().contains("content-type: application/json\r\n");
        kept.lock().unwrap().push((kind, String::from_utf8(request.body.clone()).unwrap()));
        Reply::Bytes(response(200, &[], b"ok"))
    });
    let url = format!("{}/s3cret?token=s3cret", server.base());
    let json = format!(r#"{{"a":"{url}","b":"rpa_0123456789"}}"#);
    send(url, &json, &Secrets::new([Secret::new("rpa_0123456789")])).unwrap();
    assert_eq!(*bodies.lock().unwrap(), [(true, r#"{"a":"[redacted]","b":"[redacted]"}"#.to_owned())]);
}

#[test]
fn a_signed_message_has_the_same_id_in_every_attempt() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    let server = Server::start(move |request: &ReceivedRequest| {
        let mut heads = kept.lock().unwrap();
        heads.push(request.head.to_ascii_lowercase());
        Reply::Bytes(response(if heads.len() == 1 { 500 } else { 200 }, &[], b""))
    });
    let key = Secret::new("a key of ours");
    let signing = Some(Signing { key: &key, timestamp: 1_700_000_000 });
    let url = Secret::new(format!("{}/hook", server.base()));
    runtime().block_on(notify(&url, r#"{"a":"a key of ours"}"#, signing, &Secrets::default(), PATIENCE)).unwrap();
    let heads = heads.lock().unwrap();
    let header = |head: &str, name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name}: {head}"))
    };
    assert_eq!(heads.len(), 2);
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert_eq!(header(&heads[0], name), header(&heads[1], name));
    }
    assert_eq!(header(&heads[0], "webhook-timestamp"), "1700000000");
    assert!(!heads[0].contains("a key of ours"));
}

#[test]
fn a_heartbeat_is_a_get_without_content() {
    let server = Server::start(|request: &ReceivedRequest| {
        assert!(request.body.is_empty());
        Reply::Bytes(response(200, &[], b"OK"))
    });
    runtime().block_on(ping(&Secret::new(format!("{}/ping", server.base())), PATIENCE)).unwrap();
    assert_eq!(server.requests(), ["GET /ping"]);
}
