//! Classes that validate inputs with their own code, which `/object_info` does not show.
//!
//! Observed with ComfyUI 0.33.0 and RES4LYF 1.1.0: the parameters of each validator, and what it accepts. Any other
//! class is checked against its description.

/// The validator of a class.
#[derive(Debug)]
pub struct Validator {
    pub class: &'static str,
    /// The inputs that it validates. ComfyUI itself checks neither their bounds nor their lists.
    pub judges: &'static [&'static str],
    /// Its required parameters: Python raises if one is absent.
    pub needs: &'static [&'static str],
    /// Whether it also takes every other input.
    pub takes_all: bool,
    /// Whether it replaces ComfyUI's check of link types.
    pub takes_types: bool,
    pub accepts: Acceptance,
}

/// What a validator accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// Existing files: those of the list, and others in subfolders or other folders.
    Files,
    /// Unknown; treated as everything.
    Everything,
}

/// The validator of a class, if it has a known one.
#[must_use]
pub fn of(class: &str) -> Option<&'static Validator> {
    VALIDATORS.iter().find(|validator| validator.class == class)
}

const fn files(class: &'static str, judges: &'static [&'static str]) -> Validator {
    Validator { class, judges, needs: judges, takes_all: false, takes_types: false, accepts: Acceptance::Files }
}

const fn anything(class: &'static str, judges: &'static [&'static str], needs: &'static [&'static str]) -> Validator {
    Validator { class, judges, needs, takes_all: false, takes_types: false, accepts: Acceptance::Everything }
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

/// A list of values that accepts more than it shows.
#[derive(Debug)]
pub struct OddList {
    /// The folder of the pack, in lower case.
    pack: &'static str,
    /// The start of the names of such inputs.
    input: &'static str,
    pub accepts: OddAcceptance,
}

/// What an odd list accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddAcceptance {
    /// Everything: the list is a tuple in Python, which ComfyUI does not treat as a list of values. Old-style only.
    Everything,
    /// Every value with the same last part, after `/`, as a value of the list.
    SameEnd,
}

/// The odd list of an input, if it has one.
#[must_use]
pub fn odd_list(module: &str, input: &str) -> Option<&'static OddList> {
    let pack = module.strip_prefix("custom_nodes.")?.to_lowercase();
    ODD_LISTS.iter().find(|odd| odd.pack == pack && input.starts_with(odd.input))
}

const ODD_LISTS: [OddList; 3] = [
    OddList { pack: "res4lyf", input: "noise_type", accepts: OddAcceptance::Everything },
    OddList { pack: "res4lyf", input: "sampler_name", accepts: OddAcceptance::SameEnd },
    OddList { pack: "res4lyf", input: "unsampler_override", accepts: OddAcceptance::SameEnd },
];
