//! Plans: what a run will do, and what is refused before the first request.

use crate::manifest::manifest;
use crate::surroundings::{World, complete};
use crate::wording::{Case, problem, refused, warnings};
use comfycheck_core::diagnostic::Refusal;
use comfycheck_core::manifest::{Manifest, Scope};
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::{CheckDescription, Plan, plan};
use comfycheck_core::suite::{Overrides, Suite};
use comfycheck_core::text::TextFile;
use comfycheck_core::workflow::Workflow;
use insta::assert_snapshot;

const WORKFLOW: &str = r#"{
  "3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 8}},
  "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "a tram"}}
}"#;

#[track_caller]
fn parsed(suite: &str) -> Suite {
    let world = World { files: vec![("w.json", WORKFLOW), ("snapshot.json", "{\"a\": {\"b/c\": 1}}")], ..complete() };
    world.parse_with(suite, &Overrides::default()).unwrap_or_else(|refusal| panic!("{refusal}")).0
}

/// A component for each check of the suite: all alike but for their scopes and imports.
#[track_caller]
pub(crate) fn planned_with(suite: &str, scopes: &[Scope], imports: &[&str]) -> Result<Plan, Refusal> {
    let suite = parsed(suite);
    let workflow = suite.workflow.clone().map(|file| Workflow::parse(file).expect("a workflow"));
    let manifest = Manifest { scopes: scopes.to_vec(), ..manifest() }.verify().expect("a manifest");
    let described = CheckDescription { manifest: &manifest, imports: imports.to_vec(), sha256: "5ca1ab1e" };
    let components = vec![described; suite.checks.len()];
    plan(&suite, workflow.as_ref(), &components, u64::MAX, false)
}

#[track_caller]
fn planned(suite: &str) -> Plan {
    planned_with(suite, &[Scope::Deployment], &["log"]).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Plans suites whose checks import this, holds each against its problems, and returns their wording.
#[track_caller]
fn refused_plans(imports: &[&str], cases: &[Case<'_>]) -> String {
    refused(cases, |suite| planned_with(suite, &[Scope::Deployment], imports).expect_err("a refused plan"))
}

#[test]
fn instances_are_in_report_order() {
    let suite = "workflow = \"w.json\"\nsamples = 2\n[checks.nodes]\n[checks.image]\n";
    let plan = planned_with(suite, &[Scope::Run, Scope::Sample, Scope::Deployment], &[]).expect("a plan");
    let brief = |instance: &comfycheck_core::plan::PlannedInstance| {
        let of = &instance.instance;
        let sample = of.sample.map(|sample| format!(" {sample}")).unwrap_or_default();
        format!("{} {}{sample} = checks[{}]", of.scope.word(), of.check, instance.check)
    };
    let expected = [
        "deployment nodes = checks[0]",
        "deployment image = checks[1]",
        "sample nodes 0 = checks[0]",
        "sample nodes 1 = checks[0]",
        "sample image 0 = checks[1]",
        "sample image 1 = checks[1]",
        "run nodes = checks[0]",
        "run image = checks[1]",
    ];
    assert_eq!(plan.instances.iter().map(brief).collect::<Vec<_>>(), expected);
}

#[test]
fn samples_have_their_seeds_and_variations() {
    let plan = planned(
        "workflow = \"w.json\"\nsamples = 3\nvariations = [{ node = \"4\", input = \"text\", values = [\"a\", \"b\"] }]\nchecks = {}",
    );
    let brief: Vec<_> = plan.samples.iter().map(|sample| (sample.index, sample.seed)).collect();
    assert_eq!(brief, [(0, Some(u64::MAX)), (1, Some(0)), (2, Some(1))]);
    let second = r#"{"3":{"class_type":"KSampler","inputs":{"seed":0,"steps":8}},"4":{"class_type":"CLIPTextEncode","inputs":{"text":"b"}}}"#;
    assert_eq!(plan.samples[1].workflow.to_string(), second);
    assert_eq!(plan.warnings, []);
    assert_eq!((plan.price, plan.estimate), (None, None));
}

#[test]
fn without_samples_there_is_nothing_to_estimate() {
    let plan = planned("samples = 0\nworkflow = \"w.json\"\ndeployment.gpu = \"ADA_24\"\n[checks.nodes]\n");
    assert_eq!((plan.samples.len(), plan.estimate), (0, None));
    assert_eq!(plan.price.map(|price| price.per_second), Some(0.000_31));
}

#[test]
fn the_estimate_is_all_allowed_jobs_until_the_patience_ends() {
    let suite =
        "workflow = \"w.json\"\nsamples = 12\ndeployment.price-per-second = 0.001\npatience.in-progress-s = 50\n";
    let high = |suite: &str| planned(suite).estimate.expect("an estimate").high;
    assert!((high(suite) - 0.6).abs() < 1e-9);
    assert!((high(&format!("{suite}budget.max-jobs = 2\n")) - 0.1).abs() < 1e-9);
}

#[test]
fn a_suite_names_the_workflow_that_its_checks_read() {
    let text = refused_plans(&["workflow"], &[("no workflow", "[checks.nodes]\n", &["missing-key"])]);
    assert_snapshot!(text);
    planned_with("[checks.nodes]\n", &[Scope::Deployment], &["log"]).expect("a plan");
}

#[test]
fn a_built_in_check_has_what_it_imports() {
    let imports = ["workflow", "runpod/samples", "comfyui/inventory"];
    let plan = planned_with("workflow = \"w.json\"\n[checks.nodes]\n", &[Scope::Deployment], &imports).expect("a plan");
    assert_eq!(plan.checks[0].grants, ["comfyui/inventory", "runpod/samples"]);
    assert_eq!((plan.checks[0].gates, plan.checks[0].sha256.as_str()), (true, "5ca1ab1e"));
    let suite = "workflow = \"w.json\"\n[checks.nodes]\ngrants = []\n";
    let text = refused_plans(&imports, &[("granted nothing", suite, &["not-granted 3:1 grants"])]);
    assert_snapshot!(text);
}

#[test]
fn a_custom_check_is_granted_what_it_imports_or_refused() {
    let suite = "[checks.mine]\nuse = \"mine.wasm\"\ngrants = [\"runpod/samples\"]\n";
    let bare = "[checks.mine]\nuse = \"mine.wasm\"\n";
    let imports = ["log", "runpod/endpoint", "runpod/samples", "comfyui/inventory"];
    let few = refused_plans(&imports, &[("two of three", suite, &["not-granted 3:1 grants"])]);
    let none = refused_plans(&["runpod/volume"], &[("no grants", bare, &["not-granted 1:9 mine"])]);
    let wasi = refused_plans(&["wasi:cli/environment"], &[("WASI", bare, &["unknown-name 1:9 mine"])]);
    let plan = planned_with(suite, &[Scope::Run], &["log"]).expect("a plan");
    assert_eq!(plan.checks[0].grants, [""; 0]);
    let (problems, unused) = warnings(&plan.warnings, suite);
    assert_eq!(problems, ["invalid-value 3:11 runpod/samples"]);
    let text = format!("{few}{none}{wasi}# an unused grant\n{unused}");
    assert_snapshot!(text);
}

#[test]
fn a_check_that_requests_paths_has_a_list_of_them() {
    let suite = |more: &str| format!("[checks.mine]\nuse = \"mine.wasm\"\ngrants = [\"comfyui/http\"]\n{more}");
    let (listed, unlisted) = (suite("http-paths = [\"/queue\", \"/internal/*\"]\n"), suite(""));
    let plan = planned_with(&listed, &[Scope::Run], &["comfyui/http"]).expect("a plan");
    assert!(plan.checks[0].suite.http_paths.allow("/internal/logs"));
    let none = refused_plans(&["comfyui/http"], &[("no paths", &unlisted, &["not-granted 3:1 grants"])]);
    let plan = planned_with(&listed, &[Scope::Run], &["log"]).expect("a plan");
    let (problems, unused) = warnings(&plan.warnings, &listed);
    assert_eq!(problems, ["invalid-value 3:11 comfyui/http", "invalid-value 4:1 http-paths"]);
    assert_snapshot!(format!("{none}# paths without requests\n{unused}"));
}

#[test]
fn a_suite_decides_whether_a_check_gates() {
    assert!(!planned("[checks.nodes]\ngate = false\n").checks[0].gates);
    let suite = "[checks.nodes]\ngate = true\n";
    let plan = planned_with(suite, &[Scope::Run], &[]).expect("a plan");
    let (problems, text) = warnings(&plan.warnings, suite);
    assert_eq!(problems, ["conflict 2:1 gate"]);
    assert_snapshot!(text);
}

#[test]
fn settings_are_held_against_the_checks_schema() {
    let text = refused_plans(
        &[],
        &[
            ("an unknown key", "[checks.nodes]\nsettings = { pakcs = {} }\n", &["unknown-key 2:14 pakcs"]),
            ("a wrong type", "[checks.nodes.settings.packs]\nRES4LYF = 1.0\n", &["wrong-type 2:11 1.0"]),
            (
                "a wrong type in a file",
                "[checks.nodes]\nsettings.packs = { file = \"snapshot.json\" }\n",
                &["wrong-type 2:10 packs"],
            ),
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn waivers_and_severities_are_of_rules_of_the_check() {
    let waiver =
        "[checks.nodes]\n[[waivers]]\nrule = \"nodes/missing-nodes\"\nreason = \"soon\"\nexpires = \"2026-12-31\"\n";
    let severity = "[checks.nodes]\nseverity = { missing-nodes = \"note\" }\n";
    let text = refused_plans(
        &[],
        &[
            ("a waiver", waiver, &["unknown-name 3:8 nodes/missing-nodes"]),
            ("a severity", severity, &["unknown-name 2:14 missing-nodes"]),
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn what_is_varied_has_to_be_in_the_workflow() {
    let suite = "workflow = \"w.json\"\nseed-inputs = [{ node = \"3\", input = \"sede\" }]\n\
                 variations = [{ node = \"4\", input = \"txt\", values = [1] }, { node = \"x\", input = \"text\", values = [1] }]\n";
    let problems = ["unknown-name 2:38 sede", "unknown-name 3:37 txt", "unknown-name 3:69 x"];
    let text = refused_plans(&[], &[("three inputs", suite, &problems)]);
    assert_snapshot!(text);
}

#[test]
fn samples_that_do_not_fit_in_memory_are_refused() {
    let suite = |samples: u32| {
        let text = "a tram ".repeat(100 << 10);
        format!(
            "workflow = \"w.json\"\nchecks = {{}}\nsamples = {samples}\n\
             variations = [{{ node = \"4\", input = \"text\", values = [\"{text}\"] }}]\n"
        )
    };
    assert_eq!(planned(&suite(2)).samples.len(), 2);
    let text = refused_plans(&[], &[("683 MiB", &suite(1000), &["too-large 3:11 1000"])]);
    assert_snapshot!(text);
}

#[test]
fn two_samples_that_are_the_same_job_are_a_warning() {
    let planned = |values: &str| {
        let suite = format!(
            "workflow = \"w.json\"\nsamples = 4\nseed-inputs = []\nchecks = {{}}\n\
             variations = [{{ node = \"4\", input = \"text\", values = {values} }}]\n"
        );
        warnings(&planned(&suite).warnings, &suite)
    };
    assert_eq!(planned(r#"["a", "b", "c", "d"]"#).0, [""; 0]);
    let (problems, text) = planned(r#"["a", "b", "c", "b"]"#);
    assert_eq!(problems, ["duplicate 5:1 variations"]);
    assert_snapshot!(text);
}

#[test]
fn a_limit_of_cost_needs_a_price() {
    let of = |gpu: &str| format!("workflow = \"w.json\"\n[deployment]\n{gpu}\n[budget]\nmax-cost = 0.5\n");
    let text = refused_plans(
        &[],
        &[
            ("no GPU", &of(""), &["no-price 5:12 0.5"]),
            ("a GPU that the table lacks", &of("gpu = \"5090\""), &["no-price 3:7 5090"]),
            ("a misspelt GPU", &of("gpu = \"RTX 4009\""), &["no-price 3:7 RTX 4009"]),
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn an_unknown_gpu_is_the_same_warning_with_and_without_a_catalog_and_samples() {
    let warning = |suite: &str, catalog: bool| {
        let parsed = parsed(suite);
        let workflow = parsed.workflow.clone().map(|file| Workflow::parse(file).expect("a workflow"));
        let plan = plan(&parsed, workflow.as_ref(), &[], 0, catalog).unwrap_or_else(|refusal| panic!("{refusal}"));
        warnings(&plan.warnings, suite)
    };
    let of = |gpu: &str, samples: u32| {
        format!("workflow = \"w.json\"\nsamples = {samples}\nchecks = {{}}\n[deployment]\ngpu = \"{gpu}\"\n")
    };
    let (problems, text) = warning(&of("RTX 9999", 1), false);
    assert_eq!(problems, ["no-price 5:7 RTX 9999"]);
    for (samples, catalog) in [(1, true), (0, true), (0, false)] {
        assert_eq!(warning(&of("RTX 9999", samples), catalog), (problems.clone(), text.clone()), "{samples} {catalog}");
    }
    let mut snapshot = vec![format!("# RTX 9999\n{text}")];
    for misspelt in ["ADA24", "RTX 4009", "ampere_84"] {
        let (problems, text) = warning(&of(misspelt, 1), true);
        assert_eq!(problems, [format!("no-price 5:7 {misspelt}")]);
        snapshot.push(format!("# {misspelt}\n{text}"));
    }
    assert_snapshot!(snapshot.concat());
    for known in ["ADA_24", "NVIDIA GeForce RTX 4090"] {
        assert_eq!(warning(&of(known, 1), false).0, [""; 0], "{known}");
    }
}

#[test]
fn a_limit_of_cost_below_the_cost_of_one_job_is_a_warning() {
    let all = |deployment: &str, max_cost: &str| {
        let suite = format!(
            "workflow = \"w.json\"\nchecks = {{}}\n[deployment]\n{deployment}\n[budget]\nmax-cost = {max_cost}\n"
        );
        let plan = planned(&suite);
        let small = plan.small_budget(&parsed(&suite));
        plan.warnings.iter().map(ToString::to_string).chain(small).collect::<Vec<_>>()
    };
    assert_eq!(all("gpu = \"ADA_24\"", "0.2"), [""; 0]);
    assert_eq!(all("gpu = \"ADA_24\"", "0"), [""; 0]);
    let small = all("gpu = \"ADA_24\"", "0.05");
    let free = all("local-worker = \"http://127.0.0.1:8000\"", "0.05");
    assert_eq!((small.len(), free.len()), (1, 1));
    let text = format!("one job: {}\na local worker: {}", small[0], free[0]);
    assert_snapshot!(text);
}

#[test]
fn a_shard_whose_part_is_below_the_cost_of_one_job_has_a_warning() {
    let text = "workflow = \"w.json\"\nsamples = 2\nchecks = {}\nbudget.max-cost = 0.3\ndeployment.gpu = \"ADA_24\"\n";
    let warning = |shard: u64| {
        let (mut suite, mut plan) = (parsed(text), planned(text));
        let shard = Partition::new(shard, 3).expect("a shard");
        plan.keep_samples_of(shard);
        suite.sampling.share = Some(shard);
        plan.small_budget(&suite)
    };
    assert_eq!(warning(3), None, "it has no sample");
    let text = [1, 2].map(|shard| warning(shard).expect("a warning")).join("\n");
    assert_snapshot!(text);
}

#[test]
fn warnings_are_in_the_order_of_the_file() {
    let suite = "workflow = \"w.json\"\nsamples = 4\nseed-inputs = []\nbudget.max-jobs = 3\ndeployment.gpu = \"5090\"\n\
                 variations = [{ node = \"4\", input = \"text\", values = [\"a\", \"b\"] }]\nchecks = {}";
    let (problems, text) = warnings(&planned(suite).warnings, suite);
    assert_eq!(problems, ["conflict 4:19 3", "no-price 5:18 5090", "duplicate 6:1 variations"]);
    assert_snapshot!(text);
}

#[test]
fn a_workflow_that_cannot_be_submitted_is_refused_where_samples_run() {
    let text = "{\"3\": {\"inputs\": {\"seed\": 99999999999999999999}}}";
    let workflow = TextFile { path: "big.json".into(), text: text.into() };
    let overrides = Overrides { workflow: Some(workflow.into()), ..Overrides::default() };
    let (suite, _) = complete().parse_with("checks = {}", &overrides).expect("a suite");
    let workflow = suite.workflow.clone().map(|file| Workflow::parse(file).expect("a workflow"));
    let refusal = plan(&suite, workflow.as_ref(), &[], 0, false).expect_err("a refusal");
    let [diagnostic] = &refusal.diagnostics[..] else { panic!("{refusal:?}") };
    assert_eq!(problem(diagnostic, text), "out-of-range 1:27 99999999999999999999");
    assert_eq!(diagnostic.excerpt.as_ref().map(|excerpt| excerpt.path.as_str()), Some("big.json"));
}
