//! The facts about classes that a pack file states.

use crate::pattern::Pattern;
use crate::version::Version;
use serde::Deserialize;

/// What is true for some classes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own in a file")]
pub struct Fact {
    /// The classes. `*` alone means every class of the pack's module.
    pub classes: Vec<Pattern>,
    /// The file of the source that shows it.
    pub from: String,
    /// Only JavaScript defines these classes. No `/object_info` has them.
    pub editor: Option<EditorRole>,
    /// The model folder whose files they load, as ComfyUI lists it.
    pub folder: Option<String>,
    /// Links that the editor adds to other nodes on submit.
    pub broadcasts: Vec<Broadcast>,
    /// Names of inputs that the class reads though it does not declare them.
    pub any_inputs: Vec<Pattern>,
    /// Names of undeclared inputs that the class reads as links only: ComfyUI drops other values.
    pub any_links: Vec<Pattern>,
    pub option_inputs: Option<OptionInputs>,
    pub objects: Option<ObjectInputs>,
    pub validator: Option<Validator>,
    /// Inputs that accept more types than they declare.
    pub accepts: Vec<WiderInput>,
    /// Outputs that have more types than they declare.
    pub gives: Vec<WiderOutput>,
    /// Whether links to outputs beyond the declared ones work.
    pub any_output: bool,
    /// Whether it fails without `extra_pnginfo`, which only the editor sends.
    pub needs_editor: bool,
    /// Undeclared inputs that the editor leaves in exports. They do no harm.
    pub leftovers: Vec<Pattern>,
    pub loose_lists: Vec<LooseList>,
    /// Widgets that only the editor adds. Their values are saved and submitted.
    pub widgets: Vec<EditorWidget>,
    /// Inputs whose list shows examples only.
    pub free_choices: Vec<Pattern>,
    /// Whether the definition was read and hides nothing: the class reads and gives what it declares.
    pub declares_all: bool,
    pub unreturned: Option<UnreturnedFiles>,
    /// Whether it is an output node whose files are shown in the editor only.
    pub previews: bool,
}

impl Fact {
    pub(crate) fn is_about(&self, class: &str, is_module: bool) -> bool {
        self.classes.iter().any(|pattern| if pattern.is_any() { is_module } else { pattern.matches(class) })
    }
}

/// Files of an output node that worker-comfyui does not return: it returns what a node lists under `images`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnreturnedFiles {
    /// What the node lists them under; nothing if it lists no file.
    #[serde(default)]
    pub list: Option<String>,
    /// The endings of the files.
    pub endings: Vec<String>,
    /// How to get the same file returned, as help; none if no node does.
    #[serde(default)]
    pub instead: Option<String>,
}

/// What the editor does with a node that only it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditorRole {
    /// It is left out.
    Vanishes,
    /// A link from it continues at its first input.
    Passes,
    /// It stores its first input under the name in its first widget.
    Sets,
    /// A link from it continues at the input of the node that sets the name in its first widget.
    Gets,
    /// Its first widget sets the widgets that it is linked to.
    Primitive,
}

/// Links that the editor adds: to every free input with the type of this node's input or output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broadcast {
    /// The inputs of the broadcasting node, by name: all if absent.
    #[serde(default)]
    pub input: Option<Pattern>,
    /// The input, by its position. The editor renames these inputs to the type of what is linked.
    #[serde(default)]
    pub slot: Option<usize>,
    /// The output that is sent, by its position, in place of an input.
    #[serde(default)]
    pub output: Option<usize>,
    /// Part of the names of receiving inputs, in any case; none for all.
    #[serde(default)]
    pub to: Option<Vec<String>>,
    /// Broadcasts with a higher number win.
    pub priority: u32,
}

impl Broadcast {
    /// Whether it sends what is linked to an input.
    #[must_use]
    pub fn sends(&self, slot: usize, input: &str) -> bool {
        self.output.is_none()
            && self.slot.is_none_or(|at| at == slot)
            && self.input.as_ref().is_none_or(|pattern| pattern.matches(input))
    }
}

/// Inputs whose names stand in the options of another input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionInputs {
    /// The input that chooses.
    pub input: String,
    /// Its option: an object of lists of inputs, by value.
    pub option: String,
}

/// Inputs that hold an object, such as a `LoRA` with its strength.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectInputs {
    /// Such as `lora_*`. The editor counts them from 1.
    pub inputs: Pattern,
    /// The member that names a file. A saved value with it is such an input.
    pub file: String,
    /// The member that switches it on; it is off if this is `false`.
    #[serde(default)]
    pub on: Option<String>,
    /// Values of the member `file` that name no file.
    #[serde(default)]
    pub none: Vec<String>,
    /// The class and the input that list the files.
    pub listed_by: (String, String),
}

/// Code of a class that validates inputs in the place of ComfyUI.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// The inputs that it validates. ComfyUI checks neither their bounds nor their lists.
    pub inputs: Vec<String>,
    /// Its required parameters; the inputs if absent. Python raises without them.
    #[serde(default)]
    pub needs: Option<Vec<String>>,
    /// Whether it also takes every other input.
    #[serde(default)]
    pub takes_all: bool,
    /// Whether it replaces ComfyUI's check of link types.
    #[serde(default)]
    pub takes_types: bool,
    pub accepts: Acceptance,
    /// The folder whose files the list shows, such as `3d/`; all of them if none is given. Other files can exist, too.
    #[serde(default)]
    pub folder: Option<String>,
    /// The first version that has it.
    #[serde(default)]
    pub since: Option<Version>,
    /// The first version that no longer has it.
    #[serde(default)]
    pub until: Option<Version>,
}

/// What a validator accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// Existing files: those of the list, and others in subfolders or other folders.
    Files,
    /// Unknown; treated as everything.
    Unknown,
}

impl Validator {
    #[must_use]
    pub fn judges(&self, input: &str) -> bool {
        self.inputs.iter().any(|name| name == input)
    }

    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.needs.as_ref().unwrap_or(&self.inputs).iter().map(String::as_str)
    }

    #[must_use]
    pub fn exists_in(&self, version: Version) -> bool {
        self.since.is_none_or(|since| version >= since) && self.until.is_none_or(|until| version < until)
    }
}

/// Inputs that accept links of other types than they declare.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WiderInput {
    pub inputs: Vec<Pattern>,
    pub types: Vec<String>,
}

/// Outputs of one declared type that fit inputs of other types, too.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WiderOutput {
    pub declared: String,
    pub types: Vec<String>,
}

/// A list of values that accepts more than it shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LooseList {
    pub inputs: Pattern,
    pub accepts: LooseAcceptance,
}

/// What a loose list accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LooseAcceptance {
    /// Everything: the list is a tuple in Python, which ComfyUI does not treat as a list of values. Old-style only.
    Everything,
    /// Every value with the same last part, after `/`, as a value of the list.
    SameEnd,
}

/// A widget that only the editor has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditorWidget {
    /// The declared input that it follows.
    pub after: String,
    pub name: String,
    /// The value of a new node.
    pub default: String,
}
