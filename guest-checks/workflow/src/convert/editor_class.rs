//! How the editor shows a node class: which inputs have a widget, in which order, and the default value of each widget.
//! Read from `/object_info`.

use super::editor_graph::Slot;
use comfycheck_packs::ClassFacts;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

#[derive(Debug)]
pub(super) struct EditorClass {
    /// The title of a node that the user did not rename.
    pub(super) title: String,
    /// Required inputs, then optional ones, in the declared order.
    pub(super) inputs: Vec<EditorInput>,
    /// The number of required inputs.
    pub(super) required: usize,
    /// The type of each output.
    pub(super) outputs: Vec<String>,
    /// What the description does not show.
    pub(super) facts: ClassFacts,
}

#[derive(Debug)]
pub(super) struct EditorInput {
    /// The full name, such as `outer.inner` for an input of a dynamic one.
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) form: Form,
    /// The options of its declaration.
    pub(super) options: Value,
    /// The values of its list that are objects, as some packs have them.
    pub(super) listed_objects: Vec<Value>,
}

/// How the editor shows an input.
#[derive(Debug)]
pub(super) enum Form {
    /// As a socket: it takes only links.
    Socket,
    /// As a socket, though its type usually has a widget. Older editors saved a value for it.
    ForcedSocket {
        /// Whether a control value follows that value.
        controlled: bool,
    },
    Widget(Widget),
    /// As a combo whose value decides which other inputs exist.
    Choice {
        /// The value of a new node.
        default: Option<Value>,
        /// Each value with its inputs.
        options: Vec<(Value, Vec<EditorInput>)>,
    },
    /// As a growing row of inputs, named `row.input`.
    Row {
        /// Whether the inputs of the row are widgets.
        of_widgets: bool,
    },
}

#[derive(Debug)]
pub(super) struct Widget {
    /// The value of a new node, if the class has one.
    pub(super) default: Option<Value>,
    /// The number of control values that the editor saves after this value and never submits.
    pub(super) controls: usize,
    /// The editor resolves the text on submit.
    pub(super) resolved_text: bool,
    /// The editor adds an upload button.
    pub(super) upload: bool,
}

/// Types that have a widget, besides those that this file handles by name.
const WIDGET_KINDS: [&str; 17] = [
    "AUDIO_RECORD",
    "BOOLEAN",
    "BOUNDING_BOX",
    "BOUNDING_BOXES",
    "COLOR",
    "COLORS",
    "COMBO",
    "COMPOSITOR",
    "CURVE",
    "FLOAT",
    "IMAGECOMPARE",
    "INT",
    "LOAD_3D",
    "PAINTER",
    "RANGE",
    "STRING",
    "WEBCAM",
];

/// Options that request an upload button.
const UPLOADS: [&str; 5] = ["audio_upload", "image_upload", "animated_image_upload", "video_upload", "text_upload"];

impl EditorClass {
    /// Reads the entry of class `name`; none if it is not the description of a class.
    pub(super) fn read(name: &str, entry: &Value, facts: ClassFacts) -> Option<Self> {
        let title = entry.get("display_name").and_then(Value::as_str).filter(|title| !title.is_empty());
        let declared = entry.get("input")?.as_object()?;
        let mut inputs = Vec::new();
        let required = read_inputs("", declared, entry.get("input_order"), &mut inputs);
        let outputs = entry.get("output").and_then(Value::as_array).into_iter().flatten().map(kind);
        Some(Self { title: title.unwrap_or(name).to_owned(), inputs, required, outputs: outputs.collect(), facts })
    }

    /// The type of an input: the class's, unless that depends on the link.
    pub(super) fn kind_of<'k>(&'k self, slot: &'k Slot) -> &'k str {
        let declared = self.inputs.iter().find(|input| input.name == slot.name).map(|input| input.kind.as_str());
        declared.filter(|kind| !kind.starts_with("COMFY_")).unwrap_or(&slot.kind)
    }

    /// The place of input `name` in the editor: sockets, then widgets, then undeclared inputs.
    pub(super) fn place_of(&self, name: &str) -> (usize, usize) {
        let row = name.split_once('.').map_or(name, |(row, _)| row);
        let declared = self.inputs.iter().position(|input| input.name == name || input.name == row);
        let Some(at) = declared else { return (2, 0) };
        let widget = matches!(self.inputs[at].form, Form::Widget(_) | Form::Choice { .. });
        (usize::from(widget), at)
    }
}

/// Reads the inputs of a class or of a dynamic input. Returns the number of required ones.
fn read_inputs(
    prefix: &str,
    declared: &Map<String, Value>,
    order: Option<&Value>,
    inputs: &mut Vec<EditorInput>,
) -> usize {
    let mut required = 0;
    for section in ["required", "optional"] {
        let Some(specs) = declared.get(section).and_then(Value::as_object) else { continue };
        let ordered = order.and_then(|order| order.get(section)).and_then(Value::as_array);
        let mut named = HashSet::new();
        let first = ordered.into_iter().flatten().filter_map(Value::as_str);
        for name in first.chain(specs.keys().map(String::as_str)) {
            let Some(spec) = specs.get(name).filter(|_| named.insert(name)) else { continue };
            inputs.push(EditorInput::read(format!("{prefix}{name}"), spec));
        }
        if section == "required" {
            required = inputs.len();
        }
    }
    required
}

impl EditorInput {
    pub(super) fn is_row(&self) -> bool {
        matches!(self.form, Form::Row { .. })
    }

    pub(super) fn read(name: String, spec: &Value) -> Self {
        let none = Map::new();
        let options = spec.get(1).and_then(Value::as_object).unwrap_or(&none);
        let kind = spec.get(0).map(kind).unwrap_or_default();
        let form = Form::read(&name, &kind, spec.get(0), options);
        let list = spec.get(0).and_then(Value::as_array).or_else(|| options.get("options").and_then(Value::as_array));
        let listed_objects = list.into_iter().flatten().filter(|value| value.is_object()).cloned().collect();
        let options = spec.get(1).cloned().unwrap_or_default();
        Self { name, kind, form, options, listed_objects }
    }
}

impl Form {
    fn read(name: &str, kind: &str, declared: Option<&Value>, options: &Map<String, Value>) -> Self {
        let choices = declared.filter(|declared| declared.is_array()).or_else(|| options.get("options"));
        match kind {
            "COMFY_DYNAMICCOMBO_V3" => Self::read_choice(name, options),
            "COMFY_AUTOGROW_V3" => Self::Row { of_widgets: row_of_widgets(options) },
            _ => {
                let shown_as = options.get("widgetType").and_then(Value::as_str).unwrap_or(kind);
                if !WIDGET_KINDS.contains(&shown_as) {
                    return Self::Socket;
                }
                let controls = controls(name, shown_as, options);
                if options.get("forceInput") == Some(&Value::Bool(true)) {
                    return Self::ForcedSocket { controlled: controls > 0 };
                }
                Self::Widget(Widget {
                    default: default(shown_as, options, choices),
                    controls,
                    resolved_text: options.get("dynamicPrompts") == Some(&Value::Bool(true)),
                    upload: UPLOADS.iter().any(|upload| options.get(*upload) == Some(&Value::Bool(true))),
                })
            }
        }
    }

    fn read_choice(name: &str, options: &Map<String, Value>) -> Self {
        let declared = options.get("options").and_then(Value::as_array).into_iter().flatten();
        let options: Vec<_> = declared
            .filter_map(|option| {
                let mut inputs = Vec::new();
                if let Some(declared) = option.get("inputs").and_then(Value::as_object) {
                    read_inputs(&format!("{name}."), declared, None, &mut inputs);
                }
                Some((option.get("key")?.clone(), inputs))
            })
            .collect();
        Self::Choice { default: options.first().map(|(key, _)| key.clone()), options }
    }
}

/// Whether the inputs of a growing row are widgets.
fn row_of_widgets(options: &Map<String, Value>) -> bool {
    let Some(repeated) = options.get("template").and_then(|template| template.get("input")).and_then(Value::as_object)
    else {
        return false;
    };
    let mut inputs = Vec::new();
    read_inputs("", repeated, None, &mut inputs);
    inputs.iter().any(|input| !matches!(input.form, Form::Socket | Form::ForcedSocket { .. }))
}

/// The number of control values after the value of a widget: its change after each run and, for a combo, a filter. A
/// seed has the first even if its class does not request it.
fn controls(name: &str, shown_as: &str, options: &Map<String, Value>) -> usize {
    let is_controlled = match options.get("control_after_generate") {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(_)) => true,
        _ => shown_as == "INT" && ["seed", "noise_seed"].contains(&name),
    };
    match shown_as {
        "INT" | "FLOAT" => usize::from(is_controlled),
        "COMBO" => 2 * usize::from(is_controlled),
        _ => 0,
    }
}

/// The value of a new node.
fn default(shown_as: &str, options: &Map<String, Value>, choices: Option<&Value>) -> Option<Value> {
    if let Some(default) = options.get("default").filter(|default| !default.is_null()) {
        return Some(default.clone());
    }
    match shown_as {
        "INT" | "FLOAT" => Some(json!(0)),
        "BOOLEAN" => Some(json!(false)),
        "STRING" => Some(json!("")),
        "COMBO" => choices?.get(0).cloned(),
        _ => None,
    }
}

/// The name of a type; a list of values is a combo.
fn kind(declared: &Value) -> String {
    match declared {
        Value::String(kind) => kind.clone(),
        Value::Array(_) => "COMBO".into(),
        _ => "*".into(),
    }
}
