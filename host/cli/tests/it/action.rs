//! The GitHub action, run as its file says, from checkout to the reports that would be uploaded.

use crate::runner::{Done, Runner, root};
use std::path::Path;
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A runner that can download the release of this version. What `comfycheck` then is: this script.
fn with_release_of(script: &str) -> Runner {
    let mut runner = Runner::new();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-checks");
    runner.set("COMFYCHECK_CACHE_DIR", cache.to_str().unwrap());
    let base = format!("https://github.com/comfycheck/comfycheck/releases/download/v{VERSION}");
    runner.program(
        "curl",
        &format!(
            r#"[[ "$*" == *"--proto =https "*"--fail "* ]]
            url=${{!#}}
            [[ $url == "{base}/"* ]] || {{ echo "curl: (22) 404: $url" >&2; exit 22; }}
            while [[ $1 != --output ]]; do shift; done
            cp "{}/${{url##*/}}" "$2""#,
            runner.path("releases").display()
        ),
    );
    // The archive of the machine that this is.
    let uname = r#"case $(uname -sm) in
        "Linux x86_64") echo x86_64-unknown-linux-musl ;; Linux*) echo aarch64-unknown-linux-musl ;;
        "Darwin x86_64") echo x86_64-apple-darwin ;; *) echo aarch64-apple-darwin ;;
    esac"#;
    let target = Command::new("bash").args(["-c", uname]).output().unwrap().stdout;
    let archive = format!("comfycheck-{VERSION}-{}.tar.gz", String::from_utf8(target).unwrap().trim());
    runner.program("comfycheck", script);
    let pack = format!(
        "tar -czf releases/{archive} -C bin comfycheck && rm bin/comfycheck && cd releases && \
         {{ sha256sum * || shasum -a 256 *; }} >SHA256SUMS"
    );
    assert!(Command::new("bash").args(["-ec", &pack]).current_dir(runner.path("")).status().unwrap().success());
    runner
}

fn with_release() -> Runner {
    with_release_of(&format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_comfycheck")))
}

fn uploaded(runner: &Runner, name: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(runner.path("uploads").join(name)) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const REPORTS: [&str; 5] = ["report.ctrf.json", "report.json", "report.md", "report.sarif", "report.xml"];

const HEALTHY: [(&str, &str); 2] = [("suite", "suites/denrisi.toml"), ("replay", "cassettes/denrisi-healthy")];

#[test]
fn a_good_deployment_passes_and_its_reports_are_uploaded() {
    let runner = with_release();
    let done = runner.run(&HEALTHY);
    assert_eq!((done.exit_code, done.output("exit-code"), done.output("verdict")), (0, "0", "passed"), "{}", done.log);
    let numbers = ["errors", "warnings", "open", "samples", "succeeded"].map(|name| done.output(name));
    assert_eq!(numbers, ["0", "0", "0", "12", "12"]);
    let cost = ["cost-low", "cost-high"].map(|name| done.output(name).parse::<f64>().unwrap());
    assert!(0.026 < cost[0] && cost[0] < cost[1] && cost[1] < 0.039, "{cost:?}");
    assert_eq!(uploaded(&runner, "comfycheck-report-replay-0"), REPORTS);
    assert!(done.summary.starts_with("<!-- comfycheck:denrisi -->"), "{}", done.summary);
    assert!(done.log.contains("PASSED  12 of 12 samples"), "{}", done.log);
    let key = done.cache_key.unwrap();
    assert!(key.starts_with("comfycheck-Linux-X64-") && key.len() == "comfycheck-Linux-X64-".len() + 64, "{key}");
}

#[test]
fn a_bad_deployment_fails_with_annotations_and_its_reports_are_uploaded_all_the_same() {
    let runner = with_release();
    let done = runner.run(&[
        ("suite", "suites/denrisi.toml"),
        ("replay", "cassettes/denrisi-missing"),
        ("artifact", "why"),
        ("arguments", "--check=nodes\n\n--threads\n1\r\n"),
    ]);
    let told = ["exit-code", "verdict", "errors", "succeeded", "cost-low"].map(|name| done.output(name));
    assert_eq!((done.exit_code, told), (1, ["1", "failed", "2", "0", ""]), "{}", done.log);
    assert_eq!(uploaded(&runner, "why"), REPORTS);
    assert_eq!(done.log.matches("\n::error file=workflows/denrisi.json,line=").count(), 2, "{}", done.log);
}

#[test]
fn code_scanning_has_the_findings_under_the_name_of_the_run() {
    let runner = with_release();
    let bad = [("suite", "suites/denrisi.toml"), ("replay", "cassettes/denrisi-missing")];
    assert_eq!(runner.run(&bad).code_scanning, None, "not asked for");
    let done = runner.run(&[bad[0], bad[1], ("code-scanning", "true"), ("name", "eu west")]);
    let sarif: serde_json::Value = serde_json::from_str(&done.code_scanning.unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "comfycheck/eu west/");
    let nothing = runner.run(&[("suite", "no-suite.toml"), ("code-scanning", "true")]);
    assert_eq!((nothing.exit_code, nothing.code_scanning), (2, None));
}

#[test]
fn the_install_action_installs_and_runs_nothing() {
    let runner = with_release();
    let done = runner.run_action(".github/actions/install/action.yml", &[]);
    assert_eq!((done.exit_code, done.output("digest").len()), (0, 64), "{}", done.log);
    assert!(done.log.contains(&format!("comfycheck {VERSION}")), "{}", done.log);
    assert_eq!(done.summary, "");
    assert_eq!(uploaded(&runner, ""), [""; 0]);
    let refused = runner.run_action(".github/actions/install/action.yml", &[("checksum", "00")]);
    assert_eq!(refused.exit_code, 2, "{}", refused.log);
}

/// One annotation and one line of the summary tell why there is no report.
#[track_caller]
fn check_told_without_a_report(done: &Done, why: &str) {
    let annotations: Vec<_> = done.log.lines().filter(|line| line.starts_with("::error ")).collect();
    assert!(annotations.len() == 1 && annotations[0].contains(why), "{}", done.log);
    assert!(done.summary.lines().count() == 1 && done.summary.contains(why), "{}", done.summary);
}

#[test]
fn what_cannot_be_told_and_what_is_not_valid_have_exit_codes_of_their_own() {
    let runner = with_release();
    let replay = ("replay", "cassettes/denrisi-unavailable");
    let done = runner.run(&[("suite", "suites/denrisi.toml"), replay, ("artifact", "")]);
    assert_eq!(
        (done.exit_code, done.output("exit-code"), done.output("verdict")),
        (3, "3", "inconclusive"),
        "{}",
        done.log
    );
    assert!(uploaded(&runner, "").is_empty(), "no name, no artifact");
    let done = with_release().run(&[("suite", "no-suite.toml"), replay]);
    assert_eq!((done.exit_code, done.output("exit-code"), done.output("verdict")), (2, "2", ""), "{}", done.log);
    check_told_without_a_report(&done, "there is no file `no-suite.toml`");
}

#[test]
fn a_rollout_is_waited_for_before_the_run() {
    let given = |scenario: &'static str, timeout: &'static str| {
        [
            ("simulate", scenario),
            ("workflow", "workflows/denrisi.json"),
            ("wait-rollout", "latest"),
            ("wait-timeout", timeout),
        ]
    };
    let done = with_release().run(&given("rolling-release", "5m"));
    assert_eq!((done.exit_code, done.output("verdict")), (0, "passed"), "{}", done.log);
    assert!(done.log.contains("ROLLED OUT: version 2 is on all 2 workers"), "{}", done.log);
    let done = with_release().run(&given("version-skew", "30s"));
    assert_eq!((done.exit_code, done.output("exit-code"), done.output("verdict")), (1, "1", ""), "{}", done.log);
    assert!(!done.log.contains("checking the deployment"), "{}", done.log);
    check_told_without_a_report(&done, "NOT ROLLED OUT after 28.2 s (timeout: 30.0 s): version 2 is on 1 of 2 workers");
}

/// Every input with every text that a shell, a runner or an argument parser could take for something else.
#[test]
fn no_input_is_taken_for_anything_but_a_value() {
    const HOSTILE: [&str; 8] = [
        "$(touch owned)",
        "`touch owned`",
        "; touch owned",
        "\"; touch owned; \"",
        "' || touch owned #",
        "x\ntouch owned\nverdict=passed\n::error::owned",
        "--help",
        "${IFS}$(touch${IFS}owned)",
    ];
    // The real binary is not needed to see what it is given.
    let runner =
        with_release_of(r#"[[ $1 == --version ]] || { printf '%q\n' "$@" >>"$GITHUB_WORKSPACE/given"; exit 2; }"#);
    for name in [
        "suite",
        "name",
        "replay",
        "simulate",
        "endpoint",
        "workflow",
        "samples",
        "arguments",
        "wait-rollout",
        "wait-image",
        "wait-timeout",
        "api-key",
        "checksum",
        "version",
        "working-directory",
    ] {
        for text in HOSTILE {
            let mut given = vec![(name, text), ("artifact", "")];
            if name.starts_with("wait-") {
                given.insert(0, ("wait-rollout", "latest"));
            }
            let done = runner.run(&given);
            assert_ne!(done.exit_code, 0, "{name}: {text}");
            assert_eq!(done.output("verdict"), "", "{name}: {text}");
            assert!(!done.log.contains("\n::error::owned"), "{name}: {text}: {}", done.log);
            for folder in ["workspace", "temp", "home", "actions/comfycheck"] {
                assert!(!runner.path(folder).join("owned").exists(), "{name}: {text}");
            }
        }
    }
    let given = std::fs::read_to_string(runner.path("workspace/given")).unwrap();
    for expected in
        ["--samples=\\;\\ touch\\ owned\n", "--replay=--help\n", "--\n--help\n", "--release=\\$\\(touch\\ owned\\)\n"]
    {
        assert!(given.contains(expected), "{expected} is not in: {given}");
    }
}

#[test]
fn a_folder_named_like_an_option_of_cd_is_a_folder() {
    let runner = with_release_of(r#"[[ $1 == --version ]] || { echo "in ${PWD##*/}"; exit 0; }"#);
    std::fs::create_dir(runner.path("workspace/-")).unwrap();
    let done = runner.run(&[("working-directory", "-")]);
    assert!(done.exit_code == 0 && done.log.contains("in -\n"), "{}", done.log);
    let done = runner.run(&[("working-directory", "nowhere")]);
    assert_eq!((done.exit_code, done.output("exit-code")), (2, "2"), "{}", done.log);
    check_told_without_a_report(&done, "there is no such");
}

#[test]
fn the_key_reaches_comfycheck_and_nothing_else() {
    let script =
        r"[[ $1 == --version ]] || { [[ $RUNPOD_API_KEY == rpa_KEY && -z ${INPUT_API_KEY:-} ]] && exit 0; exit 9; }";
    let runner = with_release_of(script);
    let done = runner.run(&[("api-key", "rpa_KEY")]);
    assert_eq!((done.exit_code, done.log.contains("rpa_KEY")), (0, false), "{}", done.log);
}

#[track_caller]
fn check_refused(runner: &Runner, given: &[(&str, &str)], exit_code: i32, told: &str) {
    let done: Done = runner.run(given);
    assert_eq!(done.exit_code, exit_code, "{}", done.log);
    assert_eq!(done.output("exit-code"), exit_code.to_string());
    assert!(done.log.contains(told), "{}", done.log);
    assert!(!runner.path("workspace/ran").exists(), "it was run");
}

#[test]
fn a_binary_is_run_only_if_its_checksum_is_right() {
    let script = r#"touch "$GITHUB_WORKSPACE/ran""#;
    let runner = with_release_of(script);
    check_refused(&runner, &[("checksum", "00")], 2, "and should be 00: nothing of it was run");
    check_refused(&runner, &[("checksum", "AB")], 2, "and should be ab: nothing of it was run");
    check_refused(&runner, &[("version", "9.9.9")], 3, "is there such a release?");
    check_refused(&runner, &[("version", "latest")], 2, "`latest` is no version of a release");
    std::fs::write(runner.path("releases/SHA256SUMS"), "").unwrap();
    check_refused(&runner, &[], 2, "and should be in SHA256SUMS");
    let sums = "0000000000000000000000000000000000000000000000000000000000000000";
    let text = std::fs::read_dir(runner.path("releases"))
        .unwrap()
        .map(|entry| format!("{sums}  {}\n", entry.unwrap().file_name().to_string_lossy()));
    std::fs::write(runner.path("releases/SHA256SUMS"), text.collect::<String>()).unwrap();
    check_refused(&runner, &[("version", format!("v{VERSION}").as_str())], 2, &format!("and should be {sums}"));
}

#[test]
fn the_actions_own_source_can_be_built() {
    let runner = with_release();
    std::fs::create_dir_all(runner.path("actions/comfycheck/scripts")).unwrap();
    let wasm_target = runner.path("actions/comfycheck/scripts/wasm-target");
    std::fs::copy(root().join("scripts/wasm-target"), &wasm_target).unwrap();
    std::fs::write(&wasm_target, "#!/bin/sh\necho there is a target\n").unwrap();
    runner.program(
        "cargo",
        &format!(
            r#"[[ "$*" == "build --release --locked --package comfycheck --target-dir $RUNNER_TEMP/comfycheck-target" ]]
            [[ -f Cargo.toml ]]
            mkdir -p "$RUNNER_TEMP/comfycheck-target/release"
            ln -s {} "$RUNNER_TEMP/comfycheck-target/release/comfycheck""#,
            env!("CARGO_BIN_EXE_comfycheck")
        ),
    );
    let done = runner.run(&[HEALTHY[0], HEALTHY[1], ("version", "source")]);
    assert_eq!((done.exit_code, done.output("verdict")), (0, "passed"), "{}", done.log);
    assert!(done.log.contains("there is a target"), "{}", done.log);
}

#[test]
fn a_job_that_is_cancelled_lets_comfycheck_end_what_it_began() {
    // It is told to end by whom it tells that the job is cancelled.
    let script = r#"[[ $1 == --version ]] && exit 0
        trap 'echo "cancelled what was queued"; exit 143' TERM
        kill -INT "$PPID"
        while :; do sleep 0.05; done"#;
    let done = with_release_of(script).run(&[]);
    assert_eq!((done.exit_code, done.output("exit-code")), (143, "143"), "{}", done.log);
    assert!(done.log.contains("cancelled what was queued"), "{}", done.log);
}
