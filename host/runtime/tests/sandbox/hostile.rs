//! What each way to misbehave costs: a table of guests, with outcome, time and memory. And what it costs the honest ones.
//!
//! `make hostile` prints it.

use crate::guest::{Trial, check_of, component, runtime};
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_core::secret::Secrets;
use comfycheck_core::wording::{bytes, seconds};
use comfycheck_runtime::capabilities::{Capabilities, WorkflowText};
use comfycheck_runtime::facts::WaitingSample;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::sandbox::{AuditEvent, Call, Check, ComponentSource, Interface, Limits, Sandbox};
use comfycheck_runtime::schedule::{self, SLICE};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A way to misbehave.
struct Row {
    what: &'static str,
    guest: &'static str,
    expected: Expected,
}

#[derive(Clone, Copy, PartialEq)]
enum Expected {
    /// The host ends it with an error of this kind.
    Error(ErrorKind),
    /// The host cuts what is too much, and the guest completes.
    Completed,
    /// It is not loaded.
    Refused,
}

const fn row(what: &'static str, guest: &'static str, expected: Expected) -> Row {
    Row { what, guest, expected }
}

use Expected::{Completed, Error, Refused};

const ROWS: [Row; 26] = [
    row("computes for ever", "spins", Error(ErrorKind::Limit)),
    row("fills memory for ever", "fills_its_memory", Error(ErrorKind::Limit)),
    row("computes for ever while it starts", "spins_when_started", Refused),
    row("computes for ever in `describe`", "spins_in_describe", Refused),
    row("its watcher never returns", "spins_in_watch", Error(ErrorKind::Limit)),
    row("takes memory, page by page", "grows", Error(ErrorKind::Limit)),
    row("takes memory at once", "grows_at_once", Error(ErrorKind::Limit)),
    row("takes a table", "grows_a_table", Error(ErrorKind::Limit)),
    row("takes memory and a table", "grows_both", Error(ErrorKind::Limit)),
    row("has more memories than a check can have", "has_five_memories", Refused),
    row("recurses without an end", "recurses", Error(ErrorKind::Limit)),
    row("hands over a huge text", "hands_over_too_much", Error(ErrorKind::Limit)),
    row("gives a long message", "says_too_much", Completed),
    row("gives data without an end", "has_data_without_end", Error(ErrorKind::Limit)),
    row("gives data without a bottom", "has_data_without_bottom", Error(ErrorKind::Contract)),
    row("gives too many findings", "finds_too_much", Completed),
    row("floods the log", "floods_the_log", Completed),
    row("floods the host with calls", "floods_the_host", Error(ErrorKind::Limit)),
    row("leaks handles", "leaks_handles", Error(ErrorKind::Limit)),
    row("requests a path that the suite does not list", "requests_a_path", Completed),
    row("asks for a long name", "asks_for_a_long_name", Completed),
    row("divides by zero", "divides_by_zero", Error(ErrorKind::Trap)),
    row("panics", "panics", Error(ErrorKind::Trap)),
    row("points beyond its memory", "points_beyond_its_memory", Error(ErrorKind::Contract)),
    row("has a schema that is not JSON", "has_a_schema_that_is_not_json", Refused),
    row("calls the host in `describe`", "calls_in_describe", Refused),
];

/// What an instance used.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    calls: u32,
    memory: u64,
    cpu: Duration,
}

#[test]
#[expect(clippy::print_stdout, reason = "a table for people")]
fn every_way_to_misbehave_ends_within_its_limits() {
    let sandbox = Sandbox::new(None).unwrap();
    let used = Arc::new(Mutex::new(Used::default()));
    let sink = Arc::clone(&used);
    sandbox.audit(Arc::new(move |_, event| {
        if let AuditEvent::End { calls, memory, cpu } = event {
            *sink.lock().unwrap() = Used { calls, memory, cpu };
        }
    }));
    let limits = Limits { cpu: Duration::from_millis(200), memory_bytes: 256 << 20, ..Limits::default() };
    println!("{:42} {:22} {:>8} {:>8} {:>9} {:>7}", "guest", "outcome", "CPU", "time", "memory", "calls");
    for Row { what, guest, expected } in &ROWS {
        *used.lock().unwrap() = Used::default();
        let wasm = component(guest);
        let start = Instant::now();
        let loaded = sandbox.load(ComponentSource { name: guest, wasm: &wasm, sha256: None });
        let (found, word) = match loaded {
            Err(error) => (Refused, error.kind.to_string().chars().take(22).collect()),
            Ok(component) => {
                let check = component.grant(&Interface::ALL.map(Interface::name)).unwrap();
                let execution = runtime().block_on(run(&check, guest, &limits));
                match execution.outcome {
                    Outcome::Errored { kind, .. } => (Error(kind), kind.word().to_owned()),
                    Outcome::Completed { .. } => (Completed, "completed".to_owned()),
                    Outcome::Skipped { .. } => (Completed, "skipped".to_owned()),
                }
            }
        };
        let time = start.elapsed();
        let Used { calls, memory, cpu } = *used.lock().unwrap();
        let times = [cpu, time].map(|time| seconds(time.as_secs_f64()));
        println!("{what:42} {word:22} {:>8} {:>8} {:>9} {calls:>7}", times[0], times[1], bytes(memory));
        assert!(found == *expected, "{what}: {word}");
        assert!(memory <= limits.memory_bytes, "{what}: {memory} bytes");
        // A tick and one bulk instruction later.
        assert!(cpu < limits.cpu + Duration::from_secs(1), "{what}: {cpu:?}");
    }
}

/// Runs a guest, or its watcher if it has one.
async fn run(check: &Check, name: &str, limits: &Limits) -> Execution {
    let trial = Trial { limits: limits.clone(), ..Trial::default() };
    if !check.watches() {
        return trial.execute(name, check).await;
    }
    let call = Call {
        instance: CheckInstance { check: name.to_owned(), scope: Scope::Run, sample: None },
        settings: "{}",
        severity: &trial.severity,
        capabilities: trial.capabilities.for_instance(),
        limits: limits.clone(),
        secrets: Secrets::default(),
        log: Arc::new(|_, _| ()),
    };
    let waiting = WaitingSample { index: 0, status: None, submitted: Duration::ZERO, first_running: None };
    check.watch(call, Duration::ZERO, &[waiting]).await
}

/// Runs instances as a run does, in their order. Returns how each ended, and when.
fn all(checks: &[(&Check, &'static str)], limits: &Limits) -> Vec<(Outcome, Duration)> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = NonZeroUsize::new(cores).unwrap();
    let capabilities = Capabilities::offline(WorkflowText { source: "{}".into(), is_api: false }, None);
    let start = Instant::now();
    let tasks: Vec<_> = checks
        .iter()
        .map(|(check, name)| {
            let (check, name, limits) = ((*check).clone(), (*name).to_owned(), limits.clone());
            let capabilities = capabilities.for_instance();
            move || async move {
                let call = Call {
                    instance: CheckInstance { check: name, scope: Scope::Deployment, sample: None },
                    settings: "{}",
                    severity: &BTreeMap::new(),
                    capabilities,
                    limits,
                    secrets: Secrets::default(),
                    log: Arc::new(|_, _| ()),
                };
                let execution = check.run(call).await;
                (execution.outcome, start.elapsed())
            }
        })
        .collect();
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let never = Interruption::never();
    let ended = tokio.block_on(schedule::run(tasks, threads, SLICE, never, |_, _| ()));
    ended.into_iter().map(Option::unwrap).collect()
}

/// The honest instance is the last one that starts. How many slices it waits is a test of the schedule, whose length does not
/// depend on this machine. `make hostile` prints the time.
#[test]
#[expect(clippy::print_stdout, reason = "a number for people")]
fn an_honest_check_does_not_wait_for_those_that_spin() {
    let (spins, honest) = (check_of("spins"), check_of("answers"));
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let limits = Limits { cpu: Duration::from_secs(2), ..Limits::default() };
    let mut checks = vec![(&spins, "spins"); cores * 4 - 1];
    checks.push((&honest, "answers"));
    let ended = all(&checks, &limits);
    let ((outcome, after), spinning) = ended.split_last().unwrap();
    println!("beside {} that spin, an honest check ended after {}", checks.len() - 1, seconds(after.as_secs_f64()));
    assert!(matches!(outcome, Outcome::Completed { .. }), "{outcome:?}");
    let first = spinning.iter().map(|(_, ended)| ended).min().unwrap();
    assert!(after < first, "{after:?}, after one that spun until {first:?}");
}

#[test]
fn hostile_checks_change_no_verdict_of_honest_ones() {
    crowd(50);
}

/// Takes 50 s of CPU time. `make hostile` runs it.
#[test]
#[ignore = "takes 50 s of CPU time"]
fn a_thousand_hostile_checks_change_no_verdict_of_a_hundred_honest_ones() {
    crowd(1_000);
}

/// Runs hostile instances, and one honest one after each ten of them.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a number for people")]
fn crowd(hostile: usize) {
    let (spins, honest) = (check_of("spins"), check_of("answers"));
    let limits = Limits { cpu: Duration::from_millis(50), ..Limits::default() };
    let alone = all(&[(&honest, "answers")], &limits).remove(0).0;
    let is_honest = |index: usize| index % 11 == 10;
    let checks: Vec<_> = (0..hostile + hostile / 10)
        .map(|index| if is_honest(index) { (&honest, "answers") } else { (&spins, "spins") })
        .collect();
    let start = Instant::now();
    let ended = all(&checks, &limits);
    let took = seconds(start.elapsed().as_secs_f64());
    println!(
        "{hostile} that spin for 0.05 s each, and {} honest ones: {took}, every honest verdict unchanged",
        hostile / 10
    );
    for (index, (outcome, _)) in ended.iter().enumerate() {
        if is_honest(index) {
            assert_eq!(*outcome, alone, "{index}");
        } else {
            // Of its CPU time, never of its wall time.
            assert!(matches!(outcome, Outcome::Errored { kind: ErrorKind::Limit, .. }), "{index}: {outcome:?}");
        }
    }
}
