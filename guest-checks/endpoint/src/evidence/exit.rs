//! Processes that ended by a signal, in the words of shells, Python, Docker and others.

use std::ops::Range;

/// Each line that reports the end of a process has one of these.
pub(crate) const NEEDLES: &[&str] = &["exit", "return", "signal"];

/// Words between those and the number.
const BETWEEN: [&str; 11] = ["ed", "code", "status", "with", "value", "non", "zero", "a", "an", "number", "is"];

/// The signal that ended a process, and where the line says so: `exit code 137`, `returncode: -9`, `killed by signal 9`.
///
/// A shell and Docker add 128 to the signal, Python negates it.
pub(crate) fn signal(line: &str) -> Option<(u8, Range<usize>)> {
    let lower = line.to_ascii_lowercase();
    NEEDLES.iter().find_map(|needle| {
        lower.match_indices(needle).find_map(|(start, _)| {
            let (number, end) = number(&lower, start + needle.len())?;
            // Functions return numbers, too.
            let is_status =
                *needle != "return" || ["code", "status"].iter().any(|word| lower[start..end].contains(word));
            let signal = match number {
                _ if !is_status => return None,
                129..=160 => number - 128,
                -32..=-1 => -number,
                1..=32 if *needle == "signal" => number,
                _ => return None,
            };
            Some((u8::try_from(signal).ok()?, start..end))
        })
    })
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
        if length == 0 || !BETWEEN.contains(&&rest[minus..minus + length]) {
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
            assert_eq!(signal(line).map(|(signal, _)| signal), expected, "{line}");
        }
    }
}
