//! A request file gives its workflow, its images and its policy, and refuses keys.

use super::*;
use crate::workflow::{LARGEST, Workflow};

const API: &str = r#"{"3": {"class_type": "KSampler", "inputs": {"seed": 5}}}"#;

fn read(text: &str) -> RequestFile {
    RequestFile::of_text(TextFile { path: "request.json".into(), text: text.into() })
}

fn problems(read: &RequestFile) -> Vec<String> {
    read.problems
        .iter()
        .map(|problem| {
            format!(
                "{} {}",
                problem.kind.word(),
                problem.excerpt.as_ref().map_or(String::new(), |at| at.place.to_string())
            )
        })
        .collect()
}

#[test]
fn each_kind_of_request_has_its_workflow() {
    let ui = r#"{"nodes": [], "links": []}"#;
    let requests = [
        API.to_owned(),
        format!(r#"{{"input": {{"workflow": {API}}}}}"#),
        format!(r#"{{"policy": {{"ttl": 60000}}, "input": {{"images": [], "workflow": {API}}}, "webhook": null}}"#),
        format!(r#"{{"input": {{"prompt": {API}}}}}"#),
        format!(r#"{{"workflow": {API}, "images": []}}"#),
        format!(r#"{{"client_id": "x", "prompt": {API}, "extra_data": {{"extra_pnginfo": {{"workflow": {ui}}}}}}}"#),
        format!(r#"{{"id": "1", "prompt": {API}, "convert_output": {{"format": "webp"}}}}"#),
        format!(r#"{{"workflow": {ui}, "output": {API}}}"#),
        format!(r#"{{"workflow": {ui}, "prompt": {API}}}"#),
        format!(r#"{{"input": {}}}"#, serde_json::json!(format!(r#"{{"workflow": {API}}}"#))),
    ];
    for request in requests {
        let read = read(&request);
        assert_eq!(read.workflow.text.trim(), API, "{request}");
        assert_eq!(read.problems, [], "{request}");
        assert!(Workflow::parse(read.workflow).is_ok());
    }
    assert_eq!(read(&format!(r#"{{"workflow": {ui}}}"#)).workflow.text.trim(), ui);
}

#[test]
fn times_of_a_policy_are_those_that_runpod_takes() {
    let problems = |policy: &str| {
        let request = format!(r#"{{"policy": {policy}, "input": {{"workflow": {API}}}}}"#);
        read(&request).problems.len()
    };
    for (policy, expected) in [
        (r#"{"executionTimeout": 5000, "ttl": 10000}"#, 0),
        (r#"{"executionTimeout": 604800000, "ttl": null, "lowPriority": true}"#, 0),
        (r#"{"executionTimeout": 4999, "ttl": 9999}"#, 2),
        (r#"{"executionTimeout": "5000"}"#, 1),
        (r#"{"ttl": 604800001}"#, 1),
    ] {
        assert_eq!(problems(policy), expected, "{policy}");
    }
}

#[test]
fn a_file_in_another_encoding_is_refused_once_at_the_first_byte_without_meaning() {
    let latin1 = [br#"{"3": {"class_type": "caf"#.as_slice(), b"\xe9", br#"", "inputs": {}}}"#].concat();
    let read = RequestFile::read("w.json", latin1).unwrap();
    assert_eq!((read.warnings.as_slice(), read.uneditable), (&[][..], Some("it is not UTF-8 text")));
    let refused = Workflow::parse(read.workflow).unwrap_err();
    assert_eq!(refused.excerpt.map(|excerpt| excerpt.place.column), Some(26));
}

#[test]
fn what_is_not_a_request_is_unchanged() {
    for text in [
        "",
        "[1]",
        "{\"input\": {\"workflow\": ",
        r#"{"input": {"workflow": {}}}"#,
        r#"{"input": {"prompt": "a cat"}}"#,
        r#"{"prompt": {"class_type": "A", "inputs": {}}, "input": {"class_type": "B"}}"#,
        r#"{"nodes": [], "workflow": {"a": 1}}"#,
        r#"{"workflow": "x", "version": 1}"#,
        r#"{"delayTime": 5, "output": {"images": [{"filename": "a.png"}]}}"#,
    ] {
        assert_eq!(read(text).workflow.text, text);
    }
}

#[test]
fn nodes_have_their_places_of_the_file() {
    let request = "{\"policy\": {},\r\n \"é\": \"\u{1d11e}\\n\", \"input\": {\"workflow\": {\n  \"3\": {\"is_changed\": [NaN], \"inputs\": {\n\"seed\": 5}}}}}";
    let workflow = Workflow::parse(read(request).workflow).expect("a workflow");
    let place = |input| workflow.place_of("3", input).map(|place| place.to_string());
    assert_eq!(place(None).as_deref(), Some("3:3"));
    assert_eq!(place(Some("seed")).as_deref(), Some("4:1"));
    let one_line = "{\"é\": 1, \"prompt\": {\"3\": {}}}";
    let workflow = Workflow::parse(read(one_line).workflow).expect("a workflow");
    assert_eq!(workflow.place_of("3", None).map(|place| place.column), Some(21));
}

#[test]
fn is_changed_is_left_out_wherever_it_stands() {
    for node in [
        r#"{"is_changed": [NaN], "class_type": "A"}"#,
        r#"{"class_type": "A", "is_changed": NaN}"#,
        r#"{"class_type": "A", "is_changed": ["x", -Infinity], "inputs": {}}"#,
    ] {
        let workflow = Workflow::parse(read(&format!("{{\"3\": {node}}}")).workflow).expect("a workflow");
        assert_eq!(
            (&workflow.nodes()["3"]["class_type"], workflow.nodes()["3"].get("is_changed")),
            (&"A".into(), None)
        );
    }
    let alone = Workflow::parse(read(r#"{"3": {"is_changed": NaN}}"#).workflow).expect("a workflow");
    assert_eq!(alone.nodes()["3"].to_string(), "{}");
}

#[test]
fn keys_and_addresses_are_problems_that_show_no_value() {
    let request = format!(
        "{{\"input\": {{\n\"comfy_org_api_key\": \"comfyui-secret-1\", \"workflow\": {API}}},\n\"s3Config\": {{\"accessSecret\": \"secret-2\"}},\n\"webhook\": \"https://x.y/secret-3\"}}"
    );
    let read = read(&request);
    assert_eq!(problems(&read), ["secret 2:1", "secret 3:1", "secret 4:1"]);
    let wording = read
        .problems
        .iter()
        .map(|problem| problem.render(crate::diagnostic::Color::Off))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!wording.contains("secret-"), "{wording}");
    assert!(!read.workflow.text.contains("secret-"));
    insta::assert_snapshot!(wording);
}

#[test]
fn images_and_policy_are_those_of_the_request() {
    let request = format!(
        r#"{{"input": {{"workflow": {API}, "images": [
            {{"name": "a.png", "image": "data:image/png;base64,iVBORw0KGgo="}},
            {{"name": "b.png", "image": "iVBORw0K\nGgo"}},
            {{"name": "a.png", "image": "AAAA"}},
            {{"name": "c.png", "image": "https://example.org/c.png"}},
            {{"name": "../d.png", "image": "AAAA"}},
            {{"name": "e.png", "image": "not base64!"}},
            {{"name": "f.png"}},
            7]}}, "policy": {{"executionTimeout": 900000}}}}"#
    );
    let read = read(&request);
    let inputs: Vec<_> = read.inputs.iter().map(|input| (input.name.as_str(), input.size())).collect();
    assert_eq!(inputs, [("a.png", 8), ("b.png", 8)]);
    assert_eq!(read.inputs[0].sha256, read.inputs[1].sha256);
    assert_eq!(read.policy.execution_timeout, Some(std::time::Duration::from_mins(15)));
    let kinds =
        ["duplicate 4:13", "invalid-value 5:13", "invalid-value 6:13", "invalid-value 7:13", "invalid-value 8:13"];
    assert_eq!(problems(&read), [&kinds[..], &["invalid-value 9:13"]].concat());
    let wording: Vec<_> = read
        .problems
        .iter()
        .map(|problem| format!("{problem}\n  help: {}", problem.help.as_deref().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(wording.join("\n"));
}

#[test]
fn what_a_worker_does_not_read_is_said() {
    let object = format!(r#"{{"input": {{"workflow": {API}, "images": {{"a.png": "AAAA"}}}}}}"#);
    let prompt = format!(r#"{{"input": {{"prompt": {API}}}}}"#);
    let targets = format!(r#"{{"prompt": {API}, "partial_execution_targets": ["9"]}}"#);
    let kinds = problems(&read(&object));
    assert!(matches!(kinds.as_slice(), [only] if only.starts_with("invalid-value 1:")), "{kinds:?}");
    let wording: Vec<_> = [&object, &prompt, &targets]
        .iter()
        .map(|request| read(request))
        .flat_map(|read| read.problems.into_iter().chain(read.warnings))
        .map(|said| format!("{said}\n  help: {}", said.help.as_deref().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(wording.join("\n"));
}

#[test]
fn binary_files_without_a_workflow_are_refused() {
    let tensors = [&20_u64.to_le_bytes()[..], b"{\"latent_tensor\": {} }"].concat();
    let files: [&[u8]; 7] = [
        b"GIF89a\x01\0\x01\0",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\x1a\x45\xdf\xa3\x01webm",
        &tensors,
        b"\0\x01",
        b"\x1f\x8b\x08\0",
        b"PK\x03\x04",
    ];
    let refused = files.map(|bytes| RequestFile::read("w", bytes.to_vec()).expect_err("no workflow").to_string());
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn a_byte_order_mark_and_utf_16_are_read_with_a_warning() {
    let utf16: Vec<u8> = format!("\u{feff}{API}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut wording = Vec::new();
    for bytes in [format!("\u{feff}{API}").into_bytes(), utf16] {
        let read = RequestFile::read("w.json", bytes).expect("a workflow");
        assert_eq!(read.workflow.text, API);
        assert_eq!(read.warnings.len(), 1);
        assert_eq!(read.uneditable.is_none(), wording.is_empty(), "only the second one is UTF-16");
        wording.push(read.warnings[0].to_string());
    }
    assert!(RequestFile::read("w.json", API.into()).expect("a workflow").warnings.is_empty());
    insta::assert_snapshot!(wording.join("\n"));
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let error = RequestFile::read("w.json", vec![b' '; LARGEST_REQUEST + 1]).unwrap_err();
    assert_eq!(error.kind, Kind::TooLarge);
    assert!(
        RequestFile::read("w.json", vec![b' '; LARGEST + 1]).is_ok_and(|read| Workflow::parse(read.workflow).is_err())
    );
}

#[test]
fn a_cut_request_is_read_without_a_panic() {
    let request = r#"{"input": {"images": [{"name": "é", "image": "AA,A"}], "workflow": {"3": {"is_changed": [NaN], "x": "\"ä"}}}, "webhook": "x"}"#;
    for end in 0..request.len() {
        let bytes = request.as_bytes()[..end].to_vec();
        let read = RequestFile::read("w.json", bytes).expect("text");
        assert!(Workflow::parse(read.workflow).is_err() || end > 100, "cut at {end}");
    }
}
