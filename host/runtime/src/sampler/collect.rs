//! Fetching the images of a job.

use super::Desk;
use super::job::Taken;
use super::output::{Found, media_type_of};
use crate::retry::get;
use crate::transport::cassette::sha256_hex;
use crate::transport::exchange::{Failure, SendError, Target};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::address::may_be_asked;
use comfycheck_core::sample::{Ending, ImageFacts, LostImage};
use url::Url;

/// Adds the images that an output names to its sample.
pub(super) async fn collect(desk: &Desk<'_>, time: &mut Timeline, found: Vec<Found>, taken: &mut Taken) {
    for found in found {
        let kept = match found {
            Found::Bytes { name, media_type, bytes } => keep(desk, name, media_type, bytes),
            Found::Lost(lost) => Err(lost),
            Found::Elsewhere { name, url } => match fetch(desk, time, url).await {
                Ok((bytes, content_type)) => {
                    let media_type = media_type_of(&name).map(str::to_owned).or(content_type);
                    keep(desk, name, media_type, bytes)
                }
                Err(NotFetched::Lost(reason)) => Err(LostImage { name, reason }),
                Err(NotFetched::NotRecorded(miss)) => {
                    // That it is not in the cassette says nothing of the image.
                    desk.ledger.stop(miss.clone());
                    taken.sample.ending = Ending::Unknown;
                    taken.sample.reason = Some(miss);
                    return;
                }
            },
        };
        match kept {
            Ok((facts, bytes)) => {
                taken.sample.images.push(facts);
                taken.images.push(bytes);
            }
            Err(lost) => taken.sample.lost_images.push(lost),
        }
    }
}

fn keep(
    desk: &Desk<'_>,
    name: String,
    media_type: Option<String>,
    bytes: Bytes,
) -> Result<(ImageFacts, Bytes), LostImage> {
    desk.ledger.keep(&name, bytes.len())?;
    Ok((ImageFacts { name, media_type, size: bytes.len() as u64, sha256: sha256_hex(&bytes) }, bytes))
}

enum NotFetched {
    Lost(String),
    NotRecorded(String),
}

/// The bytes behind a URL, and their content type.
async fn fetch(desk: &Desk<'_>, time: &mut Timeline, url: Url) -> Result<(Bytes, Option<String>), NotFetched> {
    desk.not_interrupted().map_err(NotFetched::Lost)?;
    if may_be_asked(&url).is_err() {
        return Err(NotFetched::Lost(format!("its URL cannot be fetched: {}", Failure::Forbidden)));
    }
    match get(time, Target::Result(url)).await {
        Ok(response) if response.is_success() => Ok((response.body, response.content_type)),
        Ok(response) => Err(NotFetched::Lost(format!("its URL answers with status {}", response.status))),
        Err(SendError::Failed(failure)) => Err(NotFetched::Lost(format!("its URL cannot be fetched: {failure}"))),
        Err(SendError::NotRecorded(miss)) => Err(NotFetched::NotRecorded(miss)),
    }
}
