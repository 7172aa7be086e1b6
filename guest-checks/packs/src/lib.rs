//! What `/object_info` does not show about node classes, as data: one sourced file per pack in `data/`.
//!
//! A suite can add files of the same format. `data/README.md` describes the format.

mod class_facts;
mod core_classes;
mod fact;
mod pattern;
mod version;

pub use class_facts::ClassFacts;
pub use core_classes::{CoreSpan, core_span};
pub use fact::{
    Acceptance, Broadcast, EditorRole, EditorWidget, Fact, LooseAcceptance, LooseList, ObjectInputs, OptionInputs,
    UnreturnedFiles, Validator, WiderInput, WiderOutput,
};
pub use pattern::Pattern;
pub use version::Version;

use serde::{Deserialize, Deserializer};
use std::sync::{Arc, LazyLock};

/// What is known about one pack, or about ComfyUI itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// The name of the pack, as its authors write it.
    pub pack: String,
    /// The folder names in `custom_nodes`, in lower case. Empty for ComfyUI itself.
    #[serde(default)]
    pub folders: Vec<String>,
    /// The address of the definitions.
    #[serde(default)]
    pub source: String,
    /// The version, commit or date at which the definitions were read.
    #[serde(default)]
    pub version: String,
    /// Whether only names of its classes are known. Nothing follows from the absence of a fact then.
    #[serde(default)]
    pub names_only: bool,
    /// Classes of the pack.
    #[serde(default)]
    pub provides: Vec<Pattern>,
    /// Types that carry a model, a VAE and conditioning together.
    #[serde(default)]
    pub pipes: Vec<String>,
    /// Classes that ComfyUI no longer has and replaces.
    #[serde(default)]
    pub replaced: Vec<String>,
    #[serde(default, deserialize_with = "shared")]
    pub facts: Vec<Arc<Fact>>,
    /// What its code in the editor does to nodes of any class, also of other packs.
    #[serde(default, deserialize_with = "shared")]
    pub anywhere: Vec<Arc<Fact>>,
}

fn shared<'de, D: Deserializer<'de>>(facts: D) -> Result<Vec<Arc<Fact>>, D::Error> {
    Ok(Vec::<Fact>::deserialize(facts)?.into_iter().map(Arc::new).collect())
}

impl PackFile {
    /// Whether it describes ComfyUI itself.
    #[must_use]
    pub fn is_core(&self) -> bool {
        self.pack == CORE
    }
}

/// The name of ComfyUI's own file.
const CORE: &str = "ComfyUI";

/// All packs that are known.
#[derive(Clone, Debug)]
pub struct Packs {
    files: Vec<Arc<PackFile>>,
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../data/", $name, ".json")))),*]
    };
}

/// The embedded files, ComfyUI's own first.
const FILES: [(&str, &str); 18] = embedded![
    "comfyui",
    "cg-use-everywhere",
    "comfyui-advanced-controlnet",
    "comfyui-custom-nodes-alekpet",
    "comfyui-custom-scripts",
    "comfyui-easy-use",
    "comfyui-gguf",
    "comfyui-impact-pack",
    "comfyui-impact-subpack",
    "comfyui-ipadapter-plus",
    "comfyui-kjnodes",
    "comfyui-manager",
    "comfyui-ultimatesdupscale",
    "comfyui-videohelpersuite",
    "comfyui-wanvideowrapper",
    "comfyui-controlnet-aux",
    "res4lyf",
    "rgthree-comfy",
];

static EMBEDDED: LazyLock<Packs> = LazyLock::new(|| {
    // The files are tested: each can be read.
    let files = FILES.iter().filter_map(|(_, text)| serde_json::from_str(text).ok());
    Packs { files: files.map(Arc::new).collect() }
});

impl Packs {
    /// The packs that comfycheck knows.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// These packs, and others that come first.
    #[must_use]
    pub fn with(&self, others: Vec<PackFile>) -> Self {
        let files = others.into_iter().map(Arc::new).chain(self.files.iter().cloned());
        Self { files: files.collect() }
    }

    #[must_use]
    pub fn files(&self) -> &[Arc<PackFile>] {
        &self.files
    }

    /// What is known about a class. `module` is the Python module, such as `custom_nodes.RES4LYF`; empty if unknown.
    #[must_use]
    pub fn class(&self, name: &str, module: &str) -> ClassFacts {
        let folder = module.strip_prefix("custom_nodes.").map(str::to_lowercase);
        let of_module = |file: &PackFile| folder.as_ref().is_some_and(|folder| file.folders.contains(folder));
        let mut facts = Vec::new();
        for file in &self.files {
            let is_module = of_module(file);
            facts.extend(file.facts.iter().filter(|fact| fact.is_about(name, is_module)).cloned());
            facts.extend(file.anywhere.iter().cloned());
        }
        let is_read = |file: &PackFile| !file.names_only;
        let is_known =
            self.files.iter().any(|file| of_module(file) && is_read(file)) || self.provider(name).is_some_and(is_read);
        let is_known = is_known || facts.iter().any(|fact| fact.declares_all);
        ClassFacts::new(facts, is_known)
    }

    /// The pack that provides a class; none if it is unknown.
    #[must_use]
    pub fn provider(&self, class: &str) -> Option<&PackFile> {
        self.files.iter().map(|file| &**file).find(|file| file.provides.iter().any(|pattern| pattern.matches(class)))
    }

    /// The model folder that a class loads files from, as ComfyUI lists it: `diffusion_models`, not `unet`. None if it is unknown.
    #[must_use]
    pub fn folder_of(&self, class: &str) -> Option<&str> {
        let mut folders = self.folders();
        folders.find(|(fact, _)| fact.is_about(class, false)).map(|(_, folder)| folder)
    }

    /// A class that lists the files of a model folder, one of ComfyUI's own if there is any. None if it is unknown.
    #[must_use]
    pub fn loader_of(&self, folder: &str) -> Option<&str> {
        let (fact, _) = self.folders().find(|(_, read)| *read == folder)?;
        fact.classes.first().map(Pattern::text)
    }

    fn folders(&self) -> impl Iterator<Item = (&Fact, &str)> {
        let facts = self.files.iter().flat_map(|file| &file.facts);
        facts.filter_map(|fact| Some((&**fact, fact.folder.as_deref()?)))
    }

    /// Whether a file names a class, not only a pattern that it fits.
    #[must_use]
    pub fn names(&self, class: &str) -> bool {
        let mut patterns = self.files.iter().flat_map(|file| &file.provides);
        patterns.any(|pattern| pattern.text() == class)
    }

    /// Whether ComfyUI replaces a class, which it no longer has.
    #[must_use]
    pub fn is_replaced(&self, class: &str) -> bool {
        self.files.iter().any(|file| file.replaced.iter().any(|replaced| replaced == class))
    }

    /// Whether a type carries a model, a VAE and conditioning together.
    #[must_use]
    pub fn is_pipe(&self, kind: &str) -> bool {
        self.files.iter().any(|file| file.pipes.iter().any(|pipe| pipe == kind))
    }
}

/// The text of each embedded file with its name, for tests and documents.
#[must_use]
pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
    &FILES
}
