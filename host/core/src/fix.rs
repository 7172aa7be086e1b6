//! Fixes: changes of a workflow's file that a check proposes with a finding.

use crate::finding::Finding;
use crate::text::TextEdit;
use crate::workflow::{EditableWorkflow, NodeEdit};
use serde::Deserialize;
use serde_json::Value;

/// The one change that resolves a finding.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// What it does. The check's words: a format escapes them.
    pub message: String,
    /// Whether the workflow certainly means the same, or what it was meant to.
    #[serde(rename = "safe")]
    pub is_safe: bool,
    /// All of them, or none.
    pub edits: Vec<NodeEdit>,
}

/// The most edits of one fix.
const MOST_EDITS: usize = 10_000;

impl Fix {
    /// The fix in the data of a finding. None if there is none, or if it is not understood.
    pub fn of(finding: &Finding) -> Option<Self> {
        let fix = Self::deserialize(finding.data.as_ref()?.get("fix")?).ok()?;
        (!fix.edits.is_empty() && fix.edits.len() <= MOST_EDITS).then_some(fix)
    }

    /// What it changes, and what it relies on: a node, or one input of it.
    fn claims(&self) -> Vec<(&str, Option<&str>)> {
        let mut claims = Vec::new();
        for edit in &self.edits {
            match edit {
                NodeEdit::SetInput { node, input, value } => {
                    claims.push((node.as_str(), Some(input.as_str())));
                    claims.extend(linked(value));
                }
                NodeEdit::AddInput { node, value, .. } => {
                    claims.push((node, None));
                    claims.extend(linked(value));
                }
                NodeEdit::SetClass { node, .. }
                | NodeEdit::RenameInput { node, .. }
                | NodeEdit::RemoveInput { node, .. }
                | NodeEdit::RemoveNode { node } => claims.push((node, None)),
            }
        }
        claims
    }
}

/// The node that a value is a link to.
fn linked(value: &Value) -> Option<(&str, Option<&str>)> {
    value.as_array()?.first()?.as_str().map(|node| (node, None))
}

/// The edits of the first of these fixes and of all further ones that are independent of it, in the order of the text, and the
/// fixes. What is left can be out of date after these edits.
pub fn independent<'f>(workflow: &EditableWorkflow<'_>, fixes: &'f [Fix]) -> (Vec<TextEdit>, Vec<&'f Fix>) {
    let mut edits: Vec<TextEdit> = Vec::new();
    let mut chosen: Vec<&Fix> = Vec::new();
    let mut claimed: Vec<(&str, Option<&str>)> = Vec::new();
    for fix in fixes {
        let claims = fix.claims();
        let collide = |(node, input): &(&str, Option<&str>)| {
            claimed.iter().any(|(other, of)| node == other && (input.is_none() || of.is_none() || input == of))
        };
        if claims.iter().any(collide) {
            continue;
        }
        let Some(new) = workflow.text_edits(&fix.edits) else { continue };
        let mut all = edits.clone();
        all.extend(new);
        all.sort_by_key(|edit| (edit.start, edit.end));
        let overlap = all.windows(2).any(|pair| pair[0].end > pair[1].start || pair[0].start == pair[1].start);
        if !overlap {
            edits = all;
            claimed.extend(claims);
            chosen.push(fix);
        }
    }
    (edits, chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{TextFile, edited};
    use serde_json::json;

    const FILE: &str =
        r#"{"1": {"class_type": "A", "inputs": {"x": 1, "y": ["2", 0]}}, "2": {"class_type": "B", "inputs": {}}}"#;

    fn fix(edits: &[Value]) -> Fix {
        serde_json::from_value(json!({"message": "x", "safe": true, "edits": edits})).expect("a fix")
    }

    /// The file after one round, and how many fixes it has.
    fn round(fixes: &[Fix]) -> (String, usize) {
        let file = TextFile { path: "w.json".into(), text: FILE.into() };
        let (edits, chosen) = independent(&EditableWorkflow::of(&file).expect("API format"), fixes);
        (edited(FILE, &edits).expect("places of the file"), chosen.len())
    }

    #[test]
    fn independent_fixes_are_applied_together_and_others_wait() {
        let set_x = fix(&[json!({"edit": "set-input", "node": "1", "input": "x", "value": 2})]);
        let relink = fix(&[json!({"edit": "set-input", "node": "1", "input": "y", "value": ["2", 1]})]);
        let remove = fix(&[json!({"edit": "remove-node", "node": "2"})]);
        let rename = fix(&[json!({"edit": "rename-input", "node": "1", "input": "x", "to": "z"})]);
        let missing = fix(&[json!({"edit": "remove-node", "node": "3"})]);
        let (text, count) = round(&[set_x.clone(), relink, remove, rename.clone(), missing]);
        assert_eq!(count, 2, "the second node is linked to, the first one changed");
        assert_eq!(text, FILE.replace("\"x\": 1", "\"x\": 2").replace("\"2\", 0", "\"2\", 1"));
        assert_eq!(round(&[rename, set_x]), (FILE.replace("\"x\": 1", "\"z\": 1"), 1));
    }

    #[test]
    fn what_is_not_understood_is_not_a_fix() {
        let of = |data: Value| {
            Fix::of(&Finding {
                rule: "x".into(),
                severity: crate::finding::Severity::Note,
                message: String::new(),
                subjects: Vec::new(),
                measurement: None,
                help: None,
                data: Some(data),
                waiver: None,
            })
        };
        let edit = json!({"edit": "remove-node", "node": "2"});
        assert!(of(json!({"fix": {"message": "x", "safe": false, "edits": [edit]}})).is_some());
        for fix in [
            json!(7),
            json!({"message": "x", "safe": true, "edits": []}),
            json!({"message": "x", "safe": "yes", "edits": [edit]}),
            json!({"message": "x", "safe": true, "edits": [edit], "more": 1}),
            json!({"message": "x", "safe": true, "edits": [{"edit": "write-file", "node": "2"}]}),
            json!({"message": "x", "safe": true, "edits": [{"edit": "remove-node", "node": 2}]}),
            json!({"message": "x", "safe": true, "edits": vec![edit.clone(); 10_001]}),
        ] {
            assert_eq!(of(json!({ "fix": fix })), None, "{fix:.80}");
        }
    }
}
