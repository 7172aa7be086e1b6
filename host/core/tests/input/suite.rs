//! Suites that can run: what their keys mean.

use crate::surroundings::{World, complete};
use crate::wording;
use comfycheck_core::diagnostic::Kind;
use comfycheck_core::finding::Severity;
use comfycheck_core::inventory::InventoryFile;
use comfycheck_core::suite::{CheckSource, Needs, Overrides, Submit, Suite, UnsetVariables};
use comfycheck_core::text::TextFile;
use insta::assert_snapshot;
use serde_json::json;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

#[track_caller]
fn parsed(world: &World, suite: &str) -> Suite {
    let (suite, warnings) = world.parse(suite).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(warnings, []);
    suite
}

#[test]
fn an_empty_suite_has_the_defaults() {
    let suite = parsed(&complete(), "");
    assert_eq!((suite.name.as_str(), suite.workflow, suite.sampling.samples), ("suite", None, 0));
    assert_eq!(suite.deployment.endpoint.as_deref(), Some("4m7x2k9q"));
    assert_eq!(suite.deployment.key.expect("a key").expose(), "rpa_ABC");
    assert_eq!(suite.deployment.base_url, "https://api.runpod.ai/v2");
    assert_eq!((suite.deployment.comfyui, suite.deployment.price_per_second), (None, None));
    assert_eq!(suite.sampling.patience.in_queue, Duration::from_mins(5));
    let checks: Vec<_> = suite.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(checks, ["endpoint", "nodes", "image"]);
}

#[test]
fn every_key_has_its_meaning() {
    let mut world = complete();
    world.environment.push(("MY_KEY", " rpa_XYZ\n"));
    world.files.push(("object_info.json", r#"{"A": {"input": {}, "output": []}}"#));
    let suite = parsed(
        &world,
        r#"
        name = "denrisi"
        workflow = "../w.json"
        samples = 12
        concurrency = 4
        seed = 18446744073709551615
        seed-inputs = [{ node = "3", input = "seed" }]
        [deployment]
        endpoint = "abc-1"
        key = { env = ["UNSET", "MY_KEY"] }
        base-url = "https://example.org/v2/"
        management-url = "https://example.org/rest/"
        comfyui = "http://127.0.0.1:8188"
        object-info = "object_info.json"
        gpu = "ADA_24"
        gpu-count = 2
        price-per-second = 0.00031
        [[variations]]
        node = "4"
        input = "text"
        values = ["one", 2, 1.5, ["3", 0]]
        [patience]
        in-queue-s = 20
        in-progress-s = 30
        [budget]
        max-jobs = 6
        max-cost = 0.5
        "#,
    );
    assert_eq!((suite.name.as_str(), suite.sampling.samples), ("denrisi", 12));
    assert_eq!(suite.workflow, Some(TextFile { path: "../w.json".into(), text: "{}".into() }));
    assert_eq!(suite.sampling.concurrency.get(), 4);
    assert_eq!(suite.sampling.seed, Some(u64::MAX));
    assert_eq!(suite.sampling.seed_inputs.as_deref().map(<[_]>::len), Some(1));
    assert_eq!(suite.sampling.variations[0].values, [json!("one"), json!(2), json!(1.5), json!(["3", 0])]);
    assert_eq!(suite.sampling.patience.in_queue, Duration::from_secs(20));
    assert_eq!(suite.sampling.patience.in_progress, Duration::from_secs(30));
    assert_eq!((suite.sampling.budget.max_jobs, suite.sampling.budget.max_cost), (Some(6), Some(0.5)));
    let deployment = suite.deployment;
    assert_eq!(deployment.endpoint.as_deref(), Some("abc-1"));
    assert_eq!(deployment.key.expect("a key").expose(), "rpa_XYZ");
    assert_eq!(deployment.base_url, "https://example.org/v2");
    assert_eq!(deployment.management_url.as_deref(), Some("https://example.org/rest"));
    assert_eq!(deployment.comfyui.as_deref(), Some("http://127.0.0.1:8188"));
    assert_eq!(**deployment.object_info.expect("an inventory").inventory.classes.names(), ["A"]);
    assert_eq!((deployment.gpu.as_deref(), deployment.price_per_second), (Some("ADA_24"), Some(0.00031)));
    assert_eq!(deployment.gpu_count.get(), 2);
}

#[track_caller]
fn check_management(environment: &[(&'static str, &'static str)], expected: Option<&str>) {
    let mut world = complete();
    world.environment.extend(environment);
    assert_eq!(parsed(&world, "").deployment.management_url.as_deref(), expected);
}

#[test]
fn the_management_api_is_used_where_the_job_api_is_runpods_own_or_the_suite_names_it() {
    check_management(&[], Some("https://api.runpod.io/v2"));
    let local = ("RUNPOD_ENDPOINT_BASE_URL", "http://127.0.0.1:8000/v2");
    check_management(&[local], None);
    let both = [local, ("RUNPOD_REST_V2_API_URL", "http://127.0.0.1:8000/rest/")];
    check_management(&both, Some("http://127.0.0.1:8000/rest"));
}

#[test]
fn network_volumes_have_the_address_of_their_data_center_and_keys_from_the_environment() {
    let suite = "[[deployment.volumes]]\nid = \"agv6w2qcg7\"\ndata-center = \"EU-RO-1\"\n\n[[deployment.volumes]]\n\
                 id = \"x3k9p1m5tz\"\ndata-center = \"US-KS-2\"\naddress = \"http://127.0.0.1:9000/s3/\"\n";
    let mut world = complete();
    world.environment.extend([("RUNPOD_S3_ACCESS_KEY", "user_1"), ("RUNPOD_S3_SECRET_KEY", " rps_1 ")]);
    let deployment = parsed(&world, suite).deployment;
    let addresses: Vec<_> = deployment.volumes.iter().map(|volume| volume.address.as_str()).collect();
    assert_eq!(addresses, ["https://s3api-eu-ro-1.runpod.io", "http://127.0.0.1:9000/s3"]);
    assert_eq!(deployment.volumes[0].data_center, "EU-RO-1", "the region keeps its case");
    let secrets: Vec<_> = deployment.keys().map(|key| key.expose().to_owned()).collect();
    assert_eq!(secrets, ["rpa_ABC", "user_1", "rps_1"]);

    world.unset = UnsetVariables::Tolerated;
    let deployment = parsed(&world, suite).deployment;
    assert_eq!((deployment.volumes.len(), deployment.s3_keys), (2, None), "nothing is sent, and nothing is needed");
}

#[test]
fn checks_keep_the_order_of_the_file_and_their_place() {
    let suite = parsed(
        &complete(),
        "[limits]\nmemory-mib = 64\ncpu-s = 0.5\n\n[checks.nodes]\ngate = false\n\n[checks.mine]\nuse = \"dir/mine.wasm\"\n\
         grants = [\"comfyui/inventory\"]\nseverity = { broken = \"warning\" }\nsettings = { a = 1, since = 2026-11-20 }\n\
         limits = { memory-mib = 1, findings = 5 }\n\n[checks.again]\nuse = \"nodes\"\n",
    );
    let brief: Vec<_> = suite.checks.iter().map(|check| (check.name.as_str(), &check.source)).collect();
    let bundled = CheckSource::Bundled("nodes".into());
    let file = CheckSource::File("dir/mine.wasm".into());
    assert_eq!(brief, [("nodes", &bundled), ("mine", &file), ("again", &bundled)]);
    let [nodes, mine, _] = suite.checks.as_slice() else { panic!("three checks") };
    assert_eq!((nodes.gate, nodes.grants.as_ref(), &nodes.settings), (Some(false), None, &json!({})));
    assert_eq!(nodes.place.map(|place| place.to_string()).as_deref(), Some("5:9"));
    assert_eq!((nodes.limits.memory_bytes, nodes.limits.cpu), (Some(64 << 20), Some(Duration::from_millis(500))));
    assert_eq!((mine.limits.memory_bytes, mine.limits.cpu), (Some(1 << 20), Some(Duration::from_millis(500))));
    assert_eq!((mine.limits.findings, mine.limits.wall), (Some(5), None));
    assert_eq!(mine.severity.get("broken"), Some(&Severity::Warning));
    assert_eq!(mine.settings, json!({ "a": 1, "since": "2026-11-20" }));
}

#[test]
fn files_in_settings_are_replaced_by_their_content() {
    let mut world = complete();
    world.files.extend([("packs/snapshot.JSON", "{\"file\": \"kept.json\"}"), ("note.txt", "unchanged")]);
    let suite = parsed(
        &world,
        r#"checks.nodes.settings = { deep = [{ file = "packs/snapshot.JSON" }, { file = "./note.txt" }], file = 1, other = { file = "note.txt", x = 1 } }"#
            .replace("./note.txt", "note.txt")
            .as_str(),
    );
    let expected = json!({
        "deep": [{ "file": "kept.json" }, "unchanged"],
        "file": 1,
        "other": { "file": "note.txt", "x": 1 },
    });
    assert_eq!(suite.checks[0].settings, expected);
}

#[test]
fn the_first_variable_that_is_set_counts_and_a_contradiction_is_a_warning() {
    let mut world = complete();
    world.environment.push(("RUNPOD_ENDPOINT_COMFYUI", "other"));
    let (suite, warnings) = world.parse("").expect("a suite");
    assert_eq!(suite.deployment.endpoint.as_deref(), Some("other"));
    let (problems, text) = wording::warnings(&warnings, "");
    assert_eq!(problems, ["conflict"]);
    assert_snapshot!(text);
    world.unset = UnsetVariables::Tolerated;
    assert_eq!(world.parse("").expect("a suite").1, []);
}

#[test]
fn equal_and_empty_variables_are_no_contradiction() {
    let mut world = complete();
    world.environment.extend([("RUNPOD_ENDPOINT_COMFYUI", ""), ("RUNPOD_ENDPOINT_BASE_URL", "http://localhost:9/v2")]);
    assert_eq!(parsed(&world, "").deployment.endpoint.as_deref(), Some("4m7x2k9q"));
    assert_eq!(parsed(&world, "").deployment.base_url, "http://localhost:9/v2");
    world.environment[2].1 = "4m7x2k9q";
    assert_eq!(parsed(&world, "").deployment.endpoint.as_deref(), Some("4m7x2k9q"));
}

#[test]
fn a_replay_neither_needs_nor_reads_the_environment() {
    let environment = vec![("RUNPOD_ENDPOINT_ID", "x"), ("COMFYUI_URL", "not a URL"), ("RUNPOD_API_KEY", "no key")];
    let world = World {
        environment,
        files: vec![("w.json", "{}")],
        unset: UnsetVariables::Tolerated,
        needs: Needs::Everything,
    };
    let suite = parsed(
        &world,
        "workflow = \"w.json\"\n[deployment]\ncomfyui = { env = \"COMFYUI_URL\" }\nkey = { env = \"K\" }\nbase-url = { env = \"B\" }",
    );
    assert_eq!((suite.deployment.endpoint, suite.deployment.comfyui), (None, None));
    assert_eq!(suite.deployment.base_url, "https://api.runpod.ai/v2");
    assert_eq!(suite.sampling.samples, 1);
}

#[test]
fn a_local_worker_needs_neither_an_id_nor_a_key() {
    let bare = World {
        environment: Vec::new(),
        files: vec![("w.json", "{}")],
        unset: UnsetVariables::Refused,
        needs: Needs::Everything,
    };
    let text = "workflow = \"w.json\"\nsubmit = \"runsync\"\n[deployment]\nlocal-worker = \"http://127.0.0.1:8000/\"\n";
    let suite = parsed(&bare, text);
    assert_eq!((suite.deployment.base_url.as_str(), suite.deployment.local_worker), ("http://127.0.0.1:8000", true));
    assert_eq!((suite.deployment.endpoint, suite.sampling.submit), (None, Submit::Runsync));
}

fn overrides() -> Overrides {
    Overrides {
        name: None,
        local_worker: None,
        endpoint: Some("given".into()),
        workflow: Some(TextFile { path: "given.json".into(), text: "[]".into() }.into()),
        samples: Some(3),
        concurrency: NonZeroU32::new(2),
        seed: Some(7),
        max_jobs: Some(9),
        max_cost: Some(0.5),
        in_progress: None,
        gpu: None,
        gpu_count: None,
        object_info: Some(InventoryFile { path: "oi.json".into(), inventory: Arc::default() }),
        inputs: Vec::new(),
        without_volumes: false,
        checks: vec!["image".into(), "nodes".into()],
        skip: vec!["nodes".into()],
    }
}

#[test]
fn the_command_line_precedes_the_suite_and_nothing_else_is_read() {
    let mut world = complete();
    world.environment.retain(|(name, _)| *name == "RUNPOD_API_KEY");
    let (suite, _) = world
        .parse_with(
            "workflow = \"gone.json\"\nsamples = 9\nseed = 1\ndeployment = { endpoint = { env = \"UNSET\" }, object-info = \"gone.json\" }\n\
             [checks.nodes]\nsettings = { snapshot = { file = \"gone.json\" } }\n[checks.image]\n",
            &overrides(),
        )
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(suite.deployment.endpoint.as_deref(), Some("given"));
    assert_eq!(suite.workflow.expect("a workflow").path, "given.json");
    assert_eq!(suite.deployment.object_info.expect("an inventory").path, "oi.json");
    assert_eq!(suite.run_name, "suite (given.json, given)");
    assert_eq!((suite.sampling.samples, suite.sampling.concurrency.get(), suite.sampling.seed), (3, 2, Some(7)));
    assert_eq!((suite.sampling.budget.max_jobs, suite.sampling.budget.max_cost), (Some(9), Some(0.5)));
    assert_eq!(suite.checks.iter().map(|check| check.name.as_str()).collect::<Vec<_>>(), ["image"]);
}

#[test]
fn a_run_is_named_for_what_its_file_does_not_name() {
    let name = |text: &str, overrides: &Overrides| {
        let (suite, _) = complete().parse_with(text, overrides).unwrap_or_else(|refusal| panic!("{refusal}"));
        suite.run_name
    };
    let none = Overrides::default();
    let given = Overrides { endpoint: Some("given".into()), ..Overrides::default() };
    let named = Overrides { name: Some("eu".into()), ..given.clone() };
    let literal = "name = \"prod\"\n[deployment]\nendpoint = \"abc\"\n";
    let variable = "name = \"prod\"\n[deployment]\nendpoint = { env = \"RUNPOD_ENDPOINT_ID\" }\n";
    let of_variable = complete().parse_with(variable, &none).unwrap_or_else(|refusal| panic!("{refusal}")).0;
    assert_eq!(name(literal, &none), "prod");
    assert_eq!(name(literal, &given), "prod (given)");
    assert_eq!(name(literal, &named), "eu");
    assert_eq!(of_variable.run_name, format!("prod ({})", of_variable.deployment.endpoint.unwrap()));
}

#[test]
fn a_check_that_is_left_out_must_be_in_the_suite() {
    let skip = |name: &str| Overrides { checks: Vec::new(), skip: vec![name.into()], ..overrides() };
    let text = "workflow = \"gone.json\"\n[checks.nodes]\n[checks.image]\n";
    let (suite, _) = complete().parse_with(text, &skip("nodes")).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(suite.checks.iter().map(|check| check.name.as_str()).collect::<Vec<_>>(), ["image"]);
    let refusal = complete().parse_with(text, &skip("node")).expect_err("an unknown check");
    assert_eq!(refusal.diagnostics.len(), 1);
    assert_eq!(refusal.diagnostics[0].kind, Kind::UnknownName);
}

#[test]
fn arguments_alone_are_a_suite_of_every_built_in_check_but_denrisi() {
    let alone = |overrides: &Overrides| {
        let suite = complete().surroundings(|surroundings| Suite::of_arguments(surroundings, overrides));
        let (suite, _) = suite.expect("a suite");
        let checks: Vec<_> = suite.checks.iter().map(|check| check.name.clone()).collect();
        (suite.name, suite.sampling.samples, checks)
    };
    let workflow = overrides().workflow;
    let one = Overrides { workflow, ..Overrides::default() };
    let expected = ["endpoint", "nodes", "image"].map(str::to_owned).to_vec();
    assert_eq!(alone(&one), ("comfycheck".into(), 1, expected));
    let named = Overrides { checks: vec!["denrisi".into()], skip: Vec::new(), ..overrides() };
    assert_eq!(alone(&named), ("comfycheck".into(), 3, vec!["denrisi".into()]));
}
