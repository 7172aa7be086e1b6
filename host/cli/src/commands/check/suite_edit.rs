//! Changes the checks of a suite's text. Comments and formatting stay.

use crate::failure::Failure;
use crate::prepare::bundled_checks;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::distribution::RemoteSource;
use comfycheck_core::text::TextFile;
use std::path::{Component, Path, PathBuf};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

/// The byte order mark.
const MARK: char = '\u{feff}';

/// The text of a suite that can be changed.
pub(super) struct SuiteText {
    path: String,
    /// Whether it begins with a byte order mark, which TOML ignores.
    has_mark: bool,
    /// Whether each line ends as on Windows.
    has_crlf: bool,
    document: DocumentMut,
}

impl SuiteText {
    pub(super) fn parse(file: &TextFile) -> Result<Self, Failure> {
        let document = file.text.parse::<DocumentMut>().map_err(|error| {
            let span = error.span().unwrap_or_default();
            Failure::from(Diagnostic::new(error.message().trim()).at(file, span))
        })?;
        let (lines, crlf) = (file.text.matches('\n').count(), file.text.matches("\r\n").count());
        let has_mark = file.text.starts_with(MARK);
        Ok(Self { path: file.path.clone(), has_mark, has_crlf: lines > 0 && lines == crlf, document })
    }

    /// The names of the checks and what they use. A check without `use` uses the built-in check of its name.
    pub(super) fn sources(&self) -> Vec<(String, String)> {
        let Some(checks) = self.document.get("checks") else {
            // A suite without checks has these.
            let names =
                bundled_checks().into_iter().filter(|check| check.by_default).map(|check| check.name.to_owned());
            return names.map(|name| (name.clone(), name)).collect();
        };
        let source = |(name, check): (&str, &Item)| {
            let used = check.get("use").and_then(Item::as_str).unwrap_or(name);
            (name.to_owned(), used.to_owned())
        };
        checks.as_table_like().into_iter().flat_map(TableLike::iter).map(source).collect()
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
        Ok(self.text())
    }

    /// The whole text, with the ends of lines that the file has.
    fn text(&self) -> String {
        let text = self.document.to_string();
        let text = if self.has_crlf { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
        if self.has_mark { format!("{MARK}{}", text.trim_start_matches(MARK)) } else { text }
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

/// Whether two sources can be versions of one check: one repository, one folder of a host, or one file.
pub(super) fn same_place(one: &str, other: &str) -> bool {
    let remote = |source: &str| source.parse::<RemoteSource>();
    match (remote(one), remote(other)) {
        (Ok(one), Ok(other)) => one.is_beside(&other),
        (Err(_), Err(_)) => normal(one) == normal(other),
        _ => false,
    }
}

/// A path without `.` and, where it has a name before them, without `..`.
pub(super) fn normal(path: &str) -> PathBuf {
    Path::new(path).components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            part => normal.push(part),
        }
        normal
    })
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
    fn the_ends_of_lines_and_the_mark_at_the_beginning_stay() {
        let suite = "workflow = \"w.json\"\r\n\r\n[checks.nodes]\r\n";
        for suite in [suite.to_owned(), format!("{MARK}{suite}")] {
            let text = set(&suite, "rules", "r.wasm", &["runpod/samples"]);
            assert!(text.starts_with(&suite), "{text:?}");
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
            assert_eq!(set(&text, "rules", "r.wasm", &["runpod/samples"]), text);
        }
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
    fn a_suite_without_checks_has_the_built_in_ones() {
        let file = TextFile { path: "comfycheck.toml".to_owned(), text: "workflow = \"w.json\"\n".to_owned() };
        let text = SuiteText::parse(&file).unwrap();
        assert_eq!(text.source_of("nodes").as_deref(), Some("nodes"));
        assert_eq!(text.source_of("rules"), None);
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
            ("oci://ghcr.io/acme/rules:1", "oci://quay.io/acme/rules:1", false),
            ("https://a.example/acme/r-1.wasm", "https://a.example/acme/r-2.wasm", true),
            ("https://a.example/acme/r.wasm", "https://a.example/evil/r.wasm", false),
            ("https://a.example/r.wasm", "https://b.example/r.wasm", false),
            ("checks/r.wasm", "./checks/../checks/r.wasm", true),
            ("checks/r.wasm", "r.wasm", false),
            ("../r.wasm", "../../r.wasm", false),
            ("nodes", "oci://ghcr.io/acme/nodes:1", false),
        ] {
            assert_eq!(same_place(one, other), expected, "{one} {other}");
        }
    }
}
