//! Changes the checks of a suite's text. Comments and formatting stay.

use crate::failure::Failure;
use crate::prepare::bundled_checks;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::distribution::RemoteSource;
use comfycheck_core::text::TextFile;
use std::path::Path;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

/// The text of a suite that can be changed.
pub(super) struct SuiteText {
    path: String,
    document: DocumentMut,
}

impl SuiteText {
    pub(super) fn parse(file: &TextFile) -> Result<Self, Failure> {
        let document = file.text.parse::<DocumentMut>().map_err(|error| {
            let span = error.span().unwrap_or_default();
            Failure::from(Diagnostic::new(error.message().trim()).at(file, span))
        })?;
        Ok(Self { path: file.path.clone(), document })
    }

    /// The names of the checks and what they use. A check without `use` uses the built-in check of its name.
    pub(super) fn sources(&self) -> Vec<(String, String)> {
        let checks = self.document.get("checks").and_then(Item::as_table_like);
        let source = |(name, check): (&str, &Item)| {
            let used = check.get("use").and_then(Item::as_str).unwrap_or(name);
            (name.to_owned(), used.to_owned())
        };
        checks.into_iter().flat_map(TableLike::iter).map(source).collect()
    }

    pub(super) fn source_of(&self, name: &str) -> Option<String> {
        self.sources().into_iter().find(|(other, _)| other == name).map(|(_, source)| source)
    }

    /// Adds a check or changes its source and its grants, and returns the whole text.
    pub(super) fn set(&mut self, name: &str, source: &str, grants: &[&str]) -> Result<String, Failure> {
        let refused = |path: &str, key: &str| {
            let help = format!("write `[checks.{name}]` with `use = \"{source}\"` yourself");
            Failure::from(Diagnostic::new(format!("cannot change `{key}` in {path}: it is not a table")).help(help))
        };
        let is_new = !self.document.contains_key("checks");
        let checks = self.document.entry("checks").or_insert_with(|| implicit().into());
        let checks = checks.as_table_like_mut().ok_or_else(|| refused(&self.path, "checks"))?;
        if is_new {
            // A suite without checks has these.
            for check in bundled_checks().iter().filter(|check| check.by_default) {
                checks.insert(check.name, Table::new().into());
            }
        }
        let check = checks.entry(name).or_insert_with(|| Table::new().into());
        let check = check.as_table_like_mut().ok_or_else(|| refused(&self.path, name))?;
        put(check, "use", source.into());
        if grants.is_empty() {
            check.remove("grants");
        } else {
            put(check, "grants", grants.iter().copied().collect::<Array>().into());
        }
        Ok(self.document.to_string())
    }
}

/// A table without a header of its own.
fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

/// Sets a value. An equal value is left alone. The comment behind another value stays.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    if let Some(Item::Value(old)) = table.get(key) {
        if bare(old) == bare(&value) {
            return;
        }
        *value.decor_mut() = old.decor().clone();
    }
    table.insert(key, value.into());
}

/// A value without white space and comments.
fn bare(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        other => vec![other.as_str().unwrap_or_default().to_owned()],
    }
}

/// Whether two sources are versions of one check: one repository, one host, or one file name.
pub(super) fn same_place(one: &str, other: &str) -> bool {
    let remote = |source: &str| source.parse::<RemoteSource>();
    match (remote(one), remote(other)) {
        (Ok(RemoteSource::Registry(one)), Ok(RemoteSource::Registry(other))) => {
            (one.registry, one.repository) == (other.registry, other.repository)
        }
        (Ok(RemoteSource::Web(one)), Ok(RemoteSource::Web(other))) => one.origin() == other.origin(),
        (Err(_), Err(_)) => Path::new(one).file_name() == Path::new(other).file_name(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, name: &str, source: &str, grants: &[&str]) -> String {
        let file = TextFile { path: "comfycheck.toml".to_owned(), text: text.to_owned() };
        SuiteText::parse(&file).unwrap().set(name, source, grants).unwrap()
    }

    #[test]
    fn a_check_is_added_after_those_of_the_suite() {
        let suite = "# A suite.\nworkflow = \"w.json\" # the workflow\n\n[checks.nodes]\ngate = false\n";
        let text = set(suite, "rules", "oci://ghcr.io/acme/rules:1", &["runpod/samples"]);
        insta::assert_snapshot!(text);
        let again = set(&text, "rules", "oci://ghcr.io/acme/rules:1", &["runpod/samples"]);
        assert_eq!(again, text, "what is there stays");
    }

    #[test]
    fn a_suite_without_checks_keeps_those_that_it_had() {
        let text = set("workflow = \"w.json\"\n", "rules", "rules.wasm", &[]);
        let headers: Vec<_> = text.lines().filter(|line| line.starts_with('[')).collect();
        let defaults: Vec<_> = bundled_checks()
            .iter()
            .filter(|check| check.by_default)
            .map(|check| format!("[checks.{}]", check.name))
            .collect();
        assert_eq!(headers[..defaults.len()], defaults);
        assert_eq!(headers.last(), Some(&"[checks.rules]"));
    }

    #[test]
    fn a_check_is_changed_and_its_comments_stay() {
        let suite = "[checks.rules] # ours\nuse = \"oci://ghcr.io/acme/rules:1\" # pinned\ngrants = [\n  \"runpod/samples\", # words\n]\nsettings = { max = 3 }\n";
        insta::assert_snapshot!(set(
            suite,
            "rules",
            "oci://ghcr.io/acme/rules:2",
            &["comfyui/inventory", "runpod/samples"]
        ));
        let inline = "checks = { rules = { use = \"a.wasm\" } }\n";
        assert_eq!(set(inline, "rules", "b.wasm", &[]), inline.replace("a.wasm", "b.wasm"));
        assert!(!set(suite, "rules", "oci://ghcr.io/acme/rules:2", &[]).contains("grants"));
    }

    #[test]
    fn versions_of_one_check_are_known() {
        for (one, other, expected) in [
            ("oci://ghcr.io/acme/rules:1", "oci://ghcr.io/acme/rules:2", true),
            ("oci://ghcr.io/acme/rules:1", "oci://ghcr.io/evil/rules:1", false),
            ("https://a.example/v1/r.wasm", "https://a.example/v2/r.wasm", true),
            ("https://a.example/r.wasm", "https://b.example/r.wasm", false),
            ("checks/r.wasm", "r.wasm", true),
            ("nodes", "oci://ghcr.io/acme/nodes:1", false),
        ] {
            assert_eq!(same_place(one, other), expected, "{one} {other}");
        }
    }
}
