//! Which of the volumes that the suite names the endpoint's workers see: those that its configuration lists.

use comfycheck_sdk::endpoint::Error;
use comfycheck_sdk::{Answer, Finding, OpenQuestion, quote, quote_all};

/// A volume that the suite names is not one of the endpoint's.
pub const DETACHED_VOLUME: &str = "detached-volume";

/// The volumes that are worth asking, and what is to be said of the others. `configured` is what the endpoint's configuration
/// lists. Where the run has no way to ask for it, all count, as the suite says it.
#[must_use]
pub fn attached(named: Vec<String>, configured: &Result<Vec<String>, Error>) -> (Vec<String>, Answer) {
    match configured {
        Ok(configured) => {
            let (attached, detached): (Vec<_>, Vec<_>) = named.into_iter().partition(|id| configured.contains(id));
            let findings = detached.iter().map(|id| not_attached(id, configured)).collect();
            (attached, Answer { findings, open: Vec::new() })
        }
        Err(Error::NotOffered(_) | Error::AccessDenied) => (named, Answer::default()),
        Err(Error::Unavailable(why) | Error::Other(why)) => {
            let ids = quote_all(named.iter().map(String::as_str));
            let what = format!("cannot tell whether the endpoint has volume {ids}: {why}");
            let open = OpenQuestion::new(DETACHED_VOLUME, what)
                .help("see with `comfycheck doctor` what RunPod's management API says, and run it again");
            (named, open.into())
        }
    }
}

fn not_attached(id: &str, configured: &[String]) -> Finding {
    let has = match configured {
        [] => "has no volume".to_owned(),
        ids => format!("has volume {}", quote_all(ids.iter().map(String::as_str))),
    };
    let message =
        format!("volume {} is not attached to the endpoint, which {has}: no worker sees what is on it", quote(id));
    Finding::new(DETACHED_VOLUME, message)
        .help("attach it to the endpoint, or take it out of the suite's `[[deployment.volumes]]`")
}
