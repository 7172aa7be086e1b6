//! A typed client of a ComfyUI server, over a timeline.

mod fetch;
mod page;
mod shapes;

pub use fetch::{Fetch, fetch};
pub use page::{Next, PAGE_BYTES, Page, page};

use crate::facts::{ModelFile, Pack, QueryError, SystemFacts};
use crate::retry::{get_with_retry, success};
use crate::transport::exchange::{OBJECT_INFO, Response, Target};
use crate::transport::timeline::Timeline;
use comfycheck_core::inventory::{ObjectInfo, strict};
use serde_json::Value;
use std::error::Error;

const SERVER: &str = "the ComfyUI server";

/// Versions and devices: `/system_stats`.
pub async fn system_stats(time: &mut Timeline) -> Result<SystemFacts, QueryError> {
    let path = "/system_stats";
    let body = request(time, path).await?;
    shapes::system(&parse(path, &body)?).ok_or_else(|| unexpected(path, "`system` is missing"))
}

/// All node classes: `/object_info`.
pub async fn object_info(time: &mut Timeline) -> Result<ObjectInfo, QueryError> {
    let path = OBJECT_INFO;
    let response = request(time, path).await?;
    ObjectInfo::parse(response.body).map_err(|err| {
        let cause = err.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        unexpected(path, &format!("{err}{cause}"))
    })
}

/// The node replacements, as strict JSON: `/node_replacements`.
pub async fn node_replacements(time: &mut Timeline) -> Result<String, QueryError> {
    let path = "/node_replacements";
    let body = request(time, path).await?;
    let text = std::str::from_utf8(&body.body).map_err(|_| unexpected(path, "not UTF-8"))?;
    let text = strict(text).into_owned();
    // `RawValue` keeps numbers that do not fit into ours.
    serde_json::from_str::<&serde_json::value::RawValue>(&text).map_err(|err| unexpected(path, &err.to_string()))?;
    Ok(text)
}

/// The names of the model folders, in ComfyUI's order: `/models`.
pub async fn model_folders(time: &mut Timeline) -> Result<Vec<String>, QueryError> {
    let path = "/models";
    let body = request(time, path).await?;
    shapes::strings(&parse(path, &body)?).ok_or_else(|| unexpected(path, "not a list of names"))
}

/// The files in one model folder, sorted by name; none if there is no such folder. Sizes come from
/// `/api/experiment/models/…`, the only route that has them. Servers without it give none.
pub async fn models(time: &mut Timeline, folder: &str) -> Result<Option<Vec<ModelFile>>, QueryError> {
    // A name that is not one path segment is not a model folder, and must not become another
    // request.
    if folder.is_empty() || folder.starts_with('.') || folder.contains(['/', '\\', '?', '#', '%']) {
        return Ok(None);
    }
    let folder = encode(folder);
    let path = format!("/models/{folder}");
    let Some(body) = request_optional(time, &path).await? else { return Ok(None) };
    let names = shapes::strings(&parse(&path, &body)?).ok_or_else(|| unexpected(&path, "not a list of names"))?;
    let path = format!("/api/experiment/models/{folder}");
    let sizes = match request_optional(time, &path).await {
        Ok(Some(body)) => shapes::sizes(&parse(&path, &body).unwrap_or_default()),
        Err(err @ QueryError::NotRecorded(_)) => return Err(err),
        // Without sizes, the list of files is still useful.
        Ok(None) | Err(_) => shapes::sizes(&Value::Null),
    };
    let mut files: Vec<_> = names.into_iter().map(|name| ModelFile { size: sizes.get(&name).copied(), name }).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files.dedup();
    Ok(Some(files))
}

/// The installed node packs, sorted by folder. Reads the lists of both generations of
/// ComfyUI-Manager.
pub async fn packs(time: &mut Timeline) -> Result<Vec<Pack>, QueryError> {
    for path in ["/v2/customnode/installed", "/customnode/installed"] {
        if let Some(body) = request_optional(time, path).await? {
            return shapes::packs(&parse(path, &body)?).ok_or_else(|| unexpected(path, "not an object of folders"));
        }
    }
    Err(QueryError::NotOffered(format!("{SERVER} has no ComfyUI-Manager, which lists node packs")))
}

async fn request(time: &mut Timeline, path: &str) -> Result<Response, QueryError> {
    let missing = || QueryError::NotOffered(format!("{SERVER} has no `{path}`"));
    request_optional(time, path).await?.ok_or_else(missing)
}

/// None if the server does not have the path.
async fn request_optional(time: &mut Timeline, path: &str) -> Result<Option<Response>, QueryError> {
    let answer = get_with_retry(time, Target::ComfyUi(path.to_owned())).await;
    let response = success(SERVER, path, answer)?;
    Ok((response.status != 404).then_some(response))
}

fn parse(path: &str, response: &Response) -> Result<Value, QueryError> {
    let text = std::str::from_utf8(&response.body).map_err(|_| unexpected(path, "not UTF-8"))?;
    serde_json::from_str(&strict(text)).map_err(|err| unexpected(path, &err.to_string()))
}

fn unexpected(path: &str, why: &str) -> QueryError {
    QueryError::Unavailable(format!("unexpected response from {SERVER} to `{path}`: {why}"))
}

/// Percent-encodes one segment of a path.
fn encode(segment: &str) -> String {
    let mut url = url::Url::parse("http://localhost/").ok();
    let path = url.as_mut().and_then(|url| {
        url.path_segments_mut().ok()?.clear().push(segment);
        Some(url.path().trim_start_matches('/').to_owned())
    });
    path.unwrap_or_else(|| segment.to_owned())
}
