//! Reads Python literals: JSON that Python's `repr` printed.

use serde_json::{Map, Value};

/// How deep lists and dictionaries may be nested. ComfyUI's errors are six deep.
const DEPTH: u32 = 32;

/// Reads one literal as JSON. None if the text is something else, or is nested too deep.
///
/// Tuples become arrays, keys become text, and a number that JSON cannot represent becomes `null`.
pub(super) fn parse(text: &str) -> Option<Value> {
    let (value, length) = prefix(text)?;
    text[length..].trim_start().is_empty().then_some(value)
}

/// Reads the literal at the start of a text, and returns its length, too.
pub(super) fn prefix(text: &str) -> Option<(Value, usize)> {
    let mut reader = Reader { rest: text };
    let value = reader.value(DEPTH)?;
    Some((value, text.len() - reader.rest.len()))
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: u32) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            quote @ ('\'' | '"') => self.text(quote).map(Value::String),
            '[' => self.items(']', depth),
            '(' => self.items(')', depth),
            '{' => self.entries(depth),
            _ => self.word(),
        }
    }

    fn items(&mut self, end: char, depth: u32) -> Option<Value> {
        let mut items = Vec::new();
        self.rest = &self.rest[1..];
        while !self.ends(end) {
            items.push(self.value(depth)?);
            self.separator(end)?;
        }
        Some(Value::Array(items))
    }

    fn entries(&mut self, depth: u32) -> Option<Value> {
        let mut entries = Map::new();
        self.rest = &self.rest[1..];
        while !self.ends('}') {
            let key = self.value(depth)?;
            self.rest = self.rest.trim_start().strip_prefix(':')?;
            let value = self.value(depth)?;
            entries.insert(key.as_str().map_or_else(|| key.to_string(), str::to_owned), value);
            self.separator('}')?;
        }
        Some(Value::Object(entries))
    }

    /// Reads the end of a list or dictionary, if it comes next.
    fn ends(&mut self, end: char) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.strip_prefix(end).map(|rest| self.rest = rest).is_some()
    }

    /// Reads a comma, or stops before the end.
    fn separator(&mut self, end: char) -> Option<()> {
        self.rest = self.rest.trim_start();
        if !self.rest.starts_with(end) {
            self.rest = self.rest.strip_prefix(',')?;
        }
        Some(())
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest[1..].chars();
        loop {
            match chars.next()? {
                '\\' => text.push(escape(&mut chars)?),
                char if char == quote => break,
                char => text.push(char),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }

    fn word(&mut self) -> Option<Value> {
        let end = self.rest.find(|char: char| ",:]})".contains(char) || char.is_whitespace());
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match word {
            "None" | "nan" | "inf" | "-inf" => Some(Value::Null),
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            _ if !word.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => None,
            number => Some(serde_json::from_str(number).unwrap_or(Value::Null)),
        }
    }
}

/// Reads what follows a backslash. Half of a surrogate pair is U+FFFD.
fn escape(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = match chars.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        itself => return Some(itself),
    };
    let code = (0..digits).try_fold(0_u32, |code, _| Some(code << 4 | chars.next()?.to_digit(16)?))?;
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(python: &str, json: &str) {
        let read = parse(python).map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        assert_eq!(read, json);
    }

    #[test]
    fn literals_are_read_as_json() {
        check("None", "null");
        check(" [True, False, -1, 2.5, 1e-05] ", "[true,false,-1,2.5,0.00001]");
        check("(1, 'a',)", r#"[1,"a"]"#);
        check("{'a': {}, 3: []}", r#"{"a":{},"3":[]}"#);
    }

    #[test]
    fn text_has_either_quotes_and_escapes() {
        check(r#"["it's", 'say "x"', 'both \' and "']"#, r#"["it's","say \"x\"","both ' and \""]"#);
        check(r"'\\ \n \xe9 \u4f60 \U0001f600'", r#""\\ \n é 你 😀""#);
        check(r"'\ud83d'", "\"\u{fffd}\"");
    }

    #[test]
    fn numbers_that_json_cannot_represent_are_null() {
        check("[nan, inf, -inf, 1]", "[null,null,null,1]");
        check(&format!("[{}]", "9".repeat(400)), "[null]");
    }

    #[test]
    fn text_that_is_not_a_literal_is_refused() {
        let open = ["", "[", "[1", "[1,", "(", "{", "{'a': 1", "'open", "\"open", r"'\", r"'\x1", r"'\u12g4'"];
        let wrong = ["[1 2]", "1 2", "{'a'}", "[,]", "[1)", "<class 'X'>", "lambda", "null", "\u{2022}"];
        for text in open.into_iter().chain(wrong) {
            check(text, "nothing");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        check("[[[[[[1]]]]]]", "[[[[[[1]]]]]]");
        for open in ["[", "(", "{1:"] {
            check(&open.repeat(100_000), "nothing");
        }
    }
}
