//! Whole situations: a worker's log from its start to its end, with the harmless lines that each start has.

use crate::answer::{Row, finding, problems, row};
use crate::facts::{after, failed, log, managed, observations, sample, unmanaged, usual};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::Answer;
use comfycheck_sdk::endpoint::ConfigurationFacts;
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

#[test]
fn a_program_that_says_how_it_goes_on_has_not_failed() {
    let died = |line: &str| ran(line, LOST, &[line], "comfyui-down");
    assert_table!([
        died("Flash Attention failed, using default SDPA: FlashAttention only supports Ampere GPUs or newer."),
        died("Error running sage attention: SM90 kernel is not available, using pytorch attention instead."),
        died("Warning: CUDA out of memory during decoding, retrying with tiles"),
        died("insufficient memory: switching to lowvram mode"),
        died("[h264_nvenc @ 0x1] OpenEncodeSessionEx failed: unsupported device (2), falling back to libx264"),
        ran("without another way", LOST, &["FlashAttention only supports Ampere GPUs or newer."], "cuda-mismatch"),
    ]);
}

#[test]
fn a_download_that_failed_explains_a_model_file_that_is_missing_or_damaged() {
    let refused = "Username/Password Authentication Failed.";
    let full = "wget: cannot write to '/comfyui/models/checkpoints/a.safetensors': No space left on device";
    let missing = "Workflow validation failed:\n• Node 4 (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', \
                   'details': \"ckpt_name: 'a.safetensors' not in []\", 'extra_info': {'input_name': 'ckpt_name', \
                   'input_config': [[], {}], 'received_value': 'a.safetensors'}}]\n• Node 4 (class_type): \
                   CheckpointLoaderSimple";
    let damaged = "Workflow execution error: Node Type: CheckpointLoaderSimple, Node ID: 4, Message: Error while deserializing \
                   header: incomplete metadata, file not fully covered";
    let started = |name: &str, error: &str, before: &str, problems: &str| {
        let workflow = r#"{"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}}}"#;
        let logs = vec![log("worker-0", "container", &[&[before], LISTENS].concat())];
        let management = Management { logs, ..unmanaged() };
        let failed = Sample { workflow: workflow.into(), ..failed(0, error) };
        let facts = RunFacts { management, ..after(vec![failed], observations("0 running 1")) };
        row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
    };
    assert_table!([
        started("refused", missing, refused, "hub-access"),
        started("no room", damaged, full, "disk-full"),
        started("no room for another file", damaged, &full.replace("a.safe", "b.safe"), ""),
        started("nothing failed", missing, "Downloading a.safetensors", ""),
    ]);
}

#[test]
fn an_image_with_cuda_for_the_gpu_leaves_the_packages_of_nodes() {
    let help = |image: &str| {
        let configuration = ConfigurationFacts { image: Some(image.into()), ..usual() };
        let error = "CUDA error: no kernel image is available for execution on the device";
        let facts = RunFacts {
            management: managed(configuration),
            ..after(vec![failed(0, &of_node("Trellis", error))], observations("0 running 1"))
        };
        let answer = rules::judge_run(&facts, &Settings::default()).expect("an answer");
        finding(&answer, "cuda-mismatch").help.clone().expect("help")
    };
    assert!(help("runpod/worker-comfyui:5.8.5-base-cuda12.8.1").contains("`sdpa`"));
    assert!(help("runpod/worker-comfyui:5.8.5-base").contains("-cuda12.8.1"));
}
