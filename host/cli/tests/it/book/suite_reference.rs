//! The suite's JSON Schema as a page: for each table of the file a table of its keys, and below it the details of a key.

use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::fmt::Write;

/// The page.
pub(crate) fn page(schema: &Value) -> String {
    let mut book = Reference { definitions: &schema["$defs"], queue: VecDeque::new(), known: Vec::new() };
    let mut page = format!("# The suite file\n\n{}\n", text(schema));
    page += "\nThe file is TOML. Its default name is `comfycheck.toml`. Unknown keys are refused, with the line and the nearest known key. \
             Keys marked with * are required. For completion, give your editor \
             [the schema](https://github.com/comfycheck/comfycheck/blob/main/schemas/suite.schema.json).\n";
    page += "\n## At the top\n\n";
    page += &book.keys(schema, "");
    while let Some((heading, name)) = book.queue.pop_front() {
        let definition = &book.definitions[&name];
        let _ = write!(page, "\n## `{heading}`\n\n{}\n\n", text(definition));
        page += &book.keys(definition, heading.trim_matches(['[', ']']));
    }
    page
}

struct Reference<'a> {
    definitions: &'a Value,
    /// The tables still to write: their headings, and their names in the schema.
    queue: VecDeque<(String, String)>,
    /// All tables so far, likewise.
    known: Vec<(String, String)>,
}

impl Reference<'_> {
    /// The keys of a table; `prefix` is how the file writes it.
    fn keys(&mut self, table: &Value, prefix: &str) -> String {
        let mut rows = "| Key | Type | Meaning |\n| --- | --- | --- |\n".to_owned();
        let mut details = String::new();
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            let required = table["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key));
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            let kind = self.kind(value, &path);
            let mark = if required { " *" } else { "" };
            let (summary, rest) = text(value).split_once("\n\n").unwrap_or((text(value), ""));
            let _ = writeln!(rows, "| `{key}`{mark} | {kind} | {} |", summary.replace('|', "\\|").replace('\n', " "));
            if !rest.is_empty() {
                let _ = write!(details, "\n### `{path}`\n\n{rest}\n");
            }
        }
        rows + &details
    }

    /// A type in words.
    fn kind(&mut self, value: &Value, path: &str) -> String {
        if let Some(name) = value["$ref"].as_str() {
            return self.named(name, path, &format!("[{path}]"));
        }
        if let Some(constant) = value["const"].as_str() {
            return format!("`{constant}`");
        }
        if let Some(choices) = value["enum"].as_array() {
            let words: Vec<_> = choices.iter().filter_map(Value::as_str).map(|choice| format!("`{choice}`")).collect();
            return either(&words);
        }
        if let Some(choices) = value["anyOf"].as_array().or(value["oneOf"].as_array()) {
            let mut words: Vec<_> = choices.iter().map(|choice| self.kind(choice, path)).collect();
            words.dedup();
            return either(&words);
        }
        match value["type"].as_str() {
            Some("array") => match value["items"]["$ref"].as_str() {
                Some(name) => self.named(name, path, &format!("[[{path}]]")),
                None if value["items"].is_object() => format!("list of: {}", self.kind(&value["items"], path)),
                None => "list".to_owned(),
            },
            Some("object") => match value["additionalProperties"]["$ref"].as_str() {
                Some(name) => {
                    let kind = self.named(name, &format!("{path}.NAME"), &format!("[{path}.NAME]"));
                    if kind.starts_with("[`") { kind } else { format!("table of: {kind}") }
                }
                None => "table".to_owned(),
            },
            Some("string") => "text".to_owned(),
            Some(kind @ ("integer" | "number")) => format!("{kind}{}", bounds(value)),
            Some(kind) => kind.to_owned(),
            None => "anything".to_owned(),
        }
    }

    /// A type with a name in the schema. A table gets its own section.
    fn named(&mut self, reference: &str, path: &str, heading: &str) -> String {
        let name = reference.trim_start_matches("#/$defs/").to_owned();
        let definition = &self.definitions[&name];
        let Some(keys) = definition["properties"].as_object() else { return self.kind(definition, path) };
        // A table of one key that stands for a value is written inline.
        if is_inline(keys) {
            let keys: Vec<_> =
                keys.iter().map(|(key, value)| format!("{key} = {}", plain(&self.kind(value, path)))).collect();
            return format!("`{{ {} }}`", keys.join(", "));
        }
        let met = self.known.iter().find(|(_, known)| *known == name).map(|(heading, _)| heading.clone());
        let heading = met.unwrap_or_else(|| {
            self.known.push((heading.to_owned(), name.clone()));
            self.queue.push_back((heading.to_owned(), name));
            heading.to_owned()
        });
        let anchor: String =
            heading.to_lowercase().chars().filter(|char| char.is_alphanumeric() || "-_".contains(*char)).collect();
        format!("[`{heading}`](#{anchor})")
    }
}

fn is_inline(keys: &Map<String, Value>) -> bool {
    keys.len() == 1
}

/// Words for the inside of code.
fn plain(words: &str) -> String {
    words.replace('`', "")
}

fn either(words: &[String]) -> String {
    words.join(" or ")
}

fn bounds(value: &Value) -> String {
    let bound = |key: &str| value[key].as_f64().filter(|bound| *bound < f64::from(u32::MAX));
    match (bound("minimum"), bound("exclusiveMinimum"), bound("maximum")) {
        (Some(least), _, Some(most)) => format!(", {least} to {most}"),
        (Some(least), _, None) => format!(", {least} or more"),
        (None, Some(above), _) => format!(", above {above}"),
        (None, None, Some(most)) => format!(", {most} at most"),
        (None, None, None) => String::new(),
    }
}

fn text(value: &Value) -> &str {
    value["description"].as_str().unwrap_or_default()
}
