//! The widgets of a node: the saved values in order, with the names that the class declares.

use super::editor_class::{EditorClass, EditorInput, Form};
use super::editor_graph::{EditorNode, Values};
use super::editor_values::{self, SubmittedValue};
use comfycheck_packs::core_span;
use serde_json::{Map, Number, Value};

#[derive(Clone, Debug, Default)]
pub(super) struct Widgets {
    /// The values by widget, in the order of the editor.
    pub(super) values: Map<String, Value>,
    /// Widgets without a value in the file or a default.
    pub(super) empty: Vec<String>,
    /// Widgets without a value in the file.
    pub(super) defaulted: Vec<String>,
    /// The number of saved values without a widget.
    pub(super) surplus: usize,
    /// Whether the class may read the values without a widget.
    pub(super) reads_surplus: bool,
    /// Widgets whose value may belong to another widget: it has the wrong type, or the file has another value under
    /// their name.
    pub(super) misplaced: Vec<String>,
    /// Widgets whose text the editor resolves on submit.
    pub(super) resolved: Vec<String>,
    /// Widgets whose value the editor captures on submit.
    pub(super) captured: Vec<String>,
    /// An input with a number of widgets that the file does not store.
    pub(super) unknown_count: Option<String>,
}

impl Widgets {
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.empty.iter().any(|widget| widget == name)
    }

    fn put(&mut self, name: impl Into<String>, value: Option<Value>) {
        match value {
            Some(value) => drop(self.values.insert(name.into(), value)),
            None => self.empty.push(name.into()),
        }
    }

    pub(super) fn of(node: &EditorNode, class: &EditorClass) -> Self {
        let saved = SavedValues::of(node, class);
        let mut reader = Reader { node, class, saved, widgets: Self::default(), only_plain: false };
        for (at, input) in class.inputs.iter().enumerate() {
            reader.read(input);
            // The upload button comes after the required inputs.
            if at + 1 == class.required && class.inputs.iter().any(EditorInput::has_upload) {
                reader.saved.skip(1);
            }
        }
        if node.class == editor_values::FREE_COMBO {
            reader.read_free_options();
        }
        reader.read_option_inputs();
        reader.read_objects();
        // The text or the image that a node showed last is saved, too.
        reader.widgets.surplus = if class.facts.has_leftovers() { 0 } else { reader.saved.left() };
        // The class of an unknown pack can read what its code in the editor keeps in lists and objects.
        let is_unknown = !class.facts.is_known() && core_span(&node.class).is_none();
        reader.widgets.reads_surplus = class.facts.reads_any() || (is_unknown && reader.saved.has_structure());
        reader.widgets
    }
}

/// The saved values that are not read yet.
enum SavedValues<'a> {
    Listed(std::vec::IntoIter<&'a Value>),
    Named(&'a Map<String, Value>),
}

impl<'a> SavedValues<'a> {
    fn of(node: &'a EditorNode, class: &EditorClass) -> Self {
        match &node.values {
            Values::None => Self::Listed(Vec::new().into_iter()),
            Values::Named(values) => Self::Named(values),
            Values::Listed(values) => Self::Listed(without_forced(values, class).into_iter()),
        }
    }

    fn next(&mut self, name: &str) -> Option<&'a Value> {
        match self {
            Self::Listed(values) => values.next(),
            Self::Named(values) => values.get(name),
        }
    }

    /// Skips values of the editor's own widgets. Returns the first.
    fn skip(&mut self, count: usize) -> Option<&'a Value> {
        match self {
            Self::Listed(values) => values.by_ref().take(count).reduce(|first, _| first),
            Self::Named(_) => None,
        }
    }

    /// Whether a remaining value is a list or an object.
    fn has_structure(&self) -> bool {
        match self {
            Self::Listed(values) => values.as_slice().iter().any(|value| value.is_array() || value.is_object()),
            Self::Named(_) => false,
        }
    }

    /// The number of remaining values that are not blank.
    fn left(&self) -> usize {
        match self {
            Self::Listed(values) => values.as_slice().iter().filter(|value| !is_blank(value)).count(),
            Self::Named(_) => 0,
        }
    }
}

/// Leaves out values of inputs that are sockets now but were widgets when the file was saved. There are such values if
/// the file has exactly one for each input that is or was a widget.
fn without_forced<'a>(values: &'a [Value], class: &EditorClass) -> Vec<&'a Value> {
    let mut forced = Vec::new();
    for input in &class.inputs {
        match &input.form {
            Form::Socket | Form::Row { .. } => {}
            Form::Choice { .. } => forced.push(false),
            Form::Widget(widget) => forced.extend(std::iter::repeat_n(false, 1 + widget.controls)),
            Form::ForcedSocket { controlled } => {
                forced.push(true);
                forced.extend(controlled.then_some(false));
            }
        }
    }
    if forced.len() != values.len() {
        return values.iter().collect();
    }
    values.iter().zip(forced).filter(|(_, forced)| !forced).map(|(value, _)| value).collect()
}

/// Whether a value is blank: the editor saves such values for widgets that only display something.
fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// The control values: how a value changes after each run.
const CHANGES: [&str; 5] = ["fixed", "increment", "increment-wrap", "decrement", "randomize"];

struct Reader<'a> {
    node: &'a EditorNode,
    class: &'a EditorClass,
    saved: SavedValues<'a>,
    widgets: Widgets,
    /// Whether only plain values count: others are of widgets that display something, such as a preview.
    only_plain: bool,
}

impl Reader<'_> {
    fn read(&mut self, input: &EditorInput) {
        match &input.form {
            Form::Socket | Form::ForcedSocket { .. } => {}
            Form::Row { of_widgets } => {
                if *of_widgets {
                    self.widgets.unknown_count.get_or_insert_with(|| input.name.clone());
                }
            }
            Form::Choice { default, options } => {
                let value = self.take(&input.name, default.as_ref());
                let chosen = options.iter().find(|(key, _)| Some(key) == value.as_ref());
                self.widgets.put(&input.name, value);
                for input in chosen.map(|(_, inputs)| inputs.as_slice()).unwrap_or_default() {
                    self.read(input);
                }
            }
            Form::Widget(widget) => {
                let value = self.take(&input.name, widget.default.as_ref());
                let control = self.saved.skip(widget.controls);
                // A pack can remove the control, and add buttons, whose values are blank.
                let is_control = control.is_none_or(|value| match value.as_str() {
                    Some(value) if CHANGES.contains(&value) => true,
                    _ => value.is_null() || (is_blank(value) && self.saved.left() == 0),
                });
                if !is_control || value.as_ref().is_some_and(|value| self.is_misplaced(input, value)) {
                    self.widgets.misplaced.push(input.name.clone());
                }
                let value = match editor_values::submitted(&input.kind) {
                    SubmittedValue::AsSaved => value,
                    SubmittedValue::Always(value) => Some(value),
                    SubmittedValue::Captured => {
                        self.widgets.captured.push(input.name.clone());
                        value
                    }
                };
                if widget.resolved_text {
                    self.widgets.resolved.push(input.name.clone());
                }
                self.widgets.put(&input.name, value);
            }
        }
        for extra in self.class.facts.widgets_after(&input.name) {
            let value = self.saved.next(&extra.name).cloned().unwrap_or_else(|| extra.default.clone().into());
            self.widgets.put(&extra.name, Some(value));
        }
    }

    /// The next saved value, or the class's default.
    fn take(&mut self, name: &str, default: Option<&Value>) -> Option<Value> {
        let is_value = |saved: &Value| !self.only_plain || !(saved.is_null() || saved.is_object());
        if let Some(saved) = self.saved.next(name).filter(|saved| is_value(saved)) {
            return Some(as_double(saved));
        }
        self.widgets.defaulted.push(name.into());
        default.map(as_double)
    }

    fn is_misplaced(&self, input: &EditorInput, value: &Value) -> bool {
        let fits = match input.kind.as_str() {
            // ComfyUI converts the text of a number.
            "INT" | "FLOAT" => {
                value.is_number() || value.as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok())
            }
            "BOOLEAN" => value.is_boolean(),
            "STRING" => value.is_string(),
            "COMBO" => (!value.is_boolean() && !value.is_object()) || input.listed_objects.contains(value),
            _ => true,
        };
        let named = self.node.names.get(&input.name).map(as_double);
        let as_saved = editor_values::submitted(&input.kind) == SubmittedValue::AsSaved;
        !fits || (as_saved && named.is_some_and(|named| named != *value))
    }

    /// Inputs that the chosen value of another input adds.
    fn read_option_inputs(&mut self) {
        let Some(by) = self.class.facts.option_inputs() else { return };
        let Some(chooser) = self.class.inputs.iter().find(|input| input.name == by.input) else { return };
        let chosen = self.widgets.values.get(&by.input).and_then(Value::as_str);
        let added = chosen.and_then(|chosen| chooser.options.get(&by.option)?.get(chosen)?.as_array());
        self.only_plain = true;
        for spec in added.into_iter().flatten().filter_map(Value::as_array) {
            if let Some((Value::String(name), rest)) = spec.split_first() {
                self.read(&EditorInput::read(name.clone(), &Value::Array(rest.to_vec())));
            }
        }
        self.only_plain = false;
    }

    /// Inputs that hold an object. The editor numbers them, and leaves out members without a value.
    fn read_objects(&mut self) {
        let Some(objects) = self.class.facts.objects() else { return };
        let SavedValues::Listed(values) = &mut self.saved else { return };
        let files = values.by_ref().filter_map(Value::as_object).filter(|value| value.contains_key(&objects.file));
        for (at, value) in files.enumerate() {
            let kept = value.iter().filter(|(_, member)| !member.is_null());
            let value = kept.map(|(name, member)| (name.clone(), as_double(member))).collect();
            let name = objects.inputs.text().replacen('*', &(at + 1).to_string(), 1);
            self.widgets.values.insert(name, Value::Object(value));
        }
    }

    fn read_free_options(&mut self) {
        let mut name = "index".to_owned();
        let mut option = 0;
        while let Some(value) = self.saved.next(&name) {
            if option == 0 && !value.is_number() {
                self.widgets.misplaced.push(name.clone());
            }
            self.widgets.put(name, Some(as_double(value)));
            option += 1;
            name = format!("option{option}");
        }
    }
}

/// The editor is JavaScript: numbers are doubles, written with as few digits as possible. The last digits of an integer
/// above 2^53 become zeros.
pub(super) fn as_double(value: &Value) -> Value {
    const EXACT: u64 = 1 << 53;
    let beyond = value.as_u64().is_some_and(|number| number > EXACT)
        || value.as_i64().is_some_and(|number| number.unsigned_abs() > EXACT);
    let Some(double) = value.as_f64().filter(|_| beyond) else { return value.clone() };
    let digits = double.to_string();
    let whole = digits.parse::<u64>().map(Number::from).or_else(|_| digits.parse::<i64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(double)).map_or_else(|| value.clone(), Value::Number)
}

impl EditorInput {
    fn has_upload(&self) -> bool {
        matches!(&self.form, Form::Widget(widget) if widget.upload)
    }
}
