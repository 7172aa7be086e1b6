//! Suites of the wrong shape: which key is refused, and how it is said.

use crate::surroundings::complete;
use crate::wording::{Case, refused_suites};
use insta::assert_snapshot;

#[track_caller]
fn refused(cases: &[Case<'_>]) -> String {
    refused_suites(&complete(), cases)
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    let text = refused(&[
        ("at the top", "name = \"x\"\n\nsampels = 12\n", &["unknown-key 3:1 sampels"]),
        ("in a table", "[checks.nodes]\ngrant = []\n", &["unknown-key 2:1 grant"]),
        ("without a near one", "[budget]\nfrequency = 3\n", &["unknown-key 2:1 frequency"]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let suite = "sampels = 12\nconcurrency = 0\n[deployment]\ngpu = 4090\n[checks.nodes]\ngrant = []\n";
    let problems = ["unknown-key 1:1 sampels", "out-of-range 2:15 0", "wrong-type 4:7 4090", "unknown-key 6:1 grant"];
    let text = refused(&[("four problems", suite, &problems)]);
    assert_snapshot!(text);
}

#[test]
fn text_that_is_not_toml_is_refused_at_its_place() {
    let deep = format!("seed-inputs = {}", "[".repeat(10_000));
    let text = refused(&[
        ("no value", "samples = \n", &["syntax 1:11"]),
        ("an open table", "[checks.nodes\n", &["syntax 1:14"]),
        ("a key twice", "samples = 1\nsamples = 2\n", &["syntax 2:1 samples"]),
        ("a table twice", "[checks.nodes]\n[checks.nodes]\n", &["syntax 2:9 nodes"]),
        ("nested too deeply", &deep, &["syntax 1:95 ["]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_file_of_another_kind_is_named() {
    let api = "{\n  \"3\": {\"class_type\": \"KSampler\", \"inputs\": {}}\n}\n";
    let text = refused(&[
        ("a workflow", api, &["syntax 1:1 {"]),
        ("a workflow of the editor", "{\"nodes\": [], \"links\": []}", &["syntax 1:1 {"]),
        ("a report", "{\"version\": \"comfycheck.run/1\"}", &["syntax 1:1 {"]),
        ("other JSON", "{\"a\": 1}", &["syntax 1:1 {"]),
        ("broken JSON", "{\"a\": ", &["syntax 1:1 {"]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_wrong_type_is_refused_with_the_right_one() {
    let text = refused(&[
        ("text for an integer", "samples = \"many\"\n", &["wrong-type 1:11 many"]),
        ("below 0", "samples = -1\n", &["out-of-range 1:11 -1"]),
        ("a fraction", "samples = 1.5\n", &["wrong-type 1:11 1.5"]),
        ("above the limit", "samples = 4294967296\n", &["out-of-range 1:11 4294967296"]),
        ("above 32 bits", "budget.max-jobs = 4294967296\n", &["out-of-range 1:19 4294967296"]),
        ("above 64 bits", "seed = 18446744073709551616\n", &["out-of-range 1:8 18446744073709551616"]),
        (
            "two at once",
            "seed = 18446744073709551616\nbudget.max-cost = inf\n",
            &["out-of-range 1:8 18446744073709551616", "out-of-range 2:19 inf"],
        ),
        ("infinite", "[budget]\nmax-cost = inf\n", &["out-of-range 2:12 inf"]),
        ("a float in a nested table", "checks.nodes.settings.a.b = nan\n", &["out-of-range 1:29 nan"]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_wrong_type_within_a_table_is_refused_with_the_right_one() {
    let text = refused(&[
        (
            "a node's id without quotes",
            "variations = [{ node = 4, input = \"text\", values = [1] }]\n",
            &["wrong-type 1:24 4"],
        ),
        ("a missing key", "variations = [{ node = \"4\", values = [1] }]\n", &["missing-key 1:15 {"]),
        ("an array of checks", "checks = [\"nodes\"]\n", &["wrong-type 1:10 ["]),
        ("a check that is a boolean", "checks.nodes = true\n", &["wrong-type 1:16 true"]),
        ("an endpoint that is a number", "[deployment]\nendpoint = 5\n", &["wrong-type 2:12 5"]),
        (
            "another key than env",
            "[deployment]\nendpoint = { environment = \"X\" }\n",
            &["missing-key 2:12 {", "unknown-key 2:14 environment"],
        ),
        ("a number as a variable", "[deployment]\nendpoint = { env = 5 }\n", &["wrong-type 2:20 5"]),
        ("an unknown severity", "checks.nodes.severity = { missing-node = \"warn\" }\n", &["invalid-value 1:42 warn"]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_value_out_of_range_is_refused() {
    let empty = "variations = [{ node = \"4\", input = \"text\", values = [] }]\n";
    let text = refused(&[
        ("no concurrency", "concurrency = 0\n", &["out-of-range 1:15 0"]),
        ("an empty name", "name = \"\"\n", &["invalid-value 1:8"]),
        ("a name of two lines", "name = \"a\\nb\"\n", &["invalid-value 1:8 a\\nb"]),
        ("too many samples", "workflow = \"../w.json\"\nsamples = 1001\n", &["out-of-range 2:11 1001"]),
        ("a negative cost", "[budget]\nmax-cost = -0.5\n", &["out-of-range 2:12 -0.5"]),
        ("a price of 0", "[deployment]\nprice-per-second = 0\n", &["out-of-range 2:20 0"]),
        ("a price for an hour", "[deployment]\nprice-per-second = 1001\n", &["out-of-range 2:20 1001"]),
        ("too many dry runs", "[deployment]\ndry-run = 33\n", &["out-of-range 2:11 33"]),
        ("no CPU time", "[limits]\ncpu-s = 0\n", &["out-of-range 2:9 0"]),
        ("more than a day", "[checks.nodes.limits]\nwall-s = 1e300\n", &["out-of-range 2:10 1e300"]),
        ("too many handles", "[limits]\nhandles = 1000001\n", &["out-of-range 2:11 1000001"]),
        ("no values", empty, &["invalid-value 1:54 ["]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn an_input_that_is_varied_twice_is_refused() {
    let twice = "[[variations]]\nnode = \"4\"\ninput = \"text\"\nvalues = [1]\n".repeat(2);
    let text = refused(&[("twice", &twice, &["duplicate 7:9 text"])]);
    assert_snapshot!(text);
}
