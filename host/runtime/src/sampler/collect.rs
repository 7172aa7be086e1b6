//! Collects the images of a job.
//!
//! An image is lost if no client can get it: the output is invalid, or the server says that it is
//! missing or forbidden. If only this machine cannot get it, or must not, nothing is proven.

use super::Sampler;
use super::job::SampleResult;
use super::output::{OutputImage, media_type_of};
use crate::retry::get_with_retry;
use crate::transport::exchange::{Failure, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::address::{is_image_host, is_loopback, may_be_asked};
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::sample::{Ending, ImageFacts, LostImage};
use comfycheck_core::wording::limit;
use std::time::Duration;
use url::Url;

/// Adds the images of an output to its sample. If this machine could not get one of them, the
/// sample's result is unknown.
pub(super) async fn collect(
    sampler: &Sampler<'_>,
    time: &mut Timeline,
    listed: Vec<OutputImage>,
    result: &mut SampleResult,
) {
    let end = time.now() + LONGEST;
    for image in listed {
        let kept = match image {
            OutputImage::Bytes { name, media_type, bytes } => keep(sampler, name, media_type, bytes),
            OutputImage::Lost(lost) => Err(KeepError::Lost(lost)),
            OutputImage::Skipped(reason) => Err(KeepError::Unavailable(reason)),
            OutputImage::Elsewhere { name, url } => match fetch_until(end, sampler, time, url).await {
                Ok((bytes, content_type)) => {
                    let media_type = media_type_of(&name).map(str::to_owned).or(content_type);
                    keep(sampler, name, media_type, bytes)
                }
                Err(FetchError::Lost(reason)) => Err(KeepError::Lost(LostImage { name, reason })),
                Err(FetchError::Unavailable(reason)) => Err(KeepError::Unavailable(reason)),
                Err(FetchError::NotRecorded(miss)) => {
                    // All later requests would miss, too.
                    sampler.ledger.stop(miss.clone());
                    Err(KeepError::Unavailable(miss))
                }
            },
        };
        match kept {
            Ok((facts, bytes)) => {
                result.sample.images.push(facts);
                result.images.push(bytes);
            }
            Err(KeepError::Lost(lost)) => result.sample.lost_images.push(lost),
            Err(KeepError::Unavailable(reason)) => {
                result.sample.ending = Ending::Unknown;
                result.sample.reason = Some(reason);
                return;
            }
        }
    }
}

enum KeepError {
    Lost(LostImage),
    /// It may be valid. Why this machine does not have it.
    Unavailable(String),
}

fn keep(
    sampler: &Sampler<'_>,
    name: String,
    media_type: Option<String>,
    bytes: Bytes,
) -> Result<(ImageFacts, Bytes), KeepError> {
    sampler.ledger.keep(bytes.len()).map_err(KeepError::Unavailable)?;
    Ok((ImageFacts { name, media_type, size: bytes.len() as u64, sha256: sha256_hex(&bytes) }, bytes))
}

/// How long the downloads of a sample can take together. Each has a limit of its own, but there can be a thousand.
const LONGEST: Duration = Duration::from_mins(10);

async fn fetch_until(
    end: Duration,
    sampler: &Sampler<'_>,
    time: &mut Timeline,
    url: Url,
) -> Result<(Bytes, Option<String>), FetchError> {
    let fetched = time.until(end, async |time| fetch(sampler, time, url).await).await;
    fetched.unwrap_or_else(|| {
        let limit = limit(LONGEST.as_secs_f64(), "s");
        Err(FetchError::Unavailable(format!("its images could not be downloaded within {limit}")))
    })
}

enum FetchError {
    Lost(String),
    Unavailable(String),
    NotRecorded(String),
}

async fn fetch(sampler: &Sampler<'_>, time: &mut Timeline, url: Url) -> Result<(Bytes, Option<String>), FetchError> {
    let host: String = url.host_str().unwrap_or_default().chars().take(100).collect();
    let unavailable = |why: &dyn std::fmt::Display| {
        FetchError::Unavailable(format!("this machine could not download images from `{host}`: {why}"))
    };
    sampler.not_interrupted().map_err(|interrupted| unavailable(&interrupted))?;
    if may_be_asked(&url).is_err() {
        return Err(unavailable(&Failure::Forbidden));
    }
    if url.domain().is_none() && !is_loopback(&url) {
        return Err(unavailable(&"an IP address, not a host name"));
    }
    if !is_image_host(&host, sampler.request.image_hosts) && !is_loopback(&url) {
        return Err(unavailable(&"not an allowed host; add it to `image-hosts` in the suite"));
    }
    let target = Target::Result(url);
    let answer = sampler.unless_interrupted(time, async |time: &mut Timeline| get_with_retry(time, target).await).await;
    match answer.map_err(|interrupted| unavailable(&interrupted))? {
        Ok(response) if response.is_success() => Ok((response.body, response.content_type)),
        // These statuses are temporary.
        Ok(Response { status: status @ 400..500, .. }) if !matches!(status, 408 | 425 | 429) => {
            Err(FetchError::Lost(format!("download failed with status {status}")))
        }
        Ok(Response { status, .. }) => Err(unavailable(&format!("status {status}"))),
        Err(SendError::Failed(failure)) => Err(unavailable(&failure)),
        Err(SendError::NotRecorded(miss)) => Err(FetchError::NotRecorded(miss.why)),
    }
}
