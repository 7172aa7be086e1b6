//! Processes that ended with a code or by a signal, in the words of shells, Python, Docker and others.

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
const BETWEEN: [&str; 14] = [
    "ed",
    "s",
    "code",
    "status",
    "with",
    "value",
    "non",
    "zero",
    "a",
    "an",
    "number",
    "is",
    "unexpectedly",
    "abnormally",
];

/// A shell and Docker report 128 and the signal that ended a process, Python the negative signal.
pub(crate) const SIGNAL: u8 = 128;

/// The code that a process ended with, and where the line says so: `exit code 137`, `returncode: -9`, `killed by signal 9`.
/// `needle` is where one of [`NEEDLES`] stands in the line.
pub(crate) fn code(line: &str, needle: &Range<usize>) -> Option<(u8, Range<usize>)> {
    let text = line.get(needle.clone())?;
    let word = text.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, end) = number(line, needle.start + word)?;
    let code = match number {
        1..=32 if text.eq_ignore_ascii_case("signal") => i32::from(SIGNAL) + number,
        -32..=-1 => i32::from(SIGNAL) - number,
        _ if text.eq_ignore_ascii_case("signal") => return None,
        _ => number,
    };
    Some((u8::try_from(code).ok()?, needle.start..end))
}

/// Words of a program that ends another one on purpose.
const INTENT: [&str; 8] = ["cleanup", "clean up", "old ", "stop", "restart", "shut", "terminat", "previous"];

/// Whether a line is a notice: a program reports an end that it survives, or caused. Many handlers log everything as a notice, also
/// that ComfyUI died.
pub(crate) fn is_expected(line: &str) -> bool {
    let is_notice = |word: &str| matches!(word, "INFO" | "DEBUG");
    let text = line.to_ascii_lowercase();
    let unexpected = || text.contains("not expected") || text.contains("unexpected");
    let is_comfyui = || text.contains("comfyui") && !INTENT.iter().any(|word| text.contains(word));
    line.split(|c: char| !c.is_ascii_alphanumeric()).any(is_notice) && !unexpected() && !is_comfyui()
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
    fn an_end_in_a_notice_is_expected() {
        for (line, expected) in [
            ("[INFO] cleanup: the old process ended with exit code -9", true),
            ("2026-11-20 12:00:01 INFO handler: ComfyUI exited with code -9", false),
            ("INFO stopping ComfyUI: exit code -9", true),
            ("{\"message\": \"exit code 137\", \"level\": \"INFO\"}", true),
            ("2026-11-20 12:00:01,000 INFO exited: comfyui (exit status 137; not expected)", false),
            ("WARN exited: comfyui (terminated by SIGKILL)", false),
            ("comfyui: exit code -9", false),
        ] {
            assert_eq!(is_expected(line), expected, "{line}");
        }
    }

    #[test]
    fn a_code_is_found_in_each_form() {
        for (line, expected) in [
            ("worker exited with exit code 137", Some(137)),
            ("process exited with return code -9", Some(137)),
            ("Command 'x' returned non-zero exit status -9.", Some(137)),
            ("comfyui exited (code=139)", Some(139)),
            ("returncode: -11", Some(139)),
            ("exit_code=137", Some(137)),
            ("ExitCode\": 137", Some(137)),
            ("killed by signal 9", Some(137)),
            ("terminated by signal 6 (SIGABRT)", Some(134)),
            ("ComfyUI exited unexpectedly with code -9", Some(137)),
            ("exit code 1", Some(1)),
            ("exit code 0", Some(0)),
            ("the process exits with 134", Some(134)),
            ("sh -c main.py: exit 137", Some(137)),
            ("comfyui exit=-9", Some(137)),
            ("main.py (exit: -11)", Some(139)),
            ("exit(137)", Some(137)),
            ("exit 1", Some(1)),
            ("returned 137 images", None),
            ("returned 200 images after 137 s", None),
            ("signal to noise 9", None),
            ("exited on 2026-11-29", None),
            ("exit", None),
            ("The command '/bin/sh' returned a non-zero code: 137", Some(137)),
            ("", None),
        ] {
            let lower = line.to_ascii_lowercase();
            let needles = NEEDLES.iter().flat_map(|needle| lower.match_indices(needle));
            let found = needles.map(|(at, needle)| at..at + needle.len()).find_map(|needle| code(line, &needle));
            assert_eq!(found.map(|(code, _)| code), expected, "{line}");
        }
    }
}
