//! Suites that cannot be run as they stand in their surroundings: what is refused, and how it is said.

use crate::surroundings::{World, complete};
use crate::wording::{Case, case, problems, refused_suites, wording};
use comfycheck_core::diagnostic::Refusal;
use comfycheck_core::suite::{Needs, Overrides, UnsetVariables};
use insta::assert_snapshot;

#[track_caller]
fn refused(cases: &[Case<'_>]) -> String {
    refused_suites(&complete(), cases)
}

#[test]
fn a_key_in_the_file_is_refused_and_not_repeated() {
    let text = refused(&[
        ("as the key", "[deployment]\nkey = \"rpa_SECRET\"\n", &["secret 2:7 rpa_SECRET"]),
        ("without quotes", "[deployment]\nkey = rpa_SECRET\n", &["syntax 2:7 rpa_SECRET"]),
        (
            "under another name",
            "deployment = { keys = \"rpa_SECRET\", key = 5 }\n",
            &["secret 1:16 keys", "wrong-type 1:43 5"],
        ),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_secret_under_an_unknown_key_is_named_whatever_the_key() {
    let of = |key: &str, value: &str| format!("[deployment]\n{key} = \"{value}\"\n");
    let mut text = String::new();
    for (key, value, kind) in [
        ("api-key", "rpa_H1DDEN", "secret"),
        ("RUNPOD_API_KEY", "rpa_H1DDEN", "secret"),
        ("token", "rpa_H1DDEN", "secret"),
        ("endpoint-id", "rpa_0123456789ABCDEFGHIJ", "secret"),
        ("s3-secret-key", "rps_H1DDEN", "secret"),
        ("slack-webhook", "https://hooks.slack.com/services/T0/B0/H1DDEN", "secret"),
        ("api-key", "", "unknown-key"),
        ("monkey", "abc", "unknown-key"),
    ] {
        text += &refused(&[(key, &of(key, value), &[&format!("{kind} 2:1 {key}")])]);
    }
    assert!(!text.contains("H1DDEN"), "a secret is shown");
    assert_snapshot!(text);
}

#[test]
fn an_endpoint_is_named_by_its_id() {
    let url = "[deployment]\nendpoint = \"https://api.runpod.ai/v2/abc\"\n";
    let key = "[deployment]\nendpoint = \"rpa_0123456789ABCDEFGHIJ\"\n";
    let text = refused(&[
        ("an address", url, &["invalid-value 2:12 https://api.runpod.ai/v2/abc"]),
        ("empty", "[deployment]\nendpoint = \" \"\n", &["invalid-value 2:12"]),
        ("a key", key, &["secret 2:12 rpa_0123456789ABCDEFGHIJ"]),
    ]);
    assert_snapshot!(text);
}

const VOLUME: &str = "[[deployment.volumes]]\nid = \"agv6w2qcg7\"\ndata-center = \"EU-RO-1\"\n";

fn with_s3_keys(secret: &'static str) -> World {
    let mut world = complete();
    world.environment.extend([("RUNPOD_S3_ACCESS_KEY", "user_1"), ("RUNPOD_S3_SECRET_KEY", secret)]);
    world
}

#[test]
fn network_volumes_need_keys_of_their_own() {
    let unset = refused(&[("neither is set", VOLUME, &["not-set 1:14 volumes"])]);
    let mut half = complete();
    half.environment.extend([("RUNPOD_S3_ACCESS_KEY", "user_1"), ("RUNPOD_S3_SECRET_KEY", " ")]);
    let half = refused_suites(&half, &[("one is empty", VOLUME, &["not-set 1:14 volumes"])]);
    let spaced =
        refused_suites(&with_s3_keys("a b"), &[("a key with a space", VOLUME, &["invalid-value 1:14 volumes"])]);
    let text = unset + &half + &spaced;
    assert_snapshot!(text);
}

#[test]
fn a_network_volume_is_named_by_id_and_data_center() {
    let twice =
        format!("{VOLUME}address = \"http://10.0.0.5\"\n{}", VOLUME.replace("EU-RO-1", "s3api-eu-ro-1.runpod.io"));
    let unknown = format!("{VOLUME}bucket = 1\n");
    let id = VOLUME.replace("agv6w2qcg7", "a b/c");
    let text = refused_suites(
        &with_s3_keys("rps_1"),
        &[
            (
                "an address in clear text, an id twice, a host as data center",
                &twice,
                &[
                    "invalid-value 4:11 http://10.0.0.5",
                    "duplicate 6:6 agv6w2qcg7",
                    "invalid-value 7:15 s3api-eu-ro-1.runpod.io",
                ],
            ),
            ("a path as id", &id, &["invalid-value 2:6 a b/c"]),
            ("an unknown key", &unknown, &["unknown-key 4:1 bucket"]),
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn an_address_has_to_be_encrypted_or_local() {
    let with = |key: &str, address: &str| format!("[deployment]\n{key} = \"{address}\"\n");
    let cases = [
        ("in clear text", with("comfyui", "http://10.0.0.5:8188"), "invalid-value 2:11 http://10.0.0.5:8188"),
        ("without a scheme", with("base-url", "api.runpod.ai"), "invalid-value 2:12 api.runpod.ai"),
        ("of another scheme", with("base-url", "ftp://example.org"), "invalid-value 2:12 ftp://example.org"),
        (
            "with a password",
            with("comfyui", "https://me:secret@example.org"),
            "invalid-value 2:11 https://me:secret@example.org",
        ),
        (
            "with a query",
            with("comfyui", "https://example.org/?sig=secret"),
            "invalid-value 2:11 https://example.org/?sig=secret",
        ),
    ];
    let mut text = String::new();
    for (name, suite, problem) in &cases {
        text += &refused(&[(name, suite, &[problem])]);
    }
    assert!(!text.contains("secret"), "a secret is shown");
    assert_snapshot!(text);
}

#[test]
fn an_unset_variable_is_refused_where_requests_are_sent() {
    let text = refused(&[
        ("one", "[deployment]\ncomfyui = { env = \"COMFYUI_URL\" }\n", &["not-set 2:11 {"]),
        ("several", "[deployment]\nendpoint = { env = [\"A\", \"B\"] }\n", &["not-set 2:12 {"]),
        ("of none", "[deployment]\nendpoint = { env = [] }\n", &["invalid-value 2:12 {"]),
        (
            "a key in place of a variable",
            "[deployment]\ncomfyui = { env = \"rpa_0123456789ABCDEFGHIJ\" }\n",
            &["secret 2:11 {"],
        ),
        (
            "the key's, whose endpoint is named",
            "[deployment]\nendpoint = \"abc\"\nkey = { env = \"OUR_KEY\" }\n",
            &["not-set 3:7 {"],
        ),
    ]);
    assert_snapshot!(text);
}

#[test]
fn samples_need_an_endpoint_and_the_endpoint_a_key() {
    let world = |environment| World {
        environment,
        files: vec![("w.json", "{}")],
        unset: UnsetVariables::Refused,
        needs: Needs::Everything,
    };
    let samples = "workflow = \"w.json\"\nsamples = 3\n";
    let endpoint = "workflow = \"w.json\"\n[deployment]\nendpoint = \"abc\"\n";
    let bare = refused_suites(
        &world(Vec::new()),
        &[("no endpoint", samples, &["not-set 2:11 3"]), ("no key", endpoint, &["not-set"])],
    );
    let empty = refused_suites(
        &world(vec![("RUNPOD_ENDPOINT_ID", ""), ("RUNPOD_API_KEY", " ")]),
        &[("an empty endpoint", samples, &["not-set 2:11 3"]), ("an empty key", endpoint, &["not-set"])],
    );
    let text = bare + &empty;
    assert_snapshot!(text);
}

#[test]
fn an_empty_variable_is_called_empty() {
    let mut world = complete();
    world.environment.extend([("A", ""), ("COMFYUI_URL", " \n")]);
    let text = refused_suites(
        &world,
        &[
            ("one", "[deployment]\ncomfyui = { env = \"COMFYUI_URL\" }\n", &["not-set 2:11 {"]),
            ("two", "[deployment]\ncomfyui = { env = [\"A\", \"COMFYUI_URL\"] }\n", &["not-set 2:11 {"]),
            ("one of two", "[deployment]\ncomfyui = { env = [\"A\", \"B\"] }\n", &["not-set 2:11 {"]),
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn a_bad_value_of_a_variable_names_the_variable() {
    let world = |name, value| {
        let mut world = complete();
        world.environment.retain(|(other, _)| *other != name);
        world.environment.push((name, value));
        world
    };
    let of = |world: &World, name, suite, problem| refused_suites(world, &[(name, suite, &[problem])]);
    let spaced = world("RUNPOD_API_KEY", "rpa_A B");
    let named = "[deployment]\nkey = { env = \"RUNPOD_API_KEY\" }\n";
    let swapped = world("RUNPOD_ENDPOINT_ID", "rpa_0123456789ABCDEFGHIJ");
    let text = [
        of(&spaced, "a space in the key", "", "invalid-value"),
        of(&spaced, "of a variable in the suite", named, "invalid-value 2:7 {"),
        of(&world("RUNPOD_ENDPOINT_ID", "a b"), "a space in the endpoint", "", "invalid-value"),
        of(&swapped, "the key as the endpoint", "", "secret"),
        of(&world("RUNPOD_ENDPOINT_BASE_URL", "localhost:8000"), "an address without a scheme", "", "invalid-value"),
    ]
    .concat();
    assert_snapshot!(text);
}

#[test]
fn what_the_command_line_gives_stands_nowhere_in_the_suite() {
    let suite = "[deployment]\nendpoint = \"abc\"\n";
    let endpoint = |endpoint: &str| Overrides { endpoint: Some(endpoint.to_owned()), ..Overrides::default() };
    let worker = Overrides { local_worker: Some("worker:8000".to_owned()), ..Overrides::default() };
    let samples = Overrides { samples: Some(1001), workflow: None, ..Overrides::default() };
    let check = Overrides { checks: vec!["node".into()], ..Overrides::default() };
    let mut text = String::new();
    for (name, overrides, expected) in [
        ("an endpoint of two words", endpoint("a b"), &["invalid-value"][..]),
        ("a key as endpoint", endpoint("rpa_0123456789ABCDEFGHIJ"), &["secret"]),
        ("a worker without a scheme", worker, &["invalid-value"]),
        ("too many samples of no workflow", samples, &["out-of-range", "missing-key"]),
        ("a check that the suite lacks", check, &["unknown-name"]),
    ] {
        let refusal: Refusal = complete().parse_with(suite, &overrides).expect_err(name);
        assert_eq!(problems(&refusal, suite), expected, "{name}");
        text += &case(name, &refusal);
    }
    assert_snapshot!(text);
}

#[test]
fn a_deployment_is_an_endpoint_or_a_local_worker() {
    let both = "[deployment]\nendpoint = \"abc\"\nlocal-worker = \"http://127.0.0.1:8000\"\n";
    let text = refused(&[("both", both, &["conflict 3:16 http://127.0.0.1:8000"])]);
    assert_snapshot!(text);
}

#[test]
fn an_image_host_is_the_name_of_a_host() {
    let suite = "[deployment]\nimage-hosts = [\"https://cdn.example.org\", \"cdn.example.org\"]\n";
    let text = refused(&[("an address", suite, &["invalid-value 2:16 https://cdn.example.org"])]);
    assert_snapshot!(text);
}

#[test]
fn an_output_path_has_no_empty_step() {
    let suite = "[deployment]\noutput-path = \"result..files\"\n";
    let text = refused(&[("an empty step", suite, &["invalid-value 2:15 result..files"])]);
    assert_snapshot!(text);
}

#[test]
fn a_rate_limit_is_for_an_endpoint_on_this_machine() {
    let text = refused(&[("RunPod's own", "rate-limit = 5\n", &["conflict 1:14 5"])]);
    assert_snapshot!(text);
}

#[test]
fn samples_need_a_workflow() {
    let suite = "samples = 1\n";
    let by_suite = refused(&[("of the suite", suite, &["missing-key 1:11 1"])]);
    let overrides = Overrides { samples: Some(2), ..Overrides::default() };
    let refusal = complete().parse_with(suite, &overrides).expect_err("a refusal");
    assert_eq!(problems(&refusal, suite), ["missing-key"]);
    let text = format!("{by_suite}# of the command line\n{}", wording(&refusal));
    assert_snapshot!(text);
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let text = refused(&[
        ("missing", "workflow = \"gone.json\"\n", &["unreadable 1:12 gone.json"]),
        ("an image", "workflow = \"image.png\"\n", &["unreadable 1:12 image.png"]),
        ("too large", "deployment.object-info = \"large.bin\"\n", &["unreadable 1:26 large.bin"]),
        ("locked", "deployment.object-info = \"locked.json\"\n", &["unreadable 1:26 locked.json"]),
    ]);
    let world =
        World { files: vec![("a.json", r#"{"3": {"class_type": "A"}}"#), ("b.json", "{\"A\": ")], ..complete() };
    let text = text
        + &refused_suites(
            &world,
            &[
                ("a workflow as an inventory", "deployment.object-info = \"a.json\"\n", &["invalid-value 1:26 a.json"]),
                ("an inventory that was cut", "deployment.object-info = \"b.json\"\n", &["invalid-value 1:26 b.json"]),
            ],
        );
    assert_snapshot!(text);
}

#[test]
fn a_file_in_settings_is_in_the_suites_folder() {
    let of = |path: &str| format!("checks.nodes.settings = {{ a = {{ file = \"{path}\" }} }}\n");
    let mut text = String::new();
    for (name, path) in [
        ("a folder above", "../secrets.json"),
        ("an absolute path", "/etc/passwd"),
        ("a detour", "a/../../b.json"),
        ("a link", "link.json"),
        ("too large", "large.bin"),
    ] {
        text += &refused(&[(name, &of(path), &["unreadable 1:31 {"])]);
    }
    let in_array = "checks.nodes.settings.packs = [1, { file = \"../x.json\" }]\n";
    text += &refused(&[("in an array", in_array, &["unreadable 1:35 {"])]);
    let broken = World { files: vec![("x.json", "{\"a\": 1,}")], ..complete() };
    let suite = "[checks.nodes]\nsettings.a = { file = \"x.json\" }\n";
    text += &refused_suites(&broken, &[("broken JSON", suite, &["syntax 2:14 {"])]);
    assert_snapshot!(text);
}

#[test]
fn a_check_is_built_in_or_a_component() {
    let text = refused(&[
        ("a misspelt name", "[checks.node]\n", &["unknown-name 1:9 node"]),
        ("another file", "[checks.mine]\nuse = \"./mine.wat\"\n", &["unknown-name 2:7 ./mine.wat"]),
        ("a name with a space", "[checks.\"My check\"]\nuse = \"x.wasm\"\n", &["invalid-value 1:9 My check"]),
    ]);
    assert_snapshot!(text);
}

#[test]
fn a_source_with_a_login_and_a_path_that_is_none_are_refused() {
    let of = |line: &str| format!("[checks.mine]\n{line}\n");
    let text = refused(&[
        ("a password", &of("use = \"bob:pw@host/x\""), &["secret 2:7 bob:pw@host/x"]),
        ("a token", &of("use = \"token@ghcr.io/acme/x.wasm\""), &["secret 2:7 token@ghcr.io/acme/x.wasm"]),
        ("a parent", &of("use = \"x.wasm\"\nhttp-paths = [\"/queue\", \"/a/../b\"]"), &["invalid-value 3:25 /a/../b"]),
        ("a query", &of("use = \"x.wasm\"\nhttp-paths = [\"/queue?a=1\"]"), &["invalid-value 3:15 /queue?a=1"]),
        (
            "an address",
            &of("use = \"x.wasm\"\nhttp-paths = [\"http://host/queue\"]"),
            &["invalid-value 3:15 http://host/queue"],
        ),
    ]);
    assert!(!text.contains("pw@") && !text.contains("token@"), "{text}");
    assert_snapshot!(text);
}

#[test]
fn a_grant_is_a_capability() {
    let of = |grants: &str| format!("[checks.mine]\nuse = \"x.wasm\"\ngrants = [{grants}]\n");
    let misspelt = of("\"runpod/samples\", \"comfyui/inventroy\"");
    let text = refused(&[
        ("misspelt", &misspelt, &["unknown-name 3:29 comfyui/inventroy"]),
        ("always granted", &of("\"log\""), &["invalid-value 3:11 log"]),
    ]);
    assert_snapshot!(text);
}
