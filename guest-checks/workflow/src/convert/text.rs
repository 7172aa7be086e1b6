//! Prompts that the editor resolves on submit, as ComfyUI's readme describes: it picks one alternative of `{red|green}`
//! at random, removes `//` and `/* */` comments, and reads `\{` as a brace.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ResolvedText {
    /// Nothing to resolve.
    Unchanged,
    /// Without comments, escapes, and braces around a single alternative.
    Changed(String),
    /// Has several alternatives: the editor picks one at random.
    Random,
}

/// Resolves a text, unless the result is random.
pub(super) fn resolve(text: &str) -> ResolvedText {
    let bare = without_comments(text);
    // A brace that is removed later leaves a gap.
    let mut resolved: Vec<Option<char>> = Vec::with_capacity(bare.len());
    let mut open = Vec::new();
    let mut characters = bare.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => resolved.push(Some(characters.next_if(|next| "{}".contains(*next)).unwrap_or('\\'))),
            '|' if !open.is_empty() => return ResolvedText::Random,
            '{' => {
                open.push(resolved.len());
                resolved.push(Some('{'));
            }
            '}' => match open.pop() {
                Some(at) => resolved[at] = None,
                None => resolved.push(Some('}')),
            },
            other => resolved.push(Some(other)),
        }
    }
    let resolved: String = resolved.into_iter().flatten().collect();
    if resolved == text { ResolvedText::Unchanged } else { ResolvedText::Changed(resolved) }
}

fn without_comments(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let (before, comment) = rest.split_at(at);
        bare.push_str(before);
        let end = match comment.as_bytes().get(1) {
            Some(b'/') => comment.find(['\n', '\r', '\u{2028}', '\u{2029}']).or(Some(comment.len())),
            Some(b'*') => comment[2..].find("*/").map(|end| end + 4),
            _ => None,
        };
        rest = if let Some(end) = end {
            &comment[end..]
        } else {
            bare.push('/');
            &comment[1..]
        };
    }
    bare + rest
}

/// Whether a name has placeholders that the editor replaces: `%date:…%` and `%node.widget%`. ComfyUI itself replaces
/// the others, such as `%year%`.
pub(super) fn has_placeholders(name: &str) -> bool {
    let mut pieces = name.split('%').skip(1);
    while let Some(inner) = pieces.next() {
        let is_closed = pieces.next().is_some();
        if is_closed && (inner.starts_with("date:") || inner.contains('.')) {
            return true;
        }
    }
    false
}
