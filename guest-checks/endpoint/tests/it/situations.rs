//! Whole situations: a worker's log from its start to its end, with the harmless lines that each start has.

use crate::answer::{Row, finding, problems, row};
use crate::facts::{after, failed, log, managed, observations, sample, unmanaged, usual, worker};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings, WorkerLog};
use comfycheck_sdk::Answer;
use comfycheck_sdk::endpoint::LogLine;
use comfycheck_sdk::samples::{Ending, Sample};

const LISTENS: &[&str] = &[
    "worker-comfyui: Starting ComfyUI",
    "[ComfyUI-Manager] Failed to initialize COMFY_CLI: No module named 'comfy_cli'",
    "# LayerStyle -> Cannot import name 'guidedFilter' from 'cv2.ximgproc'",
    "Efficiency Nodes Warning: Failed to import python package 'simpleeval'; related nodes disabled.",
    "To see the GUI go to: http://0.0.0.0:8188",
    "worker-comfyui - API is reachable",
    "got prompt",
];
const LOST: &str = "WebSocket communication error: Connection closed and failed to reconnect. Last error: [Errno 111] Connection refused";

/// A job with an error, on a worker that started well and wrote these lines afterwards.
fn judged(error: &str, lines: &[&str]) -> Answer {
    let logs = vec![log("worker-0", "container", &[LISTENS, lines].concat())];
    let management = Management { logs, ..unmanaged() };
    let facts = RunFacts { management, ..after(vec![failed(0, error)], observations("0 running 1")) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
}

fn ran(name: &str, error: &str, lines: &[&str], problems: &str) -> Row {
    row(name, judged(error, lines), problems)
}

fn of_node(class: &str, message: &str) -> String {
    format!("Workflow execution error: Node Type: {class}, Node ID: 9, Message: {message}")
}

#[test]
fn the_reason_of_a_program_stands_above_its_failure() {
    let pipe = of_node("VHS_VideoCombine", "[Errno 32] Broken pipe");
    let raised = |above: &'static str| {
        let traceback =
            ["!!! Exception during processing !!! [Errno 32] Broken pipe", "Traceback (most recent call last):"];
        let end = ["  File \"nodes.py\", line 199", "BrokenPipeError: [Errno 32] Broken pipe"];
        [&[above][..], &traceback, &end].concat()
    };
    let library = "ffmpeg: error while loading shared libraries: libopenh264.so.5: cannot open shared object file";
    let far = [&[library][..], &["step"; 50], &raised("step")].concat();
    let gcc = of_node("KSampler", "Command '['/usr/bin/gcc', 'main.c']' returned non-zero exit status 1.");
    let linker = ["/usr/bin/ld: cannot find -lcuda: No such file or directory", "gcc returned non-zero exit status 1."];
    assert_table!([
        ran("an encoder", &pipe, &raised("Unrecognized option 'crf'."), "missing-package"),
        ran("a library", &pipe, &raised(library), "missing-package"),
        ran("nothing above", &pipe, &raised("Requested to load WanVAE"), "failed-job"),
        ran("another job's", &pipe, &far, "failed-job"),
        ran("a linker", &gcc, &linker, "missing-package"),
        ran("no log", &gcc, &[], "missing-package"),
    ]);
}

#[test]
fn the_reason_of_a_program_stands_in_the_same_error() {
    let ffmpeg =
        |line: &str| of_node("VHS_VideoCombine", &format!("An error occurred in the ffmpeg subprocess:\n{line}\nx"));
    assert_table!([
        ran("no encoder", &ffmpeg("Unknown encoder 'h264_nvenc'"), &[], "missing-package"),
        ran(
            "no hardware",
            &ffmpeg("[h264_nvenc @ 0x5] OpenEncodeSessionEx failed: unsupported device (2)"),
            &[],
            "failed-job"
        ),
        ran("an odd width", &ffmpeg("[libx264 @ 0x5] width not divisible by 2 (641x480)"), &[], "failed-job"),
        ran("no reason", &ffmpeg("Conversion failed!"), &[], "failed-job"),
    ]);
}

#[test]
fn what_comfyui_survived_does_not_explain_why_it_ended() {
    let manager = "=> [Errno -3] Temporary failure in name resolution";
    assert_table!([
        ran("the manager's network", LOST, &[manager], "comfyui-down"),
        ran(
            "a pack that does without a package",
            LOST,
            &["MoviePy is not there: No module named 'moviepy'"],
            "comfyui-down"
        ),
        ran(
            "a cause",
            LOST,
            &[manager, "start.sh: line 118:    29 Killed                  python main.py"],
            "out-of-system-memory"
        ),
        ran("an exception", LOST, &[manager, "AttributeError: no"], "comfyui-down"),
    ]);
}

#[test]
fn a_pack_that_loads_reports_the_classes_that_it_lacks() {
    let lines = [
        "Node `NunchakuFluxDiTLoader` import failed:",
        "Traceback (most recent call last):",
        "  File \"/comfyui/custom_nodes/ComfyUI-nunchaku/__init__.py\", line 96, in <module>",
        "    from .nodes.models.flux import NunchakuFluxDiTLoader",
        "ImportError: libcudart.so.13: cannot open shared object file: No such file or directory",
        "Node `NunchakuPulid` import failed:",
        "Traceback (most recent call last):",
        "ModuleNotFoundError: No module named 'facexlib'",
        "To see the GUI go to: http://0.0.0.0:8188",
    ];
    let answer = judged("Cannot execute because node NunchakuFluxDiTLoader does not exist.", &lines);
    assert_eq!(problems(&answer), "failed-import");
    let message = &finding(&answer, "failed-import").message;
    assert!(message.contains("import failed: ImportError: libcudart.so.13"), "{message}");
}

#[test]
fn comfyui_that_reads_no_model_paths_is_down() {
    let down = |name: &str, lines: &[&str]| {
        let logs = vec![log("worker-0", "container", lines)];
        let management = Management { logs, ..unmanaged() };
        let error = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";
        let facts = RunFacts { management, ..after(vec![failed(0, error)], observations("0 running 1")) };
        row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), "comfyui-down")
    };
    let within = "  File \"/comfyui/utils/extra_config.py\", line 12, in load_extra_path_config";
    assert_table!([
        down(
            "not YAML",
            &["yaml.scanner.ScannerError: no", "  in \"/comfyui/extra_model_paths.yaml\", line 4, column 17"]
        ),
        down("an empty entry", &[within, "AttributeError: 'NoneType' object has no attribute 'split'"]),
    ]);
}

/// The answer where a job waits, and RunPod started the container at these times.
fn started(times: &[&str], end: Option<&str>) -> Answer {
    let lines = times.iter().flat_map(|at| {
        let line = |text: &str| LogLine { at: Some((*at).into()), text: text.into() };
        [Some(line("start container for x: begin")), end.map(line)].into_iter().flatten()
    });
    let system = WorkerLog::of("w1", "system", &lines.collect::<Vec<_>>());
    let logs = vec![system, log("w1", "container", &["worker-comfyui: Starting ComfyUI"])];
    let management = Management { logs, workers: Ok(vec![worker("w1", "INITIALIZING")]), ..managed(usual()) };
    let readings = observations("0 initializing 1 | 60 initializing 1 | 300 initializing 1");
    let facts = RunFacts { management, ..after(vec![sample(0, Ending::NeverStarted)], readings) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
}

#[test]
fn a_container_that_starts_again_at_once_has_crashed() {
    let soon = ["2026-11-16T14:01:14Z", "2026-11-16T14:01:31Z", "2026-11-16T14:01:48Z"];
    let later = ["2026-11-16T14:01:14Z", "2026-11-16T14:21:31Z", "2026-11-16T14:41:48Z"];
    assert_table!([
        row("at once", started(&soon, None), "crash-loop"),
        row("after it was stopped", started(&soon, Some("stop container 1a2b")), "slow-cold-start"),
        row("much later", started(&later, None), "slow-cold-start"),
    ]);
}

#[test]
fn what_another_job_met_does_not_explain_this_one() {
    let memory = "torch.OutOfMemoryError: Allocation on device";
    let unknown = "ValueError: Sampler foo not found";
    let job = |lines: &[&str], problems: &str| {
        let logs = vec![log("worker-0", "container", lines)];
        let management = Management { logs, ..unmanaged() };
        let failed = Sample { job: Some("b-e1".into()), ..failed(0, "Job processing failed") };
        let facts = RunFacts { management, ..after(vec![failed], observations("0 running 1")) };
        row(lines.join(", "), rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
    };
    assert_table!([
        job(&["a-e1 | Started.", memory, "b-e1 | Started.", unknown], "failed-job"),
        job(&["b-e1 | Started.", unknown, "c-e1 | Started.", memory], "failed-job"),
        job(&["a-e1 | Started.", unknown, "b-e1 | Started.", memory], "out-of-memory"),
        job(&["Killed", "b-e1 | Started.", "got prompt"], "out-of-system-memory"),
        job(&[memory, unknown], "out-of-memory"),
    ]);
}

#[test]
fn a_start_script_that_raises_is_quoted_with_its_exception() {
    let lines = [
        "Traceback (most recent call last):",
        "  File \"/handler.py\", line 9, in <module>",
        "    BUCKET = os.environ[\"BUCKET_NAME\"]",
        "  File \"<frozen os>\", line 685, in __getitem__",
        "KeyError: 'BUCKET_NAME'",
    ];
    let logs = vec![log("w1", "container", &lines)];
    let management = Management { logs, workers: Ok(vec![worker("w1", "UNHEALTHY")]), ..managed(usual()) };
    let readings = observations("0 unhealthy 1 | 60 unhealthy 1 | 300 unhealthy 1");
    let facts = RunFacts { management, ..after(vec![sample(0, Ending::NeverStarted)], readings) };
    assert_table!([row(
        "a variable",
        rules::judge_run(&facts, &Settings::default()).expect("an answer"),
        "crash-loop"
    )]);
}

#[test]
fn a_job_that_never_ends_is_explained_by_the_log_of_its_worker() {
    let hanging = |name: &str, before: &'static str, line: &str, problems: &str| {
        let lines = [LISTENS, &[before, "b-e1 | Started.", line]].concat();
        let logs = vec![log("worker-0", "container", &lines)];
        let management = Management { logs, ..unmanaged() };
        let (worker, job) = (Some("worker-0".into()), Some("b-e1".into()));
        let sample = Sample { worker, job, ..sample(0, Ending::NotFinished) };
        let facts = RunFacts { management, ..after(vec![sample], observations("0 running 1")) };
        row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
    };
    let refused =
        "Failed to return job results. | 401, message='Unauthorized', url='https://api.runpod.ai/v2/a/job-done/w1/1'";
    assert_table!([
        hanging("refused", "got prompt", refused, "unreported-job"),
        hanging("killed", "got prompt", "Killed", "out-of-system-memory"),
        hanging("another job's", "CUDA out of memory", "Still waiting...", "stuck-in-progress"),
    ]);
}

#[test]
fn the_start_explains_a_class_that_it_could_not_clone_and_a_comfyui_that_was_late() {
    let git = "fatal: unable to access 'https://github.com/kijai/ComfyUI-KJNodes/': Could not resolve host: github.com";
    let missing = |class: &str| format!("Cannot execute because node {class} does not exist.");
    let late = |line: &str| {
        let logs = vec![log("worker-0", "container", &[line])];
        let management = Management { logs, ..unmanaged() };
        let failed = failed(0, "Server not ready after timeout (30s)");
        let facts = RunFacts { management, ..after(vec![failed], observations("0 running 1")) };
        row(line, rules::judge_run(&facts, &Settings::default()).expect("an answer"), "slow-cold-start")
    };
    assert_table!([
        ran("of the pack", &missing("PathchSageAttentionKJ"), &[git], "hub-access"),
        ran("of another pack", &missing("UnetLoaderGGUF"), &[git], ""),
        late("Installing collected packages: ultralytics"),
    ]);
}

#[test]
fn a_timeout_of_a_model_that_fits_in_part_is_one_of_the_gpu() {
    let timeout = "executionTimeout exceeded";
    let loaded = "loaded partially; 10331.71 MB usable, 10100.64 MB loaded, 17000.25 MB offloaded, lowvram patches: 0";
    assert_table!([
        ran("in part", timeout, &[loaded], "execution-timeout"),
        ran("as a whole", timeout, &["loaded completely"], "execution-timeout"),
    ]);
}
