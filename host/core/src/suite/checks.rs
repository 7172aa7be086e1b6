//! The checks of a suite.

use super::file::{CheckFile, LimitsFile, SeverityFile};
use super::problems::Problems;
use super::settings::with_files;
use super::surroundings::{BundledName, Overrides, Surroundings};
use super::{CheckSource, HttpPaths, Limits, SuiteCheck};
use crate::address::{AddressError, shown};
use crate::diagnostic::{Diagnostic, Kind};
use crate::distribution::{SourceError, has_login, is_component_file, is_remote};
use crate::finding::Severity;
use crate::manifest::{ALWAYS_GRANTED, GRANTABLE, is_kebab_case};
use crate::nearest::{did_you_mean, nearest};
use crate::plain::one_line;
use crate::wording::names;
use std::num::NonZeroU32;
use std::time::Duration;

/// The highest limit of time: a day.
const LONGEST_S: f64 = 86_400.0;

/// The checks of the suite in the order of the file. A suite without `checks` has all built-in checks that run by default.
pub(super) fn selected(
    given: Option<Vec<(String, CheckFile)>>,
    surroundings: &Surroundings<'_>,
    overrides: &Overrides,
) -> Vec<(String, CheckFile)> {
    given.unwrap_or_else(|| {
        let selected =
            |check: &&BundledName<'_>| check.by_default || overrides.checks.iter().any(|named| named == check.name);
        let bundled = surroundings.bundled.iter().filter(selected);
        bundled.map(|check| (check.name.to_owned(), CheckFile::default())).collect()
    })
}

/// The checks to run: those of the suite that the command line does not leave out.
pub(super) fn checks(
    mut checks: Vec<(String, CheckFile)>,
    limits: &LimitsFile,
    surroundings: &Surroundings<'_>,
    overrides: &Overrides,
    problems: &mut Problems<'_>,
) -> Vec<SuiteCheck> {
    let defaults = self::limits(limits, &["limits"], problems);
    let named = overrides.checks.iter().chain(&overrides.skip);
    for unknown in named.filter(|named| !checks.iter().any(|(name, _)| name == *named)) {
        let what = format!("the suite has no check `{unknown}`");
        let help = did_you_mean(unknown, checks.iter().map(|(name, _)| name.as_str()));
        problems.key(&[], Diagnostic { help, ..Diagnostic::of(Kind::UnknownName, what) });
    }
    let selected = |name: &String| overrides.checks.is_empty() || overrides.checks.contains(name);
    let has_selected = checks.iter().any(|(name, _)| selected(name));
    checks.retain(|(name, _)| selected(name) && !overrides.skip.contains(name));
    if checks.is_empty() && has_selected {
        let help = "leave out a `--skip`: a run without checks judges nothing";
        problems.key(&[], Diagnostic::of(Kind::Conflict, "no check is left to run").help(help));
    }
    checks.into_iter().map(|(name, check)| self::check(name, check, &defaults, surroundings, problems)).collect()
}

fn check(
    name: String,
    file: CheckFile,
    defaults: &Limits,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> SuiteCheck {
    let at = ["checks", name.as_str()];
    if !is_kebab_case(&name) {
        let what = format!("`{name}` is not a valid check name");
        let help = "use lower-case words joined by `-`, such as `my-check`";
        problems.key(&at, Diagnostic::of(Kind::InvalidValue, what).help(help));
    }
    for (index, grant) in file.grants.iter().flatten().enumerate() {
        if let Some(diagnostic) = not_grantable(grant) {
            problems.value(&["checks", &name, "grants", &index.to_string()], diagnostic);
        }
    }
    let http_paths = HttpPaths::new(file.http_paths.clone()).unwrap_or_else(|wrong| {
        let pattern = one_line(&file.http_paths[wrong], 100);
        let diagnostic = Diagnostic::of(Kind::InvalidValue, format!("`{pattern}` is not a path of a server"))
            .help("write a path such as `/queue`, or `/internal/*` for all paths below");
        problems.value(&["checks", &name, "http-paths", &wrong.to_string()], diagnostic);
        HttpPaths::default()
    });
    let severity = |(rule, severity): (String, SeverityFile)| {
        let severity = match severity {
            SeverityFile::Note => Severity::Note,
            SeverityFile::Warning => Severity::Warning,
            SeverityFile::Error => Severity::Error,
        };
        (rule, severity)
    };
    let own = limits(&file.limits, &["checks", &name, "limits"], problems);
    SuiteCheck {
        source: source(&name, file.component, surroundings, problems),
        grants: file.grants,
        http_paths,
        gate: file.gate,
        settings: with_files(file.settings, &["checks", &name, "settings"], surroundings, problems),
        severity: file.severity.into_iter().map(severity).collect(),
        limits: Limits {
            memory_bytes: own.memory_bytes.or(defaults.memory_bytes),
            cpu: own.cpu.or(defaults.cpu),
            wall: own.wall.or(defaults.wall),
            findings: own.findings.or(defaults.findings),
            message_bytes: own.message_bytes.or(defaults.message_bytes),
            data_bytes: own.data_bytes.or(defaults.data_bytes),
            log_bytes: own.log_bytes.or(defaults.log_bytes),
            host_calls: own.host_calls.or(defaults.host_calls),
            handles: own.handles.or(defaults.handles),
        },
        place: problems.place(&at),
        name,
    }
}

fn source(
    name: &str,
    component: Option<String>,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> CheckSource {
    let (given, component) = match component {
        Some(component) => (true, component),
        None => (false, name.to_owned()),
    };
    if is_remote(&component) {
        return match component.parse() {
            Ok(remote) => CheckSource::Remote(remote),
            Err(error) => {
                let shown = shown(&component).map_or_else(|| "the source".to_owned(), |shown| format!("`{shown}`"));
                let what = format!("{shown} {error}");
                let diagnostic = Diagnostic::of(Kind::InvalidValue, what).help(SourceError::help(error));
                problems.value(&["checks", name, "use"], diagnostic);
                CheckSource::File(component)
            }
        };
    }
    if has_login(&component) {
        let error = AddressError::Credentials;
        let diagnostic = Diagnostic::of(Kind::Secret, format!("the source is {error}"));
        problems.value(&["checks", name, "use"], diagnostic.help(error.help()));
        return CheckSource::File(String::new());
    }
    if is_component_file(&component) {
        return CheckSource::File(component);
    }
    let bundled = || surroundings.bundled.iter().map(|check| check.name);
    if !bundled().any(|name| name == component) {
        // A query can be a signature.
        let what = format!("there is no built-in check `{}`", shown(&component).unwrap_or("@"));
        let own = "your own check needs `use = \"path/to/check.wasm\"`";
        let help = match nearest(&component, bundled()) {
            Some(name) => format!("did you mean `{name}`? Otherwise {own}"),
            None => format!("the built-in checks are {}; {own}", names(bundled())),
        };
        let kind = if component.contains('?') { Kind::Secret } else { Kind::UnknownName };
        let diagnostic = Diagnostic::of(kind, what).help(help);
        if given {
            problems.value(&["checks", name, "use"], diagnostic);
        } else {
            problems.key(&["checks", name], diagnostic);
        }
    }
    CheckSource::Bundled(component)
}

fn not_grantable(grant: &str) -> Option<Diagnostic> {
    if GRANTABLE.contains(&grant) {
        return None;
    }
    if ALWAYS_GRANTED.contains(&grant) {
        let what = format!("`{grant}` is always granted");
        return Some(Diagnostic::of(Kind::InvalidValue, what).help("remove it from `grants`"));
    }
    let help = did_you_mean(grant, GRANTABLE);
    Some(Diagnostic { help, ..Diagnostic::of(Kind::UnknownName, format!("there is no capability `{grant}`")) })
}

fn limits(file: &LimitsFile, at: &[&str], problems: &mut Problems<'_>) -> Limits {
    let mut duration = |key: &str, seconds: Option<f64>| {
        let seconds = seconds?;
        let duration = Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds > 0.0 && seconds <= LONGEST_S);
        if duration.is_none() {
            let what = format!("`{key}` must be above 0 and at most {LONGEST_S}");
            problems.value(&[at, &[key]].concat(), Diagnostic::of(Kind::OutOfRange, what));
        }
        duration
    };
    let (cpu, wall) = (duration("cpu-s", file.cpu_s), duration("wall-s", file.wall_s));
    let mut at_most = |key: &str, given: Option<NonZeroU32>, most: u32| {
        let given = given?.get();
        if given > most {
            let diagnostic = Diagnostic::of(Kind::OutOfRange, format!("`{key}` must be at most {most}"));
            problems.value(&[at, &[key]].concat(), diagnostic);
        }
        Some(given)
    };
    let mut kib = |key: &str, given, most| at_most(key, given, most).map(|kib| kib as usize * 1024);
    Limits {
        message_bytes: kib("message-kib", file.message_kib, 1024),
        data_bytes: kib("data-kib", file.data_kib, 16 * 1024),
        log_bytes: kib("log-kib", file.log_kib, 16 * 1024),
        handles: at_most("handles", file.handles, 1_000_000),
        memory_bytes: file.memory_mib.map(|mib| u64::from(mib.get()) * 1024 * 1024),
        cpu,
        wall,
        findings: file.findings.map(NonZeroU32::get),
        host_calls: file.host_calls.map(NonZeroU32::get),
    }
}
