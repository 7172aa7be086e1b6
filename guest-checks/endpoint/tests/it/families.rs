//! Each family of errors knows its errors in several wordings.

mod machine;
mod models;
mod needs;
mod nodes;
mod services;
mod system;
mod worker;

use comfycheck_check_endpoint::evidence::{families, family_of};
use machine::{GPU, MACHINE};
use models::MODELS;
use needs::FILES;
use nodes::{NODES, OTHER_SERVERS};
use services::SERVICES;
use std::collections::BTreeSet;
use system::CONTAINER;
use worker::{COMFYUI, PLATFORM};

/// A family, and errors of it in different words.
type Examples = (&'static str, &'static [&'static str]);

#[test]
fn what_programs_say_when_they_work_belongs_to_no_family() {
    for line in [
        "Connecting to cas-bridge.xethub.hf.co (cas-bridge.xethub.hf.co)|18.1.2.3|:443... connected.",
        "HTTP Request: GET https://cas-server.xethub.hf.co/v1/x \"HTTP/1.1 200 OK\"",
        "gguf: text encoder loaded, no mmproj given (text only)",
        "Vulkan: No capable devices found, using CUDA",
        "warning: No virtual environment found; run `uv venv` to create one, using system Python",
        "Uploaded image to S3: s3://mybucket/a.png",
        "Waiting until ComfyUI is ready (attempt 1)",
    ] {
        assert_eq!(family_of(line).map(|family| family.name), None, "{line}");
    }
    let full = "Error while downloading from https://huggingface.co/a/b: [Errno 28] No space left on device";
    assert_eq!(family_of(full).map(|family| family.name), Some("disk-full"));
}

#[test]
fn each_family_knows_its_errors_in_several_words() {
    let raised = [PLATFORM, GPU, MACHINE, FILES, SERVICES, MODELS, OTHER_SERVERS, COMFYUI].concat();
    for (family, examples) in &raised {
        for example in *examples {
            assert_eq!(family_of(example).map(|family| family.name), Some(*family), "{example}");
        }
    }
    for (family, examples) in NODES {
        for example in *examples {
            let error = format!("Workflow execution error: Node Type: A, Node ID: 3, Message: {example}");
            assert_eq!(family_of(&error).map(|family| family.name), Some(*family), "{example}");
            assert_ne!(family_of(example).map(|family| family.name), Some(*family), "a handler's {example}");
        }
    }
    let mut tested: Vec<_> = raised.iter().chain(CONTAINER).chain(NODES).map(|(family, _)| *family).collect();
    let mut all: Vec<_> = families().map(|family| family.name).collect();
    tested.sort_unstable();
    all.sort_unstable();
    assert_eq!(tested, all);
    for (family, examples) in raised.iter().chain(CONTAINER).chain(NODES) {
        assert!(different(examples) >= 3, "{family} has {} examples that differ", different(examples));
    }
}

/// How many of the examples share at most half of their words with each one before them.
fn different(examples: &[&str]) -> usize {
    let words = |text: &str| -> BTreeSet<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 2)
            .map(str::to_owned)
            .collect()
    };
    let mut known: Vec<BTreeSet<String>> = Vec::new();
    for example in examples {
        let example = words(example);
        if known.iter().all(|other| other.intersection(&example).count() * 2 <= other.union(&example).count()) {
            known.push(example);
        }
    }
    known.len()
}

#[test]
fn each_family_of_the_system_log_knows_its_lines() {
    use comfycheck_check_endpoint::WorkerLog;
    use comfycheck_sdk::endpoint::LogLine;
    for (family, examples) in CONTAINER {
        for example in *examples {
            let log = WorkerLog::of("w", "system", &[LogLine { at: None, text: (*example).into() }]);
            assert_eq!(log.families().collect::<Vec<_>>(), [*family], "{example}");
        }
    }
}

#[test]
fn what_a_node_raises_says_nothing_about_the_handler_or_comfyui() {
    for (message, expected) in [
        ("Error queuing workflow: timed out", None),
        ("KeyError: 'prompt'", None),
        ("Missing required parameter: image", None),
        ("status 413: Payload Too Large", None),
        ("Downloading the model failed", None),
        ("ComfyUI is down", None),
        ("400 Client Error: Bad Request for url: http://10.0.0.7:8188/prompt", Some("node-request")),
        ("HTTPConnectionPool(host='10.0.0.7', port=8188): Max retries exceeded with url: /", Some("node-connection")),
        ("('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", Some("node-connection")),
        ("401 Client Error: Unauthorized for url: https://huggingface.co/acme/a", Some("hub-access")),
        ("Command '['ffmpeg']' died with <Signals.SIGSEGV: 11>", Some("child-crashed")),
        ("Command '['ffmpeg']' died with <Signals.SIGKILL: 9>", Some("child-killed")),
        ("CUDA out of memory", Some("gpu-memory")),
        ("HTTP Error 404: Not Found", Some("node-request")),
    ] {
        let words = format!("Node Type: A, Node ID: 3, Message: {message}");
        let event = serde_json::json!({"node_id": "3", "exception_type": "A", "exception_message": message});
        for error in [words, event.to_string()] {
            assert_eq!(family_of(&error).map(|family| family.name), expected, "{error}");
        }
    }
}

#[test]
fn ordinary_texts_belong_to_no_family() {
    for text in [
        "",
        "Job processing failed",
        "it broke",
        "the prompt was executed in 3.2 seconds",
        "worker-comfyui: Starting ComfyUI",
        "ValueError: no seed",
        "this is a skilled painter",
        "got prompt",
        "model weight dtype torch.float8_e4m3fn, manual cast: None",
        "KeyError: 'positive'",
        "KeyError: 'images'",
        r#"{"node_id": "3", "node_type": "X", "exception_type": "KeyError", "exception_message": "'image'"}"#,
        "the handler returned 137 images",
        "Connected to ComfyUI",
        "worker exited with exit code 0",
        "Total VRAM 24564 MB, total RAM 515903 MB",
    ] {
        assert_eq!(family_of(text).map(|family| family.name), None, "{text}");
    }
}

#[test]
fn each_family_has_a_rule_help_and_a_source() {
    let rules = comfycheck_check_endpoint::rules::manifest().rules;
    for family in families() {
        assert!(rules.iter().any(|rule| rule.id == family.rule), "{}", family.rule);
        assert!(!family.meaning.is_empty() && !family.help.is_empty() && !family.source.is_empty(), "{}", family.name);
    }
}
