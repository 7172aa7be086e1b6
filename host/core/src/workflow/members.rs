//! The members of a JSON object, with their places, without parsing what they hold.
//!
//! Linear and without recursion, for text that no parser has accepted yet: it may be nested without end, or hold Python's `NaN`.

use std::ops::Range;

/// A member of an object, in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Quotes included.
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// The members of the object that begins at a byte, after white space. Up to the first place that is not JSON; none if there is no object.
pub(crate) fn members(text: &str, at: usize) -> Vec<Member> {
    let bytes = text.as_bytes();
    let mut members = Vec::new();
    let mut at = skip_space(bytes, at);
    if bytes.get(at) != Some(&b'{') {
        return members;
    }
    loop {
        // After `{` or a comma.
        let key_start = skip_space(bytes, at + 1);
        if bytes.get(key_start) != Some(&b'"') {
            return members;
        }
        let key_end = end_of_string(bytes, key_start);
        let colon = skip_space(bytes, key_end);
        let Some(name) = text.get(key_start..key_end).and_then(|key| serde_json::from_str(key).ok()) else {
            return members;
        };
        if bytes.get(colon) != Some(&b':') {
            return members;
        }
        let start = skip_space(bytes, colon + 1);
        let end = end_of_value(bytes, start);
        if end == start {
            return members;
        }
        members.push(Member { name, key: key_start..key_end, value: start..end });
        at = skip_space(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return members;
        }
    }
}

/// The last member of a name: of equal names the last counts.
pub(crate) fn find<'a>(members: &'a [Member], name: &str) -> Option<&'a Member> {
    members.iter().rfind(|member| member.name == name)
}

/// The items of the array that begins at a byte.
pub(crate) fn items(text: &str, at: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let mut at = skip_space(bytes, at);
    if bytes.get(at) != Some(&b'[') {
        return items;
    }
    loop {
        let start = skip_space(bytes, at + 1);
        let end = end_of_value(bytes, start);
        if end == start {
            return items;
        }
        items.push(start..end);
        at = skip_space(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return items;
        }
    }
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| space(byte)).count()
}

/// After the closing quote of the string at a byte; the end of the text without one.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'"' => return end + 1,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// After the value at a byte. The same byte if there is none.
fn end_of_value(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => end_of_string(bytes, at),
        Some(b'{' | b'[') => {
            let (mut depth, mut end) = (0_usize, at);
            while let Some(byte) = bytes.get(end) {
                match byte {
                    b'"' => {
                        end = end_of_string(bytes, end);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                end += 1;
                if depth == 0 {
                    return end;
                }
            }
            end
        }
        _ => {
            let inside = |byte: &u8| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
            at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| inside(byte)).count()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let shown = |member: Member| (member.name, text[member.value].to_owned());
        members(text, 0).into_iter().map(shown).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn members_have_their_values_whatever_is_in_them() {
        let text = r#" {"a": {"x": "}\"]"}, "b\u0063": [1, {"y": []}], "d" : NaN,"e":"" } rest"#;
        let expected = [("a", r#"{"x": "}\"]"}"#), ("bc", r#"[1, {"y": []}]"#), ("d", "NaN"), ("e", "\"\"")];
        assert_eq!(shown(text), pairs(&expected));
        let array = "[1, {\"a\": [2]} ,\"x\"]";
        assert_eq!(
            items(array, 0).into_iter().map(|item| &array[item]).collect::<Vec<_>>(),
            ["1", "{\"a\": [2]}", "\"x\""]
        );
    }

    #[test]
    fn text_that_is_not_json_has_the_members_before_that() {
        assert_eq!(shown("[1]"), []);
        assert_eq!(shown(""), []);
        assert_eq!(shown("{"), []);
        assert_eq!(shown("{\"a\""), []);
        assert_eq!(shown("{\"a\": 1 \"b\": 2}"), pairs(&[("a", "1")]));
        assert_eq!(shown("{\"a\": {\"b\": [\"\\"), pairs(&[("a", "{\"b\": [\"\\")]));
        assert_eq!(items("[1, ", 0).len(), 1);
    }

    #[test]
    fn any_cut_is_read_without_a_panic() {
        let text = r#"{"input": {"workflow": {"3": {"x": ["a", "ä\n", NaN]}}, "images": [{"name": "é"}]}}"#;
        for (end, _) in text.char_indices() {
            for (start, _) in text[..end].char_indices() {
                members(&text[..end], start);
                items(&text[..end], start);
            }
        }
    }

    #[test]
    fn nesting_without_end_is_read_in_linear_time() {
        let text = format!("{{\"a\": {}", "[".repeat(1_000_000));
        assert_eq!(members(&text, 0).len(), 1);
    }
}
