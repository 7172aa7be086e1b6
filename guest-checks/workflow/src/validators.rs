//! Classes that judge inputs by code of their own, which `/object_info` does not show.
//!
//! From ComfyUI 0.33.0 and RES4LYF 1.1.0, as they were seen to behave: the parameters of each class's validator, and
//! what it accepts. Classes that are not in these tables are taken at their description's word.

/// The validator of a class.
#[derive(Debug)]
pub struct Validator {
    /// The name of the class.
    pub class: &'static str,
    /// The inputs that it judges. ComfyUI itself checks neither bounds nor lists of these.
    pub judges: &'static [&'static str],
    /// Those of them that it cannot do without: if one is absent, Python raises.
    pub needs: &'static [&'static str],
    /// Whether it takes every other input, too.
    pub takes_all: bool,
    /// Whether it judges the types of links in ComfyUI's place.
    pub takes_types: bool,
    /// What it accepts.
    pub accepts: Accepts,
}

/// What a validator accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Files that exist: those of the list, and others that the list does not show, in subfolders or in other folders.
    Files,
    /// What cannot be told from outside; taken as everything.
    Everything,
}

/// The validator of a class; none if it has none or it is not known.
#[must_use]
pub fn of(class: &str) -> Option<&'static Validator> {
    VALIDATORS.iter().find(|validator| validator.class == class)
}

const fn files(class: &'static str, judges: &'static [&'static str]) -> Validator {
    Validator { class, judges, needs: judges, takes_all: false, takes_types: false, accepts: Accepts::Files }
}

const fn anything(class: &'static str, judges: &'static [&'static str], needs: &'static [&'static str]) -> Validator {
    Validator { class, judges, needs, takes_all: false, takes_types: false, accepts: Accepts::Everything }
}

const VALIDATORS: [Validator; 17] = [
    files("LoadImage", &["image"]),
    files("LoadImageMask", &["image"]),
    files("LoadImageOutput", &["image"]),
    files("LoadLatent", &["latent"]),
    files("LoadAudio", &["audio"]),
    files("LoadVideo", &["file"]),
    files("Mask Sketch", &["image"]),
    anything("WebcamCapture", &["image"], &["image"]),
    anything("ModelAttentionBackend", &["attention"], &["attention"]),
    anything("SelectModelDevice", &["device"], &[]),
    anything("SelectCLIPDevice", &["device"], &[]),
    anything("SelectVAEDevice", &["device"], &[]),
    anything("FluxProUltraImageNode", &["aspect_ratio"], &["aspect_ratio"]),
    Validator { takes_types: true, ..anything("TripoConversionNode", &[], &[]) },
    Validator { takes_all: true, ..anything("Load3D", &["model_file"], &["model_file"]) },
    Validator { takes_all: true, ..anything("Load3DAdvanced", &["model_file"], &["model_file"]) },
    Validator { takes_all: true, ..anything("CustomCombo", &["choice", "index"], &["choice"]) },
];

/// A list of values that does not mean what it shows.
#[derive(Debug)]
pub struct OddList {
    /// The folder of the pack that has it, in lower case.
    pack: &'static str,
    /// How the names of such inputs begin.
    input: &'static str,
    /// What it accepts.
    pub accepts: OddlyAccepts,
}

/// What an odd list accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddlyAccepts {
    /// Everything: the list is a tuple in Python, which ComfyUI does not take for a list of values. Old-style only.
    Everything,
    /// Whatever ends, after its last `/`, as one of the values does.
    SameEnd,
}

/// The odd list behind an input of a class; none if its list means what it shows.
#[must_use]
pub fn odd_list(module: &str, input: &str) -> Option<&'static OddList> {
    let pack = module.strip_prefix("custom_nodes.")?.to_lowercase();
    ODD_LISTS.iter().find(|odd| odd.pack == pack && input.starts_with(odd.input))
}

const ODD_LISTS: [OddList; 3] = [
    OddList { pack: "res4lyf", input: "noise_type", accepts: OddlyAccepts::Everything },
    OddList { pack: "res4lyf", input: "sampler_name", accepts: OddlyAccepts::SameEnd },
    OddList { pack: "res4lyf", input: "unsampler_override", accepts: OddlyAccepts::SameEnd },
];
