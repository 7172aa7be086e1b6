//! What is sent with each job beside its workflow.

mod input;
mod policy;
mod template;

pub use input::{InputError, InputFacts, InputFile, file_name};
pub use policy::{EXECUTION_TIMEOUT_S, Policy, TTL_S};
pub use template::{Template, TemplateError};

use crate::secret::Secret;
use serde_json::{Map, Value, json};
use std::fmt;
use std::time::Duration;
pub(crate) use template::ENVIRONMENT;
use template::Fill;

/// What each job of a suite is sent with.
#[derive(Clone, Debug, Default)]
pub struct JobRequest {
    /// In the order of the suite. No two have the same name.
    pub inputs: Vec<InputFile>,
    pub policy: Policy,
    /// The key for ComfyUI's API nodes.
    pub comfy_org_api_key: Option<Secret>,
    /// The request in another shape than worker-comfyui's.
    pub template: Option<Template>,
}

/// The body of a submission.
#[derive(Clone, Debug, PartialEq)]
pub struct JobBody {
    /// For recordings, simulations and comparisons: files by their digest, and no keys.
    pub public: Value,
    /// What is sent, if it differs.
    pub sent: Option<SentBody>,
}

/// JSON text that may hold keys and files. It is sent, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SentBody(String);

impl JobRequest {
    /// The body for a workflow. `ttl` is how long RunPod keeps the job if the suite does not decide it.
    pub fn body(&self, workflow: &Value, ttl: Option<Duration>) -> JobBody {
        let ttl = ttl.filter(|_| self.policy.ttl.is_none());
        let public = self.fill(workflow, &self.policy, Fill::Public);
        let is_whole = self.inputs.iter().all(|input| !input.goes_with(workflow)) && self.secrets().next().is_none();
        if is_whole && ttl.is_none() {
            return JobBody { public, sent: None };
        }
        let policy = Policy { ttl: self.policy.ttl.or(ttl), ..self.policy };
        let sent = self.fill(workflow, &policy, Fill::Sent);
        JobBody { public, sent: Some(SentBody(sent.to_string())) }
    }

    fn fill(&self, workflow: &Value, policy: &Policy, fill: Fill) -> Value {
        let data = match fill {
            Fill::Public => InputFile::by_digest,
            Fill::Sent => InputFile::data,
        };
        let image = |input: &InputFile| json!({"name": input.name, "image": data(input)});
        let images: Vec<_> = self.inputs.iter().filter(|input| input.goes_with(workflow)).map(image).collect();
        let mut body = if let Some(template) = &self.template {
            template.fill(workflow, &Value::from(images), fill)
        } else {
            let mut input = Map::from_iter([("workflow".to_owned(), workflow.clone())]);
            if !images.is_empty() {
                input.insert("images".to_owned(), Value::from(images));
            }
            if let Some(key) = self.comfy_org_api_key.as_ref().filter(|_| fill == Fill::Sent) {
                input.insert("comfy_org_api_key".to_owned(), Value::from(key.expose()));
            }
            json!({"input": input})
        };
        // A template's own policy stays.
        if let Some(members) =
            body.as_object_mut().filter(|members| !policy.is_empty() && !members.contains_key("policy"))
        {
            members.insert("policy".to_owned(), policy.to_json());
        }
        body
    }

    /// About how many bytes a request has with a workflow of this many bytes. Never fewer than it has.
    pub fn size(&self, workflow: &Value, bytes: usize) -> usize {
        const AROUND: usize = 512;
        let files = self.inputs.iter().filter(|input| input.goes_with(workflow));
        let template = self.template.as_ref().map_or(0, Template::size);
        bytes + AROUND + template + files.map(InputFile::encoded_size).sum::<usize>()
    }

    /// What makes it equal on several machines: files by digest, the policy and the template. Empty if only workflows are sent.
    pub fn identity(&self) -> String {
        let files: Vec<_> = self.inputs.iter().map(|input| (&input.name, &input.sha256)).collect();
        let is_empty = files.is_empty() && self.policy.is_empty() && self.template.is_none();
        if is_empty { String::new() } else { format!("{files:?} {:?} {:?}", self.policy, self.template) }
    }

    /// The keys in it, which no output shows.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.comfy_org_api_key.iter().chain(self.template.iter().flat_map(Template::secrets))
    }
}

impl JobBody {
    /// The bytes to send.
    pub fn size(&self) -> usize {
        self.sent.as_ref().map_or_else(|| self.public.to_string().len(), |sent| sent.0.len())
    }
}

impl SentBody {
    /// For the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SentBody({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_alone_is_sent_as_ever() {
        let body = JobRequest::default().body(&json!({"3": {}}), None);
        assert_eq!((body.public.to_string().as_str(), &body.sent), (r#"{"input":{"workflow":{"3":{}}}}"#, &None));
        assert_eq!(body.size(), 31);
    }

    #[test]
    fn files_and_keys_are_sent_and_not_recorded() {
        let request = JobRequest {
            inputs: ["a.png", "b.png"].map(|name| InputFile::new(name, b"\x89PNG\r\n\x1a\n".to_vec()).unwrap()).into(),
            policy: Policy { low_priority: Some(true), ..Policy::default() },
            comfy_org_api_key: Some(Secret::new("comfyui-0123456789")),
            template: None,
        };
        let workflow = json!({"1": {"class_type": "LoadImage", "inputs": {"image": "a.png [input]"}}});
        let body = request.body(&workflow, Some(Duration::from_secs(90)));
        assert!(body.size() <= request.size(&workflow, workflow.to_string().len()));
        let digest = "4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6";
        let public = json!({
            "input": {
                "workflow": workflow,
                "images": [{"name": "a.png", "image": {"sha256": digest, "bytes": 8}}],
            },
            "policy": {"lowPriority": true},
        });
        assert_eq!(body.public, public);
        let sent: Value = serde_json::from_str(body.sent.as_ref().unwrap().expose()).unwrap();
        assert_eq!(sent["input"]["images"][0]["image"], "data:image/png;base64,iVBORw0KGgo=");
        assert_eq!(sent["input"]["comfy_org_api_key"], "comfyui-0123456789");
        assert_eq!(sent["policy"], json!({"ttl": 90_000, "lowPriority": true}));
        assert!(!format!("{body:?} {request:?}").contains("0123456789"));
    }
}
