//! Dynamic choices without an option. ComfyUI accepts them, and passes neither the choice nor its inputs to the node.

use super::inputs::{UsedNode, is_link};
use crate::class::Input;
use crate::json::Value;
use crate::rules::phrasing::{choose, name_of, plain, shown, subject};
use crate::rules::{Findings, UNDECLARED_INPUT, fixes};
use comfycheck_sdk::{Finding, quote, wording};

impl UsedNode<'_> {
    pub(super) fn unset_choices(&self, findings: &mut Findings) {
        for choice in &self.unset {
            match self.given.get(&choice.name) {
                None if !choice.is_required => {}
                value => findings.add_with(UNDECLARED_INPUT, || self.unset_choice(choice, value)),
            }
        }
    }

    fn unset_choice(&self, choice: &Input, value: Option<&Value>) -> Finding {
        let options = choice.spec.options.get("options").and_then(Value::list).unwrap_or_default();
        let keys: Vec<_> = options.iter().filter_map(|option| option.get("key").cloned()).collect();
        let of_node = format!("input {} of {}", quote(&choice.name), name_of(self.node));
        let (what, help) = match value {
            None => (format!("required {of_node} is missing"), set_one(&keys)),
            Some(value) if is_link(value) => (format!("{of_node} takes no link"), set_one(&keys)),
            Some(value) => (format!("{of_node} is {}, not one of its options", shown(value)), choose(value, &keys)),
        };
        let fix = value.and_then(|value| fixes::choice(self.resolved, self.node, &choice.name, value, &keys));
        // Without a value, there is nothing to point at.
        let place = value.map(|_| &*choice.name);
        Finding::new(UNDECLARED_INPUT, format!("{what}: ComfyUI accepts this, and most nodes fail then"))
            .help(help)
            .about(subject(self.node, place))
            .fix(fix)
    }
}

fn set_one(keys: &[Value]) -> String {
    let names: Vec<String> = keys.iter().map(plain).collect();
    format!("set one of its options: {}", wording::names_with(names.iter().map(String::as_str), "or"))
}
