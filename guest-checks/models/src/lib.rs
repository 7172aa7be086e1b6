//! The models check of comfycheck: does the deployment have every model file that the workflow
//! names or the settings require?
//!
//! This file and its modules ask the host; [`rules`] decides.

mod ask;
pub mod rules;
mod volumes;

use ask::Listings;
use comfycheck_sdk::{
    Answer, Check, Error, Manifest, OpenQuestion, SAVE_INVENTORY_OR_DRY_RUN, Scope, Workflow, dry_run, inventory,
    readme_rules, samples, unanswered_reason,
};
use rules::attached::DETACHED_VOLUME;
use rules::found::FileCount;
use rules::inputs::ModelInput;
use rules::required::{RequiredModel, beside_volumes, required_models};
use rules::search::{self, ModelSearch};
use rules::volume::BROKEN_FILE;
use rules::{MISSING_MODEL, REQUIRED_MODEL};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The check.
pub struct Models;

/// The settings of the check.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Models that are required besides those of the workflow.
    pub require: Vec<RequiredModel>,
}

impl Settings {
    /// Fails if there is no model to look for, and no volume of which something is known.
    fn require_any_model(&self, workflow: &Workflow, volumes: &[String], detached: &Answer) -> Result<(), Error> {
        let names_any = rules::inputs::names_models(workflow) || !rules::embeddings::named(workflow).is_empty();
        let has_volumes = !volumes.is_empty() || !detached.findings.is_empty() || !detached.open.is_empty();
        if names_any || !self.require.is_empty() || has_volumes {
            return Ok(());
        }
        Err(Error::NotApplicable("the workflow names no model".into()))
    }
}

/// Rules that no sample answers, so they are checked again after the samples.
const AGAIN: [&str; 3] = [DETACHED_VOLUME, REQUIRED_MODEL, BROKEN_FILE];

impl Check for Models {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: "models".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "every model file that the workflow names or the settings require is there".into(),
            scopes: vec![Scope::Deployment, Scope::Run],
            gates: true,
            rules: readme_rules(include_str!("../README.md"), &rules::RULES),
            settings_schema: include_str!("../schema.json").into(),
        }
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => {
                let workflow = Workflow::of_suite()?;
                let (volumes, detached) = volumes::ids();
                settings.require_any_model(&workflow, &volumes, &detached)?;
                let parts = [of_workflow(&workflow, &volumes), required(&settings.require, &workflow, &volumes)];
                Ok([detached, Part::answer(parts, &volumes), embeddings(&workflow, &volumes)].into_iter().collect())
            }
            // A skipped instance closes no question of scope `deployment`. No sample answers what the settings
            // require, so that is asked again and stays open.
            Scope::Run => {
                let samples = samples::samples();
                let of_samples = rules::samples::after_samples(&samples).map_err(Error::NotApplicable)?;
                let workflow = Workflow::of_suite()?;
                let (volumes, mut again) = volumes::ids();
                settings.require_any_model(&workflow, &volumes, &again)?;
                let mut required = required(&settings.require, &workflow, &volumes);
                let mut files = std::mem::take(&mut required.files);
                again = [again, Part::answer([files_on_volumes(&workflow, &volumes), required], &volumes)]
                    .into_iter()
                    .collect();
                // The rest was reported before the samples, or is answered by them.
                again.findings.retain(|finding| AGAIN.contains(&finding.rule.as_str()));
                again.open.retain(|open| AGAIN.contains(&open.rule.as_str()));
                if of_samples.findings.is_empty() {
                    files.extend(FileCount::of_samples(&samples));
                }
                Ok([files.note().into_iter().collect(), of_samples, again].into_iter().collect())
            }
            Scope::Sample => Err(Error::NotApplicable("runs in the scopes `deployment` and `run`".into())),
        }
    }
}

/// What the inventory or a dry run answers, and the models that volumes are searched for.
#[derive(Default)]
struct Part {
    answer: Answer,
    searches: Vec<ModelSearch>,
    files: FileCount,
}

impl Part {
    /// All parts as one answer: the headline, then the parts, then the volumes.
    fn answer<const N: usize>(parts: [Self; N], volumes: &[String]) -> Answer {
        let mut all = Self::default();
        for part in parts {
            all.answer = [all.answer, part.answer].into_iter().collect();
            all.searches.extend(part.searches);
            all.files.extend(part.files);
        }
        let note = all.files.note().into_iter().collect();
        [note, all.answer, volumes::ask(volumes, all.searches)].into_iter().collect()
    }
}

/// The models that the workflow names.
fn of_workflow(workflow: &Workflow, volumes: &[String]) -> Part {
    if !rules::inputs::names_models(workflow) {
        return Part::default();
    }
    let (classes, unknown) = match ask::classes_of(workflow) {
        Ok(classes) => classes,
        Err(err) => return without_inventory(workflow, volumes, &err),
    };
    let inputs = rules::inputs::model_inputs(workflow, &classes);
    let elsewhere = if inputs.iter().all(ModelInput::is_listed) { Vec::new() } else { ask::elsewhere(&classes) };
    let findings = rules::missing::missing_models(&inputs, &elsewhere).into_iter().chain(ask::sizes(&inputs)).collect();
    Part {
        answer: Answer { findings, open: rules::inputs::unknown_loaders(workflow, &unknown) },
        searches: search::of_inputs(&inputs),
        files: FileCount::of_inputs(&inputs),
    }
}

/// The embeddings that prompts name.
fn embeddings(workflow: &Workflow, volumes: &[String]) -> Answer {
    let named = rules::embeddings::named(workflow);
    if named.is_empty() {
        return Answer::default();
    }
    let listing = inventory::models(rules::embeddings::FOLDER);
    let on_volumes = if listing.is_err() { volumes::files(volumes, rules::embeddings::FOLDER) } else { Vec::new() };
    rules::embeddings::missing(named, &listing, &on_volumes).into_iter().collect()
}

/// The models that the workflow names, by a dry run and the volumes.
fn without_inventory(workflow: &Workflow, volumes: &[String], error: &inventory::Error) -> Part {
    const WHAT: &str = "could not list the installed models";
    const OFFER: &str = SAVE_INVENTORY_OR_DRY_RUN;
    let dry_run = dry_run_instead_of(error);
    if let Some(Ok(verdict)) = &dry_run {
        return by_dry_run(workflow, volumes, verdict);
    }
    let no = dry_run.and_then(Result::err);
    if volumes.is_empty() {
        let open = match no {
            Some(no) => OpenQuestion::unanswered_by_either(MISSING_MODEL, WHAT, error, &no, OFFER),
            None => OpenQuestion::unanswered(MISSING_MODEL, WHAT, error, OFFER),
        };
        return Part { answer: open.into(), ..Part::default() };
    }
    let (searches, open) = search::of_workflow(workflow, &unanswered_reason(error, no.as_ref()));
    Part { answer: Answer { findings: Vec::new(), open }, searches, ..Part::default() }
}

/// The dry run's answer, if no source has an inventory.
fn dry_run_instead_of(error: &inventory::Error) -> Option<Result<dry_run::Verdict, dry_run::Error>> {
    matches!(error, inventory::Error::NotOffered(_)).then(dry_run::workflow)
}

fn by_dry_run(workflow: &Workflow, volumes: &[String], verdict: &dry_run::Verdict) -> Part {
    let (searches, open) = if volumes.is_empty() {
        (Vec::new(), rules::dry_run::open(workflow, verdict))
    } else {
        rules::dry_run::searches(workflow, verdict)
    };
    let answer = [rules::dry_run::findings(workflow, verdict), Answer { findings: Vec::new(), open }];
    Part { answer: answer.into_iter().collect(), searches, ..Part::default() }
}

/// The files of the workflow's models on the volumes. Samples show what loaders list, but not whether a file on
/// a volume is complete.
fn files_on_volumes(workflow: &Workflow, volumes: &[String]) -> Part {
    let (searches, _) = if volumes.is_empty() { Default::default() } else { search::of_workflow(workflow, "") };
    Part { searches, ..Part::default() }
}

/// The models that the settings require.
fn required(required: &[RequiredModel], workflow: &Workflow, volumes: &[String]) -> Part {
    let listings = ask::listings(required);
    let mut all = Part::default();
    for model in required {
        let dry_run = required_by_dry_run(model, workflow, &listings);
        let listings = dry_run.as_ref().map_or(&listings, |(listings, _)| listings);
        let model = std::slice::from_ref(model);
        let (mut answer, searches) = if volumes.is_empty() {
            (required_models(model, listings), Vec::new())
        } else {
            beside_volumes(model, listings)
        };
        // The note of a dry run counts its files.
        if dry_run.is_none() || !rules::inputs::names_models(workflow) {
            all.files.extend(FileCount::of_required(model, listings));
        }
        if let Some((_, verdict)) = &dry_run {
            let worker = verdict.values.as_ref().ok().and_then(|values| values.worker.as_deref());
            let findings = answer.findings.into_iter().map(|finding| finding.by_dry_run(worker, verdict));
            answer.findings = findings.collect();
        }
        all.answer = [all.answer, answer].into_iter().collect();
        all.searches.extend(searches);
    }
    all
}

/// The files that a dry run found in the folder of a required model, if no source lists it.
fn required_by_dry_run(
    model: &RequiredModel,
    workflow: &Workflow,
    listings: &Listings,
) -> Option<(Listings, dry_run::Verdict)> {
    let Some(Err(error)) = listings.get(&model.folder) else { return None };
    let verdict = dry_run_instead_of(error)?.ok()?;
    let files = rules::dry_run::listing(model, workflow, &verdict)?;
    Some((BTreeMap::from([(model.folder.clone(), Ok(Some(files)))]), verdict))
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Models);
