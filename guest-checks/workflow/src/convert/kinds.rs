//! Which types the editor lets a link connect.

/// Whether an output of type `from` can be linked to an input of type `to`. A type can be a list with commas; `*` is
/// any type.
pub(super) fn connect(from: &str, to: &str) -> bool {
    is_any(from) || is_any(to) || each(from).any(|from| each(to).any(|to| from.eq_ignore_ascii_case(to)))
}

pub(super) fn is_any(kind: &str) -> bool {
    kind.is_empty() || each(kind).any(|kind| kind == "*")
}

fn each(kind: &str) -> impl Iterator<Item = &str> {
    kind.split(',').map(str::trim)
}
