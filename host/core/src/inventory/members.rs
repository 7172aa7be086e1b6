//! Splits a JSON object into its members while its text arrives, in parts of any size.
//!
//! It finds where members begin and end. Whether a value is valid JSON, its reader says.

use memchr::memchr2;

/// Why a text is not a JSON object.
#[derive(Debug, thiserror::Error)]
pub enum SyntaxError {
    #[error("it ends after {at} bytes, within {within}")]
    Ends { at: u64, within: String },
    #[error("expected {expected} at byte {at}")]
    Unexpected { expected: &'static str, at: u64 },
    /// The value of a member.
    #[error("`{member}` is not valid JSON")]
    Value { member: String, source: serde_json::Error },
}

/// What came next in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The part is used up.
    More,
    /// A value that is an object begins. [`Members::descend`] reads its members one by one.
    Object,
    /// A member is complete.
    Member,
}

/// The state between two parts.
#[derive(Debug)]
pub(super) struct Members {
    state: State,
    /// Bytes before the current part.
    passed: u64,
    /// How many objects are open whose members are read one by one.
    level: u8,
    /// How many brackets are open in the value.
    depth: u32,
    /// The name of the member, as JSON.
    name: Vec<u8>,
    value: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the text.
    Start,
    /// After `{`: a name or `}`.
    First,
    /// After `,`: a name.
    Name,
    /// In a name, after its opening quote. The flag: after a backslash.
    InName(bool),
    Colon,
    /// Before a value.
    Value,
    /// In a number or a word.
    Scalar,
    /// In a value, outside of strings.
    Nested,
    /// In a string of a value. The flag: after a backslash.
    InString(bool),
    /// After a value.
    After,
    /// After the last `}`.
    End,
}

impl Default for Members {
    fn default() -> Self {
        Self { state: State::Start, passed: 0, level: 0, depth: 0, name: Vec::new(), value: Vec::new() }
    }
}

impl Members {
    /// The name of the current member, as JSON.
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    /// The value of the member that is complete.
    pub(super) fn value(&self) -> &[u8] {
        &self.value
    }

    /// How many objects are open: 1 for a member of the text itself.
    pub(super) fn level(&self) -> u8 {
        self.level
    }

    /// Reads the members of the object that begins one by one.
    pub(super) fn descend(&mut self) {
        self.value.clear();
        self.depth = 0;
        self.state = State::First;
        self.level += 1;
    }

    /// Reads on. The rest of the part stays in it.
    pub(super) fn advance(&mut self, part: &mut &[u8]) -> Result<Step, SyntaxError> {
        loop {
            let before = self.state;
            match before {
                State::InName(_) | State::InString(_) => self.string(part),
                State::Nested => self.nested(part),
                State::Scalar => self.scalar(part),
                State::Start | State::First | State::Name | State::Colon | State::Value | State::After | State::End => {
                    let blanks = part.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    self.pass(part, blanks);
                    let Some(&byte) = part.first() else { return Ok(Step::More) };
                    self.structure(byte, part)?;
                }
            }
            let in_value = matches!(before, State::Scalar | State::Nested | State::InString(_));
            if in_value && self.state == State::After {
                return Ok(Step::Member);
            }
            if before == State::Value && self.value == b"{" {
                return Ok(Step::Object);
            }
            if part.is_empty() {
                return Ok(Step::More);
            }
        }
    }

    /// The error if the text ends here.
    pub(super) fn end(&self) -> Result<(), SyntaxError> {
        if self.state == State::End {
            return Ok(());
        }
        let in_member =
            matches!(self.state, State::Colon | State::Value | State::Scalar | State::Nested | State::InString(_));
        let within = if in_member { String::from_utf8_lossy(&self.name).into_owned() } else { "the object".to_owned() };
        Err(SyntaxError::Ends { at: self.passed, within: within.replace('"', "`") })
    }

    /// One byte outside of names and values.
    fn structure(&mut self, byte: u8, part: &mut &[u8]) -> Result<(), SyntaxError> {
        let unexpected = |expected| Err(SyntaxError::Unexpected { expected, at: self.passed });
        let next = match (self.state, byte) {
            (State::Start, b'{') => {
                self.level = 1;
                State::First
            }
            // A byte order mark, as Windows tools write it.
            (State::Start, 0xEF | 0xBB | 0xBF) if self.passed < 3 => State::Start,
            (State::Start, _) => return unexpected("`{`"),
            (State::First | State::Name, b'"') => {
                self.name.clear();
                self.name.push(b'"');
                State::InName(false)
            }
            (State::First | State::After, b'}') => {
                self.level -= 1;
                if self.level == 0 { State::End } else { State::After }
            }
            (State::First | State::Name, _) => return unexpected("a name in quotes"),
            (State::Colon, b':') => State::Value,
            (State::Colon, _) => return unexpected("`:`"),
            (State::Value, _) => {
                self.value.clear();
                match byte {
                    b'{' | b'[' => {
                        self.value.push(byte);
                        self.depth = 1;
                        State::Nested
                    }
                    b'"' => {
                        self.value.push(byte);
                        State::InString(false)
                    }
                    b',' | b'}' | b']' | b':' => return unexpected("a value"),
                    _ => {
                        self.state = State::Scalar;
                        return Ok(());
                    }
                }
            }
            (State::After, b',') => State::Name,
            (State::After, _) => return unexpected("`,` or `}`"),
            (State::End, _) => return unexpected("the end"),
            // They have functions of their own.
            (State::InName(_) | State::Scalar | State::Nested | State::InString(_), _) => self.state,
        };
        self.state = next;
        self.pass(part, 1);
        Ok(())
    }

    /// Up to the end of a string, or of the part.
    fn string(&mut self, part: &mut &[u8]) {
        let (is_name, mut escaped) = match self.state {
            State::InName(escaped) => (true, escaped),
            State::InString(escaped) => (false, escaped),
            _ => return,
        };
        let mut end = None;
        let mut at = 0;
        while at < part.len() {
            if escaped {
                escaped = false;
                at += 1;
            } else if let Some(found) = memchr2(b'"', b'\\', &part[at..]) {
                at += found + 1;
                if part[at - 1] == b'"' {
                    end = Some(at);
                    break;
                }
                escaped = true;
            } else {
                at = part.len();
            }
        }
        let length = end.unwrap_or(part.len());
        if is_name { &mut self.name } else { &mut self.value }.extend_from_slice(&part[..length]);
        self.pass(part, length);
        self.state = match (is_name, end) {
            (true, None) => State::InName(escaped),
            (true, Some(_)) => State::Colon,
            (false, None) => State::InString(escaped),
            (false, Some(_)) if self.depth == 0 => State::After,
            (false, Some(_)) => State::Nested,
        };
    }

    /// Up to the end of the value, or of the part. Most of its bytes are in strings.
    fn nested(&mut self, part: &mut &[u8]) {
        let mut at = 0;
        let state = loop {
            let Some(&byte) = part.get(at) else { break State::Nested };
            at += 1;
            match byte {
                b'"' => match closing_quote(&part[at..]) {
                    Some(length) => at += length,
                    None => break State::InString(false),
                },
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        break State::After;
                    }
                }
                _ => {}
            }
        };
        self.value.extend_from_slice(&part[..at]);
        self.pass(part, at);
        self.state = state;
    }

    fn scalar(&mut self, part: &mut &[u8]) {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']');
        let end = part.iter().position(is_end);
        let length = end.unwrap_or(part.len());
        self.value.extend_from_slice(&part[..length]);
        self.pass(part, length);
        if end.is_some() {
            self.state = State::After;
        }
    }

    fn pass(&mut self, part: &mut &[u8], length: usize) {
        *part = part.get(length..).unwrap_or_default();
        self.passed += length as u64;
    }
}

/// The length of the rest of a string with its closing quote. None if it does not end here.
pub(super) fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members of a text that arrives in parts of `size` bytes, those of `in` one by one.
    fn members(text: &str, size: usize) -> Result<Vec<String>, SyntaxError> {
        let (mut members, mut found) = (Members::default(), Vec::new());
        for mut part in text.as_bytes().chunks(size) {
            loop {
                match members.advance(&mut part)? {
                    Step::More => break,
                    Step::Object if members.name() == br#""in""# && members.level() == 1 => members.descend(),
                    Step::Object => {}
                    Step::Member => {
                        let [name, value] = [members.name(), members.value()].map(String::from_utf8_lossy);
                        found.push(format!("{} {name} {value}", members.level()));
                    }
                }
            }
        }
        members.end().map(|()| found)
    }

    #[test]
    fn members_are_the_same_in_parts_of_any_size() {
        let text = "\u{feff} { \"a\\\"}\" : {\"x\": [1, \"]}\\\\\", {}]} ,\"in\":{\"b\": \"\\\"{\" , \"c\":-1.5e3}, \"d\" :true,\"e\":{}}\n";
        let expected =
            [r#"1 "a\"}" {"x": [1, "]}\\", {}]}"#, r#"2 "b" "\"{""#, r#"2 "c" -1.5e3"#, r#"1 "d" true"#, r#"1 "e" {}"#];
        for size in 1..=text.len() {
            assert_eq!(members(text, size).unwrap(), expected, "{size}");
        }
        assert_eq!(members("{}", 1).unwrap(), [""; 0]);
        assert_eq!(members(r#"{"in": {}}"#, 3).unwrap(), [""; 0]);
    }

    #[test]
    fn the_place_of_a_mistake_is_a_byte() {
        let rows = [
            ("", "it ends after 0 bytes, within the object"),
            (" [", "expected `{` at byte 1"),
            ("{a", "expected a name in quotes at byte 1"),
            (r#"{"a" 1"#, "expected `:` at byte 5"),
            (r#"{"a":,"#, "expected a value at byte 5"),
            (r#"{"a": [1] [2]}"#, "expected `,` or `}` at byte 10"),
            (r#"{"a": 1,}"#, "expected a name in quotes at byte 8"),
            (r#"{"a": 1} x"#, "expected the end at byte 9"),
            (r#"{"a": {"b": ["#, "it ends after 13 bytes, within `a`"),
        ];
        for (text, expected) in rows {
            for size in [1, 2, 100] {
                assert_eq!(members(text, size).unwrap_err().to_string(), expected, "{text}");
            }
        }
    }
}
