//! Each defect in an otherwise healthy workflow, and every finding about it.

use crate::nodes;
use crate::rules::{EDITOR_FILE, answer, with};
use crate::wording::{defects, found, table, wording};
use comfycheck_check_workflow::rules::Settings;
use insta::assert_snapshot;

/// A name, a workflow, and its findings as [`found`] lists them.
type Case = (&'static str, String, &'static [&'static str]);

/// Checks the findings of each case, and that nothing is unknown. Returns their wording.
#[track_caller]
fn check(cases: Vec<Case>) -> String {
    table(cases.into_iter().map(|(name, workflow, expected)| {
        let answer = defects(answer(&workflow, &Settings::default()));
        assert_eq!(found(&answer), expected, "{name}: {workflow}");
        assert_eq!(answer.open, [], "{name}");
        (name, wording(&answer))
    }))
}

#[test]
fn every_link_of_a_node_to_a_missing_node_is_found() {
    let broken = with("[\"1\", 0], \"positive\": [\"2\", 0]", "[\"41\", 0], \"positive\": [\"42\", 0]");
    let answer = answer(&broken, &Settings::default());
    let found = found(&defects(answer));
    assert_eq!(found, ["exception-during-validation 4.model", "exception-during-validation 4.positive"]);
}

#[test]
fn all_required_inputs_that_a_node_lacks_stand_together() {
    let lacking = with("\"steps\": 20, ", "").replace("\"sampler\": \"euler\"", "\"smapler\": \"euler\"");
    let lacking = lacking.replace("\"positive\": [\"2\", 0]", "\"unknown\": 1");
    let answer = defects(answer(&lacking, &Settings::default()));
    assert_snapshot!(wording(&answer));
}

/// The healthy workflow with one more input of its sampler.
fn with_input(input: &str) -> String {
    with("\"steps\": 20", &format!("\"steps\": 20, {input}"))
}

/// The defects that such tools are compared by.
#[test]
fn the_seventeen_seeded_defects_are_found() {
    let cycle = "1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 0]}\n3 Blend {\"a\": [\"2\", 0]}";
    let save = "6 SaveImage {\"images\": [\"5\", 0], \"filename_prefix\": \"cat\"}";
    let words = check(vec![
        ("an unknown class", with("3 Empty", "3 Emptyy"), &["missing-node-type 3"]),
        ("a missing required input", with("\"steps\": 20, ", ""), &["required-input-missing 4"]),
        ("a value that is not an option", with("\"euler\"", "\"eulr\""), &["value-not-in-list 4.sampler"]),
        ("a path that JSON changed", with("anime.safetensors", "sub\\new.ckpt"), &["value-not-in-list 1.ckpt_name"]),
        ("a missing model", with("anime.safetensors", "realism.safetensors"), &["value-not-in-list 1.ckpt_name"]),
        ("a dangling link", with("[\"5\", 0]", "[\"55\", 0]"), &["exception-during-validation 6.images"]),
        ("a missing output", with("[\"1\", 2]", "[\"1\", 3]"), &["exception-during-validation 5.vae"]),
        ("an output of another type", with("[\"1\", 2]", "[\"1\", 1]"), &["return-type-mismatch 5.vae"]),
        ("a link to itself", with("[\"3\", 0]", "[\"4\", 0]"), &["dependency-cycle 4"]),
        ("a cycle", nodes(cycle), &["dependency-cycle 2, 3"]),
        ("no output", with(save, "6 Blend {\"a\": [\"5\", 0]}"), &["no-outputs"]),
        ("a value out of range", with("\"steps\": 20", "\"steps\": 101"), &["value-bigger-than-max 4.steps"]),
        ("a value of another type", with("\"steps\": 20", "\"steps\": \"many\""), &["invalid-input-type 4.steps"]),
        ("an input too many", with_input("\"stepz\": 3"), &["undeclared-input 4.stepz"]),
        ("a width off its step", with("\"width\": 512", "\"width\": 515"), &["not-a-multiple-of-step 3.width"]),
        ("the editor's format", EDITOR_FILE.to_owned(), &["ui-format"]),
        ("an empty object", "{}".to_owned(), &["no-outputs"]),
        ("not JSON", "{\"1\": {,}}".to_owned(), &["not-json"]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn what_comfyui_cannot_take_for_a_workflow_is_found() {
    let workflow = with("cat", "cat");
    let nested = format!("{{\"input\": {{\"workflow\": {workflow}}}}}");
    let words = check(vec![
        ("a string with a workflow", "\"{\\\"1\\\": {}}\"".to_owned(), &["not-a-workflow"]),
        (
            "a request of ComfyUI",
            format!("{{\"client_id\": {{}}, \"prompt\": {workflow}}}"),
            &["not-a-workflow prompt"],
        ),
        ("a request of a worker", nested.clone(), &["not-a-workflow input"]),
        ("a request inside another", format!("{{\"job\": {nested}}}"), &["not-a-workflow job"]),
        (
            "a request of a job queue",
            format!("{{\"id\": \"1\", \"payload\": {{\"graph\": {workflow}}}}}"),
            &["not-a-workflow payload"],
        ),
        ("a request without a workflow", r#"{"input": {"text": "a cat"}}"#.to_owned(), &["not-a-workflow input"]),
        ("an empty workflow", r#"{"input": {"workflow": {}}}"#.to_owned(), &["not-a-workflow input"]),
        ("a workflow that is a list", r#"{"input": {"workflow": [1, 2]}}"#.to_owned(), &["not-a-workflow input"]),
        ("a workflow that is a text", r#"{"input": {"prompt": "{\"1\": {}}"}}"#.to_owned(), &["not-a-workflow input"]),
        (
            "a workflow too deep to be meant",
            format!("{{\"a\": {{\"b\": {{\"c\": {{\"d\": {nested}}}}}}}}}"),
            &["missing-node-type a"],
        ),
        (
            "an inventory",
            r#"{"Int": {"input": {"required": {}}, "output": ["INT"], "name": "Int"}}"#.to_owned(),
            &["not-a-workflow"],
        ),
        ("a list", "[]".to_owned(), &["not-a-workflow"]),
        ("a node that is a list", "{\"1\": []}".to_owned(), &["not-a-workflow 1"]),
        (
            "inputs that are a list",
            "{\"1\": {\"class_type\": \"Int\", \"inputs\": []}}".to_owned(),
            &["not-a-workflow 1"],
        ),
        ("a class that is an object", "{\"1\": {\"class_type\": {}}}".to_owned(), &["not-a-workflow 1"]),
        (
            "a missing class and a broken title",
            "{\"1\": {\"class_type\": \"Nope\", \"inputs\": {}, \"_meta\": \"title\"}}".to_owned(),
            &["not-a-workflow 1"],
        ),
        (
            "a replaced class without a title",
            "{\"1\": {\"class_type\": \"OldLoader\", \"inputs\": {\"file\": \"x\"}}}".to_owned(),
            &["not-a-workflow 1"],
        ),
        (
            "a replaced class without its input",
            "{\"1\": {\"class_type\": \"OldLoader\", \"inputs\": {}, \"_meta\": {}}}".to_owned(),
            &["not-a-workflow 1"],
        ),
    ]);
    assert_snapshot!(words);
}

#[test]
fn every_missing_class_is_found() {
    let classes = "1 ClownsharkChainsampler_Beta {}\n2 Nope {}\n3 Nope {}\n4 BetaSamplingScheduler {}";
    let titled = "{\"1\": {\"class_type\": \"Nope\", \"_meta\": {\"title\": \"Mine\"}}}";
    let words = check(vec![
        ("classes", nodes(classes), &["missing-node-type 1", "missing-node-type 2, 3", "missing-node-type 4"]),
        (
            "a subgraph and a group node",
            nodes("1 0a1b2c3d-0a1b-4c3d-8e9f-0a1b2c3d4e5f {}\n2 workflow>mine {}"),
            &["missing-node-type 1", "missing-node-type 2"],
        ),
        ("a class in another case", nodes("1 previewimage {}"), &["missing-node-type 1"]),
        ("a title", titled.to_owned(), &["missing-node-type 1"]),
        ("no class", "{\"1\": {\"inputs\": {}}}".to_owned(), &["missing-node-type 1"]),
        (
            "a class under another key",
            "{\"1\": {\"class\": \"PreviewImage\", \"inputs\": {}}}".to_owned(),
            &["missing-node-type 1"],
        ),
        ("an empty class", "{\"1\": {\"class_type\": \" \", \"inputs\": {}}}".to_owned(), &["missing-node-type 1"]),
        ("a class with backticks", "{\"1\": {\"class_type\": \"No`pe`\"}}".to_owned(), &["missing-node-type 1"]),
        ("a class that is a number", "{\"1\": {\"class_type\": 5}}".to_owned(), &["missing-node-type 1"]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn links_that_cannot_be_followed_are_found() {
    let empty = "{\"1\": {\"class_type\": \"PreviewImage\"}}";
    let inner = "1 PreviewImage {\"images\": [\"2\", 0]}\n2 PreviewImage {\"images\": [\"\", 0]}";
    let words = check(vec![
        ("no inputs", empty.to_owned(), &["exception-during-validation 1"]),
        ("an empty id", nodes(inner), &["exception-during-validation 2.images"]),
        ("an id that is null", with("[\"5\", 0]", "[null, 0]"), &["exception-during-validation 6.images"]),
        ("an id that is a number", with("[\"5\", 0]", "[5, 0]"), &["exception-during-validation 6.images"]),
        ("an index that is text", with("[\"5\", 0]", "[\"5\", \"0\"]"), &["exception-during-validation 6.images"]),
        ("one output only", with("[\"5\", 0]", "[\"5\", 1]"), &["exception-during-validation 6.images"]),
        ("no outputs", nodes("1 Int {\"v\": [\"2\", 0]}\n2 FreeInt {\"v\": 1}"), &["exception-during-validation 1.v"]),
        ("half a link", with("[\"5\", 0]", "[\"5\"]"), &["bad-linked-input 6.images"]),
        ("an output for a choice", nodes("1 Old {\"v\": [\"2\", 0]}\n2 Give {}"), &["return-type-mismatch 1.v"]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn values_that_comfyui_refuses_are_found() {
    let load = |file: &str| format!("1 PreviewImage {{\"images\": [\"2\", 0]}}\n2 LoadImage {{\"image\": {file}}}");
    let words = check(vec![
        ("below the minimum", nodes("1 Int {\"v\": -6}"), &["value-smaller-than-min 1.v"]),
        ("a maximum only", nodes("1 Comma {\"v\": 9.5}"), &["value-bigger-than-max 1.v"]),
        ("a minimum only", nodes("1 OpenFloat {\"v\": -1}"), &["value-smaller-than-min 1.v"]),
        ("a text that is too small", nodes("1 MinString {\"v\": \"a\"}"), &["value-smaller-than-min 1.v"]),
        ("a truth that is too small", nodes("1 Bool {\"v\": false}"), &["value-smaller-than-min 1.v"]),
        ("not a float", nodes("1 Float {\"v\": null}"), &["invalid-input-type 1.v"]),
        ("no range", nodes("1 FreeInt {\"v\": {}}"), &["invalid-input-type 1.v"]),
        ("a bound of another type", nodes("1 NumberString {\"v\": \"9\"}"), &["exception-during-validation 1.v"]),
        ("two options", nodes("1 Old {\"v\": \"qqqq\"}"), &["value-not-in-list 1.v"]),
        ("no options", nodes("1 NoOptions {\"v\": \"a\"}"), &["value-not-in-list 1.v"]),
        ("a missing input file", nodes(&load("\"cow.png\"")), &["file-not-in-list 2.image"]),
        ("no file", nodes(&load("\"\"")), &["file-not-in-list 2.image"]),
        ("a file of another folder", nodes(&load("\"cow.png [output]\"")), &["file-not-in-list 2.image"]),
        ("a file in a folder", nodes(&load("\"sub/cow.png\"")), &["file-not-in-list 2.image"]),
        ("an infinite number", nodes("1 Float {\"v\": 1e400}"), &["value-bigger-than-max 1.v", "misread-value 1.v"]),
        ("a file that is a number", nodes(&load("5")), &["exception-during-validation 2.image"]),
        ("an input that a validator needs", nodes("1 CustomCombo {}"), &["exception-during-validation 1"]),
        ("a required link", nodes("1 PreviewImage {}"), &["required-input-missing 1"]),
        ("a required input without a default", nodes("1 Int {}"), &["required-input-missing 1"]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn a_link_that_crashes_the_executor_is_found_though_comfyui_accepts_it() {
    let without_inputs = "{\"1\": {\"class_type\": \"Int\", \"inputs\": {\"v\": 1, \"extra\": [\"2\", 0]}}, \"2\": {\"class_type\": \"Load\"}}";
    let words = check(vec![
        ("a missing node", with_input("\"extra\": [\"99\", 0]"), &["fatal-link 4.extra"]),
        ("an index with a fraction", with_input("\"unique_id\": [\"1\", 0.5]"), &["fatal-link 4.unique_id"]),
        ("a missing output", with_input("\"extra\": [\"2\", 1]"), &["fatal-link 4.extra"]),
        ("a wrapped link", nodes("1 Any {\"v\": {\"__value__\": [\"a\", 0]}}"), &["fatal-link 1.v"]),
        ("a cycle", with_input("\"extra\": [\"6\", 0]"), &["fatal-link 4.extra"]),
        ("a node without inputs", without_inputs.to_owned(), &["fatal-link 1.extra"]),
        ("a pair that becomes a text", nodes("1 String {\"v\": {\"__value__\": [\"a\", 0]}}"), &[]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn a_value_in_place_of_a_link_is_found() {
    let unlinked = "1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 2], \"b\": null}\n3 Give {}";
    let words = check(vec![
        (
            "a text",
            nodes("1 SaveImage {\"images\": \"cat.png\", \"filename_prefix\": \"x\"}"),
            &["literal-for-link 1.images"],
        ),
        ("null for an optional link", nodes(unlinked), &["preview-only-output 1"]),
        ("any type", nodes("1 Any {\"v\": 5}"), &[]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn a_sampler_without_a_model_is_found_unless_it_continues_another() {
    let save = "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Decode {\"samples\": [\"3\", 0], \"vae\": [\"9\", 2]}\n9 Load {\"ckpt_name\": \"anime.safetensors\"}\n";
    let workflow = |samplers: &str| nodes(&format!("{save}{samplers}"));
    let model = "LooseSample {\"steps\": 5, \"model\": [\"9\", 0]}";
    let words = check(vec![
        (
            "no model",
            workflow("3 LooseSample {\"steps\": 5, \"latent\": [\"4\", 0]}\n4 Empty {\"width\": 512, \"frames\": 5}"),
            &["unlinked-model 3"],
        ),
        ("a model", workflow(&format!("3 {model}")), &[]),
        (
            "the model of the sampler before",
            workflow(&format!("3 LooseSample {{\"steps\": 5, \"latent\": [\"4\", 0]}}\n4 {model}")),
            &[],
        ),
    ]);
    assert_snapshot!(words);
}

#[test]
fn inputs_that_comfyui_ignores_are_found() {
    let loose = "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Decode {\"samples\": [\"3\", 0], \"vae\": [\"9\", 2]}\n3 LooseSample {\"steps\": 5, \"model\": [\"9\", 0], \"qqqq\": 1}\n9 Load {\"ckpt_name\": \"anime.safetensors\"}";
    let words = check(vec![
        ("an unknown option", nodes("1 Choice {\"mode\": \"sise\"}"), &["undeclared-input 1.mode"]),
        ("a missing choice", nodes("1 Choice {}"), &["undeclared-input 1"]),
        ("a linked choice", nodes("1 Choice {\"mode\": [\"2\", 0]}\n2 Give {}"), &["undeclared-input 1.mode"]),
        (
            "a nested choice",
            nodes("1 Choice {\"mode\": \"deep\", \"mode.sub\": \"y\"}"),
            &["undeclared-input 1.mode.sub"],
        ),
        ("a hidden input", nodes("1 Hidden {\"v\": 1, \"old\": \"x\"}"), &[]),
        ("an input of a pack's class", nodes(loose), &["undeclared-input 3.qqqq"]),
        (
            "an input that the editor adds",
            nodes("1 CustomCombo {\"choice\": \"x\", \"option1\": \"x\", \"index\": 0}"),
            &[],
        ),
    ]);
    assert_snapshot!(words);
}

#[test]
fn values_that_comfyui_reads_as_something_else_are_found() {
    let words = check(vec![
        ("a string for false", nodes("1 Bool {\"v\": \"False\"}"), &["misread-value 1.v"]),
        ("a string for true", nodes("1 Bool {\"v\": \"true\"}"), &[]),
        ("not a number", nodes("1 OpenFloat {\"v\": NaN}"), &["misread-value 1.v"]),
        ("null for a text", nodes("1 String {\"v\": null}"), &["misread-value 1.v"]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn files_outside_of_the_output_folder_are_found() {
    const FOUND: &[&str] = &["outside-output-folder 6.filename_prefix"];
    let save = |prefix: &str| with("\"cat\"", &format!("\"{prefix}\""));
    let words = check(vec![
        ("an absolute path", save("/workspace/out/x"), FOUND),
        ("the folder above", save("../x"), FOUND),
        ("a folder above in the middle", save("a/../../x"), FOUND),
        ("a subfolder", save("a/../b/x"), &[]),
        ("a name that begins with dots", save(".."), &[]),
        ("the output folder itself", save("/comfyui/output/x"), &[]),
    ]);
    assert_snapshot!(words);
}

#[test]
fn keys_that_appear_twice_are_found() {
    let node = "{\"class_type\": \"Int\", \"inputs\": {\"v\": 1}}";
    let words = check(vec![
        ("a node", format!("{{\"1\": {node}, \"2\": {node}, \"1\": {node}}}"), &["repeated-key 1"]),
        (
            "an input",
            "{\"1\": {\"class_type\": \"Int\", \"inputs\": {\"v\": 1, \"v\": 2}}}".to_owned(),
            &["repeated-key 1.v"],
        ),
        (
            "a member of a node",
            "{\"1\": {\"class_type\": \"Int\", \"inputs\": {}, \"inputs\": {\"v\": 1}}}".to_owned(),
            &["repeated-key 1"],
        ),
    ]);
    assert_snapshot!(words);
}

#[test]
fn a_negative_seed_is_not_fixed() {
    let words = |seed: &str| {
        let answer = answer(&with("\"seed\": 7", &format!("\"seed\": {seed}")), &Settings::default());
        answer.findings.iter().any(|finding| finding.rule == "fixed-seed")
    };
    assert_eq!(["7", "-1"].map(words), [true, false]);
}

#[test]
fn steps_count_from_a_minimum_that_is_not_a_multiple() {
    let words = check(vec![("frames", with("\"frames\": 81", "\"frames\": 83"), &["not-a-multiple-of-step 3.frames"])]);
    assert_snapshot!(words);
}

#[test]
fn what_concerns_several_nodes_is_one_finding() {
    let spare = "1 PreviewImage {\"images\": [\"2\", 0]}\n2 PaidImage {\"prompt\": \"x\"}\n3 Give {}";
    let several =
        format!("{spare}\n4 PreviewImage {{\"images\": [\"5\", 0]}}\n5 PaidImage {{\"prompt\": \"y\"}}\n6 Give {{}}");
    let words = check(vec![
        ("one node", nodes(spare), &["api-node 2", "preview-only-output 1", "unreachable-node 3"]),
        ("several nodes", nodes(&several), &["api-node 2, 5", "preview-only-output 1, 4", "unreachable-node 3, 6"]),
    ]);
    assert_snapshot!(words);
}
