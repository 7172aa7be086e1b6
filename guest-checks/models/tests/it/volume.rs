//! What network volumes show, beside an inventory or without one.

use crate::{table, workflow};
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::content::{Fault, NoHeader};
use comfycheck_check_models::rules::folders::on_volume;
use comfycheck_check_models::rules::required::{Listing, beside_volumes};
use comfycheck_check_models::rules::volume::{File, Inventory, Sight, Unread, Wanted, on_volumes};
use comfycheck_check_models::rules::wanted_instead;
use comfycheck_sdk::inventory::{self, ModelFile};
use comfycheck_sdk::volume::Error;
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject};
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
    Inventory::Silent("no ComfyUI is configured".into())
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
fn answer(wanted: &Wanted, sights: &[Sight]) -> Answer {
    let sights = ["a", "b", "c"].into_iter().map(str::to_owned).zip(sights.iter().cloned()).collect();
    on_volumes(&[(wanted.clone(), sights)])
}

const UNMAPPED: &str = "unmapped-folder: node 3.vae_name, model vae/ae.safetensors";
const DIFFER: &str = "volumes-differ: node 3.vae_name, model vae/ae.safetensors";
const NOTE: &str = "on-volume: node 3.vae_name, model vae/ae.safetensors";
const BROKEN: &str = "broken-file: node 3.vae_name, model vae/ae.safetensors";

#[test]
fn without_an_inventory_a_model_must_be_on_every_volume() {
    insta::assert_snapshot!(table(&[
        ("on the volume", answer(&vae(silent()), &[seen()]), &[NOTE]),
        ("on both", answer(&vae(silent()), &[seen(), seen()]), &[NOTE]),
        ("not on the volume", answer(&vae(silent()), &[absent()]), &["missing-model?"]),
        ("in another folder", answer(&vae(silent()), &[elsewhere()]), &[UNMAPPED, "missing-model?"]),
        ("on one of two", answer(&vae(silent()), &[seen(), absent()]), &[DIFFER, "missing-model?"]),
        ("broken", answer(&vae(silent()), &[file(335, Ok(Some(Fault::Pointer)))]), &[BROKEN, "missing-model?"],),
        ("volume down", answer(&vae(silent()), &[down()]), &["missing-model?", "broken-file?"]),
    ]));
}

#[test]
fn beside_an_inventory_volumes_neither_add_nor_remove_a_model() {
    let has = || vae(Inventory::Has);
    let lacks = || vae(Inventory::Lacks);
    insta::assert_snapshot!(table(&[
        ("listed, not on the volume", answer(&has(), &[absent()]), &[]),
        ("listed, on neither volume", answer(&has(), &[absent(), absent()]), &[]),
        ("listed, in another folder", answer(&has(), &[elsewhere()]), &[]),
        ("listed, on one of two", answer(&has(), &[seen(), absent()]), &[DIFFER]),
        ("not listed, not on the volume", answer(&lacks(), &[absent()]), &[]),
        ("not listed, in another folder", answer(&lacks(), &[elsewhere()]), &[UNMAPPED]),
        ("not listed, on the volume", answer(&lacks(), &[seen()]), &[NOTE]),
    ]));
}

#[test]
fn a_volume_that_does_not_respond_is_one_question_for_all_models() {
    let required = Wanted { on_volume: true, ..vae(Inventory::Has) };
    let other = Wanted { names: vec!["b.pt".into()], ..vae(Inventory::Has) };
    let sights = vec![("a".to_owned(), down())];
    let two = on_volumes(&[(vae(Inventory::Has), sights.clone()), (other, sights)]);
    insta::assert_snapshot!(table(&[
        ("listed", answer(&vae(Inventory::Has), &[down()]), &["broken-file?"]),
        ("not listed", answer(&vae(Inventory::Lacks), &[down()]), &["broken-file?"]),
        ("on another volume", answer(&vae(Inventory::Has), &[down(), seen()]), &["broken-file?"]),
        ("required on volumes", answer(&required, &[down(), seen()]), &["broken-file?"]),
        ("two models", two, &["broken-file?"]),
        ("denied", answer(&vae(Inventory::Has), &[Sight::Unknown(Error::AccessDenied)]), &["broken-file?"],),
        (
            "not offered",
            answer(&vae(Inventory::Has), &[Sight::Unknown(Error::NotOffered("no volume is configured".into()))]),
            &["broken-file?"],
        ),
        (
            "another error",
            answer(&vae(Inventory::Has), &[Sight::Unknown(Error::Other("NoSuchBucket".into()))]),
            &["broken-file?"],
        ),
    ]));
}

#[test]
fn a_broken_file_is_an_error_that_says_what_it_is() {
    let broken = |size, fault| answer(&vae(Inventory::Has), &[file(size, Ok(Some(fault)))]);
    insta::assert_snapshot!(table(&[
        ("shorter than its header declares", broken(335, Fault::Declares(500)), &[BROKEN]),
        ("shorter by little", broken(12_309_866_000, Fault::Declares(12_309_866_400)), &[BROKEN]),
        ("longer than its header declares", broken(335, Fault::Declares(300)), &[BROKEN]),
        ("shorter than its header", broken(335, Fault::HeaderCut(400)), &[BROKEN]),
        ("Git LFS pointer", broken(133, Fault::Pointer), &[BROKEN]),
        ("header without tensors", broken(335, Fault::NoHeader(NoHeader::NotTensors)), &[BROKEN]),
        ("no length of a header", broken(335, Fault::NoHeader(NoHeader::NoLength)), &[BROKEN]),
        ("shorter than the length of a header", broken(3, Fault::NoHeader(NoHeader::TooShort)), &[BROKEN]),
        ("empty", broken(0, Fault::Empty), &[BROKEN]),
        ("page", broken(2000, Fault::Page), &[BROKEN]),
    ]));
}

#[test]
fn a_file_that_could_not_be_read_is_neither_whole_nor_broken() {
    let unread = |size, unread| answer(&vae(Inventory::Has), &[file(size, Err(unread))]);
    insta::assert_snapshot!(table(&[
        ("denied", unread(3350, Unread::Asked(Error::AccessDenied)), &["broken-file?"]),
        ("header too long", unread(20_000_000, Unread::Header(9_437_192)), &["broken-file?"]),
    ]));
}

#[test]
fn a_small_file_is_suspicious_unless_the_settings_give_its_size() {
    let sized = Wanted { size: Some(335), ..vae(Inventory::Has) };
    insta::assert_snapshot!(table(&[
        (
            "small",
            answer(&vae(Inventory::Has), &[file(335, Ok(None))]),
            &["suspicious-size: node 3.vae_name, model vae/ae.safetensors = 335 By (at least 1024)"],
        ),
        ("large enough", answer(&vae(Inventory::Has), &[file(1024, Ok(None))]), &[]),
        ("as required", answer(&sized, &[file(335, Ok(None))]), &[]),
    ]));
}

#[test]
fn unknown_models_share_a_question_where_the_same_is_known() {
    let named = |name: &str| Wanted { names: vec![name.into()], ..vae(silent()) };
    let on = |sight: Sight| vec![("a".to_owned(), sight)];
    let unread = || on(file(3350, Err(Unread::Asked(Error::AccessDenied))));
    let answer = on_volumes(&[
        (named("b.pt"), unread()),
        (named("c.pt"), on(Sight::Absent(Vec::new()))),
        (named("d.pt"), unread()),
        (named("e.pt"), on(file(0, Ok(Some(Fault::Empty))))),
    ]);
    insta::assert_snapshot!(table(&[(
        "two unread, one absent, one broken",
        answer,
        &[
            "broken-file: node 3.vae_name, model vae/e.pt",
            "broken-file?",
            "broken-file?",
            "missing-model?",
            "missing-model?"
        ],
    )]));
}

/// What settings require, where the inventory lists `listing`, with one volume for each sight.
fn required(require: &serde_json::Value, listing: Listing, sights: &[Sight]) -> Answer {
    let settings: Settings = serde_json::from_value(json!({ "require": [require] })).expect("settings");
    let (answer, wanted) = beside_volumes(&settings.require, &BTreeMap::from([("vae".to_owned(), listing)]));
    let sights: Vec<_> = ["a", "b"].into_iter().map(str::to_owned).zip(sights.iter().cloned()).collect();
    let wanted: Vec<_> = wanted.into_iter().map(|wanted| (wanted, sights.clone())).collect();
    [answer, on_volumes(&wanted)].into_iter().collect()
}

#[test]
fn required_models_are_searched_on_volumes() {
    let offered = || Ok(Some(vec![ModelFile { name: "ae.safetensors".into(), size: None }]));
    let no_server = || Err(inventory::Error::NotOffered("no ComfyUI is configured".into()));
    let plain = json!({ "folder": "vae", "name": "ae.safetensors" });
    let several = json!({ "folder": "vae", "any-of": ["ae.safetensors", "b.pt"] });
    let on_volume = json!({ "folder": "vae", "name": "ae.safetensors", "on-volume": true });
    let sized = json!({ "folder": "vae", "name": "ae.safetensors", "size": 3360 });
    let nothing = Sight::Absent(Vec::new());
    insta::assert_snapshot!(table(&[
        ("on the volume", required(&plain, no_server(), &[seen()]), &["on-volume: model vae/ae.safetensors"]),
        ("listed, not on the volume", required(&plain, offered(), &[absent()]), &[]),
        ("not on the volume", required(&plain, no_server(), std::slice::from_ref(&nothing)), &["required-model?"]),
        ("none of two on the volume", required(&several, no_server(), &[nothing]), &["required-model?"]),
        (
            "required on volumes, on one of two",
            required(&on_volume, offered(), &[seen(), absent()]),
            &["required-model: model vae/ae.safetensors"],
        ),
        ("another size", required(&sized, offered(), &[seen()]), &["broken-file: model vae/ae.safetensors"]),
    ]));
}

#[test]
fn a_loader_whose_folder_is_unknown_leaves_its_question_open() {
    let workflow = workflow(&[("VAELoader", "VAELoaderOfMine")]);
    let (wanted, open) = wanted_instead(&workflow, "no ComfyUI is configured");
    let folders: Vec<_> = wanted.iter().map(|wanted| wanted.folder.as_str()).collect();
    assert_eq!(folders, ["diffusion_models", "text_encoders"]);
    let answer = Answer { findings: Vec::new(), open };
    insta::assert_snapshot!(table(&[("loader of a pack", answer, &["missing-model?"])]));
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
