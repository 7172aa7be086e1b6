//! Suites that cannot be run as they stand in their surroundings: every message once, as the user sees it.

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
      = help: give the id alone, such as `4m7x2k9q`; a base address has a key of its own in the suite, `base-url`.
    "#);
}

const VOLUME: &str = "[[deployment.volumes]]\nid = \"agv6w2qcg7\"\ndata-center = \"EU-RO-1\"\n";

fn with_s3_keys(secret: &'static str) -> World {
    let mut world = complete();
    world.environment.extend([("RUNPOD_S3_ACCESS_KEY", "user_1"), ("RUNPOD_S3_SECRET_KEY", secret)]);
    world
}

#[test]
fn network_volumes_need_keys_of_their_own() {
    assert_snapshot!(refused(VOLUME), @r#"
    error: the network volumes need an S3 key, and `RUNPOD_S3_ACCESS_KEY` is not set
     --> suite.toml:1:14
      |
    1 | [[deployment.volumes]]
      |              ^^^^^^^
      |
      = help: set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` to an S3 API key of RunPod's console, which is another one than `RUNPOD_API_KEY`.

    error: the network volumes need an S3 key, and `RUNPOD_S3_SECRET_KEY` is not set
     --> suite.toml:1:14
      |
    1 | [[deployment.volumes]]
      |              ^^^^^^^
      |
      = help: set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` to an S3 API key of RunPod's console, which is another one than `RUNPOD_API_KEY`.
    "#);
    assert_snapshot!(refused_in(&with_s3_keys("a b"), VOLUME), @r#"
    error: `RUNPOD_S3_SECRET_KEY` has a character that no key has, such as a space
     --> suite.toml:1:14
      |
    1 | [[deployment.volumes]]
      |              ^^^^^^^
      |
      = help: set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` to an S3 API key of RunPod's console, which is another one than `RUNPOD_API_KEY`.
    "#);
}

#[test]
fn a_network_volume_is_named_by_id_and_data_center() {
    let suite =
        format!("{VOLUME}address = \"http://10.0.0.5\"\n{}", VOLUME.replace("EU-RO-1", "s3api-eu-ro-1.runpod.io"));
    let world = with_s3_keys("rps_1");
    assert_snapshot!(refused_in(&world, &suite), @r#"
    error: `address` is `http://10.0.0.5`, which is not encrypted
     --> suite.toml:4:11
      |
    4 | address = "http://10.0.0.5"
      |           ^^^^^^^^^^^^^^^^^
      |
      = help: use `https`, or forward the port to this machine: `http` is allowed to a loopback address only.

    error: the network volume `agv6w2qcg7` is named twice
     --> suite.toml:6:6
      |
    6 | id = "agv6w2qcg7"
      |      ^^^^^^^^^^^^

    error: `s3api-eu-ro-1.runpod.io` is not a data center
     --> suite.toml:7:15
      |
    7 | data-center = "s3api-eu-ro-1.runpod.io"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give it as RunPod's console shows it, such as `agv6w2qcg7` in `EU-RO-1`.
    "#);
    let unknown = refused_in(&world, &format!("{VOLUME}bucket = 1\n"));
    assert!(unknown.starts_with("error: unknown key `bucket`"), "{unknown}");
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
    assert_snapshot!(refused_in(&spaced, ""), @r"
    error: the API key has a character that no key has, such as a space
     |
     = help: set the variable to the key alone, as RunPod's console showed it.
    ");
}

#[test]
fn a_key_that_another_variable_should_hold_is_one_problem() {
    let suite = "[deployment]\nendpoint = \"abc\"\nkey = { env = \"OUR_KEY\" }\n";
    assert_snapshot!(refused(suite), @r#"
    error: environment variable `OUR_KEY` is not set
    --> suite.toml:3:7
     = help: set it, or remove `key` from the suite.
    "#);
}

#[test]
fn what_the_command_line_gives_stands_nowhere_in_the_suite() {
    let suite = "[deployment]\nendpoint = \"abc\"\n";
    let with = |endpoint: &str| Overrides { endpoint: Some(endpoint.to_owned()), ..Overrides::default() };
    let refused = |overrides| complete().parse_with(suite, &overrides).expect_err("a refused option");
    assert_snapshot!(refused(with("a b")), @r"
    error: `--endpoint` is `a b`, which is not the id of an endpoint
     |
     = help: give the id alone, such as `4m7x2k9q`; a base address has a key of its own in the suite, `base-url`.
    ");
    assert_snapshot!(refused(with("rpa_0123456789ABCDEFGHIJ")), @r"
    error: `--endpoint` is an API key
     |
     = help: give the endpoint's id here, and the key in an environment variable; revoke a key that was shown.
    ");
    let worker = Overrides { local_worker: Some("worker:8000".to_owned()), ..Overrides::default() };
    assert_snapshot!(refused(worker), @r"
    error: `--local-worker` is `worker:8000`, which is neither `http` nor `https`
     |
     = help: give an address such as `https://example.org`.
    ");
}

#[test]
fn a_deployment_is_an_endpoint_or_a_local_worker() {
    let both = "[deployment]\nendpoint = \"abc\"\nlocal-worker = \"http://127.0.0.1:8000\"\n";
    assert_snapshot!(refused(both), @r#"
    error: the deployment is an endpoint or a local worker, and the suite names both
     --> suite.toml:3:16
      |
    3 | local-worker = "http://127.0.0.1:8000"
      |                ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: remove one of them.
    "#);
    assert_snapshot!(refused("[deployment]\nimage-hosts = [\"https://cdn.example.org\"]\n"), @r#"
    error: `https://cdn.example.org` is not the name of a host
     --> suite.toml:2:15
      |
    2 | image-hosts = ["https://cdn.example.org"]
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give a name in lower case, such as `cdn.example.org`: no address, no scheme, no port, no path, and not a domain in which anybody can have a host, such as `com.au`.
    "#);
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
