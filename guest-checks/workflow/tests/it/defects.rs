//! Each defect in an otherwise healthy workflow, and all that is told of it.

use crate::nodes;
use crate::rules::{EDITORS, check_told, with};

/// The defects that tools for such workflows are compared by.
#[test]
fn the_seventeen_seeded_defects_are_found() {
    let output = "6 SaveImage {\"images\": [\"5\", 0], \"filename_prefix\": \"cat\"}";
    let defects: [(String, &str); 17] = [
        // An unknown class.
        (
            with("3 Empty", "3 Emptyy"),
            "missing-node-type: class `Emptyy` of node `3` (`Emptyy`) is not installed; the nearest installed: `Empty` [3]\n  \
             install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n",
        ),
        // A missing required input.
        (
            with("\"steps\": 20, ", ""),
            "required-input-missing: node `4` (`Sample`) lacks its required input `steps` [4]\n  \
             give the input a value, such as its default `20`\n",
        ),
        // A value that is no option.
        (
            with("\"euler\"", "\"eulr\""),
            "value-not-in-list: input `sampler` of node `4` (`Sample`) is `eulr`, which the server does not offer [4.sampler]\n  \
             use an accepted value; the nearest: `euler`\n",
        ),
        // A missing model.
        (
            with("anime.safetensors", "realism.safetensors"),
            "value-not-in-list: input `ckpt_name` of node `1` (`Load`) is `realism.safetensors`, which the server does not offer [1.ckpt_name]\n  \
             use an accepted value; the nearest: `anime.safetensors`\n",
        ),
        // A dangling link.
        (
            with("[\"5\", 0]", "[\"55\", 0]"),
            "exception-during-validation: input `images` of node `6` (`SaveImage`) is linked to node `55`, which does not exist [6.images]\n  \
             link it to a node of the workflow, or remove the link\n",
        ),
        // An output that does not exist.
        (
            with("[\"1\", 2]", "[\"1\", 3]"),
            "exception-during-validation: input `vae` of node `5` (`Decode`) is linked to output `3` of node `1`, which has 3 [5.vae]\n  \
             link it to one of the outputs 0 to 2\n",
        ),
        // An output of another type.
        (
            with("[\"1\", 2]", "[\"1\", 1]"),
            "return-type-mismatch: input `vae` of node `5` (`Decode`) takes `VAE`, and node `1` gives `CLIP` [5.vae]\n  \
             link an output of type `VAE` to it\n",
        ),
        // A link to itself.
        (
            with("[\"3\", 0]", "[\"4\", 0]"),
            "dependency-cycle: node `4` is linked to itself [4]\n  remove one of the links\n",
        ),
        // A cycle.
        (
            nodes("1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 0]}\n3 Blend {\"a\": [\"2\", 0]}"),
            "dependency-cycle: 2 nodes depend on themselves, each linked to the next: `2` and `3` [2, 3]\n  \
             remove one of the links\n",
        ),
        // No output.
        (
            with(output, "6 Blend {\"a\": [\"5\", 0]}"),
            "no-outputs: no node of the workflow is an output []\n  add a node that saves the result, such as `SaveImage`\n",
        ),
        // Out of range.
        (
            with("\"steps\": 20", "\"steps\": 101"),
            "value-bigger-than-max: input `steps` of node `4` (`Sample`) is `101`, above its maximum of 100 [4.steps]\n  \
             give a value from 1 to 100; the default is 20\n",
        ),
        // A value of another type.
        (
            with("\"steps\": 20", "\"steps\": \"many\""),
            "invalid-input-type: input `steps` of node `4` (`Sample`) is `\"many\"`, and not an integer [4.steps]\n  \
             give a value from 1 to 100; the default is 20\n",
        ),
        // An input too many.
        (
            with("\"steps\": 20", "\"steps\": 20, \"stepz\": 3"),
            "undeclared-input: node `4` (`Sample`) has an input `stepz` that its class does not declare; ComfyUI ignores it; the nearest declared: `steps` [4.stepz]\n  \
             correct the name, or use the version of ComfyUI that the workflow was made with\n",
        ),
        // A width that is no multiple of 8.
        (
            with("\"width\": 512", "\"width\": 515"),
            "not-a-multiple-of-step: input `width` of node `3` (`Empty`) is 515, which is no multiple of 8 [3.width]\n  \
             give 512 or 520; ComfyUI does not check it, and the node may round or fail\n",
        ),
        // The editor's own format.
        (
            EDITORS.to_owned(),
            "ui-format: the file is in the format of ComfyUI's editor, and is examined as converted []\n  \
             export the workflow in API format: jobs take no other, and `comfycheck convert` writes it\n",
        ),
        // An empty object.
        (
            "{}".to_owned(),
            "no-outputs: the workflow has no nodes []\n  export the workflow again from ComfyUI's editor, in API format\n",
        ),
        // No JSON.
        (
            "{\"1\": {,}}".to_owned(),
            "not-json: the file is not JSON: expected a key in double quotes at line 1 column 8 []\n  \
             export the workflow again from ComfyUI's editor, in API format\n",
        ),
    ];
    for (workflow, told) in defects {
        check_told(&workflow, told);
    }
}

#[test]
fn a_link_that_the_executor_dies_of_is_told_though_comfyui_accepts_it() {
    let dies = "ComfyUI accepts that, and its worker thread dies of it";
    let help = "remove the input, or link it to an output of a node of the workflow; jobs are billed to their timeout";
    let check = |extra: &str, input: &str, why: &str| {
        check_told(
            &with("\"steps\": 20", &format!("\"steps\": 20, {extra}")),
            &format!(
                "fatal-link: input `{input}` of node `4` (`Sample`) is linked {why}; {dies} [4.{input}]\n  {help}\n"
            ),
        );
    };
    check("\"extra\": [\"99\", 0]", "extra", "to node `99`, which does not exist");
    check("\"unique_id\": [\"1\", 0.5]", "unique_id", "to output `0.5` of node `1`, which is no integer");
    check_told(
        &with("\"steps\": 20", "\"steps\": 20, \"extra\": [\"2\", 1]"),
        &format!(
            "fatal-link: input `extra` of node `4` (`Sample`) is linked to output `1` of node `2`, which has 1; ComfyUI accepts that, and the job fails [4.extra]\n  {help}\n"
        ),
    );
    check_told(
        &nodes("1 Any {\"v\": {\"__value__\": [\"a\", 0]}}"),
        &format!(
            "fatal-link: input `v` of node `1` (`Any`) is linked to node `a`, which does not exist; {dies} [1.v]\n  {help}\n"
        ),
    );
    check_told(
        &with("\"steps\": 20", "\"steps\": 20, \"extra\": [\"6\", 0]"),
        "fatal-link: input `extra` of node `4` (`Sample`) makes it depend on itself; ComfyUI accepts that, and returns nothing [4.extra]\n  \
         remove the input: the class does not read it\n",
    );
    check_told(
        "{\"1\": {\"class_type\": \"Int\", \"inputs\": {\"v\": 1, \"extra\": [\"2\", 0]}}, \"2\": {\"class_type\": \"Load\"}}",
        &format!(
            "fatal-link: input `extra` of node `1` (`Int`) is linked to node `2`, which has no `inputs`; {dies} [1.extra]\n  {help}\n"
        ),
    );
}

#[test]
fn a_pair_that_becomes_a_text_is_no_link() {
    check_told(&nodes("1 String {\"v\": {\"__value__\": [\"a\", 0]}}"), "");
}

#[test]
fn a_value_in_the_place_of_a_link_is_told() {
    check_told(
        &nodes("1 SaveImage {\"images\": \"cat.png\", \"filename_prefix\": \"x\"}"),
        "literal-for-link: input `images` of node `1` (`SaveImage`) is `\"cat.png\"`, where only a link can be; ComfyUI accepts it and fails when it runs [1.images]\n  \
         link an output of type `IMAGE` to it\n",
    );
    check_told(
        &nodes("1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 2], \"b\": null}\n3 Give {}"),
        ONLY_PREVIEW,
    );
    check_told(&nodes("1 Any {\"v\": 5}"), "");
}

const ONLY_PREVIEW: &str = "preview-only-output: the workflow's only output, node `1`, is a preview, which serverless workers do not return [1]\n  \
                            add a node that saves the result, such as `SaveImage`\n";

#[test]
fn a_sampler_without_a_model_is_told_unless_it_goes_on_from_another() {
    let save = "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Decode {\"samples\": [\"3\", 0], \"vae\": [\"9\", 2]}\n9 Load {\"ckpt_name\": \"anime.safetensors\"}\n";
    let told = "unlinked-model: node `3` (`LooseSample`) has no `model`; ComfyUI accepts that, and the node fails when it runs [3]\n  \
                link a loader's output of type `MODEL` to it\n";
    check_told(
        &nodes(&format!(
            "{save}3 LooseSample {{\"steps\": 5, \"latent\": [\"4\", 0]}}\n4 Empty {{\"width\": 512, \"frames\": 5}}"
        )),
        told,
    );
    check_told(&nodes(&format!("{save}3 LooseSample {{\"steps\": 5, \"model\": [\"9\", 0]}}")), "");
    check_told(
        &nodes(&format!(
            "{save}3 LooseSample {{\"steps\": 5, \"latent\": [\"4\", 0]}}\n4 LooseSample {{\"steps\": 5, \"model\": [\"9\", 0]}}"
        )),
        "",
    );
}

#[test]
fn every_missing_class_is_told() {
    check_told(
        &nodes("1 ClownsharkChainsampler_Beta {}\n2 Nope {}\n3 Nope {}\n4 BetaSamplingScheduler {}"),
        "missing-node-type: class `ClownsharkChainsampler_Beta` of node `1` (`ClownsharkChainsampler_Beta`) is not installed [1]\n  \
         install the pack `RES4LYF`, which provides it, and rebuild the worker's image\n\
         missing-node-type: class `Nope` of nodes `2` and `3` is not installed [2, 3]\n  \
         install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n\
         missing-node-type: class `BetaSamplingScheduler` of node `4` (`BetaSamplingScheduler`) is not installed [4]\n  \
         update ComfyUI in the worker's image: the class is part of ComfyUI itself\n",
    );
}

#[test]
fn an_option_that_does_not_exist_is_told_though_comfyui_ignores_it() {
    check_told(
        &nodes("1 Choice {\"mode\": \"sise\"}"),
        "undeclared-input: input `mode` of node `1` (`Choice`) is `\"sise\"`, which is no option; ComfyUI ignores it [1.mode]\n  \
         use an accepted value; the nearest: `size`\n",
    );
}

#[test]
fn steps_count_from_a_minimum_that_is_on_none() {
    check_told(
        &with("\"frames\": 81", "\"frames\": 83"),
        "not-a-multiple-of-step: input `frames` of node `3` (`Empty`) is 83, which is none of the steps of 4 from 1 on [3.frames]\n  \
         give 81 or 85; ComfyUI does not check it, and the node may round or fail\n",
    );
}

#[test]
fn what_the_editor_adds_is_no_undeclared_input() {
    check_told(&nodes("1 CustomCombo {\"choice\": \"x\", \"option1\": \"x\", \"index\": 0}"), "");
}

#[test]
fn a_whole_request_is_no_workflow() {
    let workflow = with("cat", "cat");
    for (request, key) in [
        (format!("{{\"client_id\": {{}}, \"prompt\": {workflow}}}"), "prompt"),
        (format!("{{\"input\": {{\"workflow\": {workflow}}}}}"), "input"),
    ] {
        check_told(
            &request,
            &format!(
                "not-a-workflow: the file is a request, and the workflow is only what stands within `{key}` [{key}]\n  \
                 take the workflow out of it: an object of nodes by id\n"
            ),
        );
    }
}
