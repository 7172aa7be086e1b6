//! What packs do that `/object_info` does not show.

use crate::rules::answer;
use crate::wording::{defects, found, table, wording};
use crate::{line, nodes};
use comfycheck_check_workflow::rules::{Settings, Worker, examine};
use insta::assert_snapshot;

const SAVE: &str = "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n";

#[test]
fn what_a_known_pack_accepts_is_not_reported() {
    let combine = |inputs: &str| {
        format!(
            "1 VHS_VideoCombine {{\"images\": [\"2\", 0], {inputs}}}\n2 LoadImage {{\"image\": \"cat.png\"}}\n3 Int {{\"v\": 1}}"
        )
    };
    let rows: [(&str, String, &[&str]); 8] = [
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
fn a_suite_can_describe_a_pack() {
    let mine =
        r#"[{"pack": "mine", "folders": ["unheard-of"], "facts": [{"classes": ["Vague"], "any_output": true}]}]"#;
    let packs = comfycheck_packs::Packs::embedded().with(serde_json::from_str(mine).expect("a pack"));
    let classes = crate::classes().with_packs(packs);
    let source = nodes(&(SAVE.replace("0]", "3]") + "2 Vague {}"));
    let prompt = comfycheck_check_workflow::json::parse(&source).expect("JSON");
    let (verdict, _) = comfycheck_check_workflow::verdict::judge(&prompt, &classes, &crate::replacements(), None);
    assert_eq!(line(&verdict), "ok 1");
    let server = comfycheck_check_workflow::rules::Server {
        classes: &classes,
        replacements: None,
        is_core_only: false,
        class_names: &Vec::new,
    };
    assert_eq!(found(&defects(examine(&source, &server, &Settings::default()))), [""; 0]);
}
