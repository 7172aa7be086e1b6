//! Every `comfycheck …` in the README and in docs/ is a command line that this version takes.

use super::Arguments;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

/// The command lines in the code blocks of a document, as words.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut in_block = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if !in_block {
            continue;
        }
        let mut command = line.trim().to_owned();
        while command.ends_with('\\') {
            command.pop();
            command += lines.next().unwrap_or_default().trim();
        }
        // What a shell computes is a number.
        while let (Some(begin), Some(end)) = (command.find("$(("), command.find("))")) {
            command.replace_range(begin..end + 2, "1");
        }
        // A list of words, as Kubernetes has it.
        if let Some(list) = command.strip_prefix("args: ") {
            let words: Vec<String> = serde_json::from_str(list).unwrap_or_else(|error| panic!("{list}: {error}"));
            commands.push([vec!["comfycheck".to_owned()], words].concat());
            continue;
        }
        // What is before it: a prompt, an item of a list, a key, the step of a Jenkinsfile, a variable.
        let Some(at) = command.find("comfycheck ") else { continue };
        let before = &command[..at];
        let is_prefix = |word: &str| matches!(word, "$" | "-" | "run:" | "entry:" | "sh") || word.contains('=');
        let quote = before.chars().next_back().filter(|last| matches!(last, '\'' | '"'));
        if before.trim_end_matches(['\'', '"']).split_whitespace().all(is_prefix) {
            let rest = &command[at..];
            commands.push(words(quote.and_then(|quote| rest.strip_suffix(quote)).unwrap_or(rest)));
        }
    }
    commands
}

/// The words of one command, as a shell splits them; what follows it in the line is left out.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '|' | '>' | ';' | '&') => break,
            (None, '#') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_documented_command_line_is_taken() {
    let mut found = vec![root().join("README.md")];
    documents(&root().join("docs"), &mut found);
    let mut count = 0;
    for path in found {
        for command in commands(&std::fs::read_to_string(&path).unwrap()) {
            count += 1;
            if let Err(error) = Arguments::from_words(command.iter().map(Into::into)) {
                panic!("{}: `{}`: {error}", path.display(), command.join(" "));
            }
        }
    }
    assert!(count > 15, "{count} commands were found");
}

#[test]
fn command_lines_are_found_where_documents_have_them() {
    let text = "comfycheck outside\n```sh\n$ comfycheck list    # a comment\nX=1 comfycheck run --format \"json:a b\" \\\n    \
                --samples 3 | tee log\ncargo install comfycheck --locked\n```\n```yaml\n  - comfycheck explain && echo\n  args: \
                [\"list\"]\n  run: comfycheck list\n```\n```groovy\nsh 'comfycheck list'\n```\n";
    let found: Vec<_> = commands(text).iter().map(|words| words.join("·")).collect();
    assert_eq!(
        found,
        [
            "comfycheck·list",
            "comfycheck·run·--format·json:a b·--samples·3",
            "comfycheck·explain",
            "comfycheck·list",
            "comfycheck·list",
            "comfycheck·list",
        ]
    );
}
