//! RunPod tells how far a release has come in several places. Where they do not agree, it cannot be told.

use super::progress::Missing;
use crate::capabilities::{ReleaseFacts, Worker};
use crate::management::WorkerList;

/// What does not agree, in the order in which it is to be told. `told` is the newest version by the releases, `newest` the
/// highest that they ever told of.
pub(super) fn disagreements(told: u32, newest: u32, releases: &ReleaseFacts, list: &WorkerList) -> Vec<Missing> {
    let WorkerList { workers, listed, read, total, newest: by_workers } = list;
    let version = |field, version: Option<u32>, against: String| {
        let differs = version.filter(|version| *version != told);
        differs.map(|version| disagreement(field, &format!("version {version}"), against))
    };
    let is_newest = |worker: &&Worker| worker.version.map_or(worker.stale == Some(false), |version| version >= newest);
    let number = |field, says: Option<u32>, counted: usize, what: &str| {
        let differs = says.filter(|says| usize::try_from(*says) != Ok(counted));
        differs.map(|says| disagreement(field, &says.to_string(), format!("{what} {counted}")))
    };
    let lists = "RunPod's list of workers has";
    let general = [
        (read < listed).then_some(Missing::Unread { listed: *listed, read: *read }),
        (told < newest).then(|| {
            disagreement("endpointVersion", &format!("version {told}"), format!("said version {newest} before"))
        }),
        version(
            "releases",
            releases.releases.first().map(|release| release.version),
            format!("`endpointVersion` says version {told}"),
        ),
        version("workers.endpointVersion", *by_workers, format!("the releases say version {told}")),
        number("workers.summary.total", *total, *listed, lists),
        number("rollout.workersTotal", releases.workers_total, *listed, lists),
        number(
            "rollout.workersOnLatest",
            releases.workers_on_newest,
            workers.iter().filter(is_newest).count(),
            "the number of listed workers that run it is",
        ),
    ];
    general.into_iter().flatten().chain(workers.iter().filter_map(|worker| of_worker(worker, told))).collect()
}

/// A worker that runs the newest version is not stale, and one that is not stale runs it.
fn of_worker(worker: &Worker, newest: u32) -> Option<Missing> {
    let (runs, stale) = worker.version.zip(worker.stale)?;
    let against = format!("worker `{}` runs version {runs}, where {newest} is the newest", worker.id);
    ((runs < newest) != stale).then(|| disagreement("isStale", &stale.to_string(), against))
}

fn disagreement(field: &'static str, says: &str, against: String) -> Missing {
    Missing::Disagreement { field, says: says.to_owned(), against }
}

#[cfg(test)]
mod tests {
    use super::super::{Missing, Wanted, wait};
    use crate::testing::wording;
    use crate::transport::Transport;
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::time::Duration;

    /// Checks what is missing where these are the answers, and returns how that is said. Version 4 is the newest, on one
    /// worker, but for what is changed.
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
        let asked = |what: &str, answer: &Value| {
            let path = format!("GET /v2/serverless/{{endpoint}}/{what}");
            exchange("management", "deployment", &path, [0, 100], &ok(answer))
        };
        let exchanges = json!([asked("releases", &releases), asked("workers", &workers)]);
        let transport = Arc::new(Transport::Replay(replay(&exchanges)));
        let waited = wait(&transport, &Wanted::default(), Duration::ZERO, &|_, _| ()).now_or_never().unwrap().unwrap();
        let missing = &waited.progress.missing;
        let brief = |missing: &Missing| match missing {
            Missing::Worker { id, .. } => format!("worker {id}"),
            Missing::Unread { listed, read } => format!("{read} of {listed} read"),
            Missing::Disagreement { field, .. } => (*field).to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(missing.iter().map(brief).collect::<Vec<_>>(), expected);
        assert_eq!(waited.progress.cannot_be_told(), !expected.is_empty() && !expected[0].starts_with("worker"));
        missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
    }

    fn worker(id: &str, version: u32) -> Value {
        json!({"id": id, "status": "IDLE", "isStale": version < 4, "version": version})
    }

    #[test]
    fn a_release_is_out_where_all_that_is_said_agrees() {
        check(json!({}), json!({}), &[]);
        // What is not said contradicts nothing.
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
