//! Shares of a run: how they are named, and what belongs to them.

use crate::plan::planned_with;
use comfycheck_core::manifest::Scope;
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::Plan;
use comfycheck_core::suite::Budget;

const SUITE: &str = "workflow = \"w.json\"\nsamples = 5\n[checks.nodes]\ngate = true\n\
                     [checks.models]\nuse = \"nodes\"\ngate = false\n[checks.image]\ngate = false\n";

#[track_caller]
fn parsed(text: &str, completion_index: Option<&str>, expected: Result<&str, &str>) {
    let actual = Partition::parse(text, completion_index);
    let actual = actual.map(|partition| partition.to_string()).map_err(|error| error.to_string());
    assert_eq!(actual.as_deref().map_err(String::as_str), expected, "{text}");
}

#[test]
fn a_share_is_named_by_its_number_or_by_the_index_of_a_pod() {
    parsed("1/1", None, Ok("1/1"));
    parsed("2/5", Some("4"), Ok("2/5"));
    parsed("index/5", Some("0"), Ok("1/5"));
    parsed("index/5", Some("4"), Ok("5/5"));
}

#[test]
fn what_is_no_share_is_refused() {
    for text in ["", "2", "2/", "/5", "2/5/6", "+2/5", "2/five", "-1/5", "INDEX/5", "2/99999999999"] {
        parsed(text, None, Err(&format!("`{text}` is no share of a run")));
    }
    parsed("0/5", None, Err("there is no share 0 of 5: they are counted from 1"));
    parsed("6/5", None, Err("there is no share 6 of 5: they are counted from 1"));
    parsed("1/0", None, Err("there is no share 1 of 0: they are counted from 1"));
    parsed("index/5", Some("5"), Err("there is no share 6 of 5: they are counted from 1"));
    parsed("index/5", None, Err("`JOB_COMPLETION_INDEX` is not set, so that it is not known which share this is"));
    parsed("index/5", Some("one"), Err("`JOB_COMPLETION_INDEX` is `one`, which is no number"));
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
fn check(share: &str, all_of_deployment: bool, carried_out: &str, reported: &str) {
    let partition = Partition::parse(share, None).expect("a share");
    let mut plan = plan();
    partition.carry_out(&mut plan, all_of_deployment);
    assert_eq!((brief(&plan).as_str(), plan.samples.len()), (carried_out, 5), "{share}");
    partition.report(&mut plan);
    assert_eq!(brief(&plan), reported, "{share}");
}

#[test]
fn a_gate_is_carried_out_and_reported_in_every_share() {
    check("1/2", false, "nodes image 0 2 4", "nodes image 0 2 4");
    check("2/2", false, "nodes models 1 3", "nodes models 1 3");
    check("3/7", false, "nodes image 2", "nodes image 2");
    check("7/7", false, "nodes", "nodes");
}

#[test]
fn all_of_the_deployment_is_carried_out_where_it_is_asked_for_and_only_its_own_reported() {
    check("2/2", true, "nodes models image 1 3", "nodes models 1 3");
}

#[test]
fn every_instance_belongs_to_one_share_but_gates_and_those_of_the_whole_run() {
    let whole = plan();
    for of in 1..=8 {
        let mut reported = Vec::new();
        let mut samples = Vec::new();
        for index in 1..=of {
            let mut plan = plan();
            Partition::new(u64::from(index), of).expect("a share").report(&mut plan);
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

/// The parts of all shares, as `jobs` or `jobs for USD`.
#[track_caller]
fn check_parts((max_jobs, max_cost): (Option<u32>, Option<f64>), samples: u32, of: u32, expected: &[&str]) {
    let whole = Budget { max_jobs, max_cost };
    let part = |index| Partition::new(index, of).expect("a share").budget(&whole, samples);
    let parts: Vec<_> = (1..=u64::from(of)).map(part).collect();
    let told = parts.iter().map(|Budget { max_jobs, max_cost }| match (max_jobs, max_cost) {
        (jobs, Some(cost)) => format!("{} for {cost}", jobs.map_or("any".to_owned(), |jobs| jobs.to_string())),
        (Some(jobs), None) => jobs.to_string(),
        (None, None) => "any".to_owned(),
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let jobs: u32 = parts.iter().filter_map(|part| part.max_jobs).sum();
    assert_eq!(jobs, max_jobs.unwrap_or_default());
    let cost: f64 = parts.iter().filter_map(|part| part.max_cost).sum();
    assert!(cost <= max_cost.unwrap_or_default(), "{cost}");
}

#[test]
fn all_shares_together_spend_no_more_than_the_whole_run() {
    check_parts((None, None), 9, 2, &["any", "any"]);
    check_parts((Some(4), None), 9, 3, &["2", "1", "1"]);
    check_parts((Some(2), None), 9, 3, &["1", "1", "0"]);
    check_parts((Some(50), None), 9, 3, &["17", "17", "16"]);
    check_parts((None, Some(1.0)), 9, 3, &["any for 0.333333", "any for 0.333333", "any for 0.333333"]);
    check_parts((None, Some(0.4)), 4, 3, &["any for 0.2", "any for 0.1", "any for 0.1"]);
    // Money goes where jobs are.
    check_parts((Some(2), Some(1.0)), 9, 3, &["1 for 0.5", "1 for 0.5", "0 for 0"]);
    check_parts((Some(0), Some(1.0)), 0, 2, &["0 for 0", "0 for 0"]);
}
