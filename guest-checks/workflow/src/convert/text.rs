//! Texts that the editor resolves before it submits them, as ComfyUI's readme tells: of `{red|green}` it draws
//! one alternative, `//` and `/* */` are comments, and `\{` stands for a brace.

/// What became of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// There is nothing in it to resolve.
    AsWritten,
    /// Without comments, escapes, and braces around a single alternative.
    To(String),
    /// Some braces hold several alternatives, so that the editor would draw.
    Drawn,
}

/// Resolves a text as far as chance is not needed.
pub(super) fn resolve(text: &str) -> Resolved {
    let bare = without_comments(text);
    // What is taken out later leaves a gap.
    let mut resolved: Vec<Option<char>> = Vec::with_capacity(bare.len());
    let mut open = Vec::new();
    let mut characters = bare.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => resolved.push(Some(characters.next_if(|next| "{}".contains(*next)).unwrap_or('\\'))),
            '|' if !open.is_empty() => return Resolved::Drawn,
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
    if resolved == text { Resolved::AsWritten } else { Resolved::To(resolved) }
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

/// Whether a name holds what the editor fills in: `%date:…%`, or the value of a widget as `%node.widget%`.
/// ComfyUI itself fills in the others, such as `%year%`.
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
