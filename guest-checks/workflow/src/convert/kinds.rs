//! Which types of data the editor lets a link join.

/// Whether something of type `from` may go where `to` is wanted. A type may be a list with commas, and `*`
/// is any.
pub(super) fn join(from: &str, to: &str) -> bool {
    is_any(from) || is_any(to) || each(from).any(|from| each(to).any(|to| from.eq_ignore_ascii_case(to)))
}

/// Whether a type stands for all types.
pub(super) fn is_any(kind: &str) -> bool {
    kind.is_empty() || each(kind).any(|kind| kind == "*")
}

fn each(kind: &str) -> impl Iterator<Item = &str> {
    kind.split(',').map(str::trim)
}
