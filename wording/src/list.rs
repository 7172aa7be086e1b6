//! Counts and lists.

use crate::quote;
use std::fmt::Display;

/// A number of things: `1 error`, `2 errors`, `2 classes`.
pub fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, thing: &str) -> String {
    let plural = match thing {
        _ if number == N::from(1) => "",
        thing if thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{number} {thing}{plural}")
}

/// Samples by their index, in ascending order: `sample 3`, `samples 0–3, 7`. Of more than six
/// ranges, the first five: `samples 0, 2, 4, 6, 8 and 3 more`.
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
    let others = if runs.len() > 6 { runs.split_off(5) } else { Vec::new() };
    let others: u32 = others.iter().map(|(first, last)| last - first + 1).sum();
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    format!("{thing} {}{more}", runs.iter().map(run).collect::<Vec<_>>().join(", "))
}

/// Quoted names: `` `a`, `b` and `c` ``.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names_with(names, "and")
}

/// Quoted names with a conjunction of the caller's: `` `a`, `b` or `c` ``.
pub fn names_with<'a>(names: impl IntoIterator<Item = &'a str>, conjunction: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(quote).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// Quoted names of which there may be many. Of more than five, the first four:
/// `` `a`, `b`, `c`, `d` and 2 others ``.
pub fn few_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = names.into_iter().collect();
    if all.len() <= 5 {
        return self::names(all);
    }
    let others = all.split_off(4).len();
    format!("{} and {others} others", all.into_iter().map(quote).collect::<Vec<_>>().join(", "))
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
    fn of_many_ranges_the_first_are_shown() {
        assert_eq!(samples(&[0, 2, 4, 6, 8, 10]), "samples 0, 2, 4, 6, 8, 10");
        assert_eq!(samples(&[0, 2, 4, 6, 8, 10, 11, 13]), "samples 0, 2, 4, 6, 8 and 3 more");
    }

    #[test]
    fn names_are_quoted_and_joined() {
        assert_eq!(names([]), "");
        assert_eq!(names(["a"]), "`a`");
        assert_eq!(names_with(["a", "b", "c"], "or"), "`a`, `b` or `c`");
        assert_eq!(names(["a\nb"]), "`a b`");
    }

    #[test]
    fn of_many_names_the_first_are_shown() {
        assert_eq!(few_names(["a", "b", "c", "d", "e"]), "`a`, `b`, `c`, `d` and `e`");
        assert_eq!(few_names(["a", "b", "c", "d", "e", "f"]), "`a`, `b`, `c`, `d` and 2 others");
    }

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0_u32, 1, 2].map(|number| count(number, "error")), ["0 errors", "1 error", "2 errors"]);
        assert_eq!([1_u32, 2].map(|number| count(number, "node class")), ["1 node class", "2 node classes"]);
    }
}
