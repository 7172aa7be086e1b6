//! Fetching the images of a job.
//!
//! An image is lost if it is known that nobody gets it: the output garbles it, or who stores it says that it is not
//! there or not for us. Where it is only we who cannot get it, or who do not want to, nothing is proven.

use super::Desk;
use super::job::Taken;
use super::output::{Found, media_type_of};
use crate::retry::get;
use crate::transport::cassette::sha256_hex;
use crate::transport::exchange::{Failure, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::address::{is_image_host, is_loopback, may_be_asked};
use comfycheck_core::sample::{Ending, ImageFacts, LostImage};
use url::Url;

/// Adds the images that an output names to its sample. Where one of them cannot be had for a reason that may be ours,
/// what became of the sample is unknown.
pub(super) async fn collect(desk: &Desk<'_>, time: &mut Timeline, found: Vec<Found>, taken: &mut Taken) {
    for found in found {
        let kept = match found {
            Found::Bytes { name, media_type, bytes } => keep(desk, name, media_type, bytes),
            Found::Lost(lost) => Err(NotKept::Lost(lost)),
            Found::NotLookedAt(reason) => Err(NotKept::NotHad(reason)),
            Found::Elsewhere { name, url } => match fetch(desk, time, url).await {
                Ok((bytes, content_type)) => {
                    let media_type = media_type_of(&name).map(str::to_owned).or(content_type);
                    keep(desk, name, media_type, bytes)
                }
                Err(NotFetched::Lost(reason)) => Err(NotKept::Lost(LostImage { name, reason })),
                Err(NotFetched::NotHad(reason)) => Err(NotKept::NotHad(reason)),
                Err(NotFetched::NotRecorded(miss)) => {
                    // No further one will be found.
                    desk.ledger.stop(miss.clone());
                    Err(NotKept::NotHad(miss))
                }
            },
        };
        match kept {
            Ok((facts, bytes)) => {
                taken.sample.images.push(facts);
                taken.images.push(bytes);
            }
            Err(NotKept::Lost(lost)) => taken.sample.lost_images.push(lost),
            Err(NotKept::NotHad(reason)) => {
                taken.sample.ending = Ending::Unknown;
                taken.sample.reason = Some(reason);
                return;
            }
        }
    }
}

enum NotKept {
    Lost(LostImage),
    /// It may be fine. Why we do not have it.
    NotHad(String),
}

fn keep(
    desk: &Desk<'_>,
    name: String,
    media_type: Option<String>,
    bytes: Bytes,
) -> Result<(ImageFacts, Bytes), NotKept> {
    desk.ledger.keep(bytes.len()).map_err(NotKept::NotHad)?;
    Ok((ImageFacts { name, media_type, size: bytes.len() as u64, sha256: sha256_hex(&bytes) }, bytes))
}

enum NotFetched {
    Lost(String),
    NotHad(String),
    NotRecorded(String),
}

/// The bytes behind a URL, and their content type.
async fn fetch(desk: &Desk<'_>, time: &mut Timeline, url: Url) -> Result<(Bytes, Option<String>), NotFetched> {
    let host: String = url.host_str().unwrap_or_default().chars().take(100).collect();
    let not_had = |why: &dyn std::fmt::Display| {
        NotFetched::NotHad(format!("its images could not be fetched from `{host}` by this machine: {why}"))
    };
    desk.not_interrupted().map_err(|interrupted| not_had(&interrupted))?;
    if may_be_asked(&url).is_err() {
        return Err(not_had(&Failure::Forbidden));
    }
    if url.domain().is_none() && !is_loopback(&url) {
        return Err(not_had(&"images are fetched from hosts that have a name, and this is an address"));
    }
    if !is_image_host(&host, desk.wanted.image_hosts) && !is_loopback(&url) {
        return Err(not_had(&"it is no host that images are fetched from, unless the suite's `image-hosts` names it"));
    }
    let target = Target::Result(url);
    let answer = desk.unless_interrupted(time, async |time: &mut Timeline| get(time, target).await).await;
    match answer.map_err(|interrupted| not_had(&interrupted))? {
        Ok(response) if response.is_success() => Ok((response.body, response.content_type)),
        // Those that pass are told apart from those that stay.
        Ok(Response { status: status @ 400..500, .. }) if !matches!(status, 408 | 425 | 429) => {
            Err(NotFetched::Lost(format!("its URL answers with status {status}")))
        }
        Ok(Response { status, .. }) => Err(not_had(&format!("it answers with status {status}"))),
        Err(SendError::Failed(failure)) => Err(not_had(&failure)),
        Err(SendError::NotRecorded(miss)) => Err(NotFetched::NotRecorded(miss)),
    }
}
