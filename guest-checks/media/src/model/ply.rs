//! PLY: a header in text, and elements in text or binary.

use super::lines::Lines;
use crate::facts::Model;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;
use comfycheck_sdk::wording::count;

/// An element of the header, such as `vertex`.
struct Element {
    name: String,
    count: u64,
    properties: Vec<Property>,
}

/// What an element has, in bytes of the binary format.
enum Property {
    Value(u64),
    /// As many items as a number before them says.
    List {
        number: u64,
        item: u64,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    LittleEndian,
    BigEndian,
}

/// The header.
struct Header {
    form: Form,
    elements: Vec<Element>,
    /// Where it ends.
    end: u64,
}

pub fn read(file: &mut Window<'_>) -> Result<Model, Fault> {
    let header = header(file)?;
    let of = |name: &str| header.elements.iter().find(|element| element.name == name).map(|element| element.count);
    let vertices = of("vertex").unwrap_or_default();
    if vertices == 0 {
        return Err(Fault::Empty("the model has no vertices".into()));
    }
    if header.form == Form::Text {
        let mut lines = Lines::of(file, header.end);
        for element in &header.elements {
            element.lines(&mut lines)?;
        }
    } else {
        let mut at = header.end;
        for element in &header.elements {
            at = element.end(file, at, header.form)?;
        }
    }
    Ok(Model { format: Format::Ply, vertices, faces: of("face") })
}

impl Element {
    /// Reads a line of values for each element of this kind.
    fn lines(&self, lines: &mut Lines<'_, '_>) -> Result<(), Fault> {
        let mut index = 0;
        while index < self.count {
            let line = lines.next()?;
            let Some((_, line)) = line else { return Err(self.cut(index)) };
            if line.trim().is_empty() {
                continue;
            }
            let mut words = line.split_ascii_whitespace();
            for property in &self.properties {
                let first = words.next().ok_or_else(|| self.cut(index))?;
                let items = if let Property::List { .. } = property { first.parse().unwrap_or_default() } else { 0 };
                if words.by_ref().take(items).count() < items {
                    return Err(self.cut(index));
                }
            }
            index += 1;
        }
        Ok(())
    }

    fn cut(&self, there: u64) -> Fault {
        Fault::Cut(format!("it has {there} of {}", count(self.count, &self.name)))
    }

    /// Where all elements of this kind end that begin at a place of a binary file.
    fn end(&self, file: &mut Window<'_>, start: u64, form: Form) -> Result<u64, Fault> {
        let values = self.properties.iter().try_fold(0_u64, |sum, property| match property {
            Property::Value(size) => Some(sum + size),
            Property::List { .. } => None,
        });
        if let Some(values) = values {
            let size = self.count.saturating_mul(values);
            file.holds("the model", start, size)?;
            return Ok(start + size);
        }
        let mut at = start;
        for index in 0..self.count {
            for property in &self.properties {
                let size = match *property {
                    Property::Value(size) => size,
                    Property::List { number, item } => {
                        let bytes = file.up_to(at, usize::try_from(number).unwrap_or_default());
                        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
                        let items = match form {
                            Form::BigEndian => bytes.iter().fold(0, add),
                            Form::Text | Form::LittleEndian => bytes.iter().rev().fold(0, add),
                        };
                        number + items.saturating_mul(item)
                    }
                };
                at = at.saturating_add(size);
            }
            if at > file.size() {
                return Err(self.cut(index));
            }
        }
        Ok(at)
    }
}

fn header(file: &mut Window<'_>) -> Result<Header, Fault> {
    /// Longer headers are refused.
    const MAX_LINES: u64 = 10_000;
    let (mut form, mut elements): (Form, Vec<Element>) = (Form::LittleEndian, Vec::new());
    let mut lines = Lines::of(file, 0);
    loop {
        let Some((number, line)) = lines.next()? else {
            return Err(Fault::Cut("it ends within its header".into()));
        };
        let words: Vec<&str> = line.split_ascii_whitespace().take(8).collect();
        match words.as_slice() {
            ["format", "ascii", ..] => form = Form::Text,
            ["format", "binary_big_endian", ..] => form = Form::BigEndian,
            ["element", name, count, ..] => {
                let count = count.parse().map_err(|_| Fault::Corrupt(format!("line {number} has no count")))?;
                elements.push(Element { name: (*name).to_owned(), count, properties: Vec::new() });
            }
            ["property", kinds @ ..] => {
                let property =
                    property(kinds).ok_or_else(|| Fault::Corrupt(format!("line {number} has an unknown type")))?;
                if let Some(element) = elements.last_mut() {
                    element.properties.push(property);
                }
            }
            ["end_header"] => return Ok(Header { form, elements, end: lines.place() }),
            _ => {}
        }
        if number > MAX_LINES {
            return Err(Fault::corrupt("its header has more than 10,000 lines"));
        }
    }
}

/// A property, by the words after `property`.
fn property(words: &[&str]) -> Option<Property> {
    match words {
        ["list", number, item, ..] => Some(Property::List { number: size(number)?, item: size(item)? }),
        [kind, ..] => Some(Property::Value(size(kind)?)),
        [] => None,
    }
}

/// Bytes of a value.
fn size(kind: &str) -> Option<u64> {
    Some(match kind {
        "char" | "uchar" | "int8" | "uint8" => 1,
        "short" | "ushort" | "int16" | "uint16" => 2,
        "int" | "uint" | "float" | "int32" | "uint32" | "float32" => 4,
        "double" | "float64" => 8,
        _ => return None,
    })
}
