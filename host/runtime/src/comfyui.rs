//! What a ComfyUI server is asked: a typed client over a timeline.

mod fetch;
mod shapes;

pub use fetch::{Fetch, fetch};

use crate::capabilities::{AskError, ModelFile, Pack, SystemFacts};
use crate::retry::{get, good};
use crate::transport::exchange::{Response, Target};
use crate::transport::timeline::Timeline;
use comfycheck_core::inventory::{ObjectInfo, strict};
use serde_json::Value;
use std::error::Error;

const WHO: &str = "the ComfyUI server";

/// Versions and devices: `/system_stats`.
pub async fn system_stats(time: &mut Timeline) -> Result<SystemFacts, AskError> {
    let path = "/system_stats";
    let body = ask(time, path).await?;
    shapes::system(&parse(path, &body)?).ok_or_else(|| not_understood(path, "it names no `system`"))
}

/// All node classes: `/object_info`.
pub async fn object_info(time: &mut Timeline) -> Result<ObjectInfo, AskError> {
    let path = "/object_info";
    let body = ask(time, path).await?;
    ObjectInfo::parse(&body.body).map_err(|err| {
        let cause = err.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        not_understood(path, &format!("{err}{cause}"))
    })
}

/// The node replacements, as strict JSON: `/node_replacements`.
pub async fn node_replacements(time: &mut Timeline) -> Result<String, AskError> {
    let path = "/node_replacements";
    let body = ask(time, path).await?;
    let text = std::str::from_utf8(&body.body).map_err(|_| not_understood(path, "it is not UTF-8"))?;
    let text = strict(text).into_owned();
    // Without reading the numbers into ours, which are smaller.
    serde_json::from_str::<&serde_json::value::RawValue>(&text)
        .map_err(|err| not_understood(path, &err.to_string()))?;
    Ok(text)
}

/// The names of the model folders, in ComfyUI's order: `/models`.
pub async fn model_folders(time: &mut Timeline) -> Result<Vec<String>, AskError> {
    let path = "/models";
    let body = ask(time, path).await?;
    shapes::strings(&parse(path, &body)?).ok_or_else(|| not_understood(path, "it is not a list of names"))
}

/// The files in one model folder, sorted by name; none if there is no such folder. Sizes come from
/// `/api/experiment/models/…`, the only route that has them; a server without it gives none.
pub async fn models(time: &mut Timeline, folder: &str) -> Result<Option<Vec<ModelFile>>, AskError> {
    // A name that cannot be one segment of a path is no folder of ComfyUI, and must not become another request.
    if folder.is_empty() || folder.starts_with('.') || folder.contains(['/', '\\', '?', '#', '%']) {
        return Ok(None);
    }
    let folder = encode(folder);
    let path = format!("/models/{folder}");
    let Some(body) = ask_optional(time, &path).await? else { return Ok(None) };
    let names =
        shapes::strings(&parse(&path, &body)?).ok_or_else(|| not_understood(&path, "it is not a list of names"))?;
    let path = format!("/api/experiment/models/{folder}");
    let sizes = match ask_optional(time, &path).await {
        Ok(Some(body)) => shapes::sizes(&parse(&path, &body).unwrap_or_default()),
        Err(err @ AskError::NotRecorded(_)) => return Err(err),
        // The files are known; that their sizes are not is said by leaving them out.
        Ok(None) | Err(_) => shapes::sizes(&Value::Null),
    };
    let mut files: Vec<_> = names.into_iter().map(|name| ModelFile { size: sizes.get(&name).copied(), name }).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files.dedup();
    Ok(Some(files))
}

/// The installed node packs, sorted by folder, as either generation of ComfyUI-Manager lists them.
pub async fn packs(time: &mut Timeline) -> Result<Vec<Pack>, AskError> {
    for path in ["/v2/customnode/installed", "/customnode/installed"] {
        if let Some(body) = ask_optional(time, path).await? {
            return shapes::packs(&parse(path, &body)?)
                .ok_or_else(|| not_understood(path, "it is not an object by folder"));
        }
    }
    Err(AskError::NotOffered(format!("{WHO} runs no ComfyUI-Manager, which alone lists node packs")))
}

async fn ask(time: &mut Timeline, path: &str) -> Result<Response, AskError> {
    let missing = || AskError::NotOffered(format!("{WHO} does not know `{path}`"));
    ask_optional(time, path).await?.ok_or_else(missing)
}

/// The answer; none if the server does not know the path.
async fn ask_optional(time: &mut Timeline, path: &str) -> Result<Option<Response>, AskError> {
    let answer = get(time, Target::ComfyUi(path.to_owned())).await;
    let response = good(WHO, path, answer)?;
    Ok((response.status != 404).then_some(response))
}

fn parse(path: &str, response: &Response) -> Result<Value, AskError> {
    let text = std::str::from_utf8(&response.body).map_err(|_| not_understood(path, "it is not UTF-8"))?;
    serde_json::from_str(&strict(text)).map_err(|err| not_understood(path, &err.to_string()))
}

fn not_understood(path: &str, why: &str) -> AskError {
    AskError::Unavailable(format!("{WHO}'s answer to `{path}` is not understood: {why}"))
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
