//! What a node class declares, read from its entry of `/object_info`: which of its inputs the editor gives a
//! widget, in which order, and what a widget holds before anyone touches it.

use super::graph::Slot;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// A node class.
#[derive(Debug)]
pub(super) struct Class {
    /// What the editor calls a node of this class that nobody named.
    pub(super) title: String,
    /// Required ones first, each section in its declared order.
    pub(super) inputs: Vec<Input>,
    /// How many of them are required: the first ones.
    pub(super) required: usize,
    /// The types of the outputs.
    pub(super) outputs: Vec<String>,
}

/// An input of a class.
#[derive(Debug)]
pub(super) struct Input {
    /// The whole name; an input inside a dynamic one is `outer.inner`.
    pub(super) name: String,
    /// The type of data that it takes.
    pub(super) kind: String,
    pub(super) form: Form,
}

/// How the editor shows an input.
#[derive(Debug)]
pub(super) enum Form {
    /// As a place for a link alone.
    Socket,
    /// The same, of a type that has a widget elsewhere. Files of older editors hold a value for it.
    ForcedSocket {
        /// Whether that value has a companion that says how it changes after each run.
        controlled: bool,
    },
    /// As a widget.
    Widget(Widget),
    /// As a combo whose value decides which further inputs there are.
    Choice {
        /// The value of a new node.
        default: Option<Value>,
        /// Each value with the inputs that it brings.
        options: Vec<(Value, Vec<Input>)>,
    },
    /// As a row of inputs that grows with use. Inputs of the row have the name of the row, a dot, and their own.
    Row {
        /// Whether the inputs of the row are widgets.
        of_widgets: bool,
    },
}

/// A widget of an input.
#[derive(Debug)]
pub(super) struct Widget {
    /// What a new node holds; none if the class leaves it open.
    pub(super) default: Option<Value>,
    /// How many values the editor saves after this one for widgets of its own, which are never submitted.
    pub(super) companions: usize,
    /// The value is a text that the editor resolves before it submits it.
    pub(super) resolved_text: bool,
    /// The widget chooses a file, and the editor puts a button beside it to upload one.
    pub(super) upload: bool,
}

/// Types of data that the editor has a widget for, beside those that are handled by name here.
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

/// Options by which a class asks for an upload button.
const UPLOADS: [&str; 4] = ["image_upload", "animated_image_upload", "video_upload", "text_upload"];

impl Class {
    /// Reads the entry of class `name`; none if it is no description of a class.
    pub(super) fn read(name: &str, entry: &Value) -> Option<Self> {
        let title = entry.get("display_name").and_then(Value::as_str).filter(|title| !title.is_empty());
        let declared = entry.get("input")?.as_object()?;
        let mut inputs = Vec::new();
        let required = read_inputs("", declared, entry.get("input_order"), &mut inputs);
        let outputs = entry.get("output").and_then(Value::as_array).into_iter().flatten().map(kind);
        Some(Self { title: title.unwrap_or(name).to_owned(), inputs, required, outputs: outputs.collect() })
    }

    /// The type that an input takes: the class's, except where that is only known when something is linked.
    pub(super) fn kind_of<'k>(&'k self, slot: &'k Slot) -> &'k str {
        let declared = self.inputs.iter().find(|input| input.name == slot.name).map(|input| input.kind.as_str());
        declared.filter(|kind| !kind.starts_with("COMFY_")).unwrap_or(&slot.kind)
    }

    /// Where the editor puts input `name` among the inputs of a node: sockets come before widgets, and what
    /// the class does not declare comes last.
    pub(super) fn place_of(&self, name: &str) -> (usize, usize) {
        let row = name.split_once('.').map_or(name, |(row, _)| row);
        let declared = self.inputs.iter().position(|input| input.name == name || input.name == row);
        let Some(at) = declared else { return (2, 0) };
        let widget = matches!(self.inputs[at].form, Form::Widget(_) | Form::Choice { .. });
        (usize::from(widget), at)
    }
}

/// Reads the inputs of a class, or those that a dynamic input brings. Returns how many are required.
fn read_inputs(prefix: &str, declared: &Map<String, Value>, order: Option<&Value>, inputs: &mut Vec<Input>) -> usize {
    let mut required = 0;
    for section in ["required", "optional"] {
        let Some(specs) = declared.get(section).and_then(Value::as_object) else { continue };
        let ordered = order.and_then(|order| order.get(section)).and_then(Value::as_array);
        let mut named = HashSet::new();
        let first = ordered.into_iter().flatten().filter_map(Value::as_str);
        for name in first.chain(specs.keys().map(String::as_str)) {
            let Some(spec) = specs.get(name).filter(|_| named.insert(name)) else { continue };
            inputs.push(Input::read(format!("{prefix}{name}"), spec));
        }
        if section == "required" {
            required = inputs.len();
        }
    }
    required
}

impl Input {
    /// Whether it is a row of inputs, and none itself.
    pub(super) fn is_row(&self) -> bool {
        matches!(self.form, Form::Row { .. })
    }

    fn read(name: String, spec: &Value) -> Self {
        let none = Map::new();
        let options = spec.get(1).and_then(Value::as_object).unwrap_or(&none);
        let kind = spec.get(0).map(kind).unwrap_or_default();
        let form = Form::read(&name, &kind, spec.get(0), options);
        Self { name, kind, form }
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
                let companions = companions(name, shown_as, options);
                if options.get("forceInput") == Some(&Value::Bool(true)) {
                    return Self::ForcedSocket { controlled: companions > 0 };
                }
                Self::Widget(Widget {
                    default: default(shown_as, options, choices),
                    companions,
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

/// Whether what a growing row repeats is a widget.
fn row_of_widgets(options: &Map<String, Value>) -> bool {
    let Some(repeated) = options.get("template").and_then(|template| template.get("input")).and_then(Value::as_object)
    else {
        return false;
    };
    let mut inputs = Vec::new();
    read_inputs("", repeated, None, &mut inputs);
    inputs.iter().any(|input| !matches!(input.form, Form::Socket | Form::ForcedSocket { .. }))
}

/// How many values follow that of a widget: what happens to it after a run and, for a combo, which values
/// that may choose from. A seed has the first even if its class does not ask for it.
fn companions(name: &str, shown_as: &str, options: &Map<String, Value>) -> usize {
    let asked = match options.get("control_after_generate") {
        Some(Value::Bool(asked)) => *asked,
        Some(Value::String(_)) => true,
        _ => shown_as == "INT" && ["seed", "noise_seed"].contains(&name),
    };
    match shown_as {
        "INT" | "FLOAT" => usize::from(asked),
        "COMBO" => 2 * usize::from(asked),
        _ => 0,
    }
}

/// What a new node holds.
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

/// A type as text; a list of values is a combo.
fn kind(declared: &Value) -> String {
    match declared {
        Value::String(kind) => kind.clone(),
        Value::Array(_) => "COMBO".into(),
        _ => "*".into(),
    }
}
