//! Suites of the wrong shape: every message once, as the user sees it.

use crate::surroundings::complete;
use insta::assert_snapshot;

#[track_caller]
fn refused(suite: &str) -> String {
    complete().parse(suite).expect_err("a refused suite")
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    assert_snapshot!(refused("name = \"x\"\n\nsampels = 12\n"), @r"
    error: unknown key `sampels`
     --> suite.toml:3:1
      |
    3 | sampels = 12
      | ^^^^^^^
      |
      = help: did you mean `samples`?
    ");
    assert_snapshot!(refused("[checks.nodes]\ngrant = []\n"), @r"
    error: unknown key `grant`
     --> suite.toml:2:1
      |
    2 | grant = []
      | ^^^^^
      |
      = help: did you mean `grants`?
    ");
    assert_snapshot!(refused("[budget]\nfrequency = 3\n"), @r"
    error: unknown key `frequency`
     --> suite.toml:2:1
      |
    2 | frequency = 3
      | ^^^^^^^^^
      |
      = help: there are `max-jobs` and `max-cost`.
    ");
}

#[test]
fn all_that_is_wrong_is_said_at_once_in_the_order_of_the_file() {
    assert_snapshot!(refused("sampels = 12\nconcurrency = 0\n[deployment]\ngpu = 4090\n[checks.nodes]\ngrant = []\n"), @r#"
    error: unknown key `sampels`
     --> suite.toml:1:1
      |
    1 | sampels = 12
      | ^^^^^^^
      |
      = help: did you mean `samples`?

    error: `concurrency` must be at least 1
     --> suite.toml:2:15
      |
    2 | concurrency = 0
      |               ^

    error: `gpu` must be a string, not an integer
     --> suite.toml:4:7
      |
    4 | gpu = 4090
      |       ^^^^
      |
      = help: write it in quotes: `"4090"`

    error: unknown key `grant`
     --> suite.toml:6:1
      |
    6 | grant = []
      | ^^^^^
      |
      = help: did you mean `grants`?
    "#);
}

#[test]
fn text_that_is_not_toml_is_refused_at_its_place() {
    assert_snapshot!(refused("samples = \n"), @r"
    error: the suite is not TOML: string values must be quoted, expected literal string
     --> suite.toml:1:11
      |
    1 | samples = 
      |           ^
    ");
    assert_snapshot!(refused("[checks.nodes\n"), @r"
    error: the suite is not TOML: unclosed table, expected `]`
     --> suite.toml:1:14
      |
    1 | [checks.nodes
      |              ^
    ");
    assert_snapshot!(refused("samples = 1\nsamples = 2\n"), @r"
    error: the suite is not TOML: duplicate key
     --> suite.toml:2:1
      |
    2 | samples = 2
      | ^^^^^^^
    ");
    assert_snapshot!(refused("[checks.nodes]\n[checks.nodes]\n"), @r"
    error: the suite is not TOML: duplicate key
     --> suite.toml:2:9
      |
    2 | [checks.nodes]
      |         ^^^^^
    ");
    assert_snapshot!(refused(&format!("seed-inputs = {}", "[".repeat(10_000))), @r"
    error: the suite is not TOML: cannot recurse further; max recursion depth met
    --> suite.toml:1:95
     = note: the line reads `…[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…` there
    ");
}

#[test]
fn a_wrong_type_is_refused_with_the_right_one() {
    assert_snapshot!(refused("samples = \"many\"\n"), @r#"
    error: `samples` must be an integer, not a string
     --> suite.toml:1:11
      |
    1 | samples = "many"
      |           ^^^^^^
    "#);
    assert_snapshot!(refused("samples = -1\n"), @r"
    error: `samples` must be at least 0
     --> suite.toml:1:11
      |
    1 | samples = -1
      |           ^^
    ");
    assert_snapshot!(refused("samples = 1.5\n"), @r"
    error: `samples` must be an integer, not a float
     --> suite.toml:1:11
      |
    1 | samples = 1.5
      |           ^^^
    ");
    assert_snapshot!(refused("samples = 4294967296\n"), @r"
    error: `samples` must be at most 1000
     --> suite.toml:1:11
      |
    1 | samples = 4294967296
      |           ^^^^^^^^^^
    ");
    assert_snapshot!(refused("budget.max-jobs = 4294967296\n"), @r"
    error: `max-jobs` must be at most 4294967295
     --> suite.toml:1:19
      |
    1 | budget.max-jobs = 4294967296
      |                   ^^^^^^^^^^
    ");
    assert_snapshot!(refused("seed = 18446744073709551616\n"), @r"
    error: `18446744073709551616` does not fit in 64 bits
     --> suite.toml:1:8
      |
    1 | seed = 18446744073709551616
      |        ^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(refused("[budget]\nmax-cost = inf\n"), @r"
    error: `inf` is not a finite number
     --> suite.toml:2:12
      |
    2 | max-cost = inf
      |            ^^^
    ");
}

#[test]
fn a_wrong_type_within_a_table_is_refused_with_the_right_one() {
    assert_snapshot!(refused("variations = [{ node = 4, input = \"text\", values = [1] }]\n"), @r#"
    error: `node` must be a string, not an integer
     --> suite.toml:1:24
      |
    1 | variations = [{ node = 4, input = "text", values = [1] }]
      |                        ^
      |
      = help: write it in quotes: `"4"`
    "#);
    assert_snapshot!(refused("variations = [{ node = \"4\", values = [1] }]\n"), @r#"
    error: `variations[0]` must have `input`
     --> suite.toml:1:15
      |
    1 | variations = [{ node = "4", values = [1] }]
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(refused("checks = [\"nodes\"]\n"), @r#"
    error: `checks` must be a table, not an array
     --> suite.toml:1:10
      |
    1 | checks = ["nodes"]
      |          ^^^^^^^^^
    "#);
    assert_snapshot!(refused("checks.nodes = true\n"), @r"
    error: `nodes` must be a table, not a boolean
     --> suite.toml:1:16
      |
    1 | checks.nodes = true
      |                ^^^^
    ");
    assert_snapshot!(refused("[deployment]\nendpoint = 5\n"), @r"
    error: `endpoint` must be a string or a table, not an integer
     --> suite.toml:2:12
      |
    2 | endpoint = 5
      |            ^
    ");
    assert_snapshot!(refused("[deployment]\nendpoint = { environment = \"X\" }\n"), @r#"
    error: `endpoint` must have `env`
     --> suite.toml:2:12
      |
    2 | endpoint = { environment = "X" }
      |            ^^^^^^^^^^^^^^^^^^^^^

    error: unknown key `environment`
     --> suite.toml:2:14
      |
    2 | endpoint = { environment = "X" }
      |              ^^^^^^^^^^^
      |
      = help: the only one is `env`.
    "#);
    assert_snapshot!(refused("[deployment]\nendpoint = { env = 5 }\n"), @r"
    error: `env` must be a string or an array, not an integer
     --> suite.toml:2:20
      |
    2 | endpoint = { env = 5 }
      |                    ^
    ");
    assert_snapshot!(refused("checks.nodes.severity = { missing-node = \"warn\" }\n"), @r#"
    error: `missing-node` cannot be `warn`
     --> suite.toml:1:42
      |
    1 | checks.nodes.severity = { missing-node = "warn" }
      |                                          ^^^^^^
      |
      = help: did you mean `warning`?
    "#);
}

#[test]
fn a_value_out_of_range_is_refused() {
    assert_snapshot!(refused("concurrency = 0\n"), @r"
    error: `concurrency` must be at least 1
     --> suite.toml:1:15
      |
    1 | concurrency = 0
      |               ^
    ");
    assert_snapshot!(refused("name = \"\"\n"), @r#"
    error: `name` must be one line and not empty
     --> suite.toml:1:8
      |
    1 | name = ""
      |        ^^
    "#);
    assert_snapshot!(refused("workflow = \"../w.json\"\nsamples = 1001\n"), @r"
    error: 1001 samples are more than 1000
     --> suite.toml:2:11
      |
    2 | samples = 1001
      |           ^^^^
    ");
    assert_snapshot!(refused("[budget]\nmax-cost = -0.5\n"), @r"
    error: `max-cost` must be at least 0
     --> suite.toml:2:12
      |
    2 | max-cost = -0.5
      |            ^^^^
    ");
    assert_snapshot!(refused("[deployment]\nprice-per-second = 0\n"), @r"
    error: `price-per-second` must be above 0
     --> suite.toml:2:20
      |
    2 | price-per-second = 0
      |                    ^
    ");
    assert_snapshot!(refused("[limits]\ncpu-s = 0\n"), @r"
    error: `cpu-s` must be above 0 and at most 86400
     --> suite.toml:2:9
      |
    2 | cpu-s = 0
      |         ^
    ");
    assert_snapshot!(refused("[checks.nodes.limits]\nwall-s = 1e300\n"), @r"
    error: `wall-s` must be above 0 and at most 86400
     --> suite.toml:2:10
      |
    2 | wall-s = 1e300
      |          ^^^^^
    ");
    assert_snapshot!(refused("variations = [{ node = \"4\", input = \"text\", values = [] }]\n"), @r#"
    error: `values` must not be empty
     --> suite.toml:1:54
      |
    1 | variations = [{ node = "4", input = "text", values = [] }]
      |                                                      ^^
    "#);
}

#[test]
fn an_input_that_is_varied_twice_is_refused() {
    let twice = "[[variations]]\nnode = \"4\"\ninput = \"text\"\nvalues = [1]\n".repeat(2);
    assert_snapshot!(refused(&twice), @r#"
    error: input `text` of node `4` is varied twice
     --> suite.toml:7:9
      |
    7 | input = "text"
      |         ^^^^^^
    "#);
}
