//! The page for people, of every scenario and every recording: how long it is, and what stands in its last lines.

use crate::binary::comfycheck;
use std::path::{Path, PathBuf};

/// The most lines of a page with one cause, and of a page with several. A terminal shows as many as the first.
const ONE_CAUSE: usize = 24;
const SEVERAL: usize = 40;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().unwrap()
}

fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(fixtures().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = paths
        .filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A command line, and the page that it prints at a width.
fn page(arguments: &[&str], columns: usize) -> String {
    let output = comfycheck(&fixtures()).args(arguments).env("COLUMNS", columns.to_string()).output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(!page.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    page
}

/// Holds a page to its bounds. Returns how many lines it has.
#[track_caller]
fn check(name: &str, page: &str) -> usize {
    let lines: Vec<&str> = page.lines().collect();
    let begin = |label: &str| lines.iter().filter(|line| line.starts_with(label)).count();
    let causes = match begin("error[") {
        0 => begin("unknown["),
        errors => errors,
    };
    let most = if causes <= 1 && begin("warning[") == 0 { ONE_CAUSE } else { SEVERAL };
    assert!(lines.len() <= most, "{name} has {} lines, {causes} causes:\n{page}", lines.len());
    let last = &lines[lines.len().saturating_sub(ONE_CAUSE)..];
    let verdict = |line: &&str| ["PASSED", "FAILED", "INCONCLUSIVE"].iter().any(|word| line.starts_with(word));
    assert_eq!(lines.iter().filter(|line| verdict(line)).count(), 1, "{name}:\n{page}");
    assert!(last.iter().any(verdict), "{name}:\n{page}");
    if begin("error[") > 0 {
        let error = last.iter().position(|line| line.starts_with("error["));
        let error = error.unwrap_or_else(|| panic!("{name} shows no cause in its last lines:\n{page}"));
        let help = last[error..].iter().any(|line| line.trim_start().starts_with("= help: "));
        assert!(help, "{name} shows no help in its last lines:\n{page}");
    }
    // A line that begins a statement; its continuation may read like another's.
    let begins =
        |line: &str| ["error[", "unknown[", "warning[", "= help", "= seen"].iter().any(|key| line.starts_with(key));
    for line in lines.iter().filter(|line| line.len() > 40 && begins(line.trim_start())) {
        assert_eq!(lines.iter().filter(|other| other == &line).count(), 1, "{name} prints twice: {line}\n{page}");
    }
    // The row of its check repeats what happened, and nothing else does.
    for line in lines.iter().filter(|line| line.starts_with("error[")) {
        let what = line.split_once("]: ").map_or("", |(_, what)| what.split(": ").next().unwrap_or(what));
        let times = lines.iter().filter(|line| what.len() > 12 && line.contains(what)).count();
        assert!(times <= 2, "{name} says {times} times: {what}\n{page}");
    }
    lines.len()
}

#[expect(clippy::print_stdout, reason = "a table for people")]
fn check_all(columns: usize) {
    let mut table = Vec::new();
    for scenario in names("scenarios") {
        let run = [
            "run",
            "--simulate",
            &scenario,
            "--workflow",
            "workflows/denrisi.json",
            "--samples",
            "4",
            "--concurrency",
            "2",
        ];
        let lines = check(&scenario, &page(&run, columns));
        table.push(format!("{lines:4} {scenario}"));
    }
    for cassette in names("cassettes").into_iter().filter(|name| name.starts_with("denrisi-")) {
        let folder = format!("cassettes/{cassette}");
        let lines = check(&cassette, &page(&["run", "suites/denrisi.toml", "--replay", &folder], columns));
        table.push(format!("{lines:4} {cassette}"));
    }
    // Shown with `--nocapture`.
    println!("lines at {columns} columns\n{}", table.join("\n"));
}

#[test]
fn every_page_is_short_and_its_end_is_enough() {
    check_all(100);
}

#[test]
fn every_page_is_short_on_a_narrow_terminal() {
    check_all(80);
}
