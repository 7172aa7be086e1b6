//! The tests of the RunPod Hub, `.runpod/tests.json`.

use crate::wording::{Case, refused, wording};
use comfycheck_core::hub::HubTests;
use comfycheck_core::text::TextFile;
use comfycheck_core::workflow::Workflow;
use insta::assert_snapshot;
use std::time::Duration;

const TESTS: &str = r#"{
  "tests": [
    {"name": "image", "input": {"workflow": {"9": {"class_type": "SaveImage", "inputs": {}}}}, "timeout": 90000},
    {
      "name": "with a file",
      "input": {
        "workflow": {"1": {"class_type": "LoadImage", "inputs": {"image": "a.gif"}}},
        "images": [{"name": "a.gif", "image": "R0lGODlh"}]
      },
      "config": {"gpuTypeId": "NVIDIA GeForce RTX 4090"}
    }
  ],
  "config": {"gpuTypeId": "NVIDIA L4", "gpuCount": 2, "env": [{"key": "TOKEN", "value": "hidden"}]}
}"#;

fn file(path: &str, text: &str) -> TextFile {
    TextFile { path: path.into(), text: text.into() }
}

fn parsed(tests: &str, hub: Option<&str>) -> HubTests {
    let hub = hub.map(|text| file("hub.json", text));
    HubTests::parse(&file("tests.json", tests), hub.as_ref()).unwrap_or_else(|refusal| panic!("{}", wording(&refusal)))
}

#[test]
fn each_test_has_its_workflow_its_files_and_its_timeout() {
    let tests = parsed(TESTS, Some(r#"{"title": "ComfyUI", "config": {"gpuIds": "ADA_24"}}"#));
    let [image, with_file] = tests.tests.as_slice() else { panic!("{tests:?}") };
    assert_eq!((image.name.as_str(), image.timeout), ("image", Some(Duration::from_secs(90))));
    assert_eq!((with_file.name.as_str(), with_file.timeout), ("with a file", None));
    let workflow = Workflow::parse(with_file.request.workflow.clone()).unwrap();
    assert_eq!(workflow.place_of("1", None).unwrap().to_string(), "7:22", "a place of the file");
    assert_eq!(with_file.request.inputs.iter().map(|input| &*input.name).collect::<Vec<_>>(), ["a.gif"]);
    assert!(image.request.inputs.is_empty());
    let fleet = tests.fleet();
    let pairs: Vec<_> = fleet.pairs.iter().map(|pair| (&*pair.name, &*pair.slug, &*pair.suite)).collect();
    let expected = [("ComfyUI / image", "image", "tests.json"), ("ComfyUI / with a file", "with-a-file", "tests.json")];
    assert_eq!(pairs, expected);
}

#[test]
fn the_gpu_of_a_test_precedes_that_of_its_file_and_that_of_the_hub() {
    let gpus = |tests: &str, hub| -> Vec<_> {
        let of = |test: &comfycheck_core::hub::HubTest| (test.gpu.clone(), test.gpu_count.map_or(0, Into::into));
        parsed(tests, hub).tests.iter().map(of).collect()
    };
    let hub = Some(r#"{"config": {"gpuIds": "-NVIDIA A40, AMPERE_24,ADA_24", "gpuCount": 4}}"#);
    let named = |name: &str, count: u32| (Some(name.to_owned()), count);
    assert_eq!(gpus(TESTS, hub), [named("NVIDIA L4", 2), named("NVIDIA GeForce RTX 4090", 2)]);
    let alone = r#"{"tests": [{"name": "a", "input": {"prompt": {"1": {"class_type": "X"}}}}]}"#;
    assert_eq!(gpus(alone, hub), [named("AMPERE_24", 4)]);
    assert_eq!(gpus(alone, Some("not JSON")), [(None, 0)]);
    assert_eq!(gpus(alone, None), [(None, 0)]);
}

#[test]
fn tests_that_cannot_run_are_refused_at_their_places() {
    let node = r#"{"workflow": {"1": {"class_type": "X"}}}"#;
    let many = format!(r#"{{"tests": [{}1]}}"#, "1,".repeat(100));
    let unnamed = format!("{{\"tests\": [\n {{\"input\": {node}}}]}}");
    let two_lines = format!(r#"{{"tests": [{{"name": "a\nb", "input": {node}}}]}}"#);
    let twice =
        format!("{{\"tests\": [{{\"name\": \"a\", \"input\": {node}}},\n{{\"name\": \"a\", \"input\": {node}}}]}}");
    let words = format!("{{\"tests\": [{{\"name\": \"a\", \"input\": {node},\n\"timeout\": \"10 s\"}}]}}");
    let zero = format!("{{\"tests\": [{{\"name\": \"a\", \"input\": {node},\n\"timeout\": 0}}]}}");
    let cases: [Case<'_>; 11] = [
        ("not JSON", r#"{"tests": [}"#, &["syntax 1:12 }"]),
        ("no tests", r#"{"tests": []}"#, &["out-of-range"]),
        ("too many tests", &many, &["out-of-range"]),
        ("not objects", r#"{"tests": [1, null]}"#, &["missing-key 1:12 1", "missing-key 1:15 null"]),
        ("no name", &unnamed, &["missing-key 2:2 {"]),
        ("a name of two lines", &two_lines, &["missing-key 1:12 {"]),
        ("equal names", &twice, &["duplicate 2:1 {"]),
        ("no input", r#"{"tests": [{"name": "a"}]}"#, &["not-a-workflow 1:12 {"]),
        (
            "another handler",
            "{\"tests\": [{\"name\": \"a\",\n\"input\": {\"prompt\": \"a cat\"}}]}",
            &["not-a-workflow 2:1 input"],
        ),
        ("a timeout in words", &words, &["invalid-value 2:12 10 s"]),
        ("no time", &zero, &["invalid-value 2:12 0"]),
    ];
    assert_snapshot!(refused(&cases, |text| HubTests::parse(&file("tests.json", text), None).expect_err(text)));
}

#[test]
fn only_an_object_with_a_list_of_tests_has_the_form() {
    for text in [TESTS, r#"{"tests": []}"#, r#"{"a": {}, "tests" : [ {"cut"#] {
        assert!(HubTests::is_in(text), "{text}");
    }
    for text in ["", "[]", r#"{"tests": {"class_type": "X"}}"#, r#"{"1": {"tests": []}}"#] {
        assert!(!HubTests::is_in(text), "{text}");
    }
}
