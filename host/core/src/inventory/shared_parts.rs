//! Keeps equal lists of many node classes once.
//!
//! A large inventory is large because every loader lists the same files.

use super::members::closing_quote;
use memchr::memchr3;
use std::collections::HashSet;
use std::sync::Arc;

/// Shorter lists are not shared: it would take more than it saves.
const SHORTEST_LIST: usize = 1024;
/// Most descriptions are shorter than this, and are kept whole.
const SHORTEST_TEXT: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct SharedParts(HashSet<Arc<str>>);

impl SharedParts {
    /// The parts of a JSON text, which make it up in their order.
    pub(super) fn split(&mut self, text: &str) -> Box<[Arc<str>]> {
        if text.len() < SHORTEST_TEXT {
            return Box::new([text.into()]);
        }
        let (mut parts, mut from) = (Vec::new(), 0);
        for (start, end) in innermost_lists(text.as_bytes()) {
            if start > from {
                parts.push(Arc::from(&text[from..start]));
            }
            parts.push(self.shared(&text[start..end]));
            from = end;
        }
        if from < text.len() {
            parts.push(text[from..].into());
        }
        parts.into()
    }

    fn shared(&mut self, list: &str) -> Arc<str> {
        if let Some(known) = self.0.get(list) {
            return Arc::clone(known);
        }
        let list: Arc<str> = list.into();
        self.0.insert(Arc::clone(&list));
        list
    }
}

/// Where lists without lists in them begin and end, if they are long enough.
fn innermost_lists(text: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut open, mut at) = (Vec::new(), None, 0);
    while let Some(next) = memchr3(b'"', b'[', b']', &text[at..]) {
        at += next + 1;
        match text[at - 1] {
            b'"' => match closing_quote(&text[at..]) {
                Some(length) => at += length,
                None => break,
            },
            b'[' => open = Some(at - 1),
            _ => found.extend(open.take().filter(|start| at - start >= SHORTEST_LIST).map(|start| (start, at))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, files: usize) -> String {
        let files: Vec<String> = (0..files).map(|file| format!("\"folder/]{file:05}\\\".safetensors\"")).collect();
        format!(
            r#"{{"name": "{name}", "input": {{"required": {{"a": [[{0}], {{}}], "b": [[{0}]], "c": [["x"]]}}}}}}"#,
            files.join(", ")
        )
    }

    #[test]
    fn equal_lists_are_one_text() {
        let mut shared = SharedParts::default();
        let (one, other) = (shared.split(&class("one", 200)), shared.split(&class("other", 200)));
        assert_eq!((one.concat(), other.concat()), (class("one", 200), class("other", 200)));
        assert_eq!((one.len(), other.len()), (5, 5));
        for list in [&one[3], &other[1], &other[3]] {
            assert!(Arc::ptr_eq(&one[1], list));
        }
    }

    #[test]
    fn short_lists_and_short_texts_are_kept_whole() {
        let mut shared = SharedParts::default();
        let long_name = "x".repeat(SHORTEST_TEXT);
        for text in [class("few", 20), class(&long_name, 3), "{\"cut".repeat(1000)] {
            assert_eq!(shared.split(&text).concat(), text);
            assert_eq!(shared.0.len(), 0, "{text}");
        }
    }
}
