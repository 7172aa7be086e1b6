//! Fixes: changes of the workflow's file that resolve a finding.

use crate::Finding;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The one change of the workflow's file that resolves a finding. It is in API format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fix {
    /// What it does, in the imperative: one line, lower case, without a final period.
    pub message: String,
    /// Whether the workflow certainly means the same, or what it was meant to. Other fixes are guesses.
    pub safe: bool,
    /// All of them, or none. No two change the same place.
    pub edits: Vec<Edit>,
}

/// A change of one node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "edit", rename_all = "kebab-case")]
pub enum Edit {
    /// Replaces the `class_type`.
    SetClass {
        node: String,
        class: String,
    },
    /// Replaces the value of an input that the node has.
    SetInput {
        node: String,
        input: String,
        value: Value,
    },
    /// Adds an input that the node does not have.
    AddInput {
        node: String,
        input: String,
        value: Value,
    },
    /// Renames an input.
    RenameInput {
        node: String,
        input: String,
        to: String,
    },
    RemoveInput {
        node: String,
        input: String,
    },
    RemoveNode {
        node: String,
    },
}

impl Finding {
    /// Adds a fix, as the member `fix` of the data.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        if let Some(fix) = fix.into() {
            let data = self.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
            let mut data: Map<String, Value> = data.unwrap_or_default();
            data.insert("fix".to_owned(), json!(fix));
            self.data = Some(Value::Object(data).to_string());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_is_a_member_of_the_data() {
        let edit = |node: &str| Edit::RemoveInput { node: node.into(), input: "upload".into() };
        let fix = Fix { message: "remove `upload`".into(), safe: true, edits: vec![edit("3")] };
        let finding = Finding::new("leftover", "x").data(&json!({"seen": 1})).fix(fix.clone());
        let data: Value = serde_json::from_str(&finding.data.expect("data")).expect("JSON");
        let edit = json!({"edit": "remove-input", "node": "3", "input": "upload"});
        assert_eq!(data, json!({"seen": 1, "fix": {"message": "remove `upload`", "safe": true, "edits": [edit]}}));
        assert_eq!(Finding::new("leftover", "x").fix(None), Finding::new("leftover", "x"));
    }
}
