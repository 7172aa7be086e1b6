//! The embedded files: each can be read, is sourced and says something that is used.

mod page;

use comfycheck_packs::{EditorRole, PackFile, Packs, Version, embedded_files};

#[test]
fn every_file_can_be_read_and_names_its_source() {
    for (name, text) in embedded_files() {
        let file: PackFile = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(file.source.starts_with("https://github.com/"), "{name}: {}", file.source);
        assert!(!file.version.is_empty(), "{name}");
        assert!(file.is_core() == file.folders.is_empty(), "{name}: {:?}", file.folders);
        assert!(file.folders.iter().all(|folder| *folder == folder.to_lowercase()), "{name}: {:?}", file.folders);
        for fact in &file.facts {
            assert!(!fact.from.is_empty() && !fact.classes.is_empty(), "{name}: {fact:?}");
        }
    }
    assert_eq!(Packs::embedded().files().len(), embedded_files().len());
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    let mut embedded: Vec<_> = embedded_files().iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    embedded.sort();
    assert_eq!(names, embedded);
}

#[test]
fn facts_apply_to_classes_by_name_and_to_the_pack_by_module() {
    let packs = Packs::embedded();
    assert_eq!(packs.class("GetNode", "").editor_role(), Some(EditorRole::Gets));
    assert!(packs.class("ImpactSwitch", "").reads("input17"));
    assert!(packs.class("ClownsharKSampler_Beta", "custom_nodes.RES4LYF").loose_list("sampler_name").is_some());
    assert!(packs.class("ClownsharKSampler_Beta", "custom_nodes.other").loose_list("sampler_name").is_none());
    assert!(packs.class("Load3D", "comfy_extras.nodes_load_3d").validator(Version(0, 20, 0)).is_none());
    assert!(packs.class("Load3D", "comfy_extras.nodes_load_3d").validator(Version(0, 25, 0)).is_some());
    assert!(!packs.class("Anything", "custom_nodes.unheard-of").is_known());
}

#[test]
fn a_suite_can_add_a_pack() {
    let mine = r#"{"pack": "mine", "folders": ["mine"], "facts": [{"classes": ["Mine"], "any_inputs": ["in_*"]}]}"#;
    let packs = Packs::embedded().with(vec![serde_json::from_str(mine).unwrap()]);
    let class = packs.class("Mine", "custom_nodes.mine");
    assert!(class.is_known() && class.reads("in_3") && !class.reads("out"));
    assert!(serde_json::from_str::<PackFile>(r#"{"pack": "mine", "facts": [{"class": ["typo"]}]}"#).is_err());
}

#[test]
fn nothing_follows_from_a_pack_whose_definitions_were_not_read() {
    let packs = Packs::embedded();
    let wan = packs.class("WanVideoSampler", "custom_nodes.ComfyUI-WanVideoWrapper");
    assert!(wan.is_known(), "its definition was read");
    assert!(!packs.class("WanVideoLynxEmbeds", "custom_nodes.ComfyUI-WanVideoWrapper").is_known());
    assert!(packs.names("WanVideoSampler"), "it can still be installed by its name");
    assert!(packs.class("IPAdapterAdvanced", "custom_nodes.ComfyUI_IPAdapter_plus").is_known());
}
