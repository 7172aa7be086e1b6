//! The manifests of the book: what Kubernetes and GitHub would make of them, and that their commands work as written.

use crate::binary::comfycheck;
use crate::runner::root;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

/// The blocks of YAML in a page.
fn blocks(page: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("docs/src/ci").join(page)).unwrap();
    let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks
        .map(|block| serde_saphyr::from_str(&block).unwrap_or_else(|error| panic!("{page}: {error}\n{block}")))
        .collect()
}

/// The Jobs of the Kubernetes page, by name.
fn job(name: &str) -> Value {
    let jobs = blocks("kubernetes.md").into_iter().filter(|block| block["kind"] == "Job");
    jobs.into_iter().find(|job| job["metadata"]["name"] == name).unwrap_or_else(|| panic!("no Job `{name}`"))
}

const JOBS: [&str; 3] = ["comfycheck", "comfycheck-shards", "comfycheck-merge"];

fn pod(job: &Value) -> &Value {
    &job["spec"]["template"]["spec"]
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn a_pod_has_neither_a_shell_nor_a_writable_root() {
    for name in JOBS {
        let job = job(name);
        let pod = pod(&job);
        assert_eq!((&pod["restartPolicy"], &pod["securityContext"]["runAsNonRoot"]), (&"Never".into(), &true.into()));
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
        let [container] = list(&pod["containers"]) else { panic!("{name}") };
        assert!(container["command"].is_null(), "{name}: the image has its own");
        let security = &container["securityContext"];
        assert_eq!(security["readOnlyRootFilesystem"], true, "{name}");
        assert_eq!(security["allowPrivilegeEscalation"], false, "{name}");
        assert_eq!(security["capabilities"]["drop"][0], "ALL", "{name}");
        assert!(container["resources"]["limits"]["memory"].is_string(), "{name}");
    }
}

#[test]
fn what_is_mounted_exists_and_what_is_named_is_mounted() {
    for name in JOBS {
        let job = job(name);
        let pod = pod(&job);
        let container = &pod["containers"][0];
        let volumes: Vec<&Value> = list(&pod["volumes"]).iter().map(|volume| &volume["name"]).collect();
        let mounts: Vec<&str> = list(&container["volumeMounts"])
            .iter()
            .map(|mount| {
                assert!(volumes.contains(&&mount["name"]), "{name}: {mount}");
                mount["mountPath"].as_str().unwrap()
            })
            .collect();
        for argument in list(&container["args"]) {
            let argument = argument.as_str().unwrap();
            let path = argument.split_once(':').map_or(argument, |(_, path)| path);
            assert!(
                !path.starts_with('/') || mounts.iter().any(|mount| Path::new(path).starts_with(mount)),
                "{name}: nothing is mounted at {argument}"
            );
        }
        for volume in list(&pod["volumes"]).iter().filter(|volume| volume["name"] == "cassette") {
            assert!(volume["persistentVolumeClaim"].is_object(), "{name}: a config map holds no folders");
        }
    }
}

/// A limit for the whole Job would end every pod when the first one fails, whatever the limit of each index is.
#[test]
fn a_failed_pod_ends_no_other() {
    let job = job("comfycheck-shards");
    let spec = &job["spec"];
    assert!(spec["backoffLimit"].is_null());
    assert!(spec["backoffLimitPerIndex"].is_u64());
    assert_eq!(spec["completionMode"], "Indexed");
    assert_eq!(spec["completions"], spec["parallelism"]);
    let rules = list(&spec["podFailurePolicy"]["rules"]);
    let container = &pod(&job)["containers"][0]["name"];
    let action = |action: &str| rules.iter().find(|rule| rule["action"] == action).unwrap();
    let invalid = &action("FailIndex")["onExitCodes"];
    assert_eq!((&invalid["containerName"], &invalid["operator"]), (container, &"In".into()));
    assert_eq!(invalid["values"], serde_json::json!([2]));
    // Older versions of Kubernetes need the status, too.
    let drained = serde_json::json!({ "type": "DisruptionTarget", "status": "True" });
    assert_eq!(action("Ignore")["onPodConditions"], serde_json::json!([drained]));
}

/// Runs the container of a Job in a folder that stands for its volumes.
fn run(job: &Value, volumes: &Path, pod_name: &str, index: usize) -> Output {
    let container = &pod(job)["containers"][0];
    let arguments = list(&container["args"]).iter().map(|argument| {
        let argument = argument.as_str().unwrap().replace("$(POD)", pod_name);
        let volume = |path: &str| volumes.join(path.trim_start_matches('/')).display().to_string();
        if argument.starts_with('/') { volume(&argument) } else { argument }
    });
    let mut command = comfycheck(volumes);
    command.args(arguments.collect::<Vec<_>>()).env("JOB_COMPLETION_INDEX", index.to_string()).output().unwrap()
}

fn link(from: &str, to: &Path) {
    std::os::unix::fs::symlink(root().join("fixtures").join(from), to).unwrap();
}

/// Of ten pods one is killed, one runs twice and one never runs.
#[test]
fn the_jobs_work_as_written_and_survive_killed_repeated_and_lost_pods() {
    let volumes = tempfile::tempdir().unwrap();
    let path = |name: &str| volumes.path().join(name);
    std::fs::create_dir_all(path("suite")).unwrap();
    std::fs::create_dir(path("shards")).unwrap();
    link("workflows", &path("workflows"));
    link("cassettes/denrisi-healthy", &path("cassette"));
    link("suites/denrisi.toml", &path("suite/comfycheck.toml"));
    let (shards, merge) = (job("comfycheck-shards"), job("comfycheck-merge"));
    let pods = shards["spec"]["completions"].as_u64().unwrap();
    for index in 0..usize::try_from(pods).unwrap() - 1 {
        let output = run(&shards, volumes.path(), &format!("comfycheck-{index}-x7k2p"), index);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // A killed pod leaves its images only. Its second attempt has another name.
    std::fs::create_dir_all(path("shards/comfycheck-3-kil1d/images")).unwrap();
    run(&shards, volumes.path(), "comfycheck-5-twice", 5);
    let stderr = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let lost = run(&merge, volumes.path(), "merge", 0);
    assert_eq!(lost.status.code(), Some(2), "{}", stderr(&lost));
    let index = usize::try_from(pods).unwrap() - 1;
    run(&shards, volumes.path(), "comfycheck-9-late", index);
    let whole = run(&merge, volumes.path(), "merge", 0);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    for left_out in ["comfycheck-3-kil1d", "comfycheck-5-x7k2p"] {
        assert!(
            stderr(&whole).contains(&format!("left out `{}`", path("shards").join(left_out).display())),
            "{}",
            stderr(&whole)
        );
    }
}

/// The workflow of the fleet's page: what Argo Workflows would make of it.
#[test]
fn a_workflow_runs_each_entry_of_the_matrix_and_merges_whatever_fails() {
    let workflow = blocks("fleet.md").into_iter().find(|block| block["kind"] == "Workflow").unwrap();
    let templates = list(&workflow["spec"]["templates"]);
    let template = |name: &str| templates.iter().find(|template| template["name"] == name).unwrap();
    let dag = &template("fleet")["dag"];
    assert_eq!(dag["failFast"], false);
    let task = |name: &str| list(&dag["tasks"]).iter().find(|task| task["name"] == name).unwrap();
    assert_eq!(task("merge")["depends"], "run.AnySucceeded || run.AllFailed");
    assert_eq!(task("run")["withParam"], "{{tasks.list.outputs.result}}");
    let run = template("run");
    assert_eq!(run["retryStrategy"]["expression"], "asInt(lastRetry.exitCode) == 3");
    let semaphore = &run["synchronization"]["semaphores"][0]["configMapKeyRef"];
    assert_eq!(semaphore["key"], "{{inputs.parameters.endpoint}}");
    // The items have what the arguments name.
    let folder = tempfile::tempdir().unwrap();
    let fleet = "workflows = [\"a.json\"]\n[endpoints]\neu = \"4m7x2k9q\"\n";
    std::fs::write(folder.path().join("comfycheck.fleet.toml"), fleet).unwrap();
    let arguments = ["list", "--fleet", "comfycheck.fleet.toml", "--json"];
    let listed = comfycheck(folder.path()).args(arguments).output().unwrap().stdout;
    let items: Value = serde_json::from_slice(&listed).unwrap();
    for parameter in list(&task("run")["arguments"]["parameters"]) {
        let name = parameter["name"].as_str().unwrap();
        assert_eq!(parameter["value"], format!("{{{{item.{name}}}}}"));
        assert!(items[0][name].is_string(), "{name}: {items}");
    }
    let declared = list(&run["inputs"]["parameters"]).len();
    assert_eq!(declared, list(&task("run")["arguments"]["parameters"]).len());
    // Without a shell: each container has arguments only.
    for name in ["list", "run", "merge"] {
        assert!(template(name)["container"]["command"].is_null(), "{name}");
    }
    assert_eq!(template("merge")["container"]["args"].as_array().unwrap().last().unwrap(), "/reports");
}

#[test]
fn a_lost_job_of_the_matrix_does_not_cost_the_others() {
    let matrices = blocks("github.md").into_iter().filter(|block| block["jobs"]["shard"].is_object());
    let workflow = matrices.into_iter().next().unwrap();
    let (shard, whole) = (&workflow["jobs"]["shard"], &workflow["jobs"]["whole"]);
    assert_eq!(shard["strategy"]["fail-fast"], false);
    assert_eq!((&whole["needs"], &whole["if"]), (&"shard".into(), &"always()".into()));
    let upload =
        list(&shard["steps"]).iter().find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("upload")));
    assert_eq!(upload.unwrap()["if"], "always()");
    let commands: Vec<&str> = list(&whole["steps"]).iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(commands.iter().any(|command| command.starts_with("pip install comfycheck==")), "{commands:?}");
    let merge = commands.iter().find(|command| command.contains("report merge")).unwrap();
    assert!(merge.contains("--shards shards --allow-missing"), "{merge}");
}
