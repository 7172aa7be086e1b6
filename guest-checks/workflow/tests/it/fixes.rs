//! The fixes that findings carry: which are safe, and what they edit.

use crate::rules::{answer, with};
use crate::wording::table;
use crate::{nodes, replacements};
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::rules::{Server, Settings, examine};
use comfycheck_packs::Version;
use comfycheck_sdk::{Answer, Finding};
use serde_json::Value;

/// A fix in one line: `rule safe: edit, edit`.
fn line(finding: &Finding) -> Option<String> {
    let data: Value = serde_json::from_str(finding.data.as_deref()?).expect("JSON");
    let fix = data.get("fix")?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let edit = |edit: &Value| {
        let part = |name: &str| edit.get(name).map(text).unwrap_or_default();
        let (node, input) = (part("node"), part("input"));
        match edit["edit"].as_str().expect("an edit") {
            "set-class" => format!("{node} = {}", part("class")),
            "set-input" => format!("{node}.{input} = {}", part("value")),
            "add-input" => format!("+{node}.{input} = {}", part("value")),
            "rename-input" => format!("{node}.{input} > {}", part("to")),
            "remove-input" => format!("-{node}.{input}"),
            "remove-node" => format!("-{node}"),
            other => panic!("{other}"),
        }
    };
    let edits: Vec<_> = fix["edits"].as_array().expect("edits").iter().map(edit).collect();
    let kind = if fix["safe"] == true { "safe" } else { "guess" };
    Some(format!("{} {kind}: {}", finding.rule, edits.join(", ")))
}

fn fixes(answer: &Answer) -> Vec<String> {
    answer.findings.iter().filter_map(line).collect()
}

/// Checks the fixes of each case. Returns what the fixes say.
#[track_caller]
fn check(cases: Vec<(&'static str, String, &'static [&'static str])>) -> String {
    table(cases.into_iter().map(|(name, workflow, expected)| {
        let answer = answer(&workflow, &Settings::default());
        assert_eq!(fixes(&answer), expected, "{name}: {workflow}");
        let message = |finding: &Finding| {
            let data: Value = serde_json::from_str(finding.data.as_deref()?).ok()?;
            data["fix"]["message"].as_str().map(str::to_owned)
        };
        (name, answer.findings.iter().filter_map(message).collect::<Vec<_>>().join("\n"))
    }))
}

#[test]
fn a_choice_that_differs_in_case_or_separators_is_safe_and_a_similar_one_a_guess() {
    let words = check(vec![
        ("case", with("\"euler\"", "\"Euler\""), &["value-not-in-list safe: 4.sampler = euler"]),
        ("space around", with("\"euler\"", "\"euler \""), &["value-not-in-list safe: 4.sampler = euler"]),
        ("a typo", with("\"euler\"", "\"eulr\""), &["value-not-in-list guess: 4.sampler = euler"]),
        ("nothing similar", with("\"euler\"", "\"zzzzzzzz\""), &[]),
        ("a number", with("\"euler\"", "7"), &[]),
        ("a number in quotes", nodes("1 Levels {\"v\": \"1\"}"), &["value-not-in-list safe: 1.v = 1"]),
        ("a number without quotes", nodes("1 Digits {\"v\": 1}"), &["value-not-in-list safe: 1.v = 1"]),
        (
            "an object of the editor",
            with("\"euler\"", "{\"content\": \"euler\", \"image\": null}"),
            &["value-not-in-list safe: 4.sampler = euler"],
        ),
        ("a class in another case", with("3 Empty", "3 empty"), &["missing-node-type guess: 3 = Empty"]),
        ("a string for false", nodes("1 Bool {\"v\": \"false\"}"), &["misread-value guess: 1.v = false"]),
        ("another type", with("\"steps\": 20", "\"steps\": 0"), &[]),
    ]);
    insta::assert_snapshot!(words);
}

#[test]
fn another_model_file_is_a_guess() {
    check(vec![
        (
            "case",
            with("\"anime.safetensors\"", "\"Anime.safetensors\""),
            &["value-not-in-list safe: 1.ckpt_name = anime.safetensors"],
        ),
        (
            "the separator of folders",
            with("\"anime.safetensors\"", "\"sub\\\\old.ckpt\""),
            &["value-not-in-list safe: 1.ckpt_name = sub/old.ckpt"],
        ),
        (
            "a path to the file",
            with("\"anime.safetensors\"", "\"/workspace/models/sub/old.ckpt\""),
            &["value-not-in-list guess: 1.ckpt_name = sub/old.ckpt"],
        ),
        (
            "another separator",
            with("\"anime.safetensors\"", "\"sub_old.ckpt\""),
            &["value-not-in-list guess: 1.ckpt_name = sub/old.ckpt"],
        ),
    ]);
}

#[test]
fn inputs_are_renamed_added_or_linked_again_only_as_guesses() {
    let words = check(vec![
        (
            "an output of another type",
            with("[\"1\", 2]", "[\"1\", 1]"),
            &["return-type-mismatch guess: 5.vae = [\"1\",2]"],
        ),
        (
            "a missing output",
            with("[\"1\", 2]", "[\"1\", 3]"),
            &["exception-during-validation guess: 5.vae = [\"1\",2]"],
        ),
        (
            "a missing node",
            with("[\"5\", 0]", "[\"55\", 0]"),
            &["exception-during-validation guess: 6.images = [\"5\",0]"],
        ),
        ("a number as id", with("[\"5\", 0]", "[5, 0]"), &["exception-during-validation guess: 6.images = [\"5\",0]"]),
        ("a value for a link", with("[\"5\", 0]", "\"cat.png\""), &["literal-for-link guess: 6.images = [\"5\",0]"]),
        (
            "a link that is missing",
            with("\"samples\": [\"4\", 0], \"vae\": [\"1\", 2]", "\"samples\": [\"4\", 0]"),
            &["required-input-missing guess: +5.vae = [\"1\",2]"],
        ),
        ("a link that would close a cycle", with("[\"4\", 0], \"vae\"", "[\"44\", 0], \"vae\""), &[]),
        (
            "another name",
            with("\"steps\": 20", "\"stepz\": 20"),
            &["required-input-missing guess: 4.stepz > steps", "undeclared-input guess: 4.stepz > steps"],
        ),
        (
            "a flat name of a dynamic input",
            nodes("1 Choice {\"mode\": \"size\", \"n\": 3, \"crop\": \"no\"}"),
            &[
                "required-input-missing guess: 1.n > mode.n",
                "undeclared-input guess: 1.n > mode.n",
                "undeclared-input guess: 1.crop > mode.crop",
            ],
        ),
        (
            "the name of a group of inputs",
            nodes("1 Grow {\"g\": 4, \"g.v1\": 2}"),
            &["required-input-missing guess: 1.g > g.v0", "undeclared-input guess: 1.g > g.v0"],
        ),
        (
            "a word before the name",
            with("\"seed\": 7", "\"noise_seed\": 7"),
            &["required-input-missing guess: 4.noise_seed > seed", "undeclared-input guess: 4.noise_seed > seed"],
        ),
        (
            "the last word of the name",
            with("\"filename_prefix\"", "\"prefix\""),
            &[
                "required-input-missing guess: 6.prefix > filename_prefix",
                "undeclared-input guess: 6.prefix > filename_prefix",
            ],
        ),
        ("another name with such a value", with("\"filename_prefix\"", "\"label\""), &[]),
        (
            "another name with another value",
            with("\"filename_prefix\": \"cat\"", "\"quality\": [\"1\", 0]"),
            &["required-input-missing guess: +6.filename_prefix = ComfyUI"],
        ),
        ("another name for a link", with("\"positive\": [\"2\", 0]", "\"cond\": [\"2\", 0]"), &[]),
        (
            "a name for several",
            with("\"seed\": 7, \"steps\": 20", "\"step_seed\": 7"),
            &[
                "required-input-missing guess: 4.step_seed > seed, +4.steps = 20",
                "undeclared-input guess: 4.step_seed > seed",
            ],
        ),
        (
            "a value of another type",
            with("\"steps\": 20", "\"stepz\": \"many\""),
            &["required-input-missing guess: +4.steps = 20"],
        ),
        ("a name too many", with("\"steps\": 20", "\"steps\": 20, \"stepz\": 3"), &[]),
        ("a class", with("3 Empty", "3 Emptyy"), &["missing-node-type guess: 3 = Empty"]),
    ]);
    insta::assert_snapshot!(words);
}

#[test]
fn links_and_values_in_a_wrong_form_are_corrected_only_as_guesses() {
    let words = check(vec![
        ("a number as id with another output", with("[\"5\", 0]", "[5, 1]"), &[]),
        (
            "an output in quotes",
            with("[\"5\", 0]", "[\"5\", \"0\"]"),
            &["exception-during-validation guess: 6.images = [\"5\",0]"],
        ),
        ("another output in quotes", with("[\"5\", 0]", "[\"5\", \"1\"]"), &[]),
        ("a value in brackets", with("\"steps\": 20", "\"steps\": [20]"), &["bad-linked-input guess: 4.steps = 20"]),
        ("a wrong value in brackets", with("\"euler\"", "[\"eulr\"]"), &[]),
        ("half of a link", with("[\"5\", 0]", "[\"5\"]"), &[]),
        ("a list of texts", with("\"a cat\"", "[\"a cat\", \"a dog\"]"), &[]),
        (
            "two links in each other's place",
            with("\"samples\": [\"4\", 0], \"vae\": [\"1\", 2]", "\"samples\": [\"1\", 2], \"vae\": [\"4\", 0]"),
            &[
                "return-type-mismatch guess: 5.samples = [\"4\",0], 5.vae = [\"1\",2]",
                "return-type-mismatch guess: 5.samples = [\"4\",0], 5.vae = [\"1\",2]",
            ],
        ),
        (
            "members that are no nodes",
            with("\"cat\"}", "\"cat\"}").replacen('{', "{\"_comment\": \"mine\", \"version\": 1, ", 1),
            &["not-a-workflow guess: -_comment, -version"],
        ),
    ]);
    insta::assert_snapshot!(words);
}

#[test]
fn what_only_the_editor_needs_is_removed() {
    let save = "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n";
    let load = "3 LoadImage {\"image\": \"cat.png\"}";
    let words = check(vec![
        (
            "a note",
            nodes(&format!("{save}2 LoadImage {{\"image\": \"cat.png\"}}\n7 Note {{}}")),
            &["missing-node-type safe: -7"],
        ),
        ("a note that is linked", nodes(&format!("{save}2 Note {{}}")), &[]),
        (
            "reroutes",
            nodes(&format!("{save}2 Reroute {{\"\": [\"4\", 0]}}\n4 Reroute {{\"\": [\"3\", 0]}}\n{load}")),
            &["missing-node-type safe: 1.images = [\"3\",0], -2, -4"],
        ),
        ("a reroute without a source", nodes(&format!("{save}2 Reroute {{}}")), &[]),
        ("reroutes in a circle", nodes(&format!("{save}2 Reroute {{\"\": [\"2\", 0]}}")), &[]),
        ("a primitive", nodes(&format!("{save}2 LoadImage {{\"image\": \"cat.png\"}}\n7 PrimitiveNode {{}}")), &[]),
        (
            "a button",
            nodes(&format!("{save}2 LoadImage {{\"image\": \"cat.png\", \"upload\": \"image\"}}")),
            &["editor-leftover safe: -2.upload"],
        ),
    ]);
    insta::assert_snapshot!(words);
}

#[test]
fn a_replaced_class_is_written_as_its_replacement() {
    let replaced = |workflow: &str, version| {
        let classes = crate::classes();
        let classes = Classes::new(move |name| classes.describe(name)).in_version(version);
        let replacements = replacements();
        let server = Server {
            classes: &classes,
            replacements: Some(&replacements),
            is_core_only: false,
            class_names: &Vec::new,
        };
        fixes(&examine(workflow, &server, &Settings::default()))
    };
    let titled = |class: &str, inputs: &str| {
        format!(
            "{{\"1\": {{\"class_type\": \"{class}\", \"inputs\": {inputs}, \"_meta\": {{}}}}, \
             \"2\": {{\"class_type\": \"Int\", \"inputs\": {{\"v\": [\"1\", 1]}}}}}}"
        )
    };
    let old = titled("OldLoader", r#"{"file": "x", "extra": 3, "device": "cpu"}"#);
    let expected = "1 = NewLoader, 1.file > name, -1.extra, 1.device = default, 2.v = [\"1\",0]";
    assert_eq!(replaced(&old, Version::NEWEST), [format!("replaced-node-type safe: {expected}")]);
    assert_eq!(replaced(&old, Version(0, 12, 0)), [""; 0]);
    let untitled = old.replace(", \"_meta\": {}", "");
    assert_eq!(replaced(&untitled, Version::NEWEST), [format!("not-a-workflow safe: {expected}")]);
    assert_eq!(replaced(&titled("OldLoader", "{}"), Version::NEWEST), [""; 0]);
    // Without a mapping, the new class takes the same inputs.
    let same = titled("Save Image", r#"{"images": ["2", 0], "filename_prefix": "x"}"#);
    assert_eq!(replaced(&same, Version::NEWEST)[0], "replaced-node-type safe: 1 = SaveImage");
    // The replacement comes first: the list is that of the new class.
    let typo = titled("OldLoader", r#"{"file": "X"}"#);
    assert_eq!(
        replaced(&typo, Version::NEWEST),
        ["replaced-node-type safe: 1 = NewLoader, 1.file > name, +1.device = default, 2.v = [\"1\",0]"]
    );
}
