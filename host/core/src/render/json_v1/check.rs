//! A check of the plan, in JSON.

use crate::execution::Execution;
use crate::finding::Severity;
use crate::manifest::{Manifest, Rule};
use crate::plan::PlannedCheck;
use crate::suite::{CheckSource, HttpPaths, Limits, SuiteCheck};
use crate::text::Place;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A check of the plan.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CheckV1<'a> {
    /// Its name in the suite; unique.
    name: Cow<'a, str>,
    /// Where the component comes from.
    source: SourceV1<'a>,
    /// SHA-256 of the component, in lower-case hex.
    sha256: Cow<'a, str>,
    /// The component's own description.
    manifest: Manifest,
    /// Whether an error in scope `deployment` keeps samples from being submitted, by the manifest or the suite.
    gates: bool,
    /// The capabilities that it was granted, sorted.
    grants: Cow<'a, [String]>,
    /// The suite's settings for the check.
    settings: Cow<'a, Value>,
    /// Severities by rule, where the suite overrides the rule's own.
    severity: Cow<'a, BTreeMap<String, Severity>>,
    /// The sandbox's limits, where the suite sets them.
    limits: Cow<'a, Limits>,
    /// The place of its table in the suite's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

impl<'a> CheckV1<'a> {
    /// `executions` are those of the whole run: rules that they name are explained.
    pub(super) fn of(check: &'a PlannedCheck, executions: &[Execution]) -> Self {
        let PlannedCheck { suite, manifest, grants, gates, sha256 } = check;
        // What the suite grants and whether it says that the check gates has become `grants` and `gates` of the plan.
        let SuiteCheck { name, source, grants: _, http_paths: _, gate: _, settings, severity, limits, place } = suite;
        Self {
            name: name.into(),
            source: source.into(),
            sha256: sha256.into(),
            manifest: reported(manifest, &named_rules(name, executions)),
            gates: *gates,
            grants: grants.into(),
            settings: Cow::Borrowed(settings),
            severity: Cow::Borrowed(severity),
            limits: Cow::Borrowed(limits),
            place: *place,
        }
    }
}

impl From<CheckV1<'_>> for PlannedCheck {
    fn from(check: CheckV1<'_>) -> Self {
        let CheckV1 { name, source, sha256, manifest, gates, grants, settings, severity, limits, place } = check;
        let suite = SuiteCheck {
            name: name.into(),
            source: source.into(),
            grants: None,
            http_paths: HttpPaths::default(),
            gate: None,
            settings: settings.into_owned(),
            severity: severity.into_owned(),
            limits: limits.into_owned(),
            place,
        };
        Self { suite, manifest, grants: grants.into_owned(), gates, sha256: sha256.into() }
    }
}

/// The rules that the check's findings and open questions name.
fn named_rules<'e>(check: &str, executions: &'e [Execution]) -> BTreeSet<&'e str> {
    executions
        .iter()
        .filter(|execution| execution.instance.check == check)
        .flat_map(|execution| {
            let findings = execution.findings().iter().map(|finding| finding.rule.as_str());
            findings.chain(execution.open().iter().map(|question| question.rule.as_str()))
        })
        .collect()
}

/// Where the component of a check comes from.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum SourceV1<'a> {
    /// A check of comfycheck itself.
    Bundled {
        /// Its name.
        name: Cow<'a, str>,
    },
    /// A `.wasm` file, or a component of a registry or a web server.
    File {
        /// Its path or its address, as the suite gives it.
        path: Cow<'a, str>,
    },
}

impl<'a> From<&'a CheckSource> for SourceV1<'a> {
    fn from(source: &'a CheckSource) -> Self {
        match source {
            CheckSource::Bundled(name) => Self::Bundled { name: name.into() },
            CheckSource::File(path) => Self::File { path: path.into() },
            CheckSource::Remote(remote) => Self::File { path: remote.to_string().into() },
        }
    }
}

impl From<SourceV1<'_>> for CheckSource {
    fn from(source: SourceV1<'_>) -> Self {
        match source {
            SourceV1::Bundled { name } => Self::Bundled(name.into()),
            SourceV1::File { path } => match path.parse() {
                Ok(remote) => Self::Remote(remote),
                Err(_) => Self::File(path.into()),
            },
        }
    }
}

/// A manifest as a report has it: with explanations of the rules that are named, and without the schema of its settings.
fn reported(manifest: &Manifest, named: &BTreeSet<&str>) -> Manifest {
    let Manifest { name, version, summary, scopes, gates, rules, settings_schema: _ } = manifest;
    let rules = rules.iter().map(|Rule { id, default_severity, summary, explanation }| {
        let explanation = if named.contains(id.as_str()) { explanation.clone() } else { String::new() };
        Rule { id: id.clone(), default_severity: *default_severity, summary: summary.clone(), explanation }
    });
    Manifest {
        name: name.clone(),
        version: version.clone(),
        summary: summary.clone(),
        scopes: scopes.clone(),
        gates: *gates,
        rules: rules.collect(),
        settings_schema: Value::Null,
    }
}
