//! The table `[request]`: what is sent with each job beside the workflow and its files.

use super::file::{PolicyFile, RequestTableFile, TextOrEnv};
use super::inputs::{is_inside, outside_of_suite};
use super::paths::beside;
use super::problems::Problems;
use super::surroundings::{FileLocation, FileRequest, Surroundings};
use crate::diagnostic::{Diagnostic, Kind};
use crate::request::{EXECUTION_TIMEOUT_S, JobRequest, Policy, TTL_S, Template};
use crate::secret::Secret;
use crate::text::TextFile;
use crate::workflow::literals_of_template;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The most bytes of a template.
const LARGEST_TEMPLATE: u64 = 1 << 20;

/// The request of each job. The suite's policy precedes that of the request that holds the workflow. `suite` is the suite's path.
pub(super) fn request(
    file: RequestTableFile,
    of_file: JobRequest,
    suite: Option<&str>,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> JobRequest {
    let policy = policy(&file.policy, problems).or(of_file.policy);
    let names_key = file.comfy_org_api_key.is_some();
    let comfy_org_api_key = file.comfy_org_api_key.and_then(|key| comfy_org_api_key(key, surroundings, problems));
    if file.template.is_some() && names_key {
        let what = "`comfy-org-api-key` has no place in a request by `template`";
        let help = "write `{{env:COMFY_ORG_API_KEY}}` in the template, and list the variable in `secrets`";
        problems.key(&["request", "comfy-org-api-key"], Diagnostic::of(Kind::Conflict, what).help(help));
    }
    let named = file.template.as_deref().map(|named| {
        let shown = suite.map_or_else(|| named.to_owned(), |suite| beside(suite, named));
        (named, shown)
    });
    let template = template(named, &file.secrets, surroundings, problems);
    JobRequest { policy, comfy_org_api_key, template, ..of_file }
}

/// The template of requests, with its secrets. `named` is its path in the suite, and the one that messages show.
fn template(
    named: Option<(&str, String)>,
    secrets: &[String],
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Option<Template> {
    let Some((path, shown)) = named else {
        if !secrets.is_empty() {
            let what = "`secrets` are those of a `template`, which the suite does not name";
            problems.key(&["request", "secrets"], Diagnostic::of(Kind::Conflict, what));
        }
        return None;
    };
    let mut values = BTreeMap::new();
    for name in secrets {
        let variables = surroundings.variables(std::slice::from_ref(name));
        if let Err(missing) = &variables
            && surroundings.sends_jobs()
        {
            let problem = Diagnostic::of(Kind::NotSet, missing.describe()).help("set it, or remove it from the suite");
            problems.value(&["request", "secrets"], problem.missing());
        }
        values.insert(name.clone(), variables.ok().map(|mut variables| variables.remove(0).value));
    }
    match read_template(path, shown, values, surroundings) {
        Ok((template, literals)) => {
            for problem in literals {
                problems.key(&[], problem);
            }
            Some(template)
        }
        // One in the template has its place there.
        Err(problem) if problem.excerpt.is_some() => {
            problems.key(&[], problem);
            None
        }
        Err(problem) => {
            problems.value(&["request", "template"], problem);
            None
        }
    }
}

/// The template, and the keys that are written in it.
fn read_template(
    path: &str,
    shown: String,
    secrets: BTreeMap<String, Option<Secret>>,
    surroundings: &Surroundings<'_>,
) -> Result<(Template, Vec<Diagnostic>), Diagnostic> {
    if !is_inside(path) {
        return Err(outside_of_suite(path));
    }
    let request = FileRequest { path, limit: LARGEST_TEMPLATE, within: FileLocation::SuiteFolder };
    let unreadable = |error| Diagnostic::of(Kind::Unreadable, request.refusal(&error));
    let file = TextFile { path: shown, text: surroundings.text(&request).map_err(unreadable)? };
    let not_json = |error| Diagnostic::of(Kind::Syntax, format!("`{path}` is not JSON: {error}"));
    let json = serde_json::from_str(&file.text).map_err(not_json)?;
    let template = Template::new(json, secrets).map_err(|error| {
        let help =
            "a string that is exactly `{{workflow}}` becomes the workflow, and `{{env:NAME}}` a variable of `secrets`";
        let problem = Diagnostic::of(Kind::InvalidValue, format!("`{path}` is not a template: {error}")).help(help);
        match error.quote().and_then(|quote| Some((file.text.find(&quote)?, quote.len()))) {
            Some((start, length)) => problem.at(&file, start..start + length),
            None => problem,
        }
    })?;
    Ok((template, literals_of_template(&file)))
}

fn policy(file: &PolicyFile, problems: &mut Problems<'_>) -> Policy {
    let mut seconds = |key: &str, value: Option<NonZeroU32>, range: RangeInclusive<u32>| {
        let seconds = value?.get();
        if !range.contains(&seconds) {
            let what = format!("`{key}` must be from {} to {} (7 days)", range.start(), range.end());
            problems.value(&["request", "policy", key], Diagnostic::of(Kind::OutOfRange, what));
        }
        Some(Duration::from_secs(seconds.into()))
    };
    Policy {
        execution_timeout: seconds("execution-timeout-s", file.execution_timeout_s, EXECUTION_TIMEOUT_S),
        ttl: seconds("ttl-s", file.ttl_s, TTL_S),
        low_priority: file.low_priority,
    }
}

/// The key for API nodes, from the environment.
fn comfy_org_api_key(file: TextOrEnv, surroundings: &Surroundings<'_>, problems: &mut Problems<'_>) -> Option<Secret> {
    const PLACE: [&str; 2] = ["request", "comfy-org-api-key"];
    let names = match file {
        TextOrEnv::Env(env) => env.into_names(),
        TextOrEnv::Text(_) => {
            let help = "set an environment variable to it and write `comfy-org-api-key = { env = \"COMFY_ORG_API_KEY\" }`; \
                        revoke a key that was committed";
            let what = "the suite contains a Comfy.org key";
            problems.value(&PLACE, Diagnostic::of(Kind::Secret, what).help(help));
            return None;
        }
    };
    match surroundings.variables(&names) {
        Ok(mut variables) => Some(variables.remove(0).value),
        Err(missing) => {
            if surroundings.sends_jobs() {
                let help = "set it, or remove `comfy-org-api-key` from the suite";
                let problem = Diagnostic::of(Kind::NotSet, missing.describe()).help(help).missing();
                problems.value(&PLACE, problem);
            }
            None
        }
    }
}
