//! The request of a handler that takes another shape than worker-comfyui's.

use crate::nearest::nearest;
use crate::secret::Secret;
use serde_json::Value;
use std::collections::BTreeMap;

const WORKFLOW: &str = "{{workflow}}";
const INPUTS: &str = "{{inputs}}";
const START: &str = "{{";
pub(crate) const ENVIRONMENT: &str = "{{env:";
const END: &str = "}}";

/// A JSON value in which some strings stand for others:
///
/// - a string that is exactly `{{workflow}}` or `{{inputs}}` becomes that value;
/// - `{{env:NAME}}` in a string becomes the secret of that name.
#[derive(Clone, Debug)]
pub struct Template {
    json: Value,
    secrets: BTreeMap<String, Secret>,
}

/// Why a template cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("it is not a JSON object with `input`")]
    NoInput,
    #[error("no string in it is exactly `{WORKFLOW}`")]
    NoWorkflow,
    #[error("`{{{{env:{0}}}}}` is not listed in `secrets`")]
    NotListed(String),
    #[error("`{0}` is neither `{WORKFLOW}` nor `{INPUTS}`")]
    Misspelled(String),
    #[error("`{0}` is listed in `secrets` and not used")]
    NotUsed(String),
    #[error("`{ENVIRONMENT}` has no `{END}`")]
    Open,
}

impl TemplateError {
    /// What to look for in the file.
    pub fn quote(&self) -> Option<String> {
        match self {
            Self::Misspelled(text) => Some(text.clone()),
            Self::NotListed(name) => Some(format!("{ENVIRONMENT}{name}{END}")),
            Self::Open => Some(ENVIRONMENT.to_owned()),
            Self::NoInput | Self::NoWorkflow | Self::NotUsed(_) => None,
        }
    }
}

/// How secrets are filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// They stay `{{env:NAME}}`.
    Public,
    Sent,
}

impl Template {
    /// A template with the names of its secrets. A name without a value, in a replay, has none.
    pub fn new(json: Value, secrets: BTreeMap<String, Option<Secret>>) -> Result<Self, TemplateError> {
        if json.get("input").is_none() {
            return Err(TemplateError::NoInput);
        }
        let (mut has_workflow, mut used) = (false, Vec::new());
        visit(&json, &mut |text| {
            has_workflow |= text == WORKFLOW;
            let mut rest = text;
            while let Some((_, after)) = rest.split_once(ENVIRONMENT) {
                let (name, after) = after.split_once(END).ok_or(TemplateError::Open)?;
                if !secrets.contains_key(name) {
                    return Err(TemplateError::NotListed(name.to_owned()));
                }
                used.push(name.to_owned());
                rest = after;
            }
            if is_misspelled(text) { Err(TemplateError::Misspelled(text.to_owned())) } else { Ok(()) }
        })?;
        if !has_workflow {
            return Err(TemplateError::NoWorkflow);
        }
        if let Some(name) = secrets.keys().find(|name| !used.contains(name)) {
            return Err(TemplateError::NotUsed(name.clone()));
        }
        let secrets = secrets.into_iter().filter_map(|(name, secret)| Some((name, secret?))).collect();
        Ok(Self { json, secrets })
    }

    /// The request for a workflow and its files.
    pub(super) fn fill(&self, workflow: &Value, inputs: &Value, fill: Fill) -> Value {
        self.filled(&self.json, workflow, inputs, fill)
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.values()
    }

    /// The size of the template itself. Never less than it adds to a request.
    pub(super) fn size(&self) -> usize {
        self.json.to_string().len() + self.secrets.values().map(|secret| 2 * secret.expose().len()).sum::<usize>()
    }

    fn filled(&self, value: &Value, workflow: &Value, inputs: &Value, fill: Fill) -> Value {
        let filled = |value| self.filled(value, workflow, inputs, fill);
        match value {
            Value::String(text) if text == WORKFLOW => workflow.clone(),
            Value::String(text) if text == INPUTS => inputs.clone(),
            Value::String(text) if fill == Fill::Sent => Value::from(self.with_secrets(text)),
            Value::Array(items) => items.iter().map(filled).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), filled(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    fn with_secrets(&self, text: &str) -> String {
        let name = |name: &str| format!("{ENVIRONMENT}{name}{END}");
        self.secrets.iter().fold(text.to_owned(), |text, (key, secret)| text.replace(&name(key), secret.expose()))
    }
}

/// Whether a text is almost one of those that stand for values. Other texts in braces belong to the handler.
fn is_misspelled(text: &str) -> bool {
    let inside = text.strip_prefix(START).and_then(|text| text.strip_suffix(END));
    let known = [WORKFLOW, INPUTS];
    !known.contains(&text)
        && inside.is_some_and(|name| nearest(name.trim(), known.map(|known| known.trim_matches(['{', '}']))).is_some())
}

/// Visits every string. Bounded: the parser refuses deep nesting.
fn visit<E>(value: &Value, visitor: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    match value {
        Value::String(text) => visitor(text),
        Value::Array(items) => items.iter().try_for_each(|item| visit(item, visitor)),
        Value::Object(members) => members.values().try_for_each(|member| visit(member, visitor)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets(names: &[&str]) -> BTreeMap<String, Option<Secret>> {
        names.iter().map(|name| ((*name).to_owned(), Some(Secret::new(format!("value-of-{name}"))))).collect()
    }

    #[test]
    fn a_template_is_filled_with_a_workflow_its_files_and_secrets() {
        let json = json!({"input": {"graph": "{{workflow}}", "files": ["{{inputs}}"], "text": "a {{workflow}}",
            "header": "Bearer {{env:A}} {{env:A}}", "other": "{{prompt}}"}, "webhook": "{{env:B}}"});
        let template = Template::new(json, secrets(&["A", "B"])).expect("a template");
        let (workflow, inputs) = (json!({"3": {"text": "{{env:A}}"}}), json!([{"name": "x"}]));
        let public = template.fill(&workflow, &inputs, Fill::Public);
        assert_eq!(public["input"]["header"], "Bearer {{env:A}} {{env:A}}");
        let sent = template.fill(&workflow, &inputs, Fill::Sent);
        assert_eq!((&sent["input"]["graph"], &sent["input"]["files"]), (&workflow, &json!([inputs])));
        assert_eq!(sent["input"]["header"], "Bearer value-of-A value-of-A");
        assert_eq!((&sent["webhook"], &sent["input"]["text"]), (&json!("value-of-B"), &json!("a {{workflow}}")));
        assert!(!format!("{template:?}").contains("value-of"));
    }

    #[test]
    fn a_template_reads_nothing_that_is_not_listed() {
        let not_listed = TemplateError::NotListed("HOME".to_owned());
        let mut wording = Vec::new();
        for (json, expected) in [
            (json!({"input": {"w": "{{workflow}}", "x": "{{env:HOME}}"}}), not_listed),
            (json!({"input": {"w": "a {{workflow}}", "x": "{{env:A}}"}}), TemplateError::NoWorkflow),
            (
                json!({"input": {"w": "{{workflow}}", "x": "{{workflw}}"}}),
                TemplateError::Misspelled("{{workflw}}".to_owned()),
            ),
            (json!({"input": "{{ workflow }}"}), TemplateError::Misspelled("{{ workflow }}".to_owned())),
            (json!({"w": "{{workflow}}"}), TemplateError::NoInput),
            (json!(["{{workflow}}"]), TemplateError::NoInput),
            (json!({"input": "{{workflow}}"}), TemplateError::NotUsed("A".to_owned())),
            (json!({"input": "{{workflow}}", "x": "{{env:A"}), TemplateError::Open),
        ] {
            let error = Template::new(json, secrets(&["A"])).expect_err("a refused template");
            assert_eq!(error, expected);
            wording.push(error.to_string());
        }
        insta::assert_snapshot!(wording.join("\n"));
    }
}
