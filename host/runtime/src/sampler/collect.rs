//! Collects the files of a job.
//!
//! A file is lost if no client can get it: the output is invalid, or the server says that it is
//! missing or forbidden. If only this machine cannot get it, or must not, nothing is proven.

use super::Sampler;
use super::job::SampleResult;
use crate::retry::get_with_retry;
use crate::transport::exchange::{Failure, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::address::{is_image_host, is_loopback, may_be_asked};
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::media::{FileKind, declared_type};
use comfycheck_core::output::{Content, OutputFile, OutputFiles};
use comfycheck_core::sample::{Encoding, Ending, FileFacts, LostImage};
use comfycheck_core::wording::limit;
use std::time::Duration;
use url::Url;

/// Adds the files of an output to its sample. If this machine could not get one of them, the
/// sample's result is unknown.
pub(super) async fn collect(sampler: &Sampler<'_>, time: &mut Timeline, found: OutputFiles, result: &mut SampleResult) {
    let end = time.now() + LONGEST;
    let mut others: Vec<(FileFacts, Bytes)> = Vec::new();
    let mut unavailable = found.skipped;
    for file in found.files {
        let OutputFile { name, node, media_type, kind, is_listed, content, .. } = file;
        let got = match content {
            Content::Bytes(bytes, encoding) => Ok((bytes.into(), media_type, encoding)),
            Content::Lost(reason) => Err(FetchError::Lost(reason)),
            Content::Elsewhere(url) => {
                let got = fetch_until(end, sampler, time, url).await;
                let declared = media_type.or_else(|| declared_type(&name).map(str::to_owned));
                got.map(|(bytes, content_type)| (bytes, declared.or(content_type), Encoding::Url))
            }
        };
        let got = match got {
            Ok(got) if sampler.request.load.is_some() => Ok(got),
            Ok(got) => sampler.ledger.keep(got.0.len()).map(|()| got),
            Err(FetchError::Lost(reason)) => {
                result.sample.lost_images.push(LostImage { name, reason });
                continue;
            }
            Err(FetchError::Unavailable(reason)) => Err(reason),
            Err(FetchError::NotRecorded(miss)) => {
                // All later requests would miss, too.
                sampler.ledger.stop(miss.clone());
                Err(miss)
            }
        };
        let (bytes, media_type, encoding) = match got {
            Ok(got) => got,
            Err(reason) => {
                unavailable = Some(reason);
                break;
            }
        };
        let bytes = if encoding == Encoding::Text { redacted(&bytes, sampler) } else { bytes };
        let kind = if encoding == Encoding::Text { FileKind::Text } else { FileKind::of(&bytes, kind) };
        let size = bytes.len() as u64;
        let facts = FileFacts { name, node, kind, media_type, encoding, size, sha256: sha256_hex(&bytes) };
        // A benchmark compares digests only.
        let bytes = if sampler.request.load.is_some() { Bytes::new() } else { bytes };
        if is_listed || kind == FileKind::Image {
            result.sample.images.push(facts);
            result.files.push(bytes);
        } else {
            others.push((facts, bytes));
        }
    }
    let (others, bytes): (Vec<_>, Vec<_>) = others.into_iter().unzip();
    result.sample.files = others;
    result.files.extend(bytes);
    if unavailable.is_some() {
        result.sample.ending = Ending::Unknown;
        result.sample.reason = unavailable;
    }
}

/// A text of an output without secrets. Checks quote it.
fn redacted(text: &Bytes, sampler: &Sampler<'_>) -> Bytes {
    sampler.request.secrets.redact(&String::from_utf8_lossy(text)).into()
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
        Err(FetchError::Unavailable(format!("its files could not be downloaded within {limit}")))
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
        FetchError::Unavailable(format!("this machine could not download files from `{host}`: {why}"))
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
