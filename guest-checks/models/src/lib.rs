//! The models check of comfycheck: is every model file there that the workflow names or
//! the settings require?
//!
//! This is the shell that asks the host; [`rules`] decides.

pub mod rules;
mod volumes;

use comfycheck_sdk::inventory::{self, ModelFile};
use comfycheck_sdk::{
    AS_REFUSED, Answer, Check, Error, Finding, Manifest, OpenQuestion, Scope, Subject, Workflow, dry_run, is_model,
    readme_rules, samples,
};
use rules::attached::DETACHED_VOLUME;
use rules::description::Description;
use rules::folders::{folder_of, loader_of};
use rules::near_miss::Place;
use rules::required::{Listing, RequiredModel, beside_volumes, required_models};
use rules::volume::BROKEN_FILE;
use rules::{HOW_TO_ANSWER, MISSING_MODEL, REQUIRED_MODEL};
use rules::{Named, suspicious_size};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The check.
pub struct Models;

/// The settings of the check.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Models that must be there besides those that the workflow names.
    pub require: Vec<RequiredModel>,
}

/// Rules of which no sample tells, so that they are looked at once more after the samples.
const AGAIN: [&str; 3] = [DETACHED_VOLUME, REQUIRED_MODEL, BROKEN_FILE];

impl Check for Models {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: "models".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Every model file that the workflow names or the settings require is there.".into(),
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
                let (volumes, told) = volumes::ids();
                let models = models_of(&workflow, &volumes);
                Ok([told, models, required(&settings.require, &workflow, &volumes)].into_iter().collect())
            }
            // An instance that is skipped closes no open question of the deployment's. What the
            // settings require is asked again: no sample tells it, so that what is open stays so.
            Scope::Run => {
                let told = rules::samples::after_samples(&samples::samples()).map_err(Error::NotApplicable)?;
                let workflow = Workflow::of_suite()?;
                let (volumes, others) = volumes::ids();
                let required = required(&settings.require, &workflow, &volumes);
                let mut again: Answer = [others, files_of(&workflow, &volumes), required].into_iter().collect();
                // What was said before the samples is said.
                again.findings.retain(|finding| AGAIN.contains(&finding.rule.as_str()));
                Ok([told, again].into_iter().collect())
            }
            Scope::Sample => Err(Error::NotApplicable("the check looks at the deployment and at the run".into())),
        }
    }
}

const WHAT: &str = "cannot ask what loaders offer";

/// Findings about the models that the workflow names.
fn models_of(workflow: &Workflow, volumes: &[String]) -> Answer {
    if !rules::names_models(workflow) {
        return Answer::default();
    }
    let (classes, unknown) = match classes_of(workflow) {
        Ok(told) => told,
        Err(err) => {
            let open = match unless_offered(&err) {
                Some(Ok(verdict)) => return by_dry_run(workflow, volumes, &verdict),
                Some(Err(no)) => OpenQuestion::unanswered_by_either(MISSING_MODEL, WHAT, &err, &no, HOW_TO_ANSWER),
                None => OpenQuestion::unanswered(MISSING_MODEL, WHAT, &err, HOW_TO_ANSWER),
            };
            return if volumes.is_empty() { open.into() } else { instead(workflow, volumes, &open.reason) };
        }
    };
    let named = rules::named_models(workflow, &classes);
    let elsewhere = if named.iter().all(Named::is_offered) { Vec::new() } else { elsewhere(&classes) };
    let findings = rules::missing_models(&named, &elsewhere).into_iter().chain(sizes(&named)).collect();
    let told = Answer { findings, open: rules::unknown_loaders(workflow, &unknown) };
    [told, volumes::ask(volumes, rules::wanted_beside(&named))].into_iter().collect()
}

/// What a dry run tells where there is no inventory to ask; none where there is one.
fn unless_offered(error: &inventory::Error) -> Option<Result<dry_run::Verdict, dry_run::Error>> {
    matches!(error, inventory::Error::NotOffered(_)).then(dry_run::workflow)
}

/// What a dry run and the volumes tell where no inventory does.
fn by_dry_run(workflow: &Workflow, volumes: &[String], verdict: &dry_run::Verdict) -> Answer {
    let told = rules::dry_run::told(workflow, verdict);
    if volumes.is_empty() {
        return [told, Answer { findings: Vec::new(), open: rules::dry_run::open(workflow, verdict) }]
            .into_iter()
            .collect();
    }
    let (wanted, open) = rules::dry_run::wanted(workflow, verdict);
    [told, volumes::ask(volumes, wanted), Answer { findings: Vec::new(), open }].into_iter().collect()
}

/// What the volumes tell where nobody else does.
fn instead(workflow: &Workflow, volumes: &[String], why: &str) -> Answer {
    let (wanted, open) = rules::wanted_instead(workflow, why);
    [volumes::ask(volumes, wanted), Answer { findings: Vec::new(), open }].into_iter().collect()
}

/// What is to be said again of the files on volumes, once samples told what loaders offer: whether they are whole, which no
/// sample tells.
fn files_of(workflow: &Workflow, volumes: &[String]) -> Answer {
    if volumes.is_empty() {
        return Answer::default();
    }
    let (wanted, _) = rules::wanted_instead(workflow, "");
    let mut answer = volumes::ask(volumes, wanted);
    answer.open.retain(|open| open.rule == BROKEN_FILE);
    answer
}

type Classes = BTreeMap<String, Description>;

/// The descriptions of the workflow's classes, and why there is none of the others.
fn classes_of(workflow: &Workflow) -> Result<(Classes, BTreeMap<String, &'static str>), inventory::Error> {
    let mut classes = BTreeMap::new();
    let mut unknown = BTreeMap::new();
    for class in workflow.nodes().filter_map(|node| node.class.as_ref()).collect::<BTreeSet<_>>() {
        match inventory::node_class(class)? {
            None => _ = unknown.insert(class.clone(), "is not installed"),
            Some(json) => match Description::parse(&json) {
                Some(description) => _ = classes.insert(class.clone(), description),
                None => _ = unknown.insert(class.clone(), "has a description that is not understood"),
            },
        }
    }
    Ok((classes, unknown))
}

/// Where models lie, for advice: in the folders, or else in what the workflow's classes
/// offer.
fn elsewhere(classes: &BTreeMap<String, Description>) -> Vec<Place> {
    let models =
        |files: Vec<ModelFile>| files.into_iter().map(|file| file.name).filter(|name| is_model(name)).collect();
    if offers("models") && offers("model-folders") {
        let folders = inventory::model_folders().unwrap_or_default();
        let files = |folder: String| Some((inventory::models(&folder).ok()??, folder));
        let place = |(files, folder)| Place { name: format!("the folder `{folder}`"), files: models(files) };
        return folders.into_iter().filter_map(files).map(place).collect();
    }
    let place = |(class, description): (&String, &Description)| Place {
        name: format!("the loader `{class}`"),
        files: description.models().map(str::to_owned).collect(),
    };
    classes.iter().map(place).collect()
}

/// Findings about the sizes of the files that the workflow names, where they can be asked.
fn sizes(named: &[Named<'_>]) -> Vec<Finding> {
    if !offers("models") {
        return Vec::new();
    }
    let mut files: BTreeMap<(&str, &str), Vec<Subject>> = BTreeMap::new();
    for model in named.iter().filter(|model| is_model(model.file) && model.is_offered()) {
        let Some(folder) = folder_of(model.class) else { continue };
        files.entry((folder, model.file)).or_default().push(model.node.subject(Some(model.input)));
    }
    let folders: BTreeSet<&str> = files.keys().map(|(folder, _)| *folder).collect();
    let listed = |folder| Some((folder, inventory::models(folder).ok()??));
    let listings: BTreeMap<&str, Vec<ModelFile>> = folders.into_iter().filter_map(listed).collect();
    let finding = |((folder, name), nodes): ((&str, &str), Vec<Subject>)| {
        let file = listings.get(folder)?.iter().find(|file| file.name == name)?;
        suspicious_size(folder, file, nodes)
    };
    files.into_iter().filter_map(finding).collect()
}

/// Findings about the models that the settings require.
fn required(required: &[RequiredModel], workflow: &Workflow, volumes: &[String]) -> Answer {
    let folders: BTreeSet<_> = required.iter().map(|model| model.folder.clone()).collect();
    let listings: Listings = folders.into_iter().map(|folder| (folder.clone(), list(&folder))).collect();
    let one = |model: &RequiredModel| {
        let by_dry_run = by_dry_run_only(model, workflow, &listings);
        let (model, listings) = (std::slice::from_ref(model), by_dry_run.as_ref().map_or(&listings, |(told, _)| told));
        let (mut told, wanted) = if volumes.is_empty() {
            (required_models(model, listings), Vec::new())
        } else {
            beside_volumes(model, listings)
        };
        if let Some((_, verdict)) = &by_dry_run {
            let by = verdict.values.as_ref().ok().and_then(|values| values.worker.as_deref());
            let marked = |finding: Finding| {
                let message = format!("{}, {AS_REFUSED}", finding.message);
                Finding { message, ..finding }.by_dry_run(by, verdict)
            };
            told.findings = told.findings.into_iter().map(marked).collect();
        }
        (told, wanted)
    };
    let (told, wanted): (Vec<_>, Vec<_>) = required.iter().map(one).unzip();
    told.into_iter().chain([volumes::ask(volumes, wanted.into_iter().flatten().collect())]).collect()
}

type Listings = BTreeMap<String, Listing>;

/// What a dry run tells of a required model whose folder nobody lists.
fn by_dry_run_only(
    model: &RequiredModel,
    workflow: &Workflow,
    listings: &Listings,
) -> Option<(Listings, dry_run::Verdict)> {
    let Some(Err(error)) = listings.get(&model.folder) else { return None };
    let verdict = unless_offered(error)?.ok()?;
    let files = rules::dry_run::listing(model, workflow, &verdict)?;
    Some((BTreeMap::from([(model.folder.clone(), Ok(Some(files)))]), verdict))
}

/// The files of a folder; where no source lists folders, what a loader of the folder
/// offers.
fn list(folder: &str) -> Listing {
    let listed = inventory::models(folder);
    let Err(inventory::Error::NotOffered(_)) = &listed else { return listed };
    let offered = || {
        let description = Description::parse(&inventory::node_class(loader_of(folder)?).ok()??)?;
        Some(description.models().map(|name| ModelFile { name: name.to_owned(), size: None }).collect())
    };
    offered().map_or(listed, |files| Ok(Some(files)))
}

/// Whether any source answers this question. What is only advice is not asked in vain.
fn offers(question: &str) -> bool {
    inventory::sources().iter().any(|source| source.offers.iter().any(|offered| offered == question))
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Models);
