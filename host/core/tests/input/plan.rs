//! Plans: what a run will do, and what is refused before the first request.

use crate::manifest::manifest;
use crate::surroundings::{World, complete};
use comfycheck_core::diagnostic::Color;
use comfycheck_core::manifest::{Manifest, Scope};
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::{Described, Plan, plan};
use comfycheck_core::suite::{Overrides, Suite, TextFile};
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
pub(crate) fn planned_with(suite: &str, scopes: &[Scope], imports: &[&str]) -> Result<Plan, String> {
    let suite = parsed(suite);
    let workflow = suite.workflow.clone().map(|file| Workflow::parse(file).expect("a workflow"));
    let manifest = Manifest { scopes: scopes.to_vec(), ..manifest() }.verify().expect("a manifest");
    let described = Described { manifest: &manifest, imports: imports.to_vec(), sha256: "5ca1ab1e" };
    let components = vec![described; suite.checks.len()];
    plan(&suite, workflow.as_ref(), &components, u64::MAX, false).map_err(|refusal| refusal.render(Color::Off))
}

#[track_caller]
fn planned(suite: &str) -> Plan {
    planned_with(suite, &[Scope::Deployment], &["log"]).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[track_caller]
fn refused(suite: &str, imports: &[&str]) -> String {
    planned_with(suite, &[Scope::Deployment], imports).expect_err("a refused plan")
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
    assert_snapshot!(plan.instances.iter().map(brief).collect::<Vec<_>>().join("\n"), @r"
    deployment nodes = checks[0]
    deployment image = checks[1]
    sample nodes 0 = checks[0]
    sample nodes 1 = checks[0]
    sample image 0 = checks[1]
    sample image 1 = checks[1]
    run nodes = checks[0]
    run image = checks[1]
    ");
}

#[test]
fn samples_have_their_seeds_and_variations() {
    let plan = planned(
        "workflow = \"w.json\"\nsamples = 3\nvariations = [{ node = \"4\", input = \"text\", values = [\"a\", \"b\"] }]\nchecks = {}",
    );
    let brief: Vec<_> = plan.samples.iter().map(|sample| (sample.index, sample.seed)).collect();
    assert_eq!(brief, [(0, Some(u64::MAX)), (1, Some(0)), (2, Some(1))]);
    assert_snapshot!(plan.samples[1].workflow, @r#"{"3":{"class_type":"KSampler","inputs":{"seed":0,"steps":8}},"4":{"class_type":"CLIPTextEncode","inputs":{"text":"b"}}}"#);
    assert_eq!(plan.warnings, [""; 0]);
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
fn a_suite_names_the_workflow_that_its_checks_look_at() {
    assert_snapshot!(refused("[checks.nodes]\n", &["workflow"]), @r#"
    error: the suite names no workflow, and these checks look at one: `nodes`
     |
     = help: name it (`workflow = "workflow_api.json"`), or list only checks that need none.
    "#);
    planned_with("[checks.nodes]\n", &[Scope::Deployment], &["log"]).expect("a plan");
}

#[test]
fn a_built_in_check_has_what_it_imports() {
    let imports = ["workflow", "runpod/samples", "comfyui/inventory"];
    let plan = planned_with("workflow = \"w.json\"\n[checks.nodes]\n", &[Scope::Deployment], &imports).expect("a plan");
    assert_eq!(plan.checks[0].grants, ["comfyui/inventory", "runpod/samples"]);
    assert_eq!((plan.checks[0].gates, plan.checks[0].sha256.as_str()), (true, "5ca1ab1e"));
    assert_snapshot!(refused("workflow = \"w.json\"\n[checks.nodes]\ngrants = []\n", &imports), @r#"
    error: check `nodes` is not granted what it imports: `comfyui/inventory` and `runpod/samples`
     --> suite.toml:3:1
      |
    3 | grants = []
      | ^^^^^^
      |
      = help: if it may have that, put `grants = ["comfyui/inventory", "runpod/samples"]` into `[checks.nodes]`.
    "#);
}

#[test]
fn a_check_of_ones_own_is_granted_what_it_imports_or_refused() {
    let suite = "[checks.mine]\nuse = \"mine.wasm\"\ngrants = [\"runpod/samples\"]\n";
    let imports = ["log", "runpod/endpoint", "runpod/samples", "comfyui/inventory"];
    assert_snapshot!(refused(suite, &imports), @r#"
    error: check `mine` is not granted what it imports: `comfyui/inventory` and `runpod/endpoint`
     --> suite.toml:3:1
      |
    3 | grants = ["runpod/samples"]
      | ^^^^^^
      |
      = help: if it may have that, put `grants = ["comfyui/inventory", "runpod/endpoint", "runpod/samples"]` into `[checks.mine]`.
    "#);
    assert_snapshot!(refused("[checks.mine]\nuse = \"mine.wasm\"\n", &["runpod/volume"]), @r#"
    error: check `mine` is not granted what it imports: `runpod/volume`
     --> suite.toml:1:9
      |
    1 | [checks.mine]
      |         ^^^^
      |
      = help: if it may have that, put `grants = ["runpod/volume"]` into `[checks.mine]`.
    "#);
    assert_snapshot!(refused("[checks.mine]\nuse = \"mine.wasm\"\n", &["wasi:cli/environment"]), @r"
    error: check `mine` imports `wasi:cli/environment`, which comfycheck does not offer
     --> suite.toml:1:9
      |
    1 | [checks.mine]
      |         ^^^^
    ");
    let plan = planned_with(suite, &[Scope::Run], &["log"]).expect("a plan");
    assert_eq!(plan.warnings, ["check `mine` is granted `runpod/samples` and does not import it"]);
    assert_eq!(plan.checks[0].grants, [""; 0]);
}

#[test]
fn a_suite_decides_whether_a_check_gates() {
    assert!(!planned("[checks.nodes]\ngate = false\n").checks[0].gates);
    let plan = planned_with("[checks.nodes]\ngate = true\n", &[Scope::Run], &[]).expect("a plan");
    assert_eq!(plan.warnings, ["check `nodes` gates nothing: it does not look at the deployment"]);
}

#[test]
fn settings_are_held_against_the_checks_schema() {
    assert_snapshot!(refused("[checks.nodes]\nsettings = { pakcs = {} }\n", &[]), @r"
    error: check `nodes`: unknown key `pakcs`
     --> suite.toml:2:14
      |
    2 | settings = { pakcs = {} }
      |              ^^^^^
      |
      = help: did you mean `packs`?
    ");
    assert_snapshot!(refused("[checks.nodes.settings.packs]\nRES4LYF = 1.0\n", &[]), @r#"
    error: check `nodes`: `RES4LYF` must be a string, not a float, at `/packs/RES4LYF`
     --> suite.toml:2:11
      |
    2 | RES4LYF = 1.0
      |           ^^^
      |
      = help: write it in quotes: `"1.0"`
    "#);
    assert_snapshot!(refused("[checks.nodes]\nsettings.packs = { file = \"snapshot.json\" }\n", &[]), @r#"
    error: check `nodes`: `a` must be a string, not a table, at `/packs/a`
     --> suite.toml:2:10
      |
    2 | settings.packs = { file = "snapshot.json" }
      |          ^^^^^
    "#);
}

#[test]
fn a_waiver_is_of_a_rule_of_the_check() {
    let suite =
        "[checks.nodes]\n[[waivers]]\nrule = \"nodes/missing-nodes\"\nreason = \"soon\"\nexpires = \"2026-12-31\"\n";
    assert_snapshot!(refused(suite, &[]), @r#"
    error: check `nodes` has no rule `missing-nodes`
     --> suite.toml:3:8
      |
    3 | rule = "nodes/missing-nodes"
      |        ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `missing-node`?
    "#);
}

#[test]
fn a_severity_is_of_a_rule_of_the_check() {
    assert_snapshot!(refused("[checks.nodes]\nseverity = { missing-nodes = \"note\" }\n", &[]), @r#"
    error: check `nodes` has no rule `missing-nodes`
     --> suite.toml:2:14
      |
    2 | severity = { missing-nodes = "note" }
      |              ^^^^^^^^^^^^^
      |
      = help: did you mean `missing-node`?
    "#);
}

#[test]
fn what_is_varied_has_to_be_in_the_workflow() {
    let suite = "workflow = \"w.json\"\nseed-inputs = [{ node = \"3\", input = \"sede\" }]\n\
                 variations = [{ node = \"4\", input = \"txt\", values = [1] }, { node = \"x\", input = \"text\", values = [1] }]\n";
    assert_snapshot!(refused(suite, &[]), @r#"
    error: node `3` (KSampler) of the workflow has no input `sede`
     --> suite.toml:2:38
      |
    2 | seed-inputs = [{ node = "3", input = "sede" }]
      |                                      ^^^^^^
      |
      = help: did you mean `seed`?

    error: node `4` (CLIPTextEncode) of the workflow has no input `txt`
     --> suite.toml:3:37
      |
    3 | variations = [{ node = "4", input = "txt", values = [1] }, { node = "x", input = "text", values = [1] }]
      |                                     ^^^^^
      |
      = help: did you mean `text`?

    error: the workflow has no node `x`
     --> suite.toml:3:69
      |
    3 | variations = [{ node = "4", input = "txt", values = [1] }, { node = "x", input = "text", values = [1] }]
      |                                                                     ^^^
      |
      = help: there are `3` and `4`.
    "#);
}

#[test]
fn samples_that_fit_in_no_memory_are_refused() {
    let suite = |samples: u32| {
        let text = "a tram ".repeat(100 << 10);
        format!(
            "workflow = \"w.json\"\nchecks = {{}}\nsamples = {samples}\n\
             variations = [{{ node = \"4\", input = \"text\", values = [\"{text}\"] }}]\n"
        )
    };
    assert_eq!(planned(&suite(2)).samples.len(), 2);
    assert_snapshot!(refused(&suite(1000), &[]), @r"
    error: 1000 samples of a workflow of 700 KiB are 683 MiB together, and at most 512 MiB are taken
     --> suite.toml:3:11
      |
    3 | samples = 1000
      |           ^^^^
      |
      = help: take at most 748 samples, or have the workflow load by name what is embedded in it.
    ");
}

#[test]
fn every_two_samples_that_are_the_same_job_are_noticed() {
    let warnings = |values: &str| {
        planned(&format!(
            "workflow = \"w.json\"\nsamples = 4\nseed-inputs = []\nchecks = {{}}\n\
             variations = [{{ node = \"4\", input = \"text\", values = {values} }}]\n"
        ))
        .warnings
    };
    assert_eq!(warnings(r#"["a", "b", "c", "d"]"#), [""; 0]);
    assert_eq!(
        warnings(r#"["a", "b", "c", "b"]"#),
        ["samples 1 and 3 are the same job, which ComfyUI answers from its cache; vary the prompt or a seed"]
    );
}

#[test]
fn a_limit_of_cost_needs_a_price() {
    assert_snapshot!(refused("workflow = \"w.json\"\n[deployment]\ngpu = \"5090\"\n[budget]\nmax-cost = 0.5\n", &[]), @r"
    error: `max-cost` cannot be kept: the price of a worker is not known
     --> suite.toml:5:12
      |
    5 | max-cost = 0.5
      |            ^^^
      |
      = help: name the `gpu` of the deployment, or its `price-per-second`.
    ");
}

#[test]
fn a_limit_of_cost_below_what_one_job_may_cost_is_told_and_so_is_one_that_does_not_apply() {
    let warnings = |deployment: &str, max_cost: &str| {
        let suite = format!(
            "workflow = \"w.json\"\nchecks = {{}}\n[deployment]\n{deployment}\n[budget]\nmax-cost = {max_cost}\n"
        );
        let plan = planned(&suite);
        plan.warnings.iter().cloned().chain(plan.small_budget(&parsed(&suite))).collect::<Vec<_>>()
    };
    let small = "one job may cost 0.1860 USD by `in-progress-s`, which is more than `max-cost`: the first one is submitted \
                 alone, and cancelled once it may have cost more than 0.05 USD";
    assert_eq!(warnings("gpu = \"ADA_24\"", "0.05"), [small]);
    assert_eq!(warnings("gpu = \"ADA_24\"", "0.2"), [""; 0]);
    assert_eq!(warnings("gpu = \"ADA_24\"", "0"), [""; 0]);
    let free = "`max-cost` does not apply: nobody bills a local worker";
    assert_eq!(warnings("local-worker = \"http://127.0.0.1:8000\"", "0.05"), [free]);
}

#[test]
fn a_share_whose_part_is_below_what_one_job_may_cost_is_told_what_it_will_do() {
    let text = "workflow = \"w.json\"\nsamples = 2\nchecks = {}\nbudget.max-cost = 0.3\ndeployment.gpu = \"ADA_24\"\n";
    let told = |share: u64| {
        let (mut suite, mut plan) = (parsed(text), planned(text));
        let share = Partition::new(share, 3).expect("a share");
        share.take_its_own(&mut plan);
        suite.sampling.share = Some(share);
        plan.small_budget(&suite)
    };
    let one = "one job may cost 0.1860 USD by `in-progress-s`, which is more than";
    let first = "the first one is submitted alone, and cancelled once it may have cost more than 0.15 USD";
    assert_eq!(told(1), Some(format!("{one} the part of share 1/3 of `max-cost`: {first}")));
    let none = "the 0.15 USD that are the part of share 2/3 of `max-cost`: it submits none";
    assert_eq!(told(2), Some(format!("{one} {none}")));
    assert_eq!(told(3), None, "it has no sample");
}

#[test]
fn what_the_user_should_know_is_a_warning() {
    let plan = planned(
        "workflow = \"w.json\"\nsamples = 4\nseed-inputs = []\nbudget.max-jobs = 3\ndeployment.gpu = \"5090\"\n\
         variations = [{ node = \"4\", input = \"text\", values = [\"a\", \"b\"] }]\nchecks = {}",
    );
    assert_snapshot!(plan.warnings.join("\n"), @r"
    samples 0 and 2 are the same job, which ComfyUI answers from its cache; vary the prompt or a seed
    the budget allows 3 of 4 jobs; the other samples are not submitted
    no price is known for GPU `5090`, so that it is not known what the samples cost
    ");
}

#[test]
fn a_workflow_that_cannot_be_submitted_is_refused_where_samples_are_taken() {
    let (suite, _) = complete()
        .parse_with(
            "checks = {}",
            &Overrides {
                workflow: Some(TextFile {
                    path: "big.json".into(),
                    text: "{\"3\": {\"inputs\": {\"seed\": 99999999999999999999}}}".into(),
                }),
                ..Overrides::default()
            },
        )
        .expect("a suite");
    let workflow = suite.workflow.clone().map(|file| Workflow::parse(file).expect("a workflow"));
    let refusal = plan(&suite, workflow.as_ref(), &[], 0, false).expect_err("a refusal");
    assert_snapshot!(refusal.render(Color::Off), @r#"
    error: `99999999999999999999` does not fit in 64 bits, and cannot be submitted
     --> big.json:1:27
      |
    1 | {"3": {"inputs": {"seed": 99999999999999999999}}}
      |                           ^^^^^^^^^^^^^^^^^^^^
      |
      = help: give this input a smaller number.
    "#);
}
