//! What packs do that `/object_info` does not show.

use crate::rules::answer;
use crate::wording::{defects, found, table, wording};
use crate::{line, nodes};
use comfycheck_check_workflow::rules::{Image, Server, Settings, Worker, examine};
use insta::assert_snapshot;

const SAVE: &str = "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n";

#[test]
fn what_a_known_pack_accepts_is_not_reported() {
    let combine = |inputs: &str| {
        format!(
            "1 VHS_VideoCombine {{\"images\": [\"2\", 0], {inputs}}}\n2 LoadImage {{\"image\": \"cat.png\"}}\n3 Int {{\"v\": 1}}"
        )
    };
    let rows: [(&str, String, &[&str]); 15] = [
        ("an integer for a frame rate", combine("\"frame_rate\": [\"3\", 0], \"format\": \"gif\""), &[]),
        (
            "a text for a frame rate",
            combine("\"frame_rate\": [\"2\", 0], \"format\": \"gif\""),
            &["return-type-mismatch 1.frame_rate"],
        ),
        ("an input of a format", combine("\"frame_rate\": 8, \"format\": \"mp4\", \"crf\": 20"), &[]),
        (
            "an input of no format",
            combine("\"frame_rate\": 8, \"format\": \"mp4\", \"crg\": 20"),
            &["undeclared-input 1.crg"],
        ),
        (
            "a leftover of the editor",
            combine("\"frame_rate\": 8, \"format\": \"gif\", \"videopreview\": {}"),
            &["editor-leftover 1.videopreview"],
        ),
        (
            "an output beyond the declared ones",
            SAVE.replace("0]", "3]")
                + "2 ImpactInversedSwitch {\"select\": 4, \"input\": [\"3\", 0]}\n3 LoadImage {\"image\": \"cat.png\"}",
            &[],
        ),
        ("an output of an unknown pack", SAVE.replace("0]", "3]") + "2 Vague {}", &["depends-on-pack 1.images"]),
        (
            "a path of Windows",
            SAVE.to_owned() + "2 VHS_LoadVideoPath {\"video\": \"C:\\\\Users\\\\me\\\\clip.mp4\"}",
            &["file-not-in-list 2.video"],
        ),
        (
            "a path of Windows where no file is known",
            SAVE.to_owned() + "2 Unlisted {\"file\": \"sub\\\\cat.png\"}",
            &["file-not-in-list 2.file"],
        ),
        ("a path", SAVE.to_owned() + "2 VHS_LoadVideoPath {\"video\": \"/data/clip.mp4\"}", &["unknown-file 2.video"]),
        ("an address", SAVE.to_owned() + "2 VHS_LoadVideoPath {\"video\": \"https://x.y/clip.mp4\"}", &[]),
        (
            "a value that a class with more links drops",
            "1 WanVideoBlockSwap {\"blocks\": 20, \"prefetch\": 1}".to_owned(),
            &["undeclared-input 1.prefetch"],
        ),
        ("one more link", "1 WanVideoBlockSwap {\"blocks\": 20, \"prefetch\": [\"2\", 0]}\n2 Give {}".to_owned(), &[]),
        (
            "a text that the editor shows",
            "1 ShowText|pysssss {\"source\": [\"2\", 0], \"text2\": \"\"}\n2 Give {}".to_owned(),
            &["editor-leftover 1.text2", "preview-only-output 1"],
        ),
        ("a file to upload", SAVE.to_owned() + "2 Uploads {\"image\": \"b.png\"}", &["file-not-in-list 2.image"]),
    ];
    let words = table(rows.into_iter().map(|(name, lines, expected)| {
        // What a worker returns is no question here.
        let settings = Settings { worker: Worker::Other, ..Settings::default() };
        let answer = defects(answer(&nodes(&lines), &settings));
        assert_eq!(found(&answer), expected, "{name}");
        (name, wording(&answer))
    }));
    assert_snapshot!(words);
}

#[test]
fn values_of_the_inputs_that_an_option_adds_are_checked() {
    let combine = |inputs: &str| {
        format!(
            "1 VHS_VideoCombine {{\"images\": [\"2\", 0], \"frame_rate\": 8, {inputs}}}\n2 LoadImage {{\"image\": \"cat.png\"}}\n3 Int {{\"v\": 1}}"
        )
    };
    let rows: [(&str, &str, &[&str]); 8] = [
        ("allowed", "\"format\": \"mp4\", \"crf\": 100, \"pix_fmt\": \"yuv420p\"", &[]),
        ("out of range", "\"format\": \"mp4\", \"crf\": 500", &["option-value 1.crf"]),
        ("not in the list", "\"format\": \"mp4\", \"pix_fmt\": \"yuv421p\"", &["option-value 1.pix_fmt"]),
        (
            "null",
            "\"format\": \"mp4\", \"crf\": null, \"pix_fmt\": null",
            &["option-value 1.crf", "option-value 1.pix_fmt"],
        ),
        ("another type", "\"format\": \"mp4\", \"crf\": \"high\"", &["option-value 1.crf"]),
        ("a link", "\"format\": \"mp4\", \"crf\": [\"3\", 0]", &[]),
        ("another option", "\"format\": \"gif\", \"crf\": 500", &[]),
        ("an option by a link", "\"format\": [\"3\", 0], \"crf\": 500", &["return-type-mismatch 1.format"]),
    ];
    let words = table(rows.into_iter().map(|(name, inputs, expected)| {
        let settings = Settings { worker: Worker::Other, ..Settings::default() };
        let answer = defects(answer(&nodes(&combine(inputs)), &settings));
        assert_eq!(found(&answer), expected, "{name}");
        (name, wording(&answer))
    }));
    assert_snapshot!(words);
}

#[test]
fn files_that_objects_name_are_compared_with_the_list_of_their_loader() {
    let loras = |inputs: &str| {
        format!(
            r#"{{"1": {{"class_type": "SaveImage", "inputs": {{"images": ["2", 0], "filename_prefix": "x"}}}},
            "2": {{"class_type": "Power Lora Loader (rgthree)", "inputs": {{{inputs}}}}}}}"#
        )
    };
    let rows: [(&str, &str, &[&str]); 4] = [
        ("listed", r#""lora_1": {"on": true, "lora": "style.safetensors", "strength": 1}"#, &[]),
        ("a part of a listed name", r#""lora_1": {"on": true, "lora": "style", "strength": 1}"#, &[]),
        (
            "missing, off and none",
            r#""lora_1": {"on": true, "lora": "gone.safetensors"}, "lora_2": {"on": false, "lora": "gone.safetensors"},
                "lora_3": {"on": true, "lora": "None"}"#,
            &["file-not-in-list 2.lora_1"],
        ),
        ("not an object", r#""lora_1": 5"#, &[]),
    ];
    let words = table(rows.into_iter().map(|(name, inputs, expected)| {
        let mut answer = defects(answer(&loras(inputs), &Settings { worker: Worker::Other, ..Settings::default() }));
        answer.findings.retain(|finding| finding.rule == "file-not-in-list");
        assert_eq!(found(&answer), expected, "{name}");
        (name, wording(&answer))
    }));
    assert_snapshot!(words);
}

#[test]
fn an_image_has_models_and_folders_of_a_volume() {
    let workflow = r#"{"1": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
        "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl.safetensors"}}}"#;
    let image = |models: &[&str], folders: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let image = Image { name: "a/b:1".to_owned(), models: owned(models), volume_folders: owned(folders) };
        let mut answer = answer(workflow, &Settings { image: Some(image), ..Settings::default() });
        answer.findings.retain(|finding| finding.rule == "unknown-file");
        answer
    };
    let words = [
        ("in the image", image(&["checkpoints/sd_xl.safetensors"], &[]), 0),
        ("on a volume", image(&[], &["checkpoints"]), 1),
        ("in a folder that is not read", image(&["vae/sd_xl.safetensors"], &["vae"]), 1),
    ]
    .map(|(name, answer, count)| {
        assert_eq!(answer.findings.len(), count, "{name}");
        (name, wording(&answer))
    });
    assert_snapshot!(table(words.into_iter()));
}

#[test]
fn leftovers_of_a_pack_are_known_on_classes_of_others() {
    for input in ["speak_and_recognation", "control_after_generate"] {
        let lines = SAVE.to_owned() + "2 LoadImage {\"image\": \"cat.png\", \"" + input + "\": true}";
        let found = found(&defects(answer(&nodes(&lines), &Settings::default())));
        assert_eq!(found, [format!("editor-leftover 2.{input}")]);
    }
}

#[test]
fn a_class_with_a_space_in_its_name_reads_every_input() {
    let workflow = r#"{"1": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
        "2": {"class_type": "Any Switch (rgthree)", "inputs": {"any_01": ["3", 0], "any_02": 5}},
        "3": {"class_type": "LoadImage", "inputs": {"image": "cat.png"}}}"#;
    assert_eq!(found(&defects(answer(workflow, &Settings::default()))), [""; 0]);
}

#[test]
fn a_node_with_a_pipe_needs_no_model() {
    let lines = "1 SaveImage {\"images\": [\"5\", 0], \"filename_prefix\": \"x\"}\n5 Decode {\"samples\": [\"2\", 0], \"vae\": [\"4\", 2]}\n\
         2 EditBasicPipe {\"basic_pipe\": [\"3\", 0], \"steps\": 5}\n3 Vague {}\n4 Load {\"ckpt_name\": \"anime.safetensors\"}";
    assert_eq!(found(&defects(answer(&nodes(lines), &Settings::default()))), [""; 0]);
}

#[test]
fn a_verdict_that_depends_on_a_pack_is_doubtful() {
    let answer = answer(&nodes(&(SAVE.replace("0]", "3]") + "2 Vague {}")), &Settings::default());
    let verdict = answer.findings.iter().find(|finding| finding.rule == "comfyui-verdict").expect("a verdict");
    let data: serde_json::Value = serde_json::from_str(verdict.data.as_deref().expect("data")).expect("JSON");
    assert_eq!((&data["ok"], &data["doubtful"]), (&false.into(), &true.into()));
}

#[test]
fn a_verdict_on_a_class_that_the_server_may_have_is_unknown() {
    let classes = crate::classes();
    let server = Server { classes: &classes, replacements: None, is_core_only: true, class_names: &Vec::new };
    let answer = examine(&nodes("1 Nope {}"), &server, &Settings::default());
    let verdict = answer.findings.iter().find(|finding| finding.rule == "comfyui-verdict").expect("a verdict");
    let data: serde_json::Value = serde_json::from_str(verdict.data.as_deref().expect("data")).expect("JSON");
    assert_eq!((&data["ok"], &data["error_type"]), (&serde_json::Value::Null, &serde_json::Value::Null));
}

#[test]
fn an_output_that_only_the_editor_shows_is_a_preview() {
    let classes = crate::classes();
    let combine = |saves: bool| {
        format!(
            "1 VHS_VideoCombine {{\"images\": [\"2\", 0], \"frame_rate\": 8, \"format\": \"gif\", \"save_output\": {saves}}}\n2 LoadImage {{\"image\": \"cat.png\"}}"
        )
    };
    for (lines, expected) in [
        ("1 PreviewImage {\"images\": [\"2\", 0]}\n2 LoadImage {\"image\": \"cat.png\"}".to_owned(), true),
        (combine(false), true),
        (combine(true), false),
        (SAVE.to_owned() + "2 LoadImage {\"image\": \"cat.png\"}", false),
    ] {
        let found = found(&answer(&nodes(&lines), &Settings::default()));
        assert_eq!(found.iter().any(|finding| finding.starts_with("preview-only-output")), expected, "{lines}");
    }
    assert!(classes.facts("Image Comparer (rgthree)").previews() && !classes.facts("SaveImage").previews());
}

#[test]
fn a_class_of_version_3_of_an_unknown_pack_may_read_every_input() {
    let rules = |module: &str| {
        let class = format!(
            r#"{{"input": {{"required": {{"k": ["INT"]}}}}, "output": [], "output_node": true, "price_badge": null, "python_module": "{module}"}}"#
        );
        let classes = comfycheck_check_workflow::class::Classes::new(move |_| Ok(Some(class.clone())));
        let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
        let workflow = nodes("1 New {\"k\": 1, \"extra\": 2}");
        found(&defects(examine(&workflow, &server, &Settings::default())))
    };
    assert_eq!(rules("custom_nodes.unheard-of"), ["depends-on-pack 1.extra"]);
    assert_eq!(rules("comfy_extras.nodes_new"), ["undeclared-input 1.extra"]);
}

#[test]
fn a_suite_can_describe_a_pack() {
    let mine =
        r#"[{"pack": "mine", "folders": ["unheard-of"], "facts": [{"classes": ["Vague"], "any_output": true}]}]"#;
    let packs = comfycheck_packs::Packs::embedded().with(serde_json::from_str(mine).expect("a pack"));
    let classes = crate::classes().with_packs(packs);
    let source = nodes(&(SAVE.replace("0]", "3]") + "2 Vague {}"));
    let prompt = comfycheck_check_workflow::json::parse(&source).expect("JSON");
    let (verdict, _) = comfycheck_check_workflow::verdict::judge(&prompt, &classes, &crate::replacements(), None);
    assert_eq!(line(&verdict), "ok 1");
    let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
    assert_eq!(found(&defects(examine(&source, &server, &Settings::default()))), [""; 0]);
}
