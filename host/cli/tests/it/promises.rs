//! The limits we promise: each number of the book that bounds something, where the code has it, and the test that goes to its edge.
//! Who changes one of them changes all three.

use std::fs::read_to_string;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A page of the book, what it says, a file with its line of code, and a file with the name of a test.
type Promise = (&'static str, &'static str, [&'static str; 2], [&'static str; 2]);

const LIMITS: &str = "host/runtime/src/sandbox/limits.rs";
const GUESTS: &str = "host/runtime/tests/sandbox/limits.rs";
const STOPPED: &str = "a_guest_that_exceeds_a_limit_is_stopped";
const OUTPUT: &str = "host/core/src/output/tests.rs";
const WEB: &str = "host/runtime/src/transport/live/web.rs";
const COMPARE: &str = "statistics/src/compare/tests.rs";
const UNCHANGED: &str = "without_a_change_at_most_5_of_100_comparisons_raise_an_alarm";

/// No test goes to the edge: it would take too long, or too much.
const UNTESTED: [&str; 2] = ["", ""];

#[rustfmt::skip]
const PROMISES: &[Promise] = &[
    ("security.md", "A key of less than 8 characters is not removed inside base64.",
     ["host/core/src/secret/needles.rs", "SHORTEST_IN_BASE64: usize = 8;"],
     ["host/core/src/secret/tests.rs", "the_shortest_secrets_are_found"]),
    ("security.md", "One of less than 4 characters is not removed at all.",
     ["host/core/src/secret/needles.rs", "SHORTEST: usize = 4;"],
     ["host/core/src/secret/tests.rs", "the_shortest_secrets_are_found"]),
    ("security.md", "Values of less than 8 characters stay.",
     ["host/core/src/secret.rs", "SHORTEST_OF_ENVIRONMENT: usize = 8;"],
     ["host/runtime/src/transport/record/environment.rs", "values_of_eight_characters_are_secrets"]),
    ("security.md", "at most 120 s of CPU time,",
     [LIMITS, "COMPILE_CPU: Duration = Duration::from_mins(2);"],
     ["host/cli/tests/it/compile_bombs.rs", "a_component_that_keeps_the_compiler_busy_is_refused"]),
    ("security.md", "10 minutes and 4 GiB of memory.",
     [LIMITS, "COMPILE_TIME: Duration = Duration::from_mins(10);"],
     ["host/cli/tests/it/compile_bombs.rs", "a_component_that_keeps_the_compiler_busy_is_refused"]),
    ("security.md", "10 minutes and 4 GiB of memory.",
     [LIMITS, "COMPILE_MEMORY: u64 = 4 << 30;"],
     ["host/cli/tests/it/compile_bombs.rs", "a_component_that_keeps_the_compiler_busy_is_refused"]),
    ("security.md", "A check that reports more than 32 MiB in one run keeps at most ten findings for each sample",
     ["host/runtime/src/run/output.rs", "MOST_BYTES: u64 = 32 << 20;"],
     ["host/runtime/src/run/output.rs", "a_check_that_reports_too_much_keeps_the_worst_of_each_instance_in_brief"]),
    ("security.md", "keeps at most ten findings for each sample",
     ["host/runtime/src/run/output.rs", "KEPT: usize = 10;"],
     ["host/runtime/src/run/output.rs", "a_check_that_reports_too_much_keeps_the_worst_of_each_instance_in_brief"]),
    ("security.md", "It looks 32 levels deep,",
     ["host/core/src/output/walk.rs", "DEEPEST: usize = 32;"],
     ["host/core/src/output/tests/shapes.rs", "hostile_outputs_cost_little"]),
    ("security.md", "at most 1,000 files of a sample",
     ["host/core/src/output.rs", "MOST: usize = 1_000;"],
     [OUTPUT, "more_files_than_any_job_makes_are_skipped"]),
    ("security.md", "and 1 GiB of a run.",
     ["host/runtime/src/sampler/ledger.rs", "MOST_IMAGE_BYTES: u64 = 1 << 30;"],
     ["host/runtime/src/sampler/ledger/tests.rs", "a_run_keeps_a_gibibyte_of_files_and_a_shard_its_part"]),
    ("security.md", "All downloads of a sample together take at most 10 minutes.",
     ["host/runtime/src/sampler/collect.rs", "LONGEST: Duration = Duration::from_mins(10);"],
     ["host/runtime/src/sampler/tests/images.rs", "downloads_of_a_sample_take_ten_minutes_together"]),
    ("security.md", "A download follows at most three redirects",
     ["host/runtime/src/transport/live.rs", "REDIRECTS_OF_A_DOWNLOAD: u32 = 3;"],
     ["host/runtime/src/transport/live/tests.rs", "a_download_follows_three_redirects_and_no_more"]),
    ("security.md", "public addresses,",
     ["host/runtime/src/transport/address.rs", "fn is_public(address: IpAddr) -> bool {"],
     ["host/runtime/src/transport/address.rs", "addresses_that_only_this_machine_can_reach_are_not_public"]),
    ("third-party.md", "| a component | 64 MiB |",
     [LIMITS, "COMPONENT_BYTES: usize = 64 << 20;"],
     ["host/runtime/tests/sandbox/load.rs", "a_component_of_the_largest_size_is_read"]),
    ("third-party.md", "| a manifest | 4 MiB |",
     [WEB, "largest: 4 << 20,"], [WEB, "a_small_document_has_limits"]),
    ("third-party.md", "| other requests | 30 s |",
     [WEB, "time: Duration::from_secs(30),"], [WEB, "a_small_document_has_limits"]),
    ("third-party.md", "| a component's download | 5 minutes |",
     ["host/runtime/src/distribution.rs", "TIME: Duration = Duration::from_mins(5);"],
     UNTESTED),
    ("authoring.md", "A response has at most 1 MiB.",
     ["host/runtime/src/comfyui/page.rs", "PAGE_BYTES: usize = 1 << 20;"],
     ["host/runtime/src/capabilities/tests/http.rs", "a_server_that_gives_no_page_has_a_reason_of_its_kind"]),
    ("authoring.md", "A check can request 16 different paths each time that it runs.",
     ["host/runtime/src/capabilities/http.rs", "PATHS: usize = 16;"],
     ["host/runtime/src/capabilities/tests/http.rs", "an_instance_requests_a_bounded_number_of_paths"]),
    ("third-party.md", "| redirects | 5 |",
     [WEB, "MOST_REDIRECTS: u32 = 5;"], [WEB, "a_small_document_has_limits"]),
    ("third-party.md", "| signatures of one artifact | 32 |",
     ["host/runtime/src/distribution/registry.rs", "MOST_SIGNATURES: usize = 32;"],
     UNTESTED),
    ("third-party.md", "The cache keeps the newest 60 files.",
     ["host/cli/src/components/store.rs", "MOST_FILES: usize = 60;"],
     ["host/cli/src/components/store.rs", "the_oldest_files_are_removed"]),
    ("suite.md", "At most 10 MB per request.",
     ["host/core/src/suite.rs", "Self::Run => 10 << 20,"],
     ["host/runtime/tests/net/faults.rs", "a_request_that_is_larger_than_runpod_takes_is_not_sent"]),
    ("suite.md", "At most 20 MB per request.",
     ["host/core/src/suite.rs", "Self::Runsync => 20 << 20,"],
     ["host/core/tests/input/inputs.rs", "a_request_above_runpods_limit_is_refused"]),
    ("suite.md", "waits up to 90 s for the job.",
     ["host/runtime/src/transport/live.rs", "RunPod answers `/runsync` after at most 90 s."],
     ["host/simulator/tests/it/jobs.rs", "runsync_waits_up_to_ninety_seconds_by_default"]),
    ("suite.md", "10 MiB by `run`, 20 MiB by `runsync`",
     ["host/core/src/suite.rs", "Self::Run => 10 << 20,"],
     ["host/core/tests/input/inputs.rs", "a_request_above_runpods_limit_is_refused"]),
    ("suite.md", "at most 256 MiB.",
     ["host/core/src/suite/deployment.rs", "LARGEST_INVENTORY: u64 = 256 * 1024 * 1024;"],
     ["host/runtime/src/file.rs", "only_a_regular_file_within_its_limit_is_read"]),
    ("suite.md", "and at most 4 MiB.",
     ["host/core/src/suite/settings.rs", "LARGEST: u64 = 4 * 1024 * 1024;"],
     ["host/runtime/src/file.rs", "only_a_regular_file_within_its_limit_is_read"]),
    ("suite.md", "without the samples that the check reads. Default: 384.", [LIMITS, "memory_bytes: 384 << 20,"], [GUESTS, STOPPED]),
    ("suite.md", "Seconds of CPU time on this machine. Default: 10.", [LIMITS, "cpu: Duration::from_secs(10),"], [GUESTS, STOPPED]),
    ("suite.md", "including time spent waiting for responses. Default: 120.", [LIMITS, "wall: Duration::from_mins(2),"],
     ["host/runtime/tests/sandbox/wait.rs", "waiting_is_limited"]),
    ("suite.md", "Findings and unknowns together. Default: 1000.", [LIMITS, "findings: 1_000,"],
     [GUESTS, "findings_above_the_limit_are_left_out_and_the_last_one_says_how_many"]),
    ("suite.md", "in KiB. The rest is cut. Default: 8.", [LIMITS, "MESSAGE_BYTES: usize = 8 << 10;"],
     [GUESTS, "a_long_message_is_cut_and_says_so"]),
    ("suite.md", "Data of one finding, in KiB. Default: 64.", [LIMITS, "DATA_BYTES: usize = 64 << 10;"], [GUESTS, STOPPED]),
    ("suite.md", "The rest is dropped. Default: 256.", [LIMITS, "LOG_BYTES: usize = 256 << 10;"], [GUESTS, "a_long_log_ends_and_says_so"]),
    ("suite.md", "Calls of the host. Default: 100000.", [LIMITS, "host_calls: 100_000,"], [GUESTS, STOPPED]),
    ("suite.md", "Handles held at once, such as images. Default: 10000.", [LIMITS, "HANDLES: usize = 10_000;"],
     ["host/runtime/tests/sandbox/samples.rs", "handles_are_limited"]),
    ("bench.md", "at most 100,000 samples for each level.",
     ["host/core/src/bench.rs", "MOST_BENCH_SAMPLES: u32 = 100_000;"],
     UNTESTED),
    ("bench.md", "the ratio is above 1.05,",
     ["statistics/src/compare.rs", "LEAST_RATIO: f64 = 1.05;"], [COMPARE, UNCHANGED]),
    ("bench.md", "above 5% and 50 ms",
     ["statistics/src/compare.rs", "LEAST_SECONDS: f64 = 0.05;"], [COMPARE, UNCHANGED]),
    ("history.md", "The newest 500 runs of a year stay.",
     ["host/cli/src/history.rs", "RUNS: usize = 500;"],
     ["host/cli/src/history/store.rs", "a_history_is_bounded_by_number_and_age"]),
    ("forecast.md", "Each option is simulated for 100 days.",
     ["host/core/src/forecast.rs", "DAYS: u32 = 100;"],
     ["statistics/src/forecast/tests.rs", "waits_are_those_of_theory_for_one_and_several_workers"]),
    ("recordings.md", "does not change the verdict.",
     ["host/core/src/report/summarize.rs", "!it.unrecorded"],
     ["host/cli/tests/it/replay.rs", "a_question_that_the_cassette_does_not_hold_changes_no_verdict"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn each_limit_of_the_book_is_that_of_the_code_and_has_a_test() {
    for (page, promise, [source, line], [tests, test]) in PROMISES {
        let book = read_to_string(root().join("docs/src").join(page)).unwrap();
        assert!(book.contains(promise), "{page} does not say: {promise}");
        let code = read_to_string(root().join(source)).unwrap();
        assert!(code.contains(line), "{source} does not have `{line}`, which {page} promises: {promise}");
        if !test.is_empty() {
            let tests_of = read_to_string(root().join(tests)).unwrap();
            assert!(tests_of.contains(&format!("fn {test}(")), "{tests} has no test `{test}`, for {promise}");
        }
    }
}

/// Where the book bounds something: `at most`, `less than`, `up to` or `newest`, and soon after that a number with its unit.
fn limits(book: &str) -> Vec<Range<usize>> {
    const UNITS: [&str; 16] = [
        "s",
        "ms",
        "min",
        "minutes",
        "KiB",
        "MiB",
        "GiB",
        "MB",
        "KB",
        "characters",
        "files",
        "levels",
        "runs",
        "samples",
        "redirects",
        "findings",
    ];
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == ',';
    let words: Vec<(usize, &str)> = book
        .split(|letter: char| !is_letter(letter))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - book.as_ptr() as usize, word))
        .collect();
    let mut found = Vec::new();
    for (at, window) in words.windows(7).enumerate() {
        let [(begin, first), (_, second), ..] = window else { continue };
        let after = match (first.to_ascii_lowercase().as_str(), *second) {
            ("at", "most") | ("less", "than") | ("up", "to") => at + 2,
            ("newest", _) => at + 1,
            _ => continue,
        };
        let numbers = (after..after + 3).filter(|at| words[*at].1.starts_with(|digit: char| digit.is_ascii_digit()));
        let unit = numbers.map(|at| words[at + 1]).find(|(_, word)| UNITS.contains(&word.trim_end_matches(',')));
        found.extend(unit.map(|(end, word)| *begin..end + word.len()));
    }
    found
}

#[test]
fn no_limit_of_the_book_is_missing_here() {
    let (mut missing, mut count) = (Vec::new(), 0);
    for page in std::fs::read_dir(root().join("docs/src")).unwrap().map(|page| page.unwrap().path()) {
        let name = page.file_name().unwrap().to_str().unwrap();
        // The help of the commands, which the arguments check themselves.
        if page.is_dir() || name == "commands.md" {
            continue;
        }
        let book = read_to_string(&page).unwrap();
        for limit in limits(&book) {
            count += 1;
            let promises = PROMISES.iter().filter(|(page, ..)| *page == name).map(|(_, promise, ..)| *promise);
            let mut places = promises.flat_map(|promise| book.match_indices(promise));
            if !places.any(|(at, promise)| at < limit.end && limit.start < at + promise.len()) {
                missing.push(format!("{name}: {}", &book[limit]));
            }
        }
    }
    assert!(count >= 14, "{count}");
    assert_eq!(missing, [""; 0], "add them to the table, with the test that goes to their edge");
}
