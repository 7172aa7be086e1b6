//! Processes that ended by a signal, in the words of shells, Python, Docker and others.

use std::ops::Range;

/// Each line that reports the end of a process has one of these.
///
/// Functions return numbers, too: `return` counts only before the word for what a process returns.
pub(crate) const NEEDLES: &[&str] = &[
    "exited",
    "exit code",
    "exit_code",
    "exit-code",
    "exitcode",
    "exit status",
    "exit_status",
    "exit value",
    "exit with",
    "exits with",
    "exit 1",
    "exit -",
    "exit(1",
    "exit(-",
    "exit: 1",
    "exit: -",
    "exit=1",
    "exit=-",
    "signal",
    "return code",
    "return_code",
    "returncode",
    "return status",
    "returned code",
    "returned status",
    "zero code",
];

/// Words between those and the number.
const BETWEEN: [&str; 12] = ["ed", "s", "code", "status", "with", "value", "non", "zero", "a", "an", "number", "is"];

/// The signal that ended a process, and where the line says so: `exit code 137`, `returncode: -9`, `killed by signal 9`.
/// `needle` is where one of [`NEEDLES`] stands in the line.
///
/// A shell and Docker add 128 to the signal, Python negates it.
pub(crate) fn signal(line: &str, needle: &Range<usize>) -> Option<(u8, Range<usize>)> {
    let text = line.get(needle.clone())?;
    let word = text.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, end) = number(line, needle.start + word)?;
    let signal = match number {
        129..=160 => number - 128,
        -32..=-1 => -number,
        1..=32 if text.eq_ignore_ascii_case("signal") => number,
        _ => return None,
    };
    Some((u8::try_from(signal).ok()?, needle.start..end))
}

/// The number after a place, and its end. Only a few words stand between. Logs are long, so this looks at bytes.
fn number(line: &str, mut at: usize) -> Option<(i32, usize)> {
    let bytes = line.as_bytes();
    let count = |from: usize, is: fn(&u8) -> bool| {
        bytes.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| is(byte)).count())
    };
    loop {
        at += count(at, |byte| b" :=(_,-'\"".contains(byte));
        let digits = count(at, u8::is_ascii_digit);
        if digits > 0 {
            // The sign of a number is a separator of words, too.
            let start = at - usize::from(bytes[..at].ends_with(b"-"));
            return Some((line.get(start..at + digits)?.parse().ok()?, at + digits));
        }
        let word = line.get(at..at + count(at, u8::is_ascii_alphabetic))?;
        if !BETWEEN.iter().any(|between| between.eq_ignore_ascii_case(word)) {
            return None;
        }
        at += word.len();
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
            ("the process exits with 134", Some(6)),
            ("sh -c main.py: exit 137", Some(9)),
            ("comfyui exit=-9", Some(9)),
            ("main.py (exit: -11)", Some(11)),
            ("exit(137)", Some(9)),
            ("exit 1", None),
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
