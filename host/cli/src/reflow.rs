//! Markdown with its prose wrapped at the width of a terminal.

use comfycheck_core::render::wrap;

/// A line of a page that is continued below its text, which two spaces part from its label.
pub(crate) fn continued(line: &str, columns: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let label = line[indent..].find("  ").map_or(indent, |at| indent + at);
    let text = line[label..].trim_start();
    let label = &line[..line.len() - text.len()];
    wrap(label, label.chars().count(), text, columns)
}

/// Wraps paragraphs and items of lists. Code blocks, tables and headings keep their lines.
pub(crate) fn reflowed(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut paragraph: Option<Paragraph> = None;
    let mut in_code = false;
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if in_code || is_fence || line.trim().is_empty() || line.starts_with(['|', '#', '>']) {
            lines.extend(paragraph.take().into_iter().flat_map(|paragraph| paragraph.lines(width)));
            lines.push(line.to_owned());
            in_code ^= is_fence;
            continue;
        }
        let marker = marker(line);
        match &mut paragraph {
            Some(open) if marker == 0 => open.add(line.trim()),
            _ => {
                let begun = Paragraph { first: line[..marker].to_owned(), text: line[marker..].trim_end().to_owned() };
                lines.extend(paragraph.replace(begun).into_iter().flat_map(|paragraph| paragraph.lines(width)));
            }
        }
    }
    lines.extend(paragraph.into_iter().flat_map(|paragraph| paragraph.lines(width)));
    lines.join("\n")
}

/// Lines that belong together.
struct Paragraph {
    /// The marker of an item.
    first: String,
    text: String,
}

impl Paragraph {
    fn add(&mut self, line: &str) {
        self.text.push(' ');
        self.text.push_str(line);
    }

    fn lines(self, width: usize) -> Vec<String> {
        wrap(&self.first, self.first.chars().count(), &self.text, width)
    }
}

/// The length of the marker that begins an item, with its indentation: `- ` or `1. `. 0 if the line begins none.
fn marker(line: &str) -> usize {
    let indentation = line.len() - line.trim_start().len();
    let rest = &line[indentation..];
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let mark = match () {
        () if rest.starts_with("- ") || rest.starts_with("* ") => 2,
        () if digits > 0 && rest[digits..].starts_with(". ") => digits + 2,
        () => return 0,
    };
    indentation + mark
}

#[cfg(test)]
mod tests {
    use super::reflowed;

    #[test]
    fn prose_is_wrapped_and_everything_else_keeps_its_lines() {
        for (text, width, expected) in [
            ("a\nb c\n\nd", 80, "a b c\n\nd"),
            ("one two three", 8, "one two\nthree"),
            ("Then:\n- one two\n  three\n- four", 9, "Then:\n- one two\n  three\n- four"),
            ("10. one two three", 11, "10. one two\n    three"),
            ("```sh\na b c d e f\ng\n```\nh i", 5, "```sh\na b c d e f\ng\n```\nh i"),
            ("| a b | c d |\n| --- | --- |", 5, "| a b | c d |\n| --- | --- |"),
            ("see `a b c d`", 6, "see\n`a b c d`"),
            ("", 80, ""),
        ] {
            assert_eq!(reflowed(text, width), expected, "{text:?}");
        }
    }
}
