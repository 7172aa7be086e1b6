//! Prompts stay short.

use comfycheck_sdk::{
    Answer, Check, Error, Finding, Manifest, Scope, Severity, Workflow, export_check, log, readme_rules,
};

struct Prompts;

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    #[serde(default = "default_max_words")]
    max_words: usize,
}

fn default_max_words() -> usize {
    60
}

impl Check for Prompts {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "prompts are short".into(),
            scopes: vec![Scope::Deployment],
            gates: false,
            rules: readme_rules(include_str!("../README.md"), &[("long-prompt", Severity::Warning)]),
            settings_schema: r#"{
                "type": "object",
                "properties": { "max-words": { "type": "integer", "minimum": 1, "default": 60, "examples": [8] } },
                "additionalProperties": false
            }"#
            .into(),
        }
    }

    fn run(_: Scope, settings: Settings) -> Result<Answer, Error> {
        let workflow = Workflow::of_suite()?;
        log::info("checking the prompts");
        Ok(long_prompts(&workflow, settings.max_words).collect())
    }
}

/// The rule: a pure function of what the host answered.
fn long_prompts(workflow: &Workflow, max_words: usize) -> impl Iterator<Item = Finding> {
    let prompts = workflow.nodes().filter(|node| node.class.as_deref() == Some("CLIPTextEncode"));
    prompts.filter_map(move |node| {
        let words = node.text("text")?.split_whitespace().count();
        (words > max_words).then(|| {
            Finding::new("long-prompt", format!("the prompt has {words} words (limit: {max_words})"))
                .about(node.subject(Some("text")))
                .help("shorten it, or raise `max-words`")
        })
    })
}

export_check!(Prompts);

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_sdk::testing::{Host, facts};

    const WORKFLOW: &str = r#"{"2": {"class_type": "CLIPTextEncode", "inputs": {"text": "one two three"}}}"#;

    #[test]
    fn a_prompt_can_be_as_long_as_the_limit() {
        let workflow = Workflow::parse(WORKFLOW).unwrap();
        assert_eq!(long_prompts(&workflow, 3).count(), 0);
        assert_eq!(long_prompts(&workflow, 2).count(), 1);
    }

    /// The whole check, with a host that answers from memory.
    #[test]
    fn a_long_prompt_is_a_finding_at_its_input() {
        let host = Host { workflow: Some(WORKFLOW.into()), ..Host::default() };
        let answer = host.run(|| Prompts::run(Scope::Deployment, Settings { max_words: 2 })).unwrap();
        assert_eq!(facts(&answer), ["long-prompt: node 2.text"]);
    }
}
