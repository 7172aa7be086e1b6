//! Every folder of `fixtures/product` is a test of the binary: its `command`, and what is expected of it.
//!
//! The command runs in `fixtures/` with an empty environment; `{out}` in it stands for a folder of its own, whose
//! files are compared with those of the test's folder. With BLESS=1 what came out is written instead.

#[path = "it/binary.rs"]
mod binary;
#[expect(dead_code, reason = "the other tests need more of it")]
#[path = "it/signal.rs"]
mod signal;

use binary::comfycheck;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().expect("fixtures");
    let folders = std::fs::read_dir(fixtures.join("product")).expect("fixtures/product");
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    // Compiles the checks, so that what is expected need not tell who is the first.
    let warm_up = comfycheck(&fixtures).args(["explain", "missing-node"]).output().expect("the binary runs");
    assert!(warm_up.status.success(), "{}", String::from_utf8_lossy(&warm_up.stderr));
    let trials = folders.into_iter().map(|folder| {
        let fixtures = fixtures.clone();
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        Trial::test(name, move || run(&fixtures, &folder))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(fixtures: &Path, folder: &Path) -> Result<(), Failed> {
    let command = std::fs::read_to_string(folder.join("command"))?;
    let out = tempfile::tempdir()?;
    let out_path = out.path().to_str().ok_or("the temporary folder's name is not UTF-8")?;
    let arguments = command.split_whitespace().map(|argument| argument.replace("{out}", out_path));
    let output = comfycheck(fixtures).args(arguments).output()?;

    // Another compiler makes other components of the same source.
    let masked = |text: String, check: &comfycheck_checks::BundledCheck| text.replace(check.sha256, "{sha256}");
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).map(|text| text.replace(out_path, "{out}"));
        text.map(|text| comfycheck_checks::CHECKS.iter().fold(text, masked))
    };
    let code = output.status.code().map_or_else(|| "killed".to_owned(), |code| code.to_string());
    let mut actual = BTreeMap::from([
        ("exit-code".to_owned(), format!("{code}\n")),
        ("stderr".to_owned(), text(output.stderr)?),
        ("stdout".to_owned(), text(output.stdout)?),
    ]);
    for entry in std::fs::read_dir(out.path())? {
        let entry = entry?;
        actual.insert(entry.file_name().to_string_lossy().into_owned(), text(std::fs::read(entry.path())?)?);
    }

    if std::env::var_os("BLESS").is_some() {
        for (name, text) in &actual {
            std::fs::write(folder.join(name), text)?;
        }
        return Ok(());
    }
    let mut names: BTreeSet<String> = actual.keys().cloned().collect();
    for entry in std::fs::read_dir(folder)? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    names.remove("command");
    for name in names {
        let expected = std::fs::read_to_string(folder.join(&name)).ok();
        let (expected, actual) = (expected.as_deref(), actual.get(&name).map(String::as_str));
        if expected != actual {
            return Err(difference(&name, expected, actual).into());
        }
    }
    Ok(())
}

/// What differs, as a reader wants to see it.
fn difference(name: &str, expected: Option<&str>, actual: Option<&str>) -> String {
    match (expected, actual) {
        (None, _) => format!("`{name}` was written, and is not expected"),
        (_, None) => format!("`{name}` is expected, and was not written"),
        (Some(expected), Some(actual)) => {
            let diff = similar::TextDiff::from_lines(expected, actual);
            format!("`{name}` differs:\n{}", diff.unified_diff().context_radius(3).header("expected", "actual"))
        }
    }
}
