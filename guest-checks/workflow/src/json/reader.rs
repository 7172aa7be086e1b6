//! The reader: one pass over the bytes, with its own stack for nested values.

use super::{Int, MOST_DIGITS, Value};
use std::fmt;
use std::rc::Rc;

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    pub what: &'static str,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.what, self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

/// Reads a JSON text, in time linear in its length (keys of one object are sorted).
///
/// Like Python, it also refuses values nested about a thousand deep (the recursion limit) and integers of more than
/// 4300 digits.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.document();
    value.map_err(|what| {
        let before = &text[..reader.at.min(text.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonError { what, line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    })
}

/// Python's recursion limit, less what is in use when ComfyUI reads a request.
const DEEPEST: usize = 990;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// An array or object whose end has not been read.
enum OpenContainer {
    List(Vec<Value>),
    Object(Vec<(Rc<str>, Value)>, Rc<str>),
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, &'static str> {
        let mut open: Vec<OpenContainer> = Vec::new();
        loop {
            let mut value = match self.start_of_value()? {
                ValueStart::Complete(value) => value,
                ValueStart::Container(within) if open.len() < DEEPEST => {
                    open.push(within);
                    continue;
                }
                ValueStart::Container(_) => return Err("values nested too deeply"),
            };
            // Puts the value where it belongs, and closes what ends here.
            loop {
                self.skip_space();
                let Some(within) = open.last_mut() else {
                    return if self.peek().is_none() { Ok(value) } else { Err("text after the end of the JSON") };
                };
                let next = self.peek();
                match (within, next) {
                    (OpenContainer::List(values), Some(b',')) => {
                        values.push(value);
                        self.at += 1;
                        break;
                    }
                    (OpenContainer::Object(entries, key), Some(b',')) => {
                        entries.push((Rc::clone(key), value));
                        self.at += 1;
                        *key = self.key()?;
                        break;
                    }
                    (OpenContainer::List(_), Some(b']')) | (OpenContainer::Object(..), Some(b'}')) => {
                        self.at += 1;
                        value = match open.pop() {
                            Some(OpenContainer::List(mut values)) => {
                                values.push(value);
                                Value::List(values.into())
                            }
                            Some(OpenContainer::Object(mut entries, key)) => {
                                entries.push((key, value));
                                Value::Object(Rc::new(entries.into()))
                            }
                            None => value,
                        };
                    }
                    (OpenContainer::List(_), _) => return Err("expected `,` or `]`"),
                    (OpenContainer::Object(..), _) => return Err("expected `,` or `}`"),
                }
            }
        }
    }

    fn start_of_value(&mut self) -> Result<ValueStart, &'static str> {
        self.skip_space();
        let whole = |value| Ok(ValueStart::Complete(value));
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.skip_space();
                if self.take("}") {
                    return whole(Value::Object(Rc::default()));
                }
                let key = self.key()?;
                Ok(ValueStart::Container(OpenContainer::Object(Vec::new(), key)))
            }
            Some(b'[') => {
                self.at += 1;
                self.skip_space();
                if self.take("]") {
                    return whole(Value::List(Rc::default()));
                }
                Ok(ValueStart::Container(OpenContainer::List(Vec::new())))
            }
            Some(b'"') => whole(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') if !self.text[self.at..].starts_with("-Infinity") => whole(self.number()?),
            _ => {
                let words = [
                    ("null", Value::Null),
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                    ("NaN", Value::Float(f64::NAN)),
                    ("Infinity", Value::Float(f64::INFINITY)),
                    ("-Infinity", Value::Float(f64::NEG_INFINITY)),
                ];
                let word = words.into_iter().find(|(word, _)| self.take(word));
                whole(word.ok_or("expected a value")?.1)
            }
        }
    }

    /// Reads a key and the colon after it.
    fn key(&mut self) -> Result<Rc<str>, &'static str> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err("expected a key in double quotes");
        }
        let key = self.string()?;
        self.skip_space();
        if self.take(":") { Ok(key) } else { Err("expected `:`") }
    }

    /// Reads a string, from its opening quote.
    fn string(&mut self) -> Result<Rc<str>, &'static str> {
        self.at += 1;
        let mut decoded: Option<String> = None;
        let mut plain = self.at;
        loop {
            match self.peek() {
                None => return Err("unterminated string"),
                Some(b'"') => {
                    let rest = &self.text[plain..self.at];
                    self.at += 1;
                    return Ok(decoded.map_or_else(|| rest.into(), |text| (text + rest).into()));
                }
                Some(b'\\') => {
                    let text = decoded.get_or_insert_default();
                    text.push_str(&self.text[plain..self.at]);
                    self.at += 1;
                    let char = self.escape()?;
                    decoded.get_or_insert_default().push(char);
                    plain = self.at;
                }
                Some(0..=0x1f) => return Err("control character in a string"),
                Some(_) => self.at += 1,
            }
        }
    }

    /// Reads what stands after a backslash.
    fn escape(&mut self) -> Result<char, &'static str> {
        let escaped = self.peek();
        let char = match escaped {
            Some(char @ (b'"' | b'\\' | b'/')) => char::from(char),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err("unknown escape in a string"),
        };
        self.at += 1;
        Ok(char)
    }

    fn unicode_escape(&mut self) -> Result<char, &'static str> {
        const WRONG: &str = "`\\u` escape without four hex digits";
        let first = self.hex4(self.at + 1).ok_or(WRONG)?;
        self.at += 5;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            let second = self.hex4(self.at + 2).ok_or(WRONG)?;
            if (0xdc00..0xe000).contains(&second) {
                self.at += 6;
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).ok_or(WRONG);
            }
        }
        let lone = || char::from_u32(first - 0xd800 + 0x10_f800);
        char::from_u32(first).or_else(lone).ok_or(WRONG)
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        let digits = self.text.as_bytes().get(at..at + 4)?;
        digits.iter().try_fold(0, |code, &digit| Some(code * 16 + char::from(digit).to_digit(16)?))
    }

    fn number(&mut self) -> Result<Value, &'static str> {
        let start = self.at;
        self.take("-");
        let whole = self.digits();
        if whole == 0 {
            return Err("number without digits");
        }
        // As in Python, `01` is a 0 that is followed by something else.
        let digits_at = self.at - whole;
        if whole > 1 && self.text.as_bytes()[digits_at] == b'0' {
            self.at = digits_at + 1;
        }
        let whole = self.at - digits_at;
        let end = self.at;
        let fraction = self.take(".");
        if fraction && self.digits() == 0 {
            self.at = end;
        }
        let end = self.at;
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            if self.digits() == 0 {
                self.at = end;
            }
        }
        let number = &self.text[start..self.at];
        if self.at == digits_at + whole {
            if whole > MOST_DIGITS {
                return Err("integer of more than 4300 digits");
            }
            return Int::from_decimal(number).map(Value::Int).ok_or("not an integer");
        }
        number.parse().map(Value::Float).map_err(|_| "not a number")
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

enum ValueStart {
    Complete(Value),
    Container(OpenContainer),
}
