//! The kinds of failures.

use super::super::exchange::Failure;
use super::clients::{NotPublic, Unresolved};
use std::error::Error;
use std::io;

/// The kind of an error, by the types in its chain. Its text contains the URL, so it is never used.
pub(super) fn classify(err: &reqwest::Error) -> Failure {
    if err.is_timeout() {
        return Failure::Timeout;
    }
    let while_connecting = err.is_connect();
    let mut cause: Option<&(dyn Error + 'static)> = err.source();
    while let Some(err) = cause {
        if err.is::<NotPublic>() {
            return Failure::Forbidden;
        }
        if let Some(failure) = classify_cause(err) {
            return if while_connecting { failure } else { failure.once_connected() };
        }
        cause = err.source();
    }
    Failure::Other
}

fn classify_cause(err: &(dyn Error + 'static)) -> Option<Failure> {
    if err.is::<Unresolved>() {
        return Some(Failure::Unresolved);
    }
    if err.is::<rustls::Error>() {
        return Some(Failure::Tls);
    }
    if err.downcast_ref::<hyper::Error>().is_some_and(|err| err.is_incomplete_message() || err.is_closed()) {
        return Some(Failure::Reset);
    }
    if err.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
        return Some(Failure::NotHttp);
    }
    let err = err.downcast_ref::<io::Error>()?;
    // An `io::Error` does not return the error that it wraps from `source`.
    if let Some(failure) = err.get_ref().and_then(|inner| classify_cause(inner)) {
        return Some(failure);
    }
    match err.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused),
        io::ErrorKind::TimedOut => Some(Failure::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Failure::Reset),
        _ => None,
    }
}
