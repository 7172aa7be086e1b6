//! Counts and lists.

use std::fmt::Display;

/// A number of things: `1 error`, `2 errors`.
pub fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, thing: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Samples by their index, in ascending order: `sample 3`, `samples 0–3, 7`.
pub fn samples(indices: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &index in indices {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(index) => *last = index,
            _ => runs.push((index, index)),
        }
    }
    let run = |&(first, last): &(u32, u32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    };
    let thing = if indices.len() == 1 { "sample" } else { "samples" };
    format!("{thing} {}", runs.iter().map(run).collect::<Vec<_>>().join(", "))
}

/// Quoted names: `` `a`, `b` and `c` ``.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names_with(names, "and")
}

/// Quoted names with a conjunction of the caller's: `` `a`, `b` or `c` ``.
pub fn names_with<'a>(names: impl IntoIterator<Item = &'a str>, conjunction: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_follow_each_other_are_a_range() {
        assert_eq!(samples(&[3]), "sample 3");
        assert_eq!(samples(&[0, 1]), "samples 0, 1");
        assert_eq!(samples(&[0, 1, 2, 3, 7]), "samples 0–3, 7");
        assert_eq!(samples(&[u32::MAX - 1, u32::MAX]), "samples 4294967294, 4294967295");
    }

    #[test]
    fn names_are_quoted_and_joined() {
        assert_eq!(names([]), "");
        assert_eq!(names(["a"]), "`a`");
        assert_eq!(names_with(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0_u32, 1, 2].map(|number| count(number, "error")), ["0 errors", "1 error", "2 errors"]);
    }
}
