//! Which of the suite's volumes are attached to the endpoint.

use super::volume::volumes;
use comfycheck_sdk::endpoint::Error;
use comfycheck_sdk::wording::{few_names, quote};
use comfycheck_sdk::{Answer, Finding, OpenQuestion};

/// A volume of the suite is not attached to the endpoint.
pub const DETACHED_VOLUME: &str = "detached-volume";

/// The volumes to search, and findings about the others. `configured` is the list of the endpoint's configuration. If the run
/// cannot read it, all volumes of the suite count.
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
            let verb = if named.len() == 1 { "is" } else { "are" };
            let ids = volumes(named.iter().map(String::as_str));
            let what = format!("could not check whether {ids} {verb} attached to the endpoint: {why}");
            let open = OpenQuestion::new(DETACHED_VOLUME, what)
                .help("check the management API with `comfycheck doctor`, then run again");
            (named, open.into())
        }
    }
}

fn not_attached(id: &str, configured: &[String]) -> Finding {
    let attached = match configured {
        [] => "none".to_owned(),
        ids => few_names(ids.iter().map(String::as_str)),
    };
    Finding::new(
        DETACHED_VOLUME,
        format!("volume {} is not attached to the endpoint (attached: {attached})", quote(id)),
    )
    .help("attach it to the endpoint, or remove it from `[[deployment.volumes]]` in the suite")
}
