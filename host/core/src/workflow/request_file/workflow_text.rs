//! The text of a workflow at the places of its file.

use crate::workflow::members::{Member, members};
use std::ops::Range;

/// The text of a workflow with white space in place of all that is around it, and of the key `is_changed` of its nodes: ComfyUI
/// itself writes that into images, often as `NaN`. It is not an input.
pub(super) fn without_is_changed(text: &str, workflow: Range<usize>) -> String {
    let nodes = members(text, workflow.start);
    let changed: Vec<_> = nodes.iter().filter_map(|node| is_changed(text, node)).collect();
    if changed.is_empty() && workflow == (0..text.len()) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(workflow.len());
    let before = &text[..workflow.start];
    // Only the last line decides a column.
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    kept.extend(before[..line].matches('\n'));
    blank(&before[line..], &mut kept);
    let mut at = workflow.start;
    for span in changed {
        kept += &text[at..span.start];
        blank(&text[span.clone()], &mut kept);
        at = span.end;
    }
    kept += &text[at..workflow.end];
    kept
}

/// The key `is_changed` of a node with its value and one comma.
fn is_changed(text: &str, node: &Member) -> Option<Range<usize>> {
    let inner = members(text, node.value.start);
    let at = inner.iter().position(|member| member.name == "is_changed")?;
    Some(match (inner.get(at + 1), at.checked_sub(1)) {
        (Some(next), _) => inner[at].key.start..next.key.start,
        (None, Some(previous)) => inner[previous].value.end..inner[at].value.end,
        (None, None) => inner[at].key.start..inner[at].value.end,
    })
}

/// A space for each character, and each line break.
fn blank(text: &str, to: &mut String) {
    to.extend(text.chars().map(|char| if matches!(char, '\n' | '\r') { char } else { ' ' }));
}
