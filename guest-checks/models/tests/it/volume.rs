//! What network volumes tell, beside an inventory or without one.

use crate::{told, workflow};
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::content::Fault;
use comfycheck_check_models::rules::folders::on_volume;
use comfycheck_check_models::rules::required::{Listing, beside_volumes};
use comfycheck_check_models::rules::volume::{File, Inventory, Sight, Unread, Wanted, on_volumes};
use comfycheck_check_models::rules::wanted_instead;
use comfycheck_sdk::inventory::{self, ModelFile};
use comfycheck_sdk::volume::Error;
use comfycheck_sdk::{Finding, NodeRef, Subject};
use serde_json::json;
use std::collections::BTreeMap;

fn node() -> Subject {
    Subject::Node(NodeRef { id: "3".into(), input: Some("vae_name".into()) })
}

/// A VAE that a node names.
fn vae(inventory: Inventory) -> Wanted {
    let names = vec!["ae.safetensors".to_owned()];
    Wanted { folder: "vae".into(), names, size: None, on_volume: false, inventory, nodes: vec![node()] }
}

fn silent() -> Inventory {
    Inventory::Silent("no ComfyUI is named".into())
}

fn seen() -> Sight {
    file(3350, Ok(None))
}

fn file(size: u64, content: Result<Option<Fault>, Unread>) -> Sight {
    Sight::Seen(File { path: "models/vae/ae.safetensors".into(), size, content })
}

fn elsewhere() -> Sight {
    Sight::Elsewhere(vec!["vae/ae.safetensors".into()])
}

fn absent() -> Sight {
    Sight::Absent(vec!["AE.safetensors".into()])
}

fn down() -> Sight {
    Sight::Unknown(Error::Unavailable("the S3-compatible API answers with status 502".into()))
}

/// With one volume for each sight, called `a`, `b`…
#[track_caller]
fn check(wanted: &Wanted, sights: &[Sight], expected: &str) {
    let sights = ["a", "b", "c"].into_iter().map(str::to_owned).zip(sights.iter().cloned()).collect();
    assert_eq!(told(&on_volumes(&[(wanted.clone(), sights)])), expected);
}

const SUBJECTS: &str = "[node 3.vae_name, model vae/ae.safetensors]";
const SAMPLES: &str =
    "help: take samples, or give the suite's deployment a ComfyUI server, a saved `object-info` or a `dry-run`\n";
const NOTE: &str = "on-volume: `models/vae/ae.safetensors` is on volume `a`, where the stock worker-comfyui looks";
const COPY: &str =
    "help: copy it: RunPod does not keep volumes in step, and a worker mounts the one of its own data center\n";
const DOWN: &str = "open broken-file: cannot look for `ae.safetensors` on volume `a`: the S3-compatible API answers with status \
                    502\nhelp: run it again; if it stays so, see that id and data center of the volume are right, that the \
                    data center has the S3-compatible API, and that no proxy answers in its place\n";

#[test]
fn without_an_inventory_a_volume_vouches_for_what_it_has() {
    check(&vae(silent()), &[seen()], &format!("{NOTE} {SUBJECTS}\n"));
    check(
        &vae(silent()),
        &[seen(), seen()],
        &format!("{} {SUBJECTS}\n", NOTE.replace("volume `a`", "volume `a` and `b`")),
    );
}

#[test]
fn what_is_not_on_a_volume_may_be_in_the_image() {
    check(
        &vae(silent()),
        &[absent()],
        &format!(
            "open missing-model: `ae.safetensors` is not on volume `a`; it has `AE.safetensors`, which differs in case, and \
             whether the image has it is not known: no ComfyUI is named\n{SAMPLES}"
        ),
    );
    check(&vae(Inventory::Has), &[absent()], "");
    check(&vae(Inventory::Lacks), &[absent()], "");
}

#[test]
fn a_volume_that_does_not_answer_leaves_the_question_open_and_nothing_missing() {
    check(
        &vae(silent()),
        &[down()],
        &format!(
            "open missing-model: whether the worker has `ae.safetensors` is not known: no ComfyUI is named\n{SAMPLES}{DOWN}"
        ),
    );
    for inventory in [Inventory::Has, Inventory::Lacks] {
        check(&vae(inventory), &[down()], DOWN);
    }
    check(&Wanted { on_volume: true, ..vae(Inventory::Has) }, &[down(), seen()], DOWN);
    let denied = on_volumes(&[(vae(Inventory::Has), vec![("a".into(), Sight::Unknown(Error::AccessDenied))])]);
    assert!(denied.open[0].help.as_ref().is_some_and(|help| help.contains("RUNPOD_S3_ACCESS_KEY")));
}

#[test]
fn a_volume_that_does_not_answer_is_one_question_for_all_models() {
    let other = Wanted { names: vec!["b.pt".into()], ..vae(Inventory::Has) };
    let sights = vec![("a".to_owned(), down())];
    let answer = on_volumes(&[(vae(Inventory::Has), sights.clone()), (other, sights)]);
    assert_eq!(told(&answer), DOWN.replace("`ae.safetensors`", "`ae.safetensors` and `b.pt`"));
}

#[test]
fn a_file_in_another_folder_is_told_unless_the_inventory_has_it() {
    let warning = format!(
        "unmapped-folder: volume `a` has `ae.safetensors` at `vae/ae.safetensors` only, where the stock worker-comfyui does \
         not look {SUBJECTS}\nhelp: move it to `models/vae` of the volume, or map its folder in the worker's \
         `extra_model_paths.yaml`\n"
    );
    check(&vae(Inventory::Lacks), &[elsewhere()], &warning);
    check(&vae(Inventory::Has), &[elsewhere()], "");
    check(
        &vae(silent()),
        &[elsewhere()],
        &format!(
            "{warning}open missing-model: `ae.safetensors` is on volume `a` where the stock worker-comfyui does not look, and \
             whether the image has it is not known: no ComfyUI is named\n{SAMPLES}"
        ),
    );
}

#[test]
fn volumes_that_differ_are_told_whatever_the_inventory_says() {
    let differ = format!("volumes-differ: `ae.safetensors` is on volume `a` and not on `b` {SUBJECTS}\n{COPY}");
    check(&vae(Inventory::Has), &[seen(), absent()], &differ);
    check(
        &vae(silent()),
        &[seen(), absent()],
        &format!(
            "{differ}open missing-model: `ae.safetensors` is not on volume `b`; it has `AE.safetensors`, which differs in \
             case, and whether the image has it is not known: no ComfyUI is named\n{SAMPLES}"
        ),
    );
    check(&vae(Inventory::Has), &[down(), seen()], DOWN);
    check(&vae(Inventory::Has), &[absent(), absent()], "");
}

#[test]
fn a_volume_does_not_prove_what_the_inventory_denies() {
    check(
        &vae(Inventory::Lacks),
        &[seen()],
        &format!(
            "{NOTE}; the worker that was asked does not offer all of them {SUBJECTS}\nhelp: see that the volume is attached to \
             the endpoint, whose workers have it at `/runpod-volume`\n"
        ),
    );
}

#[track_caller]
fn check_fault(size: u64, fault: Fault, expected: &str) {
    check(
        &vae(Inventory::Has),
        &[file(size, Ok(Some(fault)))],
        &format!(
            "broken-file: `models/vae/ae.safetensors` on volume `a` {}\n",
            expected.replacen('\n', &format!(" {SUBJECTS}\nhelp: "), 1)
        ),
    );
}

#[test]
fn a_file_that_is_broken_is_told_with_what_it_is() {
    let again = "upload it again, and compare the sizes afterwards";
    check_fault(335, Fault::Declares(500), &format!("was cut: it has 335 bytes, and its header declares 500\n{again}"));
    check_fault(335, Fault::Declares(300), &format!("has 335 bytes, and its header declares 300 only\n{again}"));
    check_fault(
        335,
        Fault::HeaderCut(400),
        &format!("was cut: it has 335 bytes, and its header alone ends at 400\n{again}"),
    );
    check_fault(
        133,
        Fault::Pointer,
        "is a Git LFS pointer of 133 bytes, not the model\nrun `git lfs pull`, or take the download link of the file itself, \
         and upload it again",
    );
    check_fault(
        335,
        Fault::NoHeader("its header is not one of tensors"),
        "is no .safetensors file: its header is not one of tensors\nlook at how it begins: it was cut, or has another format",
    );
    check_fault(0, Fault::Empty, &format!("has 0 bytes\n{again}"));
    check_fault(
        2000,
        Fault::Page,
        "is a page of HTML or XML of 2000 bytes, not the model\nsee what it says, such as that the download was refused; \
         download the model again, and upload it",
    );
}

#[test]
fn a_file_that_is_broken_is_not_vouched_for() {
    let answer = on_volumes(&[(vae(silent()), vec![("a".into(), file(335, Ok(Some(Fault::Pointer))))])]);
    let rules: Vec<_> = answer.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["broken-file"]);
    assert_eq!(
        answer.open[0].reason,
        "`ae.safetensors` is broken on volume `a`, and whether the image has it is not known: no ComfyUI is named"
    );
}

#[test]
fn a_file_that_could_not_be_read_is_neither_whole_nor_broken() {
    let open = "open broken-file: cannot tell whether `models/vae/ae.safetensors` on volume `a` is whole:";
    check(
        &vae(Inventory::Has),
        &[file(3350, Err(Unread::Asked(Error::AccessDenied)))],
        &format!(
            "{open} access is denied\nhelp: see that `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` are an S3 API key of \
             RunPod's console, and that id and data center of the volume are right\n"
        ),
    );
    check(
        &vae(Inventory::Has),
        &[file(20_000_000, Err(Unread::Header(9_437_192)))],
        &format!(
            "{open} its header has 9437192 bytes, which is more than is read\nhelp: read the file's header yourself\n"
        ),
    );
}

#[test]
fn a_file_too_small_to_be_a_model_is_told_unless_the_settings_say_its_size() {
    let told = format!(
        "suspicious-size: `models/vae/ae.safetensors` on volume `a` is only 335 bytes long {SUBJECTS}\nhelp: download the file \
         again: it is a Git LFS pointer, an error page or a download that was cut\n"
    );
    check(&vae(Inventory::Has), &[file(335, Ok(None))], &told);
    check(&vae(Inventory::Has), &[file(1024, Ok(None))], "");
    check(&Wanted { size: Some(335), ..vae(Inventory::Has) }, &[file(335, Ok(None))], "");
}

#[test]
fn models_of_which_the_same_is_not_known_share_one_question() {
    let named = |name: &str| Wanted { names: vec![name.into()], ..vae(silent()) };
    let on = |sight: Sight| vec![("a".to_owned(), sight)];
    let unread = || on(file(3350, Err(Unread::Asked(Error::AccessDenied))));
    let absent = || on(Sight::Absent(Vec::new()));
    let answer = on_volumes(&[
        (named("b.pt"), unread()),
        (named("c.pt"), absent()),
        (named("d.pt"), unread()),
        (named("e.pt"), on(file(0, Ok(Some(Fault::Empty))))),
    ]);
    let reasons = answer.open.iter().filter(|open| open.rule == "missing-model").map(|open| open.reason.as_str());
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        [
            "whether the worker has `b.pt` and `d.pt` is not known: no ComfyUI is named",
            "`c.pt` is not on volume `a`; `e.pt` is broken on volume `a`, and whether the image has them is not known: no \
             ComfyUI is named",
        ]
    );
}

/// What settings require, where the inventory lists `listing`, with one volume for each sight.
#[track_caller]
fn check_required(require: &serde_json::Value, listing: Listing, sights: &[Sight], expected: &str) {
    let settings: Settings = serde_json::from_value(json!({ "require": [require] })).expect("settings");
    let (answer, wanted) = beside_volumes(&settings.require, &BTreeMap::from([("vae".to_owned(), listing)]));
    let sights: Vec<_> = ["a", "b"].into_iter().map(str::to_owned).zip(sights.iter().cloned()).collect();
    let wanted: Vec<_> = wanted.into_iter().map(|wanted| (wanted, sights.clone())).collect();
    let all = [answer, on_volumes(&wanted)].into_iter().collect();
    assert_eq!(told(&all), expected);
}

#[test]
fn what_the_settings_require_is_looked_for_on_volumes() {
    let offered = |name: &str| Ok(Some(vec![ModelFile { name: name.into(), size: None }]));
    let no_server = || Err(inventory::Error::NotOffered("no ComfyUI is named".into()));
    let model = "[model vae/ae.safetensors]";
    let plain = json!({ "folder": "vae", "name": "ae.safetensors" });
    check_required(&plain, no_server(), &[seen()], &format!("{NOTE} {model}\n"));
    check_required(&plain, offered("ae.safetensors"), &[absent()], "");
    check_required(
        &plain,
        no_server(),
        &[Sight::Absent(Vec::new())],
        "open required-model: `ae.safetensors` is not on volume `a`, and whether the image has it is not known: cannot list the \
         folder `vae`, which should hold `ae.safetensors`: no ComfyUI is named\nhelp: give the suite's deployment the address of a \
         ComfyUI server, or put the file on the volume\n",
    );
    let on_volume = json!({ "folder": "vae", "name": "ae.safetensors", "on-volume": true });
    check_required(
        &on_volume,
        offered("ae.safetensors"),
        &[seen(), absent()],
        &format!(
            "required-model: volume `b` does not have `ae.safetensors`; it has `AE.safetensors`, which differs in case {model}\n\
             help: put the file into `models/vae` of the worker's image, or of the network volume\n"
        ),
    );
    let sized = json!({ "folder": "vae", "name": "ae.safetensors", "size": 3360 });
    check_required(
        &sized,
        offered("ae.safetensors"),
        &[seen()],
        &format!(
            "broken-file: `models/vae/ae.safetensors` on volume `a` has 3350 bytes, and the settings say 3360 {model}\n\
             help: put the file there that is meant, or correct `size`\n"
        ),
    );
}

#[test]
fn a_loader_whose_folder_is_not_known_leaves_its_question_open() {
    let workflow = workflow(&[("VAELoader", "VAELoaderOfMine")]);
    let (wanted, open) = wanted_instead(&workflow, "no ComfyUI is named");
    let folders: Vec<_> = wanted.iter().map(|wanted| wanted.folder.as_str()).collect();
    assert_eq!(folders, ["diffusion_models", "text_encoders"]);
    assert_eq!(
        open[0].reason,
        "`VAELoaderOfMine` of node `3` names `z-image-turbo-vae.safetensors`, which is not looked for on a volume, as the \
         class's folder is not known; no ComfyUI is named"
    );
}

#[test]
fn worker_comfyui_reads_ten_folders_of_a_volume() {
    for (folder, expected) in [
        ("vae", Some("vae")),
        ("diffusion_models", Some("unet")),
        ("text_encoders", Some("clip")),
        ("style_models", None),
        ("ipadapter", None),
    ] {
        assert_eq!(on_volume(folder), expected, "{folder}");
    }
}

/// One finding of each rule, for the README.
pub(crate) fn examples() -> Vec<Finding> {
    let named =
        |folder: &str, name: &str| Wanted { folder: folder.into(), names: vec![name.into()], ..vae(Inventory::Lacks) };
    let at = |path: &str, size, fault| Sight::Seen(File { path: path.into(), size, content: Ok(fault) });
    let first = |sight| vec![("agv6w2qcg7".to_owned(), sight)];
    let cut = at("models/unet/z_image_turbo_bf16.safetensors", 4_831_838_208, Some(Fault::Declares(12_309_866_400)));
    let elsewhere = Sight::Elsewhere(vec!["models/text_encoders/qwen_3_4b.safetensors".into()]);
    let both = [first(seen()), vec![("x3k9p1m5tz".to_owned(), Sight::Absent(Vec::new()))]].concat();
    let cases = [
        (named("diffusion_models", "z_image_turbo_bf16.safetensors"), first(cut)),
        (named("text_encoders", "qwen_3_4b.safetensors"), first(elsewhere)),
        (vae(Inventory::Has), both),
        (vae(silent()), first(seen())),
    ];
    cases.into_iter().flat_map(|case| on_volumes(&[case]).findings).collect()
}
