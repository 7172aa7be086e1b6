//! `comfycheck check bench`: how large and how fast a check is.

use super::trial::{Trials, suite_of};
use crate::answers::Answers;
use crate::args::CheckBenchArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::manifest::Scope;
use comfycheck_core::report::ExitCode;
use comfycheck_core::text::TextFile;
use comfycheck_core::wording::{bytes, count, seconds};
use comfycheck_runtime::sandbox::AuditEvent;
use comfycheck_simulator::scenario::bundled;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use toml::Table;

/// The endpoint that it runs on.
const SCENARIO: &str = "healthy";
/// The samples of each run.
const SAMPLES: u32 = 1;

/// One run of an instance.
type Use = (Scope, u32, u64, Duration);

pub(crate) fn bench(
    arguments: &CheckBenchArguments,
    checks: impl Fn() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let path = arguments.component.clone().unwrap_or_else(|| PathBuf::from("build/check.wasm"));
    let request = || [("check".to_owned(), ComponentRequest::File(&path))];
    // An empty cache, so that the component is compiled.
    let cache = tempfile::tempdir().map_err(|error| Failure::machine("cannot create a folder", &error))?;
    let cold = Checks::new(Some(cache.path().join("compiled")), true, terminal)?;
    let (first, compiled) = timed(|| cold.load(&request()));
    let component = first?.remove(0);
    let (second, loaded) = timed(|| cold.load(&request()));
    second?;
    let uses = Arc::new(Mutex::new(Vec::<Use>::new()));
    let sink = Arc::clone(&uses);
    let checks = checks()?;
    checks.audit(Arc::new(move |instance, event| {
        if let AuditEvent::End { calls, memory, cpu } = event {
            sink.lock().unwrap_or_else(PoisonError::into_inner).push((instance.scope, calls, memory, cpu));
        }
    }));
    let trials = Trials { checks: &checks, tokio: crate::executor::tokio()?, terminal, verbose: false };
    let suite = suite(&path, &component.surface().grants(), &arguments.settings)?;
    let folder = tempfile::tempdir().map_err(|error| Failure::machine("cannot create a folder", &error))?;
    std::fs::write(folder.path().join("workflow.json"), super::new::workflow())
        .map_err(|error| Failure::machine("cannot write a workflow", &error))?;
    for _ in 0..arguments.runs.get() {
        let answers = Answers::Scenario(SCENARIO.to_owned(), Box::new(bundled(SCENARIO)?));
        trials.run(suite.clone(), folder.path(), answers)?;
    }
    let mut text = format!("size     {}\n", bytes(component.size() as u64));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "compile  {}, once for each version", span(compiled));
    let _ = writeln!(text, "load     {}, from the cache", span(loaded));
    let uses = uses.lock().unwrap_or_else(PoisonError::into_inner);
    for scope in &component.manifest().scopes {
        let _ = writeln!(text, "{}", of_scope(*scope, &uses));
    }
    terminal.print(&text)?;
    Ok(ExitCode::Passed)
}

/// What the runs of a scope used.
fn of_scope(scope: Scope, uses: &[Use]) -> String {
    let mut times: Vec<_> = uses.iter().filter(|used| used.0 == scope).map(|used| used.3).collect();
    times.sort_unstable();
    let most = uses.iter().filter(|used| used.0 == scope);
    let (calls, memory) = most.fold((0, 0), |(calls, memory), used| (used.1.max(calls), used.2.max(memory)));
    let (median, longest) = (times.get(times.len() / 2), times.last());
    let (Some(median), Some(longest)) = (median, longest) else { return format!("{:11} did not run", scope.word()) };
    format!(
        "run      {}: median {}, at most {} of CPU time; {} of memory; {}",
        scope.word(),
        span(*median),
        span(*longest),
        bytes(memory),
        count(calls, "host call")
    )
}

/// Runs of a check in Rust take microseconds, which seconds would round away.
fn span(time: Duration) -> String {
    let time = time.as_secs_f64();
    if time < 1.0 { format!("{:.2} ms", time * 1000.0) } else { seconds(time) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

/// A suite with the check alone.
fn suite(component: &Path, grants: &[&str], settings: &str) -> Result<TextFile, Failure> {
    let settings: Table = serde_json::from_str(settings).map_err(|error| {
        let what = format!("`--settings` is not a JSON object of settings: {error}");
        Failure::from(Diagnostic::new(what).help("write `--settings '{\"max-words\": 60}'`"))
    })?;
    let suite = suite_of(component, grants, settings, "workflow.json", SAMPLES);
    Ok(TextFile { path: "--settings".to_owned(), text: suite.to_string() })
}
