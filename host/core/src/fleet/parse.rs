//! From the text of a fleet's file to its pairs, or everything that is wrong with it.

use super::file::{CombinationFile, FleetFile};
use super::{Fleet, FleetPair, fleet_schema};
use crate::address::is_endpoint_id;
use crate::diagnostic::{Diagnostic, Kind, Refusal};
use crate::suite::paths::beside;
use crate::suite::problems::Problems;
use crate::suite::source::Source;
use crate::text::TextFile;
use crate::violation::{validator, violations};
use crate::wording::count;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The most pairs of a fleet: GitHub runs 256 jobs of a matrix.
const MOST_PAIRS: usize = 256;
/// The suite of a fleet that names none.
const SUITE: &str = "comfycheck.toml";

impl Fleet {
    /// Parses a fleet's file. Refuses unknown keys, names of endpoints that the file does not have, combinations that exclude
    /// nothing, and pairs that exist twice.
    pub fn parse(file: &TextFile) -> Result<Self, Refusal> {
        let source = Source::parse(file)?;
        let value = source.to_json()?;
        let written = FleetFile::deserialize(&value).map_err(|error| {
            let (schema, mut problems) = (fleet_schema(), Problems::new(Some(&source)));
            if let Ok(validator) = validator(&schema) {
                for violation in violations(&validator, &schema, &value, "the fleet") {
                    problems.violation(&[], violation);
                }
            }
            let other = || Diagnostic::new(format!("the fleet is not valid: {error}")).into();
            problems.finish().err().unwrap_or_else(other)
        })?;
        let mut problems = Problems::new(Some(&source));
        let fleet = fleet(&written, &file.path, &mut problems);
        problems.finish()?;
        Ok(fleet)
    }
}

/// The keys of a combination: suite, endpoint, workflow.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Combination {
    suite: String,
    endpoint: Option<String>,
    workflow: Option<String>,
}

fn fleet(file: &FleetFile, path: &str, problems: &mut Problems<'_>) -> Fleet {
    let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = file.name.clone().unwrap_or_else(|| stem.trim_end_matches(".fleet").to_owned());
    let suites = file.suites.clone().unwrap_or_else(|| vec![SUITE.to_owned()]);
    check_endpoints(file, problems);
    let mut combinations = product(&suites, file);
    exclude(&mut combinations, &file.exclude, problems);
    for (index, included) in file.include.iter().enumerate() {
        let index = index.to_string();
        let combination = Combination {
            suite: included.suite.clone().or_else(|| suites.first().cloned()).unwrap_or_else(|| SUITE.to_owned()),
            endpoint: included.endpoint.clone(),
            workflow: included.workflow.clone(),
        };
        check_endpoint(&["include", &index, "endpoint"], included, file, problems);
        if combinations.contains(&combination) {
            problems
                .key(&["include", &index], Diagnostic::of(Kind::Duplicate, "the fleet has this combination already"));
        } else {
            combinations.push(combination);
        }
    }
    if combinations.is_empty() {
        problems.key(&["exclude"], Diagnostic::of(Kind::InvalidValue, "the fleet has no combination"));
    }
    if combinations.len() > MOST_PAIRS {
        let what =
            format!("the fleet has {}, more than the limit of {MOST_PAIRS}", count(combinations.len(), "combination"));
        problems.key(&["endpoints"], Diagnostic::of(Kind::OutOfRange, what).help("split it into several files"));
    }
    let unique: BTreeSet<&str> = combinations.iter().map(|combination| combination.suite.as_str()).collect();
    let names_suite = unique.len() > 1;
    let mut slugs = BTreeSet::new();
    let pairs = combinations.iter().map(|combination| {
        let Combination { suite, endpoint, workflow } = combination;
        let of_path =
            |path: &String| path.strip_suffix(".json").or(path.strip_suffix(".toml")).unwrap_or(path).to_owned();
        let suite_name = Some(suite).filter(|_| names_suite).map(of_path);
        let parts = [Some(name.clone()), endpoint.clone(), workflow.as_ref().map(of_path), suite_name];
        let pair_name = parts.into_iter().flatten().collect::<Vec<_>>().join(" / ");
        let id = endpoint.as_ref().and_then(|endpoint| Some(file.endpoints.get(endpoint)?.as_str()?.to_owned()));
        FleetPair {
            slug: unique_slug(&pair_name, &mut slugs),
            name: pair_name,
            suite: beside(path, suite),
            endpoint: endpoint.clone(),
            endpoint_id: id,
            workflow: workflow.as_ref().map(|workflow| beside(path, workflow)),
        }
    });
    let pairs: Vec<FleetPair> = pairs.collect();
    let mut names = BTreeSet::new();
    if let Some(twice) = pairs.iter().find(|pair| !names.insert(pair.name.as_str())) {
        let what = format!("two combinations have the name `{}`", twice.name);
        let help = "give endpoints, workflows and suites different names";
        problems.key(&["name"], Diagnostic::of(Kind::Duplicate, what).help(help));
    }
    Fleet { name, pairs }
}

fn product(suites: &[String], file: &FleetFile) -> Vec<Combination> {
    fn or_none(values: Vec<String>) -> Vec<Option<String>> {
        if values.is_empty() { vec![None] } else { values.into_iter().map(Some).collect() }
    }
    let endpoints = or_none(file.endpoints.keys().cloned().collect());
    let workflows = or_none(file.workflows.clone());
    let of_suite = |suite: &String| {
        let (suite, workflows) = (suite.clone(), workflows.clone());
        endpoints.clone().into_iter().flat_map(move |endpoint| {
            let suite = suite.clone();
            workflows.clone().into_iter().map(move |workflow| Combination {
                suite: suite.clone(),
                endpoint: endpoint.clone(),
                workflow,
            })
        })
    };
    suites.iter().flat_map(of_suite).collect()
}

fn check_endpoints(file: &FleetFile, problems: &mut Problems<'_>) {
    for (name, id) in &file.endpoints {
        if !is_endpoint_id(id.as_str().unwrap_or_default()) {
            let what = "not an endpoint id";
            let help = "write the id alone, such as `4m7x2k9q`";
            problems.value(&["endpoints", name], Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
    }
}

fn exclude(combinations: &mut Vec<Combination>, excluded: &[CombinationFile], problems: &mut Problems<'_>) {
    let all = combinations.clone();
    for (index, CombinationFile { endpoint, workflow, suite }) in excluded.iter().enumerate() {
        let fits = |given: &Option<String>, value: Option<&String>| given.is_none() || given.as_ref() == value;
        let is_excluded = |combination: &Combination| {
            fits(endpoint, combination.endpoint.as_ref())
                && fits(workflow, combination.workflow.as_ref())
                && fits(suite, Some(&combination.suite))
        };
        if !all.iter().any(is_excluded) {
            let what = "this leaves out nothing: no combination has these values";
            problems.key(&["exclude", &index.to_string()], Diagnostic::of(Kind::UnknownName, what));
        }
        combinations.retain(|combination| !is_excluded(combination));
    }
}

fn check_endpoint(place: &[&str], combination: &CombinationFile, file: &FleetFile, problems: &mut Problems<'_>) {
    let Some(name) = combination.endpoint.as_ref().filter(|name| !file.endpoints.contains_key(*name)) else { return };
    let known: Vec<&str> = file.endpoints.keys().map(String::as_str).collect();
    let help = if known.is_empty() {
        "name it in `[endpoints]`".to_owned()
    } else {
        format!("use {}", crate::wording::names(known))
    };
    problems.value(place, Diagnostic::of(Kind::UnknownName, format!("there is no endpoint `{name}`")).help(help));
}

/// Letters, digits and single hyphens. Another pair with the same ones gets a number.
fn unique_slug(name: &str, known: &mut BTreeSet<String>) -> String {
    let mut slug = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-').to_owned();
    let numbered = (2..).map(|number| format!("{slug}-{number}"));
    let unique = std::iter::once(slug.clone()).chain(numbered).find(|slug| known.insert(slug.clone()));
    unique.unwrap_or(slug)
}
