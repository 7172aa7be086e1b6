//! From TOML to the suite as its file holds it, or everything that is wrong with its shape.

use super::file::SuiteFile;
use super::problems::Problems;
use super::schema;
use super::source::Source;
use crate::diagnostic::{Diagnostic, Kind, Refusal};
use crate::notification::Channel;
use crate::secret::is_suspicious;
use crate::violation::{Violation, validator, violations};
use serde::Deserialize;
use serde_json::Value;

/// The suite's file. Serde decides whether it is valid, the schema explains why it is not: it knows every key and type.
pub(super) fn written(source: &Source<'_>) -> Result<SuiteFile, Refusal> {
    let value = source.to_json()?;
    SuiteFile::deserialize(&value).map_err(|err| {
        let schema = schema();
        let mut problems = Problems::new(Some(source));
        if let Ok(validator) = validator(&schema) {
            for mut violation in violations(&validator, &schema, &value, "the suite") {
                if is_other_name_of_key(&violation) {
                    violation.help = Some("did you mean `key`?".to_owned());
                }
                let path: Vec<_> = violation.path.iter().map(String::as_str).collect();
                match secret(&violation, &value) {
                    Some(diagnostic) => problems.key(&path, diagnostic),
                    None => problems.violation(&[], violation),
                }
            }
        }
        problems.finish().err().unwrap_or_else(|| Diagnostic::new(format!("the suite is not valid: {err}")).into())
    })
}

/// Whether an unknown key is the API key's under a longer name, such as `api-key`, which is too far from `key` to be its nearest.
fn is_other_name_of_key(violation: &Violation) -> bool {
    let [table, key] = &violation.path[..] else { return false };
    let names = ["api-key", "apikey", "runpod-key", "runpod-api-key"];
    violation.kind == Kind::UnknownKey && table == "deployment" && names.contains(&plain(key).as_str())
}

/// A secret under a key that the suite does not have, such as `api-key = "rpa_…"`: where it belongs.
fn secret(violation: &Violation, suite: &Value) -> Option<Diagnostic> {
    let text = suite.pointer(&pointer(&violation.path)).filter(|_| violation.kind == Kind::UnknownKey)?.as_str()?;
    let key = violation.path.last()?;
    let plain = plain(key);
    let has = |words: &[&str]| plain.split('-').any(|word| words.contains(&word));
    let is_webhook = has(&["webhook", "hook"]) || violation.path.first().is_some_and(|table| table == "notifications");
    let is_secret = has(&["key", "keys", "apikey", "token", "secret", "password"]);
    if text.is_empty() || !(is_secret || is_webhook || is_suspicious(text)) {
        return None;
    }
    let (what, help) = if is_webhook {
        let variable =
            if text.contains("hooks.slack.com") { Channel::Slack } else { Channel::Webhook }.default_variable();
        let help =
            format!("write `url = {{ env = \"{variable}\" }}` in `[[notifications]]`; renew a URL that was committed");
        (format!("unknown key `{key}` contains a webhook"), help)
    } else if has(&["s3", "aws"]) {
        let help =
            "set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` in the environment; revoke a key that was committed";
        (format!("unknown key `{key}` contains a secret"), help.to_owned())
    } else {
        let help = "write `key = { env = \"RUNPOD_API_KEY\" }` in `[deployment]`; revoke a key that was committed";
        (format!("unknown key `{key}` contains a secret"), help.to_owned())
    };
    Some(Diagnostic::of(Kind::Secret, what).help(help))
}

fn plain(key: &str) -> String {
    key.to_lowercase().replace('_', "-")
}

/// A path as a JSON pointer.
fn pointer(path: &[String]) -> String {
    path.iter().flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")]).collect()
}
