//! The places of a workflow's nodes and inputs in its file.

use super::members::{Member, find, members};
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::collections::BTreeMap;
use std::ops::Range;

/// Places in a workflow, in bytes of its text. Of equal keys the last counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// All members of the workflow, including those that are not nodes.
    pub(super) nodes: BTreeMap<String, NodePlace>,
    /// The first integer that does not fit in 64 bits.
    pub(super) wide_integer: Option<Range<usize>>,
}

#[derive(Clone, Debug)]
pub(super) struct NodePlace {
    /// Its key, quotes included.
    pub(super) key: Range<usize>,
    /// Its inputs: from the key to the end of the value.
    pub(super) inputs: BTreeMap<String, Range<usize>>,
}

impl Places {
    /// The places in a text that `serde_json` accepts as JSON. None in any other.
    pub(super) fn of(text: &str) -> Self {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        match parse_to_ast(text, &CollectOptions::default(), &strict).map(|parsed| parsed.value) {
            Ok(Some(value)) => {
                Self { nodes: value.as_object().map(nodes).unwrap_or_default(), wide_integer: wide_integer(&value) }
            }
            _ => Self::default(),
        }
    }

    /// The same in any text, up to the first place that is not JSON. None without a member.
    pub(super) fn of_members(text: &str) -> Option<Self> {
        let place = |node: &Member| {
            let inputs =
                find(&members(text, node.value.start), "inputs").map(|inputs| members(text, inputs.value.start));
            let inputs = inputs.into_iter().flatten().map(|input| (input.name, input.key.start..input.value.end));
            NodePlace { key: node.key.clone(), inputs: inputs.collect() }
        };
        let nodes = members(text, 0).into_iter().map(|node| (node.name.clone(), place(&node)));
        let nodes: BTreeMap<String, NodePlace> = nodes.collect();
        (!nodes.is_empty()).then_some(Self { nodes, wide_integer: None })
    }
}

fn nodes(workflow: &Object<'_>) -> BTreeMap<String, NodePlace> {
    let place = |node: &jsonc_parser::ast::ObjectProp<'_>| NodePlace {
        key: range(&node.name),
        inputs: node.value.as_object().and_then(|node| node.get_object("inputs")).map(inputs).unwrap_or_default(),
    };
    workflow.properties.iter().map(|node| (node.name.as_str().to_owned(), place(node))).collect()
}

fn inputs(inputs: &Object<'_>) -> BTreeMap<String, Range<usize>> {
    inputs.properties.iter().map(|input| (input.name.as_str().to_owned(), range(input))).collect()
}

/// Bounded: `serde_json` refused more than 127 levels before.
fn wide_integer(value: &Value<'_>) -> Option<Range<usize>> {
    match value {
        Value::NumberLit(number) => {
            let text = number.value;
            let integer = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            (integer && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()).then(|| range(number))
        }
        Value::Array(array) => array.elements.iter().find_map(wide_integer),
        Value::Object(object) => object.properties.iter().find_map(|member| wide_integer(&member.value)),
        Value::StringLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => None,
    }
}

fn range(ranged: &impl Ranged) -> Range<usize> {
    let range = ranged.range();
    range.start..range.end
}
