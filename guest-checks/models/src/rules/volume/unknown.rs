//! The questions that volumes leave open.

use super::{BROKEN_FILE, Lookup, SearchResult, VolumeFile, is_present, names, near};
use crate::rules::search::{Inventory, ModelSearch};
use crate::rules::{MISSING_MODEL, REQUIRED_MODEL};
use comfycheck_sdk::volume::Error;
use comfycheck_sdk::wording::{few_names, quote};
use comfycheck_sdk::{OpenQuestion, SAVE_INVENTORY_OR_DRY_RUN};
use std::mem::discriminant;

/// First whether the worker has the models, then whether the files on silent volumes are complete.
pub(super) fn questions(results: &[SearchResult]) -> Vec<OpenQuestion> {
    missing(results).into_iter().chain(silent(results)).collect()
}

/// Whether the worker has the models that no inventory lists and not every volume has. Models of which the same is known share
/// a question.
fn missing(results: &[SearchResult]) -> Vec<OpenQuestion> {
    let mut questions: Vec<UnknownModels<'_>> = Vec::new();
    for (search, lookups) in results {
        let Inventory::Unknown(why) = &search.inventory else { continue };
        let is_finding = search.on_volume && lookups.iter().any(|(_, lookup)| matches!(lookup, Lookup::Absent(_)));
        if is_finding || is_present(search, lookups) {
            continue;
        }
        let (is_required, lack) = (search.nodes.is_empty(), lack(search, lookups));
        let is_same = |known: &&mut UnknownModels<'_>| {
            known.why == why && known.is_required == is_required && known.lacks.is_empty() == lack.is_none()
        };
        if let Some(known) = questions.iter_mut().find(is_same) {
            known.names.extend(search.names.iter().map(String::as_str));
            known.lacks.extend(lack);
        } else {
            let names = search.names.iter().map(String::as_str).collect();
            questions.push(UnknownModels { why, is_required, names, lacks: lack.into_iter().collect() });
        }
    }
    questions.into_iter().map(OpenQuestion::from).collect()
}

/// Models that the worker may have or not.
struct UnknownModels<'a> {
    /// Why the inventory is unknown.
    why: &'a str,
    /// Whether the settings name them, and no node.
    is_required: bool,
    names: Vec<&'a str>,
    /// What the volumes lack, as clauses: one for each of the models, or none for all of them.
    lacks: Vec<String>,
}

impl From<UnknownModels<'_>> for OpenQuestion {
    fn from(UnknownModels { why, is_required, names, lacks }: UnknownModels<'_>) -> Self {
        let (rule, offer) = if is_required {
            (REQUIRED_MODEL, "set `comfyui` in `[deployment]` to a ComfyUI server")
        } else {
            (MISSING_MODEL, SAVE_INVENTORY_OR_DRY_RUN)
        };
        let (reason, help) = if lacks.is_empty() {
            (format!("could not check whether the worker has {}: {why}", few_names(names)), offer.to_owned())
        } else {
            let lacks = lacks.join(", and ");
            (
                format!("{lacks}; could not check the worker image: {why}"),
                format!("upload what is missing to the volume, or {offer}"),
            )
        };
        OpenQuestion::new(rule, reason).help(help)
    }
}

/// What the volumes lack of a model, as a clause.
fn lack(search: &ModelSearch, lookups: &[(String, Lookup)]) -> Option<String> {
    let lacks = lookups.iter().filter_map(|(volume, lookup)| match lookup {
        Lookup::Absent(files) => {
            let near = near(search, files).map(|near| format!(" ({near})")).unwrap_or_default();
            Some(format!("not on volume {}{near}", quote(volume)))
        }
        Lookup::Elsewhere(_) => Some(format!("in the wrong folder of volume {}", quote(volume))),
        Lookup::Present(VolumeFile { content: Ok(Some(_)), .. }) => Some(format!("broken on volume {}", quote(volume))),
        Lookup::Present(_) | Lookup::Unknown(_) => None,
    });
    let lacks: Vec<_> = lacks.collect();
    (!lacks.is_empty()).then(|| format!("{} is {}", names(search), lacks.join(" and ")))
}

/// A question of `broken-file` for each volume that did not answer.
fn silent(results: &[SearchResult]) -> Vec<OpenQuestion> {
    let mut silent: Vec<(&str, &Error, Vec<&str>)> = Vec::new();
    for (search, lookups) in results {
        for (volume, lookup) in lookups {
            let Lookup::Unknown(error) = lookup else { continue };
            let is_same = |other: &Error| discriminant(other) == discriminant(error);
            let at = silent.iter().position(|(known, error, _)| known == volume && is_same(error));
            let at = at.unwrap_or_else(|| {
                silent.push((volume, error, Vec::new()));
                silent.len() - 1
            });
            let names = &mut silent[at].2;
            let new: Vec<_> = search.names.iter().map(String::as_str).filter(|name| !names.contains(name)).collect();
            names.extend(new);
        }
    }
    let question = |(volume, error, names): (&str, &Error, Vec<&str>)| {
        unanswered(&format!("could not search volume {} for {}", quote(volume), few_names(names)), error)
    };
    silent.into_iter().map(question).collect()
}

/// A question that a volume did not answer.
pub(super) fn unanswered(what: &str, error: &Error) -> OpenQuestion {
    let (why, help) = match error {
        Error::AccessDenied => (
            "access denied",
            "set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` to an S3 API key of the RunPod console, and check the \
             volume's id and data center",
        ),
        Error::Unavailable(why) => (
            why.as_str(),
            "run again; if it keeps failing, check the volume's id, that its data center has the S3-compatible API, and \
             your proxy",
        ),
        Error::NotOffered(why) => (why.as_str(), "add the volume to `[[deployment.volumes]]` in the suite"),
        Error::Other(why) => (why.as_str(), "check the volume's id and data center"),
    };
    OpenQuestion::new(BROKEN_FILE, format!("{what}: {why}")).help(help)
}
