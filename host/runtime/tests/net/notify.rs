//! Somebody is told of a run: what is sent, how often, and what is said where that fails.

use crate::sampling::runtime;
use crate::server::{Asked, Reply, Server, response};
use comfycheck_core::secret::Secret;
use comfycheck_runtime::transport::exchange::Failure;
use comfycheck_runtime::transport::notify::{NotifyError, Patience, notify};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATIENCE: Patience = Patience { answer: Duration::from_millis(700), pause: Duration::from_millis(1) };

fn tell(url: String, json: &str, secrets: &[Secret]) -> Result<(), NotifyError> {
    let told = runtime().block_on(notify(&Secret::new(url), json, secrets, PATIENCE));
    if let Err(error) = &told {
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    told
}

/// A webhook that answers in turn, the last answer again and again, and how often it is asked.
#[track_caller]
fn check(answers: &'static [&'static str], expected: &Result<(), NotifyError>, times: usize) {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_: &Asked| {
        let at = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let status = |text: &str| text.parse().unwrap();
        match answers[at].split_once(' ').unwrap_or((answers[at], "")) {
            ("reset", _) => Reply::Reset(Vec::new()),
            ("silence", _) => Reply::Silence(Vec::new()),
            (code, "") => Reply::Bytes(response(status(code), &[], b"no_service s3cret")),
            (code, header) => Reply::Bytes(response(status(code), &[header], b"")),
        }
    });
    assert_eq!(&tell(format!("{}/s3cret", server.base()), "{}", &[]), expected, "{answers:?}");
    assert_eq!(server.asked(), vec!["POST /s3cret"; times], "{answers:?}");
}

#[test]
fn it_is_told_once_where_that_succeeds() {
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
fn nobody_is_told_without_encryption() {
    let refused = Err(NotifyError::Failed(Failure::Forbidden));
    assert_eq!(tell("http://192.0.2.1/s3cret".to_owned(), "{}", &[]), refused);
    assert_eq!(tell("s3cret".to_owned(), "{}", &[]), Err(NotifyError::Url));
}

#[test]
fn what_is_sent_is_json_without_the_secrets() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bodies);
    let server = Server::start(move |asked: &Asked| {
        let kind = asked.head.to_ascii_lowercase().contains("content-type: application/json\r\n");
        kept.lock().unwrap().push((kind, String::from_utf8(asked.body.clone()).unwrap()));
        Reply::Bytes(response(200, &[], b"ok"))
    });
    let url = format!("{}/s3cret?token=s3cret", server.base());
    let json = format!(r#"{{"a":"{url}","b":"rpa_0123456789"}}"#);
    tell(url, &json, &[Secret::new("rpa_0123456789")]).unwrap();
    assert_eq!(*bodies.lock().unwrap(), [(true, r#"{"a":"[redacted]","b":"[redacted]"}"#.to_owned())]);
}
