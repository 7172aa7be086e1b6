//! Benchmarks: what is measured of a level, what is decided, and how it is shown.

use comfycheck_core::bench::{
    BENCH_VERSION, Bench, BenchFinding, BenchOrigin, Decision, LevelInput, LoadKind, MOST_LISTED, ReadBenchError,
    bound, compare_with, decide, exit_code, json_bench, json_bench_schema, level, read_bench,
};
use comfycheck_core::money::CostRange;
use comfycheck_core::render::{PageStyle, html_bench, human_bench, markdown_bench};
use comfycheck_core::report::{ExitCode, Signal};
use comfycheck_core::sample::{Ending, FileFacts, Sample, Start};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

const S: fn(f64) -> Duration = Duration::from_secs_f64;

/// A warm sample on one of three workers, submitted every second; it ran for so many seconds.
fn sample(index: u32, ran: f64) -> Sample {
    let at = f64::from(index);
    Sample {
        ending: Ending::Succeeded,
        worker: Some(format!("w{}", index % 3)),
        gpu: Some("NVIDIA GeForce RTX 4090".to_owned()),
        start: Start::Warm,
        delay: Some(S(0.2)),
        execution: Some(S(ran)),
        submitted: Some(S(at)),
        first_running: Some(S(at + 0.5)),
        finished: Some(S(at + 0.5 + ran)),
        cost: Some(CostRange { low: ran * 0.0003, high: (ran + 1.0) * 0.0003 }),
        images: vec![FileFacts { name: format!("out_{index}.png"), ..FileFacts::default() }],
        ..Sample::not_submitted(index, Some(index.into()), String::new(), "")
    }
}

/// Samples whose times vary by 2%, and are longer by a factor.
fn samples(number: u32, factor: f64) -> Vec<Sample> {
    let spread = |index: u32| [0.98, 1.0, 1.02, 0.99, 1.01][index as usize % 5];
    (0..number)
        .map(|index| sample(index, 6.0 * factor * spread(index)))
        .map(|sample| Sample { reason: None, ..sample })
        .collect()
}

fn input(load: LoadKind, samples: &[Sample]) -> LevelInput<'_> {
    static NONE: BTreeSet<u32> = BTreeSet::new();
    LevelInput { load, samples, due: &[], cached: &NONE, warm: None, findings: &[], stopped: None }
}

/// A benchmark of one level with two jobs at a time.
fn bench(samples: &[Sample]) -> Bench {
    let (level, samples) = level(&input(LoadKind::Closed { concurrency: 2 }, samples), 0);
    let mut bench = Bench {
        version: BENCH_VERSION.to_owned(),
        comfycheck: "0.1.0".to_owned(),
        suite: "flux".to_owned(),
        name: "flux".to_owned(),
        origin: BenchOrigin { kind: "simulation".to_owned(), name: Some("healthy".to_owned()) },
        date: "2026-11-20".to_owned(),
        decision: Decision::Measured,
        reasons: Vec::new(),
        price: None,
        findings: Vec::new(),
        levels: vec![level],
        not_run: None,
        samples,
        left_out: 0,
        comparison: None,
        search: None,
        interrupted: None,
        started: None,
    };
    decide(&mut bench);
    bench
}

fn compared(before: &[Sample], after: &[Sample]) -> Bench {
    let mut after = bench(after);
    after.comparison = Some(compare_with(&after, &bench(before), "old.json"));
    decide(&mut after);
    after
}

fn finding(severity: &str) -> BenchFinding {
    BenchFinding {
        check: "performance".to_owned(),
        rule: "broken-limit".to_owned(),
        severity: severity.to_owned(),
        message: "generation.p95 is 6.1 s (limit: `generation.p95 < 5 s`)".to_owned(),
        place: None,
        evidence: None,
        help: Some("use a faster GPU".to_owned()),
        value: Some(6.1),
        limit: Some(5.0),
        unit: Some("s".to_owned()),
    }
}

/// A second level, with four jobs at a time.
fn with_four(mut bench: Bench, samples: &[Sample]) -> Bench {
    bench.levels.push(level(&input(LoadKind::Closed { concurrency: 4 }, samples), 1).0);
    bench
}

#[test]
fn what_is_measured_of_a_level() {
    let mut all = samples(30, 1.0);
    all[3] = Sample { ending: Ending::Failed, error: Some("out of memory\nat line 1".to_owned()), ..all[3].clone() };
    all[4] = Sample { ending: Ending::Unknown, ..all[4].clone() };
    all[5] =
        Sample { start: Start::Cold, delay: Some(S(20.0)), execution: Some(S(15.0)), retries: 0, ..all[5].clone() };
    all.push(Sample::not_submitted(30, None, String::new(), "the run ended before its turn"));
    let (level, listed) = level(&input(LoadKind::Closed { concurrency: 2 }, &all), 0);
    assert_eq!(
        [level.submitted, level.succeeded, level.failed, level.unknown, level.cold, level.cached],
        [30, 28, 1, 1, 1, 0]
    );
    let counts: Vec<_> = level.metrics.iter().map(|metric| (metric.metric.as_str(), metric.count)).collect();
    assert_eq!(counts, [("queue", 29), ("cold-start", 1), ("generation", 27), ("end-to-end", 28)]);
    assert_eq!(
        level.workers.iter().map(|worker| (worker.jobs, worker.failed)).collect::<Vec<_>>(),
        [(10, 1), (10, 1), (10, 0)]
    );
    let cold = level.metrics.iter().find(|metric| metric.metric == "cold-start").unwrap();
    assert!((cold.max - 29.0).abs() < 0.1, "20 s in the queue, and 9 s longer than warm: {}", cold.max);
    assert_eq!((listed.len(), listed[3].reason.as_deref()), (30, Some("out of memory at line 1")));
}

#[test]
fn the_decision_and_its_exit_code() {
    let with = |mut bench: Bench, severity: &str| {
        bench.levels[0].findings.push(finding(severity));
        decide(&mut bench);
        bench
    };
    let stopped = |mut bench: Bench| {
        bench.levels[0].stopped = Some("`max-jobs` allows 30 jobs".to_owned());
        decide(&mut bench);
        bench
    };
    let (base, slow, fast) = (samples(30, 1.0), samples(30, 1.25), samples(30, 0.75));
    let failing: Vec<_> = base.iter().map(|sample| Sample { ending: Ending::Failed, ..sample.clone() }).collect();
    let cases = [
        ("alone", bench(&base), Decision::Measured, ExitCode::Passed),
        ("a broken limit", with(bench(&base), "error"), Decision::Failed, ExitCode::Failed),
        ("an unknown limit", with(bench(&base), "unknown"), Decision::Inconclusive, ExitCode::Inconclusive),
        ("ended early", stopped(bench(&base)), Decision::Inconclusive, ExitCode::Inconclusive),
        ("nothing succeeded", bench(&failing), Decision::Inconclusive, ExitCode::Inconclusive),
        ("25% slower", compared(&base, &slow), Decision::Worse, ExitCode::Failed),
        ("25% faster", compared(&base, &fast), Decision::Better, ExitCode::Passed),
        ("slower, and a broken limit", with(compared(&base, &slow), "error"), Decision::Failed, ExitCode::Failed),
        ("too few", compared(&base[..4], &base[..4]), Decision::Inconclusive, ExitCode::Inconclusive),
        ("every job fails now", compared(&base, &failing), Decision::Worse, ExitCode::Failed),
    ];
    let mut pages = String::new();
    for (name, bench, decision, code) in &cases {
        assert_eq!((bench.decision, exit_code(bench, None)), (*decision, *code), "{name}: {:?}", bench.reasons);
        writeln!(pages, "# {name}\n{}", human_bench(bench, PageStyle::default())).unwrap();
    }
    assert_eq!(exit_code(&cases[0].1, Some(Signal::Interrupt)), ExitCode::Interrupted(Signal::Interrupt));
    insta::assert_snapshot!("bench_pages", pages);
    insta::assert_snapshot!("bench_markdown", markdown_bench(&cases[5].1));
}

#[test]
fn the_same_samples_on_many_workers_do_not_differ() {
    let many = |factor: f64| -> Vec<_> {
        let workers = samples(200, factor).into_iter();
        workers.map(|sample| Sample { worker: Some(format!("w{}", sample.index % 12)), ..sample }).collect()
    };
    assert_eq!(compared(&many(1.0), &many(1.0)).decision, Decision::NoDifference);
    assert_eq!(compared(&many(1.0), &many(1.1)).decision, Decision::Worse);
}

#[test]
fn a_level_is_compared_with_the_same_load_only() {
    let base = bench(&samples(30, 1.0));
    let (other, _) = level(&input(LoadKind::Open { per_hour: 30.0 }, &samples(30, 1.0)), 0);
    let other = Bench { levels: vec![other], ..base.clone() };
    let comparison = compare_with(&base, &other, "old.json");
    assert_eq!((comparison.levels.len(), comparison.notes.len()), (0, 1));
    let metrics: Vec<_> =
        compare_with(&base, &base, "same.json").levels[0].metrics.iter().map(|metric| metric.metric.clone()).collect();
    assert_eq!(metrics, ["generation", "end-to-end", "cost-per-image", "success-rate"]);
}

#[test]
fn a_large_benchmark_lists_all_failed_samples_and_a_part_of_the_others() {
    let mut all = samples(5_000, 1.0);
    for index in [7, 4_999] {
        all[index].ending = Ending::Failed;
    }
    let (level, mut listed) = level(&input(LoadKind::Closed { concurrency: 2 }, &all), 0);
    assert_eq!((bound(&mut listed), listed.len()), (4_000, MOST_LISTED));
    assert_eq!((level.submitted, level.succeeded), (5_000, 4_998));
    let failed: Vec<_> = listed.iter().filter(|sample| sample.result == "failed").map(|sample| sample.index).collect();
    assert_eq!(failed, [7, 4_999]);
    let gaps = listed.windows(2).map(|pair| pair[1].index - pair[0].index);
    assert!(gaps.max().unwrap() <= 6, "the others are spread evenly");
}

#[test]
fn what_was_written_is_read_as_the_same() {
    let bench = compared(&samples(30, 1.0), &samples(30, 1.25));
    let text = json_bench(&bench);
    assert_eq!(read_bench(&text).unwrap(), bench);
    let later = text.replacen('{', "{\"added-later\": 1,", 1);
    assert_eq!(read_bench(&later).unwrap(), bench);
    assert!(matches!(read_bench(&text.replace("bench/1", "bench/2")), Err(ReadBenchError::Version(_))));
    assert!(matches!(read_bench("{\"version\": \"comfycheck.run/1\"}"), Err(ReadBenchError::NoBench)));
    assert!(matches!(read_bench("{\"version\": \"comfycheck.bench/1\"}"), Err(ReadBenchError::Invalid(_))));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is a file of the repository")]
fn the_published_schema_is_that_of_the_format() {
    let generated = serde_json::to_string_pretty(&json_bench_schema()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/bench.schema.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == generated, "schemas/bench.schema.json is out of date: run the tests with BLESS=1");
    let schema = jsonschema::draft202012::new(&json_bench_schema()).unwrap();
    let bench: serde_json::Value =
        serde_json::from_str(&json_bench(&compared(&samples(30, 1.0), &samples(30, 1.0)))).unwrap();
    assert!(schema.is_valid(&bench));
}

#[test]
fn the_page_draws_loads_beside_the_baseline_and_shows_findings_as_a_run_does() {
    let [before, after] = [1.0, 1.25].map(|factor| with_four(bench(&samples(30, 1.0)), &samples(30, factor)));
    let mut after = Bench { comparison: Some(compare_with(&after, &before, "old.json")), ..after };
    after.levels[1].findings.push(finding("error"));
    decide(&mut after);
    let page = html_bench(&after);
    for id in ["throughput", "generation", "end-to-end", "cost"] {
        assert!(page.contains(&format!("id=\"{id}-title\"")), "no chart `{id}`");
    }
    // Of generation and of the whole time: a line and a column.
    assert_eq!(page.matches("class=\"s-before\"").count(), 2);
    assert_eq!(page.matches("<th class=\"num\" scope=\"col\">p50 of the baseline</th>").count(), 2);
    assert!(!page.contains("></th>"), "every column has a name");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no `{text}`"));
    assert!(at("<h2>Errors</h2>") < at("<h2>Loads</h2>"), "what failed comes first");
    assert!(page.contains("<code>performance/broken-limit</code>") && page.contains("use a faster GPU"));
    assert!(!html_bench(&Bench { comparison: None, ..after }).contains("s-before\""));
}
