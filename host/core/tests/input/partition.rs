//! Shards of a run: how they are named, and what belongs to them.

use crate::plan::planned_with;
use comfycheck_core::manifest::Scope;
use comfycheck_core::money::Budget;
use comfycheck_core::partition::{Partition, PartitionError};
use comfycheck_core::plan::Plan;
use insta::assert_snapshot;

const SUITE: &str = "workflow = \"w.json\"\nsamples = 5\n[checks.nodes]\ngate = true\n\
                     [checks.models]\nuse = \"nodes\"\ngate = false\n[checks.image]\ngate = false\n";

#[track_caller]
fn parsed(text: &str, completion_index: Option<&str>, expected: Result<&str, PartitionError>) {
    let actual = Partition::parse(text, completion_index).map(|partition| partition.to_string());
    assert_eq!(actual, expected.map(str::to_owned), "{text}");
}

#[test]
fn a_shard_is_named_by_its_number_or_by_the_index_of_a_pod() {
    parsed("1/1", None, Ok("1/1"));
    parsed("2/5", Some("4"), Ok("2/5"));
    parsed("index/5", Some("0"), Ok("1/5"));
    parsed("index/5", Some("4"), Ok("5/5"));
}

#[test]
fn a_text_that_names_no_shard_is_refused() {
    for text in ["", "2", "2/", "/5", "2/5/6", "+2/5", "2/five", "-1/5", "INDEX/5", "2/99999999999"] {
        parsed(text, None, Err(PartitionError::Form(text.into())));
    }
    let outside = |index, of| Err(PartitionError::Outside { index, of });
    parsed("0/5", None, outside(0, 5));
    parsed("6/5", None, outside(6, 5));
    parsed("1/0", None, outside(1, 0));
    parsed("index/5", Some("5"), outside(6, 5));
    parsed("index/5", None, Err(PartitionError::NoIndex));
    parsed("index/5", Some("one"), Err(PartitionError::Index("one".into())));
    let errors = [
        PartitionError::Form("2".into()),
        PartitionError::Outside { index: 6, of: 5 },
        PartitionError::NoIndex,
        PartitionError::Index("one".into()),
    ];
    let text = errors.map(|error| error.to_string()).join("\n");
    assert_snapshot!(text);
}

fn plan() -> Plan {
    planned_with(SUITE, &[Scope::Deployment, Scope::Sample, Scope::Run], &[]).expect("a plan")
}

/// The instances of the deployment, and of the first check for samples.
fn brief(plan: &Plan) -> String {
    let shown = plan.instances.iter().filter_map(|planned| match (planned.instance.scope, planned.instance.sample) {
        (Scope::Deployment, _) => Some(planned.instance.check.clone()),
        (Scope::Sample, Some(sample)) if planned.check == 0 => Some(sample.to_string()),
        (Scope::Sample, _) => None,
        (Scope::Run, _) => Some("run".to_owned()),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(shard: &str, all_of_deployment: bool, run: &str, reported: &str) {
    let partition = Partition::parse(shard, None).expect("a shard");
    let mut plan = plan();
    plan.keep_run_by(partition, all_of_deployment);
    assert_eq!((brief(&plan).as_str(), plan.samples.len()), (run, 5), "{shard}");
    plan.keep_reported_by(partition);
    assert_eq!(brief(&plan), reported, "{shard}");
}

#[test]
fn every_shard_runs_and_reports_the_gates() {
    check("1/2", false, "nodes image 0 2 4", "nodes image 0 2 4");
    check("2/2", false, "nodes models 1 3", "nodes models 1 3");
    check("3/7", false, "nodes image 2", "nodes image 2");
    check("7/7", false, "nodes", "nodes");
}

#[test]
fn a_shard_can_run_all_deployment_checks_and_reports_its_own() {
    check("2/2", true, "nodes models image 1 3", "nodes models 1 3");
}

#[test]
fn every_instance_belongs_to_one_shard_except_gates_and_run_checks() {
    let whole = plan();
    for of in 1..=8 {
        let mut reported = Vec::new();
        let mut samples = Vec::new();
        for index in 1..=of {
            let mut plan = plan();
            plan.keep_reported_by(Partition::new(u64::from(index), of).expect("a shard"));
            reported.extend(plan.instances);
            samples.extend(plan.samples.iter().map(|sample| sample.index));
        }
        let belong = whole.instances.iter().filter(|planned| planned.instance.scope != Scope::Run);
        // There is one gate.
        assert_eq!(reported.len() + 1, belong.clone().count() + of as usize, "{of}");
        assert!(belong.clone().all(|planned| reported.contains(planned)), "{of}");
        samples.sort_unstable();
        assert_eq!(samples, [0, 1, 2, 3, 4], "{of}");
    }
}

/// The parts of all shards, as `jobs` or `jobs for USD`.
#[track_caller]
fn check_parts((max_jobs, max_cost): (Option<u32>, Option<f64>), samples: u32, of: u32, expected: &[&str]) {
    let whole = Budget { max_jobs, max_cost };
    let part = |index| Partition::new(index, of).expect("a shard").budget(&whole, samples);
    let parts: Vec<_> = (1..=u64::from(of)).map(part).collect();
    let written = parts.iter().map(|Budget { max_jobs, max_cost }| match (max_jobs, max_cost) {
        (jobs, Some(cost)) => format!("{} for {cost}", jobs.map_or("any".to_owned(), |jobs| jobs.to_string())),
        (Some(jobs), None) => jobs.to_string(),
        (None, None) => "any".to_owned(),
    });
    assert_eq!(written.collect::<Vec<_>>(), expected);
    let jobs: u32 = parts.iter().filter_map(|part| part.max_jobs).sum();
    assert_eq!(jobs, max_jobs.unwrap_or_default());
    let cost: f64 = parts.iter().filter_map(|part| part.max_cost).sum();
    assert!(cost <= max_cost.unwrap_or_default(), "{cost}");
}

#[test]
fn all_shards_together_spend_no_more_than_the_whole_run() {
    check_parts((None, None), 9, 2, &["any", "any"]);
    check_parts((Some(4), None), 9, 3, &["2", "1", "1"]);
    check_parts((Some(2), None), 9, 3, &["1", "1", "0"]);
    check_parts((Some(50), None), 9, 3, &["17", "17", "16"]);
    check_parts((None, Some(1.0)), 9, 3, &["any for 0.333333", "any for 0.333333", "any for 0.333333"]);
    check_parts((None, Some(0.4)), 4, 3, &["any for 0.2", "any for 0.1", "any for 0.1"]);
    // Money goes where jobs are.
    check_parts((Some(2), Some(1.0)), 9, 3, &["1 for 0.5", "1 for 0.5", "0 for 0"]);
    check_parts((Some(1), Some(1.0)), 9, 2, &["1 for 1", "0 for 0"]);
    check_parts((Some(0), Some(1.0)), 0, 2, &["0 for 0", "0 for 0"]);
}
