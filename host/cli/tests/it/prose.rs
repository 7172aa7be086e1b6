//! The words: nothing that a person reads holds a phrase that stops readers, and the documents are easy to read.
//!
//! `make prose` prints the measurements. The rules are in CONTRIBUTING.md.

use crate::tidy::{files, root};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Phrases that readers stumble over, each with what to write in its place.
const BANNED: [(&str, &str); 27] = [
    ("could not be told", "unknown"),
    ("cannot be told", "unknown"),
    ("not told", "unknown"),
    ("tells", "shows, reports"),
    ("told", "shown, reported"),
    ("carried out", "ran"),
    ("was given up on", "timed out"),
    ("given up on", "timed out"),
    ("buy samples", "run samples"),
    ("buys samples", "runs samples"),
    ("buys", "submits, pays for"),
    ("bought", "submitted, paid for"),
    ("anew", "again"),
    ("nobody", "name the party"),
    ("somebody", "name the party"),
    ("whoever", "name the party"),
    ("be had", "be fetched, available"),
    ("parted", "split"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("dear", "expensive"),
    ("dearer", "more expensive"),
    ("in vain", "without a response"),
    ("worker starts aside", "not counting worker startup"),
    ("met a cold worker", "hit a cold start"),
    ("is no", "is not a"),
    ("as it is", "unchanged"),
];

/// The most commas and semicolons per 100 words of a document.
const CHOPPED: f64 = 6.0;

/// What of a file a person reads, by line number; none of a file that nobody is shown.
fn readable(path: &Path, inside: &str) -> Option<Vec<(usize, String)>> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let name = path.file_name()?.to_string_lossy().into_owned();
    let is_test = inside.contains("/tests/") || inside.ends_with("/tests.rs");
    let text = || std::fs::read_to_string(path).unwrap_or_default();
    let lines = |text: String| text.lines().map(str::to_owned).enumerate().map(|(at, line)| (at + 1, line)).collect();
    match ending.as_str() {
        "rs" if !is_test => Some(words_of_rust(&text())),
        "md" | "wit" | "snap" => Some(lines(text())),
        "yml" | "json" if inside.starts_with(".github") || inside.starts_with("schemas") => Some(lines(text())),
        "" if inside.starts_with("fixtures/product") && (name == "stdout" || name == "stderr") => Some(lines(text())),
        _ => None,
    }
}

/// Doc comments and the contents of string literals, by line.
fn words_of_rust(text: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    let (mut line, mut before) = (1, ' ');
    while let Some(char) = chars.next() {
        match char {
            '\n' => line += 1,
            '/' if chars.peek() == Some(&'/') => {
                let comment: String = std::iter::from_fn(|| chars.next_if(|char| *char != '\n')).collect();
                if comment.starts_with("//") || comment.starts_with("/!") {
                    words.push((line, comment));
                }
            }
            // A character, and not a lifetime.
            '\'' => {
                let mut ahead = chars.clone();
                let first = ahead.next();
                if first == Some('\\') || ahead.next() == Some('\'') {
                    let escaped = first == Some('\\');
                    chars.next();
                    if escaped {
                        chars.next();
                    }
                    while chars.next_if(|char| *char != '\'' && *char != '\n').is_some() {}
                    chars.next();
                }
            }
            '"' | '#' if char == '"' || (before == 'r' && matches!(chars.peek(), Some('#' | '"'))) => {
                let mut hashes = usize::from(char == '#');
                while char == '#' && chars.next_if_eq(&'#').is_some() {
                    hashes += 1;
                }
                if char == '#' {
                    chars.next();
                }
                let raw = char == '#' || before == 'r';
                let end = format!("\"{}", "#".repeat(hashes));
                let (start, mut literal) = (line, String::new());
                while let Some(char) = chars.next() {
                    literal.push(char);
                    line += usize::from(char == '\n');
                    if char == '\\' && !raw {
                        let next = chars.next().unwrap_or(' ');
                        line += usize::from(next == '\n');
                        // A line that goes on in the next one is one text.
                        literal.pop();
                        if next == '\n' {
                            while chars.next_if(|char| *char == ' ').is_some() {}
                        } else {
                            literal.push(' ');
                        }
                    } else if literal.ends_with(&end) {
                        break;
                    }
                }
                words.push((start, literal));
            }
            _ => {}
        }
        before = char;
    }
    words
}

/// Whether a phrase stands in a text as whole words. `there is no` and `is no longer` are as they should be.
fn holds(text: &str, phrase: &str) -> bool {
    let lower = text.to_lowercase();
    let is_word = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_' || char == '-');
    lower.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (&lower[..at], &lower[at + phrase.len()..]);
        if is_word(before.chars().next_back()) || is_word(after.chars().next()) {
            return false;
        }
        phrase != "is no" || !(before.trim_end().ends_with("there") || after.trim_start().starts_with("longer"))
    })
}

/// The banned phrases of the repository, one line each.
fn banned() -> Vec<String> {
    let mut found = Vec::new();
    for path in files("") {
        let inside = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        for (line, text) in readable(&path, &inside).unwrap_or_default() {
            for (phrase, better) in BANNED.iter().filter(|(phrase, _)| holds(&text, phrase)) {
                found.push(format!("{inside}:{line}: `{phrase}`: write {better}"));
            }
        }
    }
    found
}

/// The documents that people read from their first line to their last.
fn documents() -> Vec<(String, String)> {
    let is_document = |inside: &str| {
        let of_book =
            inside.starts_with("docs/src/") && !inside.starts_with("docs/src/rules") && inside != "docs/src/SUMMARY.md";
        let is_generated = ["docs/src/suite.md", "docs/src/commands.md", "docs/src/packs.md"].contains(&inside);
        Path::new(inside).extension().is_some_and(|ending| ending == "md")
            && !is_generated
            && (of_book || ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].contains(&inside))
    };
    let inside = |path: PathBuf| (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), path);
    let found = files("").into_iter().map(inside).filter(|(inside, _)| is_document(inside));
    found.map(|(inside, path)| (inside, std::fs::read_to_string(path).unwrap())).collect()
}

/// Words, and commas and semicolons, of a document's sentences: code, tables and link targets are left out.
fn measure(markdown: &str) -> (usize, usize) {
    let mut is_code = false;
    let (mut words, mut marks) = (0, 0);
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code && !line.starts_with('|') {
            let line: String =
                line.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "code" }).collect();
            words += line.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
            marks += line.matches([',', ';']).count();
        }
    }
    (words, marks)
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand words")]
fn per_hundred(words: usize, marks: usize) -> f64 {
    marks as f64 * 100.0 / words.max(1) as f64
}

#[test]
fn no_phrase_stops_a_reader() {
    let found = banned();
    assert!(found.is_empty(), "{} banned phrases:\n{}", found.len(), found.join("\n"));
}

#[test]
fn sentences_are_short_and_whole() {
    let mut table = format!("{:>6} {:>6} {:>8}\n", "words", "marks", "per 100");
    let mut chopped = Vec::new();
    for (document, text) in documents() {
        let (words, marks) = measure(&text);
        let _ = writeln!(table, "{words:>6} {marks:>6} {:>8.1}  {document}", per_hundred(words, marks));
        if per_hundred(words, marks) > CHOPPED && words > 50 {
            chopped.push(document);
        }
    }
    std::io::stdout().write_all(table.as_bytes()).unwrap();
    assert!(chopped.is_empty(), "more than {CHOPPED} commas and semicolons per 100 words: {chopped:?}\n{table}");
}

#[test]
fn the_readme_and_the_architecture_are_short() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let words = read("README.md").split_whitespace().count();
    assert!(words <= 700, "README.md has {words} words");
    let bytes = read("ARCHITECTURE.md").len();
    assert!(bytes <= 10_000, "ARCHITECTURE.md has {bytes} bytes");
}

#[test]
fn words_of_rust_are_its_strings_and_its_docs() {
    let source = "//! Docs.\nfn told(x: &'static str) { // no\n    say(\"a \\\n        b\", r#\"raw \"told\"\"#, '\"', \"c\"); }\n";
    let words: Vec<_> = words_of_rust(source).into_iter().map(|(line, text)| format!("{line} {text}")).collect();
    assert_eq!(words, ["1 /! Docs.", "3 a b\"", "4 raw \"told\"\"#", "4 c\""]);
    assert!(holds("This is no answer", "is no") && !holds("there is no answer", "is no"));
    assert!(!holds("retold", "told") && !holds("mending", "mend") && holds("It tells.", "tells"));
}
