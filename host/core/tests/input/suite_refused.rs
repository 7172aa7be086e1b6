//! Suites that cannot be run: every message once, as the user sees it.

use crate::surroundings::{World, complete};
use comfycheck_core::suite::{Overrides, Unset};
use insta::assert_snapshot;

#[track_caller]
fn refused(suite: &str) -> String {
    refused_in(&complete(), suite)
}

#[track_caller]
fn refused_in(world: &World, suite: &str) -> String {
    world.parse(suite).expect_err("a refused suite")
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

#[test]
fn a_key_in_the_file_is_refused_and_not_repeated() {
    assert_snapshot!(refused("[deployment]\nkey = \"rpa_SECRET\"\n"), @r#"
    error: the suite holds an API key, which does not belong in a file
    --> suite.toml:2:7
     = help: put the key into an environment variable, name it as `key = { env = "RUNPOD_API_KEY" }`, and revoke a key that was committed.
    "#);
    assert_snapshot!(refused("[deployment]\nkey = rpa_SECRET\n"), @r"
    error: the suite is not TOML: string values must be quoted, expected literal string
    --> suite.toml:2:7
    ");
    assert_snapshot!(refused("deployment = { keys = \"rpa_SECRET\", key = 5 }\n"), @r"
    error: unknown key `keys`
    --> suite.toml:1:16
     = help: did you mean `key`?

    error: `key` must be a table, not an integer
    --> suite.toml:1:43
    ");
}

#[test]
fn what_is_no_endpoint_id_is_refused() {
    assert_snapshot!(refused("[deployment]\nendpoint = \"https://api.runpod.ai/v2/abc\"\n"), @r#"
    error: `https://api.runpod.ai/v2/abc` is not the id of an endpoint
     --> suite.toml:2:12
      |
    2 | endpoint = "https://api.runpod.ai/v2/abc"
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give the id alone, such as `4m7x2k9q`; a base address has a key of its own, `base-url`.
    "#);
}

#[test]
fn an_address_has_to_be_encrypted_or_local() {
    assert_snapshot!(refused("[deployment]\ncomfyui = \"http://10.0.0.5:8188\"\n"), @r#"
    error: `comfyui` is `http://10.0.0.5:8188`, which is not encrypted
     --> suite.toml:2:11
      |
    2 | comfyui = "http://10.0.0.5:8188"
      |           ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: use `https`, or forward the port to this machine: `http` is allowed to a loopback address only.
    "#);
    assert_snapshot!(refused("[deployment]\nbase-url = \"api.runpod.ai\"\n"), @r#"
    error: `base-url` is `api.runpod.ai`, which is not a URL
     --> suite.toml:2:12
      |
    2 | base-url = "api.runpod.ai"
      |            ^^^^^^^^^^^^^^^
      |
      = help: give an address such as `https://example.org`.
    "#);
    assert_snapshot!(refused("[deployment]\ncomfyui = \"https://me:secret@example.org\"\n"), @r#"
    error: `comfyui` is an address with a user name or a password in it
     --> suite.toml:2:11
      |
    2 | comfyui = "https://me:secret@example.org"
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: remove them from the address.
    "#);
}

#[test]
fn an_unset_variable_is_refused_where_requests_are_sent() {
    assert_snapshot!(refused("[deployment]\ncomfyui = { env = \"COMFYUI_URL\" }\n"), @r#"
    error: environment variable `COMFYUI_URL` is not set
     --> suite.toml:2:11
      |
    2 | comfyui = { env = "COMFYUI_URL" }
      |           ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: set it, or remove `comfyui` from the suite.
    "#);
    assert_snapshot!(refused("[deployment]\nendpoint = { env = [\"A\", \"B\"] }\n"), @r#"
    error: none of the environment variables `A` and `B` is set
     --> suite.toml:2:12
      |
    2 | endpoint = { env = ["A", "B"] }
      |            ^^^^^^^^^^^^^^^^^^^^
      |
      = help: set one, or remove `endpoint` from the suite.
    "#);
    assert_snapshot!(refused("[deployment]\nendpoint = { env = [] }\n"), @r"
    error: `endpoint` names no environment variable
     --> suite.toml:2:12
      |
    2 | endpoint = { env = [] }
      |            ^^^^^^^^^^^^
      |
      = help: name one, or remove `endpoint` from the suite.
    ");
    let bare = World { environment: Vec::new(), files: vec![("w.json", "{}")], unset: Unset::Refused };
    assert_snapshot!(refused_in(&bare, "workflow = \"w.json\"\nsamples = 3\n"), @r"
    error: 3 samples are to be taken, and no endpoint is named
     --> suite.toml:2:11
      |
    2 | samples = 3
      |           ^
      |
      = help: set `RUNPOD_ENDPOINT_ID`, or give `--endpoint ID`.
    ");
    assert_snapshot!(refused_in(&bare, "workflow = \"w.json\"\n[deployment]\nendpoint = \"abc\"\n"), @r"
    error: the endpoint needs an API key, and `RUNPOD_API_KEY` is not set
     |
     = help: set it to a key that may use the endpoint.
    ");
    let spaced = World { environment: vec![("RUNPOD_API_KEY", "rpa_A B")], ..complete() };
    assert_snapshot!(refused_in(&spaced, ""), @"error: the API key has a character that no key has, such as a space");
}

#[test]
fn samples_need_a_workflow() {
    assert_snapshot!(refused("samples = 1\n"), @r"
    error: a sample is to be taken, and no workflow is named
     --> suite.toml:1:11
      |
    1 | samples = 1
      |           ^
      |
      = help: name one as `workflow`, or give `--workflow FILE`.
    ");
    let overrides = Overrides { samples: Some(2), ..Overrides::default() };
    assert_snapshot!(complete().parse_with("samples = 1\n", &overrides).expect_err("a refusal"), @r"
    error: 2 samples are to be taken, and no workflow is named
     |
     = help: name one as `workflow`, or give `--workflow FILE`.
    ");
}

#[test]
fn a_file_that_cannot_be_had_is_refused() {
    assert_snapshot!(refused("workflow = \"gone.json\"\n"), @r#"
    error: there is no file `gone.json`
     --> suite.toml:1:12
      |
    1 | workflow = "gone.json"
      |            ^^^^^^^^^^^
    "#);
    assert_snapshot!(refused("workflow = \"image.png\"\n"), @r#"
    error: `image.png` is not UTF-8 text
     --> suite.toml:1:12
      |
    1 | workflow = "image.png"
      |            ^^^^^^^^^^^
    "#);
    assert_snapshot!(refused("deployment.object-info = \"large.bin\"\n"), @r#"
    error: `large.bin` has more than 64 MiB
     --> suite.toml:1:26
      |
    1 | deployment.object-info = "large.bin"
      |                          ^^^^^^^^^^^
    "#);
    assert_snapshot!(refused("deployment.object-info = \"locked.json\"\n"), @r#"
    error: cannot read `locked.json`: permission denied
     --> suite.toml:1:26
      |
    1 | deployment.object-info = "locked.json"
      |                          ^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_file_in_settings_lies_in_the_suites_folder() {
    for path in ["../secrets.json", "/etc/passwd", "a/../../b.json"] {
        let suite = format!("checks.nodes.settings = {{ snapshot = {{ file = \"{path}\" }} }}");
        assert!(refused(&suite).contains(&format!("`{path}` lies outside of the suite's folder")));
    }
    assert_snapshot!(refused("checks.nodes.settings.packs = [1, { file = \"../x.json\" }]\n"), @r#"
    error: `../x.json` lies outside of the suite's folder
     --> suite.toml:1:35
      |
    1 | checks.nodes.settings.packs = [1, { file = "../x.json" }]
      |                                   ^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(refused("checks.nodes.settings = { a = { file = \"link.json\" } }\n"), @r#"
    error: `link.json` leads out of the suite's folder
     --> suite.toml:1:31
      |
    1 | checks.nodes.settings = { a = { file = "link.json" } }
      |                               ^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(refused("checks.nodes.settings = { a = { file = \"large.bin\" } }\n"), @r#"
    error: `large.bin` has more than 4 MiB
     --> suite.toml:1:31
      |
    1 | checks.nodes.settings = { a = { file = "large.bin" } }
      |                               ^^^^^^^^^^^^^^^^^^^^^^
    "#);
    let broken = World { files: vec![("x.json", "{\"a\": 1,}")], ..complete() };
    assert_snapshot!(refused_in(&broken, "[checks.nodes]\nsettings.a = { file = \"x.json\" }\n"), @r#"
    error: `x.json` is not JSON: trailing comma at line 1 column 9
     --> suite.toml:2:14
      |
    2 | settings.a = { file = "x.json" }
      |              ^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_check_is_built_in_or_a_component() {
    assert_snapshot!(refused("[checks.node]\n"), @r#"
    error: there is no built-in check `node`
     --> suite.toml:1:9
      |
    1 | [checks.node]
      |         ^^^^
      |
      = help: did you mean `nodes`? A check of your own is named by its path: `use = "path/to/check.wasm"`.
    "#);
    assert_snapshot!(refused("[checks.mine]\nuse = \"./mine.wat\"\n"), @r#"
    error: there is no built-in check `./mine.wat`
     --> suite.toml:2:7
      |
    2 | use = "./mine.wat"
      |       ^^^^^^^^^^^^
      |
      = help: there are `endpoint`, `nodes`, `image` and `denrisi`. A check of your own is named by its path: `use = "path/to/check.wasm"`.
    "#);
    assert_snapshot!(refused("[checks.\"My check\"]\nuse = \"x.wasm\"\n"), @r#"
    error: `My check` is not a name for a check
     --> suite.toml:1:9
      |
    1 | [checks."My check"]
      |         ^^^^^^^^^^
      |
      = help: use lower-case words with `-` between them.
    "#);
}

#[test]
fn a_grant_is_a_capability() {
    assert_snapshot!(refused("[checks.mine]\nuse = \"x.wasm\"\ngrants = [\"runpod/samples\", \"comfyui/inventroy\"]\n"), @r#"
    error: there is no capability `comfyui/inventroy` to grant
     --> suite.toml:3:29
      |
    3 | grants = ["runpod/samples", "comfyui/inventroy"]
      |                             ^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `comfyui/inventory`?
    "#);
    assert_snapshot!(refused("[checks.mine]\nuse = \"x.wasm\"\ngrants = [\"log\"]\n"), @r#"
    error: `log` is always granted
     --> suite.toml:3:11
      |
    3 | grants = ["log"]
      |           ^^^^^
      |
      = help: remove it from `grants`.
    "#);
}

#[test]
fn a_check_that_is_asked_for_has_to_exist() {
    let overrides = Overrides { checks: vec!["node".into()], ..Overrides::default() };
    assert_snapshot!(complete().parse_with("", &overrides).expect_err("a refusal"), @r"
    error: the suite has no check `node`
     |
     = help: did you mean `nodes`?
    ");
}
