//! Values that ComfyUI accepts and reads as something else than they say.

use super::inputs::UsedNode;
use crate::class::{Class, Input};
use crate::json::Value;
use crate::rules::phrasing::{name_of, shown, subject};
use crate::rules::{Findings, MISREAD_VALUE, OUTSIDE_OUTPUT_FOLDER, fixes};
use comfycheck_sdk::{Finding, quote};

/// Strings that are meant to be false.
const NEGATIVE: [&str; 8] = ["false", "no", "off", "0", "none", "null", "disable", "disabled"];

/// The input that names the files of an output node.
const FILE_NAME: &str = "filename_prefix";

impl UsedNode<'_> {
    /// Strings for booleans, and null for texts: Python converts both.
    pub(super) fn misread_values(&self, findings: &mut Findings) {
        for input in self.declared.iter() {
            let Some(value) = self.given.get(&input.name) else { continue };
            match (input.spec.kind.text(), value) {
                (Some("BOOLEAN"), Value::Text(text)) if is_negative(text) => {
                    findings.add_with(MISREAD_VALUE, || self.misread_boolean(input, value));
                }
                (Some("STRING"), Value::Null) => findings.add_with(MISREAD_VALUE, || self.misread_null(input)),
                _ => {}
            }
        }
    }

    /// Numbers that only Python writes: what sends the workflow may refuse them.
    pub(super) fn numbers_beyond_json(&self, findings: &mut Findings) {
        let is_beyond = |value: &Value| matches!(value, Value::Float(number) if !number.is_finite());
        for (name, value) in self.given.entries().iter().filter(|(_, value)| is_beyond(value)) {
            findings.add_with(MISREAD_VALUE, || {
                let message = format!(
                    "input {} of {} is {}, which is not a number of JSON: only Python reads it",
                    quote(name),
                    name_of(self.node),
                    shown(value)
                );
                Finding::new(MISREAD_VALUE, message).help("set a number").about(subject(self.node, Some(name)))
            });
        }
    }

    fn misread_boolean(&self, input: &Input, value: &Value) -> Finding {
        let message = format!("{} is the string {}, which ComfyUI reads as true", self.of(input), shown(value));
        let fix = fixes::set(self.resolved, self.node, &input.name, &Value::Bool(false));
        let finding = Finding::new(MISREAD_VALUE, message).help("write `false`, without quotes");
        finding.about(subject(self.node, Some(&input.name))).fix(fix)
    }

    fn misread_null(&self, input: &Input) -> Finding {
        let message = format!("{} is null, which ComfyUI reads as the text `None`", self.of(input));
        let finding = Finding::new(MISREAD_VALUE, message).help("write a string, such as `\"\"`");
        finding.about(subject(self.node, Some(&input.name)))
    }

    /// A file name that leads out of ComfyUI's output folder.
    pub(super) fn output_folder(&self, findings: &mut Findings) {
        if !saves_in_output_folder(self.class) {
            return;
        }
        let Some(name) = self.given.get(FILE_NAME).and_then(Value::text).filter(|name| leaves_folder(name)) else {
            return;
        };
        let message = format!(
            "input {} of {} is {}, outside of ComfyUI's own output folder: unless it starts with `--output-directory`, the node fails",
            quote(FILE_NAME),
            name_of(self.node),
            quote(name)
        );
        let help = "write a path inside the output folder, without a leading `/` and without `..`";
        findings
            .add(Finding::new(OUTSIDE_OUTPUT_FOLDER, message).help(help).about(subject(self.node, Some(FILE_NAME))));
    }

    fn of(&self, input: &Input) -> String {
        format!("input {} of {}", quote(&input.name), name_of(self.node))
    }
}

fn is_negative(text: &str) -> bool {
    NEGATIVE.contains(&text.trim().to_ascii_lowercase().as_str())
}

/// Whether a class saves where ComfyUI's own function lets it. Packs can have their own.
fn saves_in_output_folder(class: &Class) -> bool {
    class.is_output && !class.is_custom()
}

/// Whether a file name is absolute or leaves its folder. A path with a folder `output` can lead back into it.
fn leaves_folder(name: &str) -> bool {
    // How many folders it goes up and down in the end.
    let (mut above, mut depth) = (0_usize, 0_usize);
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    // The last part is the beginning of the file's name.
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        match (*part, depth) {
            ("..", 0) => above += 1,
            ("..", _) => depth -= 1,
            _ => depth += 1,
        }
    }
    (name.starts_with('/') || above > 0) && !parts.contains(&"output")
}
