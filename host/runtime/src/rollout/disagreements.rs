//! RunPod reports the state of a release in several places. This module finds where they disagree.

use super::progress::Blocker;
use crate::facts::{ReleaseFacts, Worker};
use crate::management::WorkerList;
use comfycheck_core::wording::count;

/// All disagreements, in the order of their importance. `reported` is the newest version according
/// to the releases, `newest` the highest version that they ever reported.
pub(super) fn disagreements(reported: u32, newest: u32, releases: &ReleaseFacts, list: &WorkerList) -> Vec<Blocker> {
    let WorkerList { workers, listed, read, total, newest: by_workers } = list;
    let version = |field, version: Option<u32>, against: String| {
        let differs = version.filter(|version| *version != reported);
        differs.map(|version| disagreement(field, &format!("version {version}"), against))
    };
    let is_newest = |worker: &&Worker| worker.version.map_or(worker.stale == Some(false), |version| version >= newest);
    let number = |field, says: Option<u32>, counted: usize, against: String| {
        let differs = says.filter(|says| usize::try_from(*says) != Ok(counted));
        differs.map(|says| disagreement(field, &says.to_string(), against))
    };
    let lists = || format!("RunPod lists {}", count(*listed, "worker"));
    let on_newest = workers.iter().filter(is_newest).count();
    let general = [
        (read < listed).then_some(Blocker::Unread { listed: *listed, read: *read }),
        (reported < newest).then(|| {
            disagreement("endpointVersion", &format!("version {reported}"), format!("it said version {newest} before"))
        }),
        version(
            "releases",
            releases.releases.first().map(|release| release.version),
            format!("`endpointVersion` says version {reported}"),
        ),
        version("workers.endpointVersion", *by_workers, format!("the releases say version {reported}")),
        number("workers.summary.total", *total, *listed, lists()),
        number("rollout.workersTotal", releases.workers_total, *listed, lists()),
        number(
            "rollout.workersOnLatest",
            releases.workers_on_newest,
            on_newest,
            if on_newest == 1 {
                "1 listed worker runs it".to_owned()
            } else {
                format!("{on_newest} listed workers run it")
            },
        ),
    ];
    general.into_iter().flatten().chain(workers.iter().filter_map(|worker| of_worker(worker, reported))).collect()
}

/// A worker on the newest version is not stale, and a worker that is not stale is on the newest
/// version.
fn of_worker(worker: &Worker, newest: u32) -> Option<Blocker> {
    let (runs, stale) = worker.version.zip(worker.stale)?;
    let against = format!("worker `{}` runs version {runs}, and the newest is {newest}", worker.id);
    ((runs < newest) != stale).then(|| disagreement("isStale", &stale.to_string(), against))
}

fn disagreement(field: &'static str, says: &str, against: String) -> Blocker {
    Blocker::Disagreement { field, says: says.to_owned(), against }
}

#[cfg(test)]
mod tests {
    use super::super::{Blocker, RolloutTarget, wait};
    use crate::testing::wording;
    use crate::transport::Transport;
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::time::Duration;

    /// Checks the blockers for these responses, and returns their texts. Version 4 is the newest,
    /// on one worker, unless the case changes that.
    #[track_caller]
    fn check(changed_releases: Value, changed_workers: Value, expected: &[&str]) -> String {
        let mut releases = json!({
            "endpointVersion": 4, "releases": [{"id": "r4", "version": 4}, {"id": "r3", "version": 3}],
            "rollout": {"inProgress": false, "workersOnLatest": 1, "workersTotal": 1, "percentOnLatest": 100},
        });
        let mut workers = json!({
            "endpointVersion": 4, "summary": {"idle": 1, "total": 1},
            "workers": [{"id": "a", "status": "IDLE", "isStale": false, "version": 4}],
        });
        for (answer, changed) in [(&mut releases, changed_releases), (&mut workers, changed_workers)] {
            for (name, value) in changed.as_object().unwrap() {
                answer[name] = value.clone();
            }
        }
        let exchange_of = |what: &str, answer: &Value| {
            let path = format!("GET /v2/serverless/{{endpoint}}/{what}");
            exchange("management", "deployment", &path, [0, 100], &ok(answer))
        };
        let exchanges = json!([exchange_of("releases", &releases), exchange_of("workers", &workers)]);
        let transport = Arc::new(Transport::Replay(replay(&exchanges)));
        let waited =
            wait(&transport, &RolloutTarget::default(), Duration::ZERO, &|_, _| ()).now_or_never().unwrap().unwrap();
        let blockers = &waited.progress.blockers;
        let brief = |blocker: &Blocker| match blocker {
            Blocker::Worker { id, .. } => format!("worker {id}"),
            Blocker::Unread { listed, read } => format!("{read} of {listed} read"),
            Blocker::Disagreement { field, .. } => (*field).to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(blockers.iter().map(brief).collect::<Vec<_>>(), expected);
        assert_eq!(waited.progress.is_contradictory(), !expected.is_empty() && !expected[0].starts_with("worker "));
        blockers.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
    }

    fn worker(id: &str, version: u32) -> Value {
        json!({"id": id, "status": "IDLE", "isStale": version < 4, "version": version})
    }

    #[test]
    fn a_release_is_out_where_all_that_is_said_agrees() {
        check(json!({}), json!({}), &[]);
        // A missing value contradicts nothing.
        check(json!({"rollout": null, "releases": []}), json!({"endpointVersion": null, "summary": {}}), &[]);
    }

    #[test]
    fn workers_that_cannot_be_read_are_not_left_out_in_silence() {
        let without_numbers = json!({"rollout": null});
        let check = |workers: Value, expected: &str| {
            check(without_numbers.clone(), json!({"workers": workers, "summary": {}}), &[expected])
        };
        check(json!([{"status": "IDLE", "version": 3}, {"id": 7}]), "0 of 2 read");
        check(json!([null, "x", 5]), "0 of 3 read");
        check(json!([{"id": "a", "status": "IDLE", "isStale": false, "version": "4"}]), "0 of 1 read");
        let one = check(json!([{"id": "a", "status": "IDLE", "isStale": false, "version": -1}]), "0 of 1 read");
        let many: Vec<Value> = (0..1_001).map(|number| worker(&format!("w{number}"), 4)).collect();
        let many = check(json!(many), "1000 of 1001 read");
        insta::assert_snapshot!(wording([("one", one), ("too many", many)]));
    }

    #[test]
    fn numbers_that_differ_from_the_list_are_named() {
        let stale = json!({"workers": [{"id": "a", "status": "IDLE", "isStale": true, "version": 4}]});
        let cases = [
            (json!({"rollout": {"workersOnLatest": 1, "workersTotal": 5}}), json!({}), "rollout.workersTotal"),
            (json!({"rollout": {"workersOnLatest": 0, "workersTotal": 1}}), json!({}), "rollout.workersOnLatest"),
            (
                json!({"rollout": null}),
                json!({"summary": {"running": 2, "total": 2}, "workers": []}),
                "workers.summary.total",
            ),
            (json!({"releases": [{"version": 5}, {"version": 4}]}), json!({}), "releases"),
            (json!({}), json!({"endpointVersion": 9}), "workers.endpointVersion"),
            (json!({}), stale, "isStale"),
        ];
        insta::assert_snapshot!(wording(
            cases.map(|(releases, workers, field)| (field, check(releases, workers, &[field])))
        ));
    }

    #[test]
    fn a_worker_that_is_older_is_named_first() {
        check(
            json!({"rollout": {"workersOnLatest": 1, "workersTotal": 1}}),
            json!({"workers": [worker("a", 3)]}),
            &["worker a", "rollout.workersOnLatest"],
        );
    }
}
