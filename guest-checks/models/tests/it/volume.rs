//! What network volumes show, beside an inventory or without one.

use crate::workflow;
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::content::{Fault, NoHeader};
use comfycheck_check_models::rules::folders::on_volume;
use comfycheck_check_models::rules::required::{Listing, beside_volumes};
use comfycheck_check_models::rules::search::{Inventory, ModelSearch, of_workflow};
use comfycheck_check_models::rules::volume::{Lookup, ReadError, VolumeFile, on_volumes};
use comfycheck_sdk::inventory::{self, ModelFile};
use comfycheck_sdk::volume::Error;
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject};
use serde_json::json;
use std::collections::BTreeMap;

fn node() -> Subject {
    Subject::Node(NodeRef { id: "3".into(), input: Some("vae_name".into()) })
}

/// A VAE that a node names.
fn vae(inventory: Inventory) -> ModelSearch {
    let names = vec!["ae.safetensors".to_owned()];
    ModelSearch { folder: "vae".into(), names, size: None, on_volume: false, inventory, nodes: vec![node()] }
}

fn unknown() -> Inventory {
    Inventory::Unknown("no ComfyUI is configured".into())
}

fn present() -> Lookup {
    file(3350, Ok(None))
}

fn file(size: u64, content: Result<Option<Fault>, ReadError>) -> Lookup {
    Lookup::Present(VolumeFile { path: "models/vae/ae.safetensors".into(), size, content })
}

fn elsewhere() -> Lookup {
    Lookup::Elsewhere(vec!["vae/ae.safetensors".into()])
}

fn absent() -> Lookup {
    Lookup::Absent(vec!["AE.safetensors".into()])
}

fn down() -> Lookup {
    Lookup::Unknown(Error::Unavailable("the S3-compatible API answers with status 502".into()))
}

/// With one volume for each lookup, called `a`, `b`…
fn answer(search: &ModelSearch, lookups: &[Lookup]) -> Answer {
    let lookups = ["a", "b", "c"].into_iter().map(str::to_owned).zip(lookups.iter().cloned()).collect();
    on_volumes(&[(search.clone(), lookups)])
}

const UNMAPPED: &str = "unmapped-folder: node 3.vae_name, model vae/ae.safetensors";
const DIFFER: &str = "volumes-differ: node 3.vae_name, model vae/ae.safetensors";
const NOTE: &str = "on-volume: node 3.vae_name, model vae/ae.safetensors";
const BROKEN: &str = "broken-file: node 3.vae_name, model vae/ae.safetensors";

#[test]
fn without_an_inventory_a_model_must_be_on_every_volume() {
    assert_answers!([
        ("on the volume", answer(&vae(unknown()), &[present()]), &[NOTE]),
        ("on both", answer(&vae(unknown()), &[present(), present()]), &[NOTE]),
        ("not on the volume", answer(&vae(unknown()), &[absent()]), &["missing-model?"]),
        ("in another folder", answer(&vae(unknown()), &[elsewhere()]), &[UNMAPPED, "missing-model?"]),
        ("on one of two", answer(&vae(unknown()), &[present(), absent()]), &[DIFFER, "missing-model?"]),
        ("broken", answer(&vae(unknown()), &[file(335, Ok(Some(Fault::Pointer)))]), &[BROKEN, "missing-model?"],),
        ("volume down", answer(&vae(unknown()), &[down()]), &["missing-model?", "broken-file?"]),
    ]);
}

#[test]
fn beside_an_inventory_volumes_neither_add_nor_remove_a_model() {
    let has = || vae(Inventory::Has);
    let lacks = || vae(Inventory::Lacks);
    assert_answers!([
        ("listed, not on the volume", answer(&has(), &[absent()]), &[]),
        ("listed, on neither volume", answer(&has(), &[absent(), absent()]), &[]),
        ("listed, in another folder", answer(&has(), &[elsewhere()]), &[]),
        ("listed, on one of two", answer(&has(), &[present(), absent()]), &[DIFFER]),
        ("not listed, not on the volume", answer(&lacks(), &[absent()]), &[]),
        ("not listed, in another folder", answer(&lacks(), &[elsewhere()]), &[UNMAPPED]),
        ("not listed, on the volume", answer(&lacks(), &[present()]), &[NOTE]),
    ]);
}

#[test]
fn a_volume_that_does_not_respond_is_one_question_for_all_models() {
    let required = ModelSearch { on_volume: true, ..vae(Inventory::Has) };
    let other = ModelSearch { names: vec!["b.pt".into()], ..vae(Inventory::Has) };
    let lookups = vec![("a".to_owned(), down())];
    let two = on_volumes(&[(vae(Inventory::Has), lookups.clone()), (other, lookups)]);
    assert_answers!([
        ("listed", answer(&vae(Inventory::Has), &[down()]), &["broken-file?"]),
        ("not listed", answer(&vae(Inventory::Lacks), &[down()]), &["broken-file?"]),
        ("on another volume", answer(&vae(Inventory::Has), &[down(), present()]), &["broken-file?"]),
        ("required on volumes", answer(&required, &[down(), present()]), &["broken-file?"]),
        ("two models", two, &["broken-file?"]),
        ("denied", answer(&vae(Inventory::Has), &[Lookup::Unknown(Error::AccessDenied)]), &["broken-file?"],),
        (
            "not offered",
            answer(&vae(Inventory::Has), &[Lookup::Unknown(Error::NotOffered("no volume is configured".into()))]),
            &["broken-file?"],
        ),
        (
            "another error",
            answer(&vae(Inventory::Has), &[Lookup::Unknown(Error::Other("NoSuchBucket".into()))]),
            &["broken-file?"],
        ),
    ]);
}

#[test]
fn a_broken_file_is_an_error_that_says_what_it_is() {
    let broken = |size, fault| answer(&vae(Inventory::Has), &[file(size, Ok(Some(fault)))]);
    assert_answers!([
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
    ]);
}

#[test]
fn a_file_that_could_not_be_read_is_neither_whole_nor_broken() {
    let unread = |size, unread| answer(&vae(Inventory::Has), &[file(size, Err(unread))]);
    assert_answers!([
        ("denied", unread(3350, ReadError::Volume(Error::AccessDenied)), &["broken-file?"]),
        ("header too long", unread(20_000_000, ReadError::HeaderTooLong(9_437_192)), &["broken-file?"]),
    ]);
}

#[test]
fn a_small_file_is_suspicious_unless_the_settings_give_its_size() {
    let sized = ModelSearch { size: Some(335), ..vae(Inventory::Has) };
    assert_answers!([
        (
            "small",
            answer(&vae(Inventory::Has), &[file(335, Ok(None))]),
            &["suspicious-size: node 3.vae_name, model vae/ae.safetensors = 335 By (at least 1024)"],
        ),
        ("large enough", answer(&vae(Inventory::Has), &[file(1024, Ok(None))]), &[]),
        ("as required", answer(&sized, &[file(335, Ok(None))]), &[]),
    ]);
}

#[test]
fn unknown_models_share_a_question_where_the_same_is_known() {
    let named = |name: &str| ModelSearch { names: vec![name.into()], ..vae(unknown()) };
    let on = |lookup: Lookup| vec![("a".to_owned(), lookup)];
    let unread = || on(file(3350, Err(ReadError::Volume(Error::AccessDenied))));
    let answer = on_volumes(&[
        (named("b.pt"), unread()),
        (named("c.pt"), on(Lookup::Absent(Vec::new()))),
        (named("d.pt"), unread()),
        (named("e.pt"), on(file(0, Ok(Some(Fault::Empty))))),
    ]);
    assert_answers!([(
        "two unread, one absent, one broken",
        answer,
        &[
            "broken-file: node 3.vae_name, model vae/e.pt",
            "broken-file?",
            "broken-file?",
            "missing-model?",
            "missing-model?"
        ],
    )]);
}

/// What settings require, where the inventory lists `listing`, with one volume for each lookup.
fn required(require: &serde_json::Value, listing: Listing, lookups: &[Lookup]) -> Answer {
    let settings: Settings = serde_json::from_value(json!({ "require": [require] })).expect("settings");
    let (answer, searches) = beside_volumes(&settings.require, &BTreeMap::from([("vae".to_owned(), listing)]));
    let lookups: Vec<_> = ["a", "b"].into_iter().map(str::to_owned).zip(lookups.iter().cloned()).collect();
    let results: Vec<_> = searches.into_iter().map(|search| (search, lookups.clone())).collect();
    [answer, on_volumes(&results)].into_iter().collect()
}

#[test]
fn required_models_are_searched_on_volumes() {
    let offered = || Ok(Some(vec![ModelFile { name: "ae.safetensors".into(), size: None }]));
    let no_server = || Err(inventory::Error::NotOffered("no ComfyUI is configured".into()));
    let plain = json!({ "folder": "vae", "name": "ae.safetensors" });
    let several = json!({ "folder": "vae", "any-of": ["ae.safetensors", "b.pt"] });
    let on_volume = json!({ "folder": "vae", "name": "ae.safetensors", "on-volume": true });
    let sized = json!({ "folder": "vae", "name": "ae.safetensors", "size": 3360 });
    let nothing = Lookup::Absent(Vec::new());
    assert_answers!([
        ("on the volume", required(&plain, no_server(), &[present()]), &["on-volume: model vae/ae.safetensors"]),
        ("listed, not on the volume", required(&plain, offered(), &[absent()]), &[]),
        ("not on the volume", required(&plain, no_server(), std::slice::from_ref(&nothing)), &["required-model?"]),
        ("none of two on the volume", required(&several, no_server(), &[nothing]), &["required-model?"]),
        (
            "required on volumes, on one of two",
            required(&on_volume, offered(), &[present(), absent()]),
            &["required-model: model vae/ae.safetensors"],
        ),
        ("another size", required(&sized, offered(), &[present()]), &["broken-file: model vae/ae.safetensors"]),
    ]);
}

#[test]
fn a_loader_whose_folder_is_unknown_leaves_its_question_open() {
    let workflow = workflow(&[("VAELoader", "VAELoaderOfMine")]);
    let (searches, open) = of_workflow(&workflow, "no ComfyUI is configured");
    let folders: Vec<_> = searches.iter().map(|search| search.folder.as_str()).collect();
    assert_eq!(folders, ["diffusion_models", "text_encoders"]);
    let answer = Answer { findings: Vec::new(), open };
    assert_answers!([("loader of a pack", answer, &["missing-model?"])]);
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
    let named = |folder: &str, name: &str| ModelSearch {
        folder: folder.into(),
        names: vec![name.into()],
        ..vae(Inventory::Lacks)
    };
    let at = |path: &str, size, fault| Lookup::Present(VolumeFile { path: path.into(), size, content: Ok(fault) });
    let first = |lookup| vec![("agv6w2qcg7".to_owned(), lookup)];
    let cut = at("models/unet/z_image_turbo_bf16.safetensors", 4_831_838_208, Some(Fault::Declares(12_309_866_400)));
    let elsewhere = Lookup::Elsewhere(vec!["models/text_encoders/qwen_3_4b.safetensors".into()]);
    let both = [first(present()), vec![("x3k9p1m5tz".to_owned(), Lookup::Absent(Vec::new()))]].concat();
    let cases = [
        (named("diffusion_models", "z_image_turbo_bf16.safetensors"), first(cut)),
        (named("text_encoders", "qwen_3_4b.safetensors"), first(elsewhere)),
        (vae(Inventory::Has), both),
        (vae(unknown()), first(present())),
    ];
    cases.into_iter().flat_map(|case| on_volumes(&[case]).findings).collect()
}
