//! Files that are sent with jobs, and the table `[request]`.

use crate::surroundings::{World, complete};
use crate::wording::{Case, case, problems, refused_suites, wording};
use comfycheck_core::plan::plan;
use comfycheck_core::suite::{GivenInput, Needs, Overrides, Suite, UnsetVariables};
use comfycheck_core::workflow::Workflow;
use insta::assert_snapshot;
use serde_json::json;
use std::time::Duration;

const LOADERS: &str = r#"{
    "1": {"class_type": "LoadImage", "inputs": {"image": "photo.gif"}},
    "2": {"class_type": "VHS_LoadVideo", "inputs": {"video": "clips/walk.gif [input]"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "poem.gif"}}
}"#;

const SUITE: &str = "workflow = \"w.json\"\n";

fn world() -> World {
    World {
        files: vec![
            ("w.json", LOADERS),
            ("in/photo.gif", "GIF89a photo"),
            ("in/clips/walk.gif", "GIF89a walk"),
            ("in/poem.gif", "GIF89a poem"),
            ("in/key.txt", "rpa_"),
            ("other.gif", "GIF89a other"),
        ],
        ..complete()
    }
}

fn names(suite: &Suite) -> Vec<String> {
    suite.request.inputs.iter().map(|input| format!("{} {}", input.name, input.size())).collect()
}

fn parsed(world: &World, text: &str) -> Suite {
    world.parse(text).unwrap_or_else(|refusal| panic!("{}", wording(&refusal))).0
}

#[test]
fn files_that_loader_nodes_name_are_sent() {
    let files = format!("{SUITE}[inputs.files]\n\"photo.gif\" = \"other.gif\"\n");
    assert_eq!(names(&parsed(&world(), &files)), ["photo.gif 12"]);
    let folder = format!("{SUITE}[inputs]\nfolder = \"in/\"\n");
    assert_eq!(names(&parsed(&world(), &folder)), ["clips/walk.gif 11", "photo.gif 12"]);
    let elsewhere = format!("{SUITE}[inputs]\nfolder = \"in/clips\"\n");
    assert_eq!(names(&parsed(&world(), &elsewhere)), Vec::<String>::new(), "the worker can have them");
    let varied = format!(
        "{SUITE}[inputs]\nfolder = \"in\"\n[[variations]]\nnode = \"1\"\ninput = \"image\"\nvalues = [\"poem.gif\", \"photo.gif\"]\n"
    );
    assert_eq!(names(&parsed(&world(), &varied)), ["clips/walk.gif 11", "photo.gif 12", "poem.gif 11"]);
}

#[test]
fn a_file_of_the_command_line_precedes_those_of_the_suite() {
    let given = |name: &str, path: &str| GivenInput { name: name.into(), path: path.into(), bytes: b"GIF89a".into() };
    let overrides = Overrides { inputs: vec![given("photo.gif", "/tmp/x.gif")], ..Overrides::default() };
    let (suite, _) = world().parse_with(&format!("{SUITE}[inputs]\nfolder = \"in\"\n"), &overrides).expect("a suite");
    assert_eq!(names(&suite), ["photo.gif 6", "clips/walk.gif 11"]);
    let overrides = Overrides { inputs: vec![given("photos.gif", "/tmp/x.gif")], ..Overrides::default() };
    let refusal = world().parse_with(SUITE, &overrides).expect_err("a name that no loader uses");
    assert_eq!(problems(&refusal, SUITE), ["unknown-name"]);
    assert_snapshot!(wording(&refusal));
}

#[test]
fn files_outside_the_suites_folder_and_other_files_are_refused() {
    let of = |name: &str, path: &str| format!("{SUITE}[inputs.files]\n\"{name}\" = \"{path}\"\n");
    let cases = [
        ("missing", of("photo.gif", "gone.gif"), "unreadable 3:15 gone.gif"),
        ("above", of("photo.gif", "../x.gif"), "unreadable 3:15 ../x.gif"),
        ("absolute", of("photo.gif", "/etc/passwd"), "unreadable 3:15 /etc/passwd"),
        ("a link that leaves the folder", of("photo.gif", "link.json"), "unreadable 3:15 link.json"),
        ("too large", of("photo.gif", "large.bin"), "unreadable 3:15 large.bin"),
        ("not media", of("photo.gif", "in/key.txt"), "invalid-value 3:15 in/key.txt"),
        ("a name that no loader uses", of("poem.gif", "other.gif"), "unknown-name 3:1 poem.gif"),
        ("a name above", of("../x.gif", "other.gif"), "invalid-value 3:14 other.gif"),
        ("a folder above", format!("{SUITE}[inputs]\nfolder = \"../in\"\n"), "unreadable 3:10 ../in"),
        ("a file", format!("{SUITE}[inputs]\nfolder = \"other.gif\"\n"), "unreadable 3:10 other.gif"),
        ("no folder", format!("{SUITE}[inputs]\nfolder = \"gone\"\n"), "unreadable 3:10 gone"),
    ];
    let expected: Vec<_> = cases.iter().map(|(_, _, expected)| [*expected]).collect();
    let cases: Vec<Case<'_>> = cases
        .iter()
        .zip(&expected)
        .map(|((name, suite, _), expected)| (*name, suite.as_str(), &expected[..]))
        .collect();
    assert_snapshot!(refused_suites(&world(), &cases));
    let any = format!("{SUITE}[inputs]\nany-type = true\nfiles = {{ \"photo.gif\" = \"in/key.txt\" }}\n");
    assert_eq!(names(&parsed(&world(), &any)), ["photo.gif 4"]);
}

#[test]
fn a_replay_needs_no_files() {
    let suite = format!("{SUITE}[inputs.files]\n\"photo.gif\" = \"gone.gif\"\n");
    let (suite, _) = World { needs: Needs::NoJobs, ..world() }.parse(&suite).expect("a suite");
    assert_eq!(names(&suite), Vec::<String>::new());
}

#[test]
fn a_command_that_submits_no_job_needs_no_secret_of_jobs() {
    let mut world = World { needs: Needs::NoJobs, ..world() };
    world.files.push(("t.json", r#"{"input": ["{{workflow}}", "{{env:GONE}}"]}"#));
    world.files.push(("key.json", r#"{"input": {"comfy_org_api_key": "x", "workflow": {"1": {"class_type": "A"}}}}"#));
    let key = "comfy-org-api-key = { env = \"NOT_SET\" }";
    for (workflow, lines) in [("w", key), ("w", "template = \"t.json\"\nsecrets = [\"GONE\"]"), ("key", "")] {
        let suite = format!("workflow = \"{workflow}.json\"\n[request]\n{lines}\n");
        let read = world.parse(&suite);
        assert!(read.is_ok(), "{}", wording(&read.expect_err("a refusal")));
        let live = World { needs: Needs::Everything, ..world.clone() };
        assert!(live.parse(&suite).is_err(), "{suite}");
    }
}

#[test]
fn a_request_above_runpods_limit_is_refused() {
    let mut text = String::new();
    for (submit, mib, expected) in [("run", 7, true), ("run", 8, false), ("runsync", 14, true), ("runsync", 15, false)]
    {
        let given = GivenInput {
            name: "photo.gif".into(),
            path: "x.gif".into(),
            bytes: [b"GIF89a".to_vec(), vec![0; mib << 20]].concat(),
        };
        let overrides = Overrides { inputs: vec![given], ..Overrides::default() };
        let suite = format!("{SUITE}submit = \"{submit}\"\n");
        let (suite, _) = world().parse_with(&suite, &overrides).expect("a suite");
        let workflow = suite.workflow.clone().map(|file| Workflow::parse(file).expect("a workflow"));
        let planned = plan(&suite, workflow.as_ref(), &[], 0, false);
        assert_eq!(planned.is_ok(), expected, "{submit} {mib}");
        if let Err(refusal) = planned {
            text += &case(&format!("{submit}, {mib} MiB"), &refusal);
        }
    }
    assert_snapshot!(text);
}

#[test]
fn the_request_of_a_suite_precedes_that_of_the_file() {
    let body = r#"{"input": {"workflow": {"1": {"class_type": "LoadImage", "inputs": {"image": "a.gif"}}},
        "images": [{"name": "a.gif", "image": "R0lGODlh"}]}, "policy": {"ttl": 60000, "executionTimeout": 30000}}"#;
    let mut world = World { files: vec![("w.json", body)], ..complete() };
    let suite = parsed(&world, &format!("{SUITE}[request.policy]\nttl-s = 120\nlow-priority = true\n"));
    assert_eq!(names(&suite), ["a.gif 6"]);
    let policy = suite.request.policy;
    let seconds = Duration::from_secs;
    assert_eq!((policy.ttl, policy.execution_timeout), (Some(seconds(120)), Some(seconds(30))));
    assert_eq!(policy.low_priority, Some(true));
    world.environment.push(("COMFY_ORG_API_KEY", "comfyui-0123456789"));
    let key = format!("{SUITE}[request]\ncomfy-org-api-key = {{ env = \"COMFY_ORG_API_KEY\" }}\n");
    assert!(parsed(&world, &key).secrets.finds_known(b"comfyui-0123456789"));
}

#[test]
fn a_policy_out_of_range_and_a_key_in_the_file_are_refused() {
    let of = |line: &str| format!("{SUITE}[request]\n{line}\n");
    let (short, long) = (of("policy.ttl-s = 9"), of("policy.execution-timeout-s = 604801"));
    let (literal, unset) =
        (of("comfy-org-api-key = \"comfyui-rpa_x\""), of("comfy-org-api-key = { env = \"NOT_SET\" }"));
    let cases: [Case<'_>; 4] = [
        ("a ttl below 10 s", &short, &["out-of-range 3:16 9"]),
        ("more than 7 days", &long, &["out-of-range 3:30 604801"]),
        ("a key", &literal, &["secret 3:21 comfyui-rpa_x"]),
        ("a variable without a value", &unset, &["not-set 3:21 {"]),
    ];
    assert_snapshot!(refused_suites(&world(), &cases));
}

#[test]
fn a_template_is_read_from_the_suites_folder_with_its_secrets() {
    let mut world = world();
    world.files.push(("t.json", r#"{"input": {"graph": "{{workflow}}", "auth": "{{env:TOKEN}}"}}"#));
    world.files.push(("bad.json", r#"{"input": {"graph": "{{workflow}}", "home": "{{env:HOME}}"}}"#));
    world.files.push(("gone.json", r#"{"input": ["{{workflow}}", "{{env:GONE}}"]}"#));
    world.environment.push(("TOKEN", "hidden-token"));
    world.files.push(("typo.json", "{\"input\": {\n  \"graph\": \"{{workflow}}\", \"x\": \"{{workflw}}\"}}"));
    let of = |lines: &str| format!("{SUITE}[request]\n{lines}\n");
    let suite = parsed(&world, &of("template = \"t.json\"\nsecrets = [\"TOKEN\"]"));
    let body = suite.request.body(&json!({"1": {}}), None);
    assert_eq!(body.public, json!({"input": {"graph": {"1": {}}, "auth": "{{env:TOKEN}}"}}));
    assert!(body.sent.is_some_and(|sent| sent.expose().contains("hidden-token")));
    let cases = [
        ("a variable that is not listed", of("template = \"bad.json\""), "invalid-value 1:46"),
        ("a misspelled text", of("template = \"typo.json\""), "invalid-value 2:34"),
        ("not set", of("template = \"gone.json\"\nsecrets = [\"GONE\"]"), "not-set 4:11 ["),
        ("above", of("template = \"../t.json\""), "unreadable 3:12 ../t.json"),
        ("secrets alone", of("secrets = [\"TOKEN\"]"), "conflict 3:1 secrets"),
    ];
    for (name, suite, expected) in cases {
        let refusal = world.parse(&suite).expect_err("a refused suite");
        assert_eq!(problems(&refusal, &suite)[0], expected, "{name}");
    }
}

#[test]
fn a_template_holds_no_key() {
    let world = World {
        files: vec![
            ("w.json", LOADERS),
            (
                "t.json",
                "{\"input\": [\"{{workflow}}\"],\n \"s3Config\": {\"accessSecret\": \"hidden\"}, \"webhook\": \"{{env:HOOK}}\"}",
            ),
        ],
        environment: [complete().environment, vec![("HOOK", "https://hook.example")]].concat(),
        ..complete()
    };
    let suite = format!("{SUITE}[request]\ntemplate = \"t.json\"\nsecrets = [\"HOOK\"]\n");
    let refusal = world.parse(&suite).expect_err("a key in the template");
    assert_eq!(problems(&refusal, world.files[1].1), ["secret 2:2 s3Config"]);
    assert_snapshot!(wording(&refusal));
}

#[test]
fn a_request_with_a_key_is_refused_where_it_would_be_sent() {
    let body =
        "{\"input\": {\"comfy_org_api_key\": \"comfyui-hidden\",\n\"workflow\": {\"1\": {\"class_type\": \"A\"}}}}";
    let mut world = World { files: vec![("w.json", body)], ..complete() };
    let refusal = world.parse(SUITE).expect_err("a key in the request");
    assert_eq!(problems(&refusal, body), ["secret 1:12 comfy_org_api_key"]);
    assert!(!wording(&refusal).contains("hidden"));
    world.unset = UnsetVariables::Tolerated;
    let (suite, warnings) = world.parse(SUITE).expect("nothing is sent");
    assert_eq!(warnings.len(), 1);
    assert!(!suite.workflow.expect("a workflow").text.contains("hidden"));
}
