//! Rules that differ between versions of ComfyUI. Real servers of seven versions gave these answers to such workflows.

use crate::{classes, line, nodes, replacements};
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::json::parse;
use comfycheck_check_workflow::rules::{Server, Settings, UNKNOWN_FILE, examine};
use comfycheck_check_workflow::verdict::judge;
use comfycheck_packs::Version;

const OLDEST: Version = Version(0, 3, 64);

#[track_caller]
fn check(workflow: &str, rows: &[(Version, &str)]) {
    for (version, expected) in rows {
        let prompt = parse(workflow).expect("JSON");
        let (verdict, _) = judge(&prompt, &classes().in_version(*version), &replacements(), None);
        assert_eq!(line(&verdict), *expected, "{version}: {workflow}");
    }
}

#[test]
fn a_missing_class_has_another_error_type() {
    let rows = [(Version(0, 11, 9), "invalid_prompt"), (Version(0, 12, 0), "missing_node_type")];
    check(&nodes("1 Nope {}"), &rows);
}

#[test]
fn any_type_fits_every_type_since_0_8() {
    let workflow = nodes("1 Any {\"v\": [\"2\", 0]}\n2 Vague {}");
    check(&workflow, &[(Version(0, 8, 0), "ok 1"), (Version::NEWEST, "ok 1")]);
    // Both classes have the type `*`, which equals itself.
    check(&workflow, &[(OLDEST, "ok 1")]);
    let into_image = nodes("1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Vague {}");
    check(
        &into_image,
        &[(OLDEST, "prompt_outputs_failed_validation | 1: return_type_mismatch images"), (Version(0, 8, 0), "ok 1")],
    );
}

#[test]
fn new_style_choices_are_checked_since_0_8() {
    let refused = "prompt_outputs_failed_validation | 1: value_not_in_list v";
    check(&nodes("1 New {\"v\": \"nope\"}"), &[(OLDEST, "ok 1"), (Version(0, 8, 0), refused)]);
    check(&nodes("1 Old {\"v\": \"nope\"}"), &[(OLDEST, refused), (Version(0, 8, 0), refused)]);
}

#[test]
fn several_values_of_a_choice_are_accepted_since_0_21() {
    let refused = "prompt_outputs_failed_validation | 1: value_not_in_list v";
    let workflow = nodes("1 Many {\"v\": {\"__value__\": [\"a\"]}}");
    check(&workflow, &[(Version(0, 20, 1), refused), (Version(0, 21, 0), "ok 1")]);
}

#[test]
fn cycles_are_named_since_0_20() {
    let cycle =
        nodes("1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 0]}\n3 Blend {\"a\": [\"2\", 0]}");
    let named = "prompt_outputs_failed_validation | 2: dependency_cycle | 3: dependency_cycle";
    check(&cycle, &[(Version(0, 19, 9), "prompt_outputs_failed_validation"), (Version(0, 20, 0), named)]);
}

#[test]
fn a_cycle_is_found_where_comfyui_does_not_name_it() {
    let cycles = "1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 0]}\n3 Blend {\"a\": [\"2\", 0]}\n\
                  4 PreviewImage {\"images\": [\"5\", 0]}\n5 Blend {\"a\": [\"5\", 0]}";
    for version in [Version(0, 17, 2), Version(0, 20, 0)] {
        let classes = classes().in_version(version);
        let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
        let answer = crate::wording::defects(examine(&nodes(cycles), &server, &Settings::default()));
        assert_eq!(crate::wording::found(&answer), ["dependency-cycle 2, 3", "dependency-cycle 5"], "{version}");
    }
}

#[test]
fn a_class_that_was_replaced_later_is_missing_before() {
    let open = |version| {
        let classes = classes().in_version(version);
        let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
        examine(&nodes("1 T2IAdapterLoader {}"), &server, &Settings::default()).open.len()
    };
    assert_eq!((open(Version(0, 13, 9)), open(Version(0, 14, 0))), (0, 1));
}

#[test]
fn a_validator_that_takes_every_input_blames_all_of_them() {
    let load = |file: &str| nodes(&format!("1 Load3D {{\"model_file\": \"{file}\", \"width\": 64}}"));
    let blamed =
        "prompt_outputs_failed_validation | 1: custom_validation_failed model_file, custom_validation_failed width";
    let listed = "prompt_outputs_failed_validation | 1: value_not_in_list model_file";
    check(&load("3d/nope.glb"), &[(Version(0, 20, 1), listed), (Version(0, 25, 0), blamed)]);
    check(&load("a.glb"), &[(Version(0, 20, 1), "ok 1"), (Version(0, 25, 0), "ok 1")]);
}

#[test]
fn a_file_outside_the_folder_of_the_list_may_exist() {
    let load = |file: &str| nodes(&format!("1 Load3D {{\"model_file\": \"{file}\", \"width\": 64}}"));
    let listed = "prompt_outputs_failed_validation | 1: value_not_in_list model_file";
    let refused =
        "prompt_outputs_failed_validation | 1: custom_validation_failed model_file, custom_validation_failed width";
    check(&load("nope.glb"), &[(Version(0, 20, 1), listed), (Version(0, 25, 0), "ok 1")]);
    check(&load("3d/nope.glb"), &[(Version(0, 25, 0), refused)]);
    check(&load(r"sub\\nope.glb"), &[(Version(0, 25, 0), refused)]);
    let classes = classes().in_version(Version(0, 25, 0));
    let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
    let unknown = |file: &str| {
        let found = examine(&load(file), &server, &Settings::default()).findings;
        found.into_iter().filter(|finding| finding.rule == UNKNOWN_FILE).count()
    };
    assert_eq!((unknown("nope.glb"), unknown("a.glb"), unknown("3d/nope.glb")), (1, 0, 0));
}

#[test]
fn the_classes_of_packs_are_unknown_in_a_core_inventory() {
    let classes = classes().in_version(Version(0, 17, 2));
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &Vec::new };
    let file = |class: &str| crate::rules::EDITOR_FILE.replace("\"Int\"", &format!("\"{class}\""));
    let examined = |source: &str| crate::wording::defects(examine(source, &server, &Settings::default()));
    for (class, findings, open) in [("Packed", 0, 1), ("ColorTransfer", 1, 0)] {
        for source in [file(class), nodes(&format!("1 {class} {{}}"))] {
            let answer = examined(&source);
            assert_eq!((answer.findings.len(), answer.open.len()), (findings, open), "{source}");
        }
    }
}

#[test]
fn a_class_that_is_written_almost_like_one_of_comfyui_names_it() {
    let classes = classes().in_version(Version(0, 17, 2));
    let class_names = || vec!["Load".to_owned(), "SaveImage".to_owned()];
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &class_names };
    for (class, begin) in [("saveimage", "write `SaveImage` if you meant that; else save"), ("SaveImages", "save the")]
    {
        let answer =
            crate::wording::defects(examine(&nodes(&format!("1 {class} {{}}")), &server, &Settings::default()));
        let help = answer.open[0].help.as_deref().unwrap_or_default();
        assert!(help.starts_with(begin), "{class}: {help}");
    }
}

#[test]
fn classes_that_are_unknown_hide_no_errors_of_others() {
    let classes = classes().in_version(Version(0, 17, 2));
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &Vec::new };
    let save = "1 SaveImage {\"images\": [\"2\", 3], \"filename_prefix\": \"x\"}\n";
    let rows: [(&str, String, &[&str]); 4] = [
        (
            "behind an unknown class",
            format!(
                "{save}2 OfAPack {{\"model\": [\"3\", 0], \"any\": 5}}\n3 Load {{\"ckpt_name\": \"gone.safetensors\"}}"
            ),
            &["value-not-in-list 3.ckpt_name"],
        ),
        (
            "beside it",
            format!("{save}2 OfAPack {{\"any\": [\"3\", 0]}}\n3 Load {{\"ckpt_name\": \"anime.safetensors\"}}"),
            &[],
        ),
        (
            "an output of a pack",
            "1 SaverOfAPack {\"images\": [\"3\", 0]}\n3 Load {\"ckpt_name\": 5}".to_owned(),
            &["value-not-in-list 3.ckpt_name"],
        ),
        ("no output at all", "1 OfAPack {\"a\": [\"2\", 0]}\n2 OfAPack {\"a\": [\"1\", 0]}".to_owned(), &[]),
    ];
    for (name, lines, expected) in rows {
        let answer = crate::wording::defects(examine(&nodes(&lines), &server, &Settings::default()));
        assert_eq!(crate::wording::found(&answer), expected, "{name}");
        let open: Vec<_> = answer.open.iter().map(|open| open.rule.as_str()).collect();
        assert_eq!(open, ["missing-node-type"], "{name}");
    }
}

#[test]
fn a_file_that_an_embedded_inventory_leaves_out_is_not_refused() {
    let loader = r#"{"input": {"required": {"image": [[], {"image_upload": true, "files": true}]}},
        "output": ["IMAGE"], "output_node": true, "python_module": "nodes"}"#;
    let classes = Classes::new(|_| Ok(Some(loader.to_owned())));
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &Vec::new };
    let answer = examine(&nodes("1 LoadImage {\"image\": \"cat.png\"}"), &server, &Settings::default());
    let rules: Vec<_> = answer.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["comfyui-verdict", "unknown-file"]);
}

#[test]
fn all_files_that_an_embedded_inventory_leaves_out_are_one_finding() {
    let classes = Classes::new(|name| {
        let file = |input: &str, options: &str| {
            format!(
                r#"{{"input": {{"required": {{"{input}": [[], {{{options}}}]}}}}, "output": ["MODEL", "CLIP"], "python_module": "nodes"}}"#
            )
        };
        Ok(Some(match name {
            "CheckpointLoaderSimple" => file("ckpt_name", r#""files": true"#),
            "LoadImage" => file("image", r#""files": true, "image_upload": true"#),
            "CLIPTextEncode" => {
                r#"{"input": {"required": {"text": ["STRING"], "clip": ["CLIP"]}}, "output": ["CONDITIONING"]}"#
                    .to_owned()
            }
            "Save" => {
                r#"{"input": {"optional": {"a": ["*"], "b": ["*"], "c": ["*"]}}, "output": [], "output_node": true}"#
                    .to_owned()
            }
            _ => return Ok(None),
        }))
    });
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &Vec::new };
    let workflow = "1 Save {\"a\": [\"4\", 0], \"b\": [\"3\", 0], \"c\": [\"5\", 0]}\n\
        2 CheckpointLoaderSimple {\"ckpt_name\": \"sd.safetensors\"}\n\
        3 LoadImage {\"image\": \"cat.png\"}\n\
        4 CLIPTextEncode {\"text\": \"a, embedding:bad:1.2\", \"clip\": [\"2\", 1]}\n\
        5 UnetLoaderGGUF {\"unet_name\": \"flux-Q4.gguf\", \"note\": \"x\"}\n\
        6 CheckpointLoaderSimple {\"ckpt_name\": \"unused.safetensors\"}";
    let mut answer = examine(&nodes(workflow), &server, &Settings::default());
    answer.findings.retain(|finding| finding.rule == UNKNOWN_FILE);
    let expected = "unknown-file 2.ckpt_name, 3.image, 4.text, 5.unet_name";
    assert_eq!(crate::wording::found(&answer), [expected]);
    insta::assert_snapshot!(crate::wording::wording(&answer));
}

#[test]
fn nodes_are_replaced_since_0_14() {
    let replaced = r#"{"1": {"class_type": "SaveImage", "inputs": {"images": ["2", 1], "filename_prefix": "x"}, "_meta": {}},
        "2": {"class_type": "OldLoader", "inputs": {"file": "x"}, "_meta": {}}}"#;
    check(replaced, &[(Version(0, 13, 0), "missing_node_type"), (Version(0, 14, 0), "ok 1")]);
}

#[test]
fn odd_inputs_are_an_internal_error_since_0_14() {
    let odd = |inputs: &str| {
        format!(
            r#"{{"1": {{"class_type": "Int", "inputs": {{"v": 1}}}}, "2": {{"class_type": "Int", "inputs": {inputs}}}}}"#
        )
    };
    let raised = "ok 1 | 2: exception_during_validation";
    for (inputs, before) in [("null", raised), ("5", raised), ("[]", "ok 1 | 2: required_input_missing v")] {
        check(&odd(inputs), &[(Version(0, 13, 0), before), (Version(0, 14, 0), "http_500")]);
    }
}

#[test]
fn a_class_of_another_version_is_named_with_its_versions() {
    let classes = classes().in_version(Version(0, 17, 2));
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &Vec::new };
    let answer = examine(&nodes("1 ColorTransfer {}\n2 NotOfComfyUI {}"), &server, &Settings::default());
    let open: Vec<_> = answer.open.iter().map(|open| open.rule.as_str()).collect();
    assert_eq!(open, ["missing-node-type"], "a class that may belong to a pack is unknown");
    insta::assert_snapshot!(crate::wording::wording(&crate::wording::defects(answer)));
}
