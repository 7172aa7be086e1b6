//! `comfycheck forecast`, on a benchmark of a simulated endpoint.

use crate::binary::comfycheck;
use serde_json::Value;
use std::path::Path;

/// The exit code, stdout and stderr.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = comfycheck(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a benchmark of a simulated endpoint, `bench.json`.
fn measured() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
    let suite = "workflow = \"workflow.json\"\n[deployment]\nprice-per-second = 0.0003\n[checks.endpoint]\n";
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    let bench = ["bench", "--simulate", "cold-start", "--progress", "none", "--jobs", "20", "--save", "bench.json"];
    let (code, _, stderr) = run(folder.path(), &bench);
    assert_eq!(code, 0, "{stderr}");
    folder
}

#[test]
fn an_idle_timeout_trades_cost_for_waiting() {
    let folder = measured();
    let run = |arguments: &[&str]| run(folder.path(), arguments);
    let (code, text, stderr) = run(&["forecast", "--from", "bench.json", "--load", "30/h", "--gpu", "L4=2", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let forecast: Value = serde_json::from_str(&text).unwrap();
    let option = |name: &str| {
        let options = forecast["options"].as_array().unwrap();
        let found = options.iter().find(|option| option["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {text}"))["day"].clone()
    };
    let (short, long) = (option("min 0, max 3, idle 5s"), option("min 0, max 3, idle 5m"));
    let value = |day: &Value, of: &str| day[of]["value"].as_f64().unwrap();
    assert!(value(&short, "cost") < value(&long, "cost"), "{text}");
    assert!(value(&short, "wait-p50-s") > value(&long, "wait-p50-s"), "{text}");
    let always = option("min 1, max 3, idle 5s");
    assert!(value(&always, "cost") >= 86_400.0 * 0.0003 && value(&always, "wait-p50-s") < 0.01, "{text}");
    assert!(
        option("min 0, max 3, idle 5s, FlashBoot")["wait-p50-s"]["value"].as_f64()
            < short["wait-p50-s"]["value"].as_f64()
    );
    assert!(option("min 0, max 3, idle 5s, L4").is_object());
    let (code, page, _) = run(&["forecast", "--from", "bench.json", "--load", "30/h"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(page);
    let few = ["bench", "--simulate", "healthy", "--progress", "none", "--jobs", "2", "--save", "few.json"];
    assert_eq!(run(&few).0, 0);
    let (code, _, stderr) = run(&["forecast", "--from", "few.json", "--load", "30/h"]);
    assert_eq!(code, 2, "{stderr}");
    // What the error names measures all that is missing.
    let command = stderr.split('`').find(|text| text.starts_with("comfycheck bench ")).expect(&stderr);
    let arguments: Vec<&str> =
        command.split(' ').skip(1).chain(["--simulate", "cold-start", "--progress", "none"]).collect();
    let (code, _, stderr) = run(&arguments);
    assert_eq!(code, 0, "{stderr}");
    let (code, text, stderr) = run(&["forecast", "--from", "bench.json", "--load", "30/h", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let forecast: Value = serde_json::from_str(&text).unwrap();
    assert!(forecast["starts"].as_u64() >= Some(3) && forecast["executions"].as_u64() >= Some(20), "{text}");
    assert!(forecast["options"].as_array().unwrap().iter().all(|option| option["day"].is_object()), "{text}");
}

#[test]
fn a_report_without_a_cold_start_names_the_command_that_measures_one() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
    let suite = "workflow = \"workflow.json\"\n[deployment]\nprice-per-second = 0.0003\n[checks.endpoint]\n";
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    let bench = ["bench", "--simulate", "healthy", "--progress", "none", "--jobs", "12", "--save", "warm.json"];
    assert!(comfycheck(folder.path()).args(bench).output().unwrap().status.success());
    let forecast = ["forecast", "--from", "warm.json", "--load", "30/h"];
    let output = comfycheck(folder.path()).args(forecast).output().unwrap();
    assert!(output.status.success());
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn an_overloaded_option_has_no_wait_and_costs_at_most_all_its_workers() {
    let folder = measured();
    let run = |arguments: &[&str]| run(folder.path(), arguments);
    let load = ["forecast", "--from", "bench.json", "--load", "3000/h"];
    let (code, text, stderr) = run(&[&load[..], &["--workers-min", "1", "--workers-max", "1", "--json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    let forecast: Value = serde_json::from_str(&text).unwrap();
    for option in forecast["options"].as_array().unwrap() {
        let day = &option["day"];
        assert!(day["cost"]["high"].as_f64().unwrap() <= 86_400.0 * 0.0003 + 1e-6, "{option}");
        assert!(day["utilization-percent"].as_f64() > Some(100.0) && day["wait-p50-s"].is_null(), "{option}");
    }
    let (_, page, _) =
        run(&[&load[..], &["--workers-min", "1", "--workers-max", "1", "--flashboot-start", "30s"]].concat());
    insta::assert_snapshot!(page);
    let (code, _, stderr) = run(&[&load[..], &["--workers-min", "3", "--workers-max", "2"]].concat());
    assert_eq!(code, 2, "{stderr}");
}
