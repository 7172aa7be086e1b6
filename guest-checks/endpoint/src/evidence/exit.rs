//! Processes that ended by a signal, in the words of shells, Python, Docker and others.

use std::ops::Range;

/// Each line that reports the end of a process has one of these.
pub(crate) const NEEDLES: &[&str] = &["exit", "return", "signal"];

/// Words between those and the number.
const BETWEEN: [&str; 11] = ["ed", "code", "status", "with", "value", "non", "zero", "a", "an", "number", "is"];

/// The signal that ended a process, and where the line says so: `exit code 137`, `returncode: -9`, `killed by signal 9`.
/// `needle` is where one of [`NEEDLES`] stands in the line.
///
/// A shell and Docker add 128 to the signal, Python negates it.
pub(crate) fn signal(line: &str, needle: &Range<usize>) -> Option<(u8, Range<usize>)> {
    let is = |word: &str| line.get(needle.clone()).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let (number, end) = number(line, needle.end)?;
    let place = needle.start..end;
    let words = line.get(place.clone())?.to_ascii_lowercase();
    let signal = match number {
        // Functions return numbers, too.
        _ if is("return") && !words.contains("code") && !words.contains("status") => return None,
        129..=160 => number - 128,
        -32..=-1 => -number,
        1..=32 if is("signal") => number,
        _ => return None,
    };
    Some((u8::try_from(signal).ok()?, place))
}

/// The number after a place, and its end. Only a few words stand between.
fn number(line: &str, mut at: usize) -> Option<(i32, usize)> {
    const SEPARATORS: [char; 9] = [' ', ':', '=', '(', '_', ',', '-', '\'', '"'];
    loop {
        let rest = line.get(at..)?;
        at += rest.len() - rest.trim_start_matches(SEPARATORS).len();
        // The sign of a number is a separator of words.
        at -= usize::from(line[..at].ends_with('-'));
        let rest = line.get(at..)?;
        let minus = usize::from(rest.starts_with('-'));
        let digits = rest[minus..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let end = at + minus + digits;
            return Some((line[at..end].parse().ok()?, end));
        }
        let length = rest[minus..].bytes().take_while(u8::is_ascii_alphabetic).count();
        if length == 0 || !BETWEEN.iter().any(|word| word.eq_ignore_ascii_case(&rest[minus..minus + length])) {
            return None;
        }
        at += minus + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_found_in_each_form() {
        for (line, expected) in [
            ("worker exited with exit code 137", Some(9)),
            ("process exited with return code -9", Some(9)),
            ("Command 'x' returned non-zero exit status -9.", Some(9)),
            ("comfyui exited (code=139)", Some(11)),
            ("returncode: -11", Some(11)),
            ("exit_code=137", Some(9)),
            ("ExitCode\": 137", Some(9)),
            ("killed by signal 9", Some(9)),
            ("terminated by signal 6 (SIGABRT)", Some(6)),
            ("exit code 1", None),
            ("exit code 0", None),
            ("returned 137 images", None),
            ("returned 200 images after 137 s", None),
            ("signal to noise 9", None),
            ("exited on 2026-11-29", None),
            ("exit", None),
            ("The command '/bin/sh' returned a non-zero code: 137", Some(9)),
            ("", None),
        ] {
            let lower = line.to_ascii_lowercase();
            let needles = NEEDLES.iter().flat_map(|needle| lower.match_indices(needle));
            let found = needles.map(|(at, needle)| at..at + needle.len()).find_map(|needle| signal(line, &needle));
            assert_eq!(found.map(|(signal, _)| signal), expected, "{line}");
        }
    }
}
