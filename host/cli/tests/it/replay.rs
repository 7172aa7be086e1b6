//! Two replays of one cassette give the same report, byte for byte.

use crate::binary::comfycheck;
use std::path::Path;

#[track_caller]
fn check(cassette: &str, arguments: &[&str]) {
    let report = |threads: &str| {
        let output = comfycheck(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"))
            .args(["run", "suites/denrisi.toml", "--format", "json", "--threads", threads, "--replay", cassette])
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        (output.status.code(), output.stdout)
    };
    let first = report("1");
    for threads in ["1", "2", "7"] {
        assert!(report(threads) == first, "{cassette} with {arguments:?} differs on {threads} threads");
    }
}

#[test]
fn reports_do_not_depend_on_the_number_of_threads() {
    check("cassettes/denrisi-healthy", &[]);
    check("cassettes/denrisi-no-worker", &[]);
    check("cassettes/denrisi-corrupt-image", &[]);
}

#[test]
fn reports_do_not_depend_on_the_machine_whatever_the_arguments() {
    check("cassettes/denrisi-healthy", &["--concurrency", "5"]);
    check("cassettes/denrisi-healthy", &["--samples", "3", "--check", "image", "--check", "performance"]);
    check("cassettes/denrisi-healthy", &["--samples", "14"]);
}

#[test]
fn events_do_not_depend_on_the_number_of_threads() {
    check("cassettes/denrisi-healthy", &["--format", "ndjson:/dev/stdout"]);
}
