//! A check of the plan, in JSON.

use crate::execution::Execution;
use crate::finding::Severity;
use crate::manifest::{Manifest, Rule, Scope};
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
    manifest: ManifestV1<'a>,
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
            manifest: ManifestV1::of(manifest, &named_rules(name, executions)),
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
        Self { suite, manifest: manifest.into(), grants: grants.into_owned(), gates, sha256: sha256.into() }
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

/// What a component says of itself.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct ManifestV1<'a> {
    /// The check's own name.
    name: Cow<'a, str>,
    /// The check's version.
    version: Cow<'a, str>,
    /// One sentence.
    summary: Cow<'a, str>,
    /// Where it is run.
    scopes: Cow<'a, [Scope]>,
    /// Whether it gates, unless the suite says otherwise.
    gates: bool,
    /// Every rule that a finding or an open question may name.
    rules: Vec<RuleV1<'a>>,
}

impl<'a> ManifestV1<'a> {
    fn of(manifest: &'a Manifest, named: &BTreeSet<&str>) -> Self {
        let Manifest { name, version, summary, scopes, gates, rules, settings_schema: _ } = manifest;
        Self {
            name: name.into(),
            version: version.into(),
            summary: summary.into(),
            scopes: Cow::Borrowed(scopes),
            gates: *gates,
            rules: rules.iter().map(|rule| RuleV1::of(rule, named.contains(rule.id.as_str()))).collect(),
        }
    }
}

impl From<ManifestV1<'_>> for Manifest {
    fn from(ManifestV1 { name, version, summary, scopes, gates, rules }: ManifestV1<'_>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            summary: summary.into(),
            scopes: scopes.into_owned(),
            gates,
            rules: rules.into_iter().map(Into::into).collect(),
            settings_schema: Value::Null,
        }
    }
}

/// One question that a check answers.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct RuleV1<'a> {
    /// Kebab-case, unique within the check.
    id: Cow<'a, str>,
    /// The severity of its findings, unless the suite says otherwise.
    default_severity: Severity,
    /// One sentence.
    summary: Cow<'a, str>,
    /// What it finds, why it matters and what to do, in Markdown. Only of rules that a finding or an open question
    /// of this report names.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Cow<'a, str>>,
}

impl<'a> RuleV1<'a> {
    fn of(rule: &'a Rule, named: bool) -> Self {
        let Rule { id, default_severity, summary, explanation } = rule;
        Self {
            id: id.into(),
            default_severity: *default_severity,
            summary: summary.into(),
            explanation: named.then_some(explanation.into()),
        }
    }
}

impl From<RuleV1<'_>> for Rule {
    fn from(RuleV1 { id, default_severity, summary, explanation }: RuleV1<'_>) -> Self {
        Self {
            id: id.into(),
            default_severity,
            summary: summary.into(),
            explanation: explanation.unwrap_or_default().into(),
        }
    }
}
