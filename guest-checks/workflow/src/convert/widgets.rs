//! The widgets of a node and what they hold: the values of a file, in their order, given to the names that
//! the class declares.

use super::class::{Class, Form, Input};
use super::editor::{self, Submitted};
use super::graph::{Node, Values};
use serde_json::{Map, Number, Value};

/// What the widgets of a node hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Widgets {
    /// The value of each widget by its name, in the order of the editor.
    pub(super) values: Map<String, Value>,
    /// Those without a value: neither the file nor the class has one.
    pub(super) empty: Vec<String>,
    /// Those whose values are not in the file, so that they are the class's.
    pub(super) defaulted: Vec<String>,
    /// How many values of the file belong to no widget.
    pub(super) surplus: usize,
    /// Those whose values may be another widget's: they are of another kind than the widget's, or the file
    /// has another value under their name.
    pub(super) misplaced: Vec<String>,
    /// Those whose text the editor resolves before it submits it.
    pub(super) resolved: Vec<String>,
    /// Those whose values the editor takes from its screen or a device when it submits.
    pub(super) captured: Vec<String>,
    /// An input that may have widgets of its own, of which a file does not tell how many.
    pub(super) untold: Option<String>,
}

impl Widgets {
    /// Whether there is a widget `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.empty.iter().any(|widget| widget == name)
    }

    fn put(&mut self, name: impl Into<String>, value: Option<Value>) {
        match value {
            Some(value) => drop(self.values.insert(name.into(), value)),
            None => self.empty.push(name.into()),
        }
    }

    /// Reads what the widgets of `node` hold.
    pub(super) fn of(node: &Node, class: &Class) -> Self {
        let mut reader = Reader { node, saved: Saved::of(node, class), widgets: Self::default() };
        for (at, input) in class.inputs.iter().enumerate() {
            reader.read(input);
            // An upload button is the last of the required inputs.
            if at + 1 == class.required && class.inputs.iter().any(Input::has_upload) {
                reader.saved.skip(1);
            }
        }
        if node.class == editor::FREE_COMBO {
            reader.read_free_options();
        }
        reader.widgets.surplus = reader.saved.left();
        reader.widgets
    }
}

/// The values of a file, on their way to widgets.
enum Saved<'a> {
    Listed(std::vec::IntoIter<&'a Value>),
    Named(&'a Map<String, Value>),
}

impl<'a> Saved<'a> {
    fn of(node: &'a Node, class: &Class) -> Self {
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

    /// Passes over values of the editor's own widgets. Returns the first.
    fn skip(&mut self, count: usize) -> Option<&'a Value> {
        match self {
            Self::Listed(values) => values.by_ref().take(count).reduce(|first, _| first),
            Self::Named(_) => None,
        }
    }

    /// How many values are left that say something.
    fn left(&self) -> usize {
        match self {
            Self::Listed(values) => values.as_slice().iter().filter(|value| !is_blank(value)).count(),
            Self::Named(_) => 0,
        }
    }
}

/// Leaves out values of inputs that are sockets now and were widgets when the file was saved. There are such
/// values if the file holds exactly one for each input that is or was a widget.
fn without_forced<'a>(values: &'a [Value], class: &Class) -> Vec<&'a Value> {
    let mut forced = Vec::new();
    for input in &class.inputs {
        match &input.form {
            Form::Socket | Form::Row { .. } => {}
            Form::Choice { .. } => forced.push(false),
            Form::Widget(widget) => forced.extend(std::iter::repeat_n(false, 1 + widget.companions)),
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

/// Whether a value says nothing: the editor saves such for widgets that only show something.
fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// What the companion of a widget may say: how its value changes after each run.
const CHANGES: [&str; 5] = ["fixed", "increment", "increment-wrap", "decrement", "randomize"];

struct Reader<'a> {
    node: &'a Node,
    saved: Saved<'a>,
    widgets: Widgets,
}

impl Reader<'_> {
    fn read(&mut self, input: &Input) {
        match &input.form {
            Form::Socket | Form::ForcedSocket { .. } => {}
            Form::Row { of_widgets } => {
                if *of_widgets {
                    self.widgets.untold.get_or_insert_with(|| input.name.clone());
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
                let companion = self.saved.skip(widget.companions);
                let is_companion =
                    companion.is_none_or(|value| value.as_str().is_some_and(|value| CHANGES.contains(&value)));
                if !is_companion || value.as_ref().is_some_and(|value| self.is_misplaced(input, value)) {
                    self.widgets.misplaced.push(input.name.clone());
                }
                let value = match editor::submitted(&input.kind) {
                    Submitted::AsSaved => value,
                    Submitted::Always(value) => Some(value),
                    Submitted::Captured => {
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
        for extra in editor::widgets_after(&self.node.class, &input.name) {
            let value = self.saved.next(extra.name).cloned().unwrap_or_else(|| extra.default.into());
            self.widgets.put(extra.name, Some(value));
        }
    }

    /// The next value of the file, or the class's.
    fn take(&mut self, name: &str, default: Option<&Value>) -> Option<Value> {
        if let Some(saved) = self.saved.next(name) {
            return Some(as_the_editor_holds(saved));
        }
        self.widgets.defaulted.push(name.into());
        default.map(as_the_editor_holds)
    }

    fn is_misplaced(&self, input: &Input, value: &Value) -> bool {
        let fits = match input.kind.as_str() {
            "INT" | "FLOAT" => value.is_number(),
            "BOOLEAN" => value.is_boolean(),
            "STRING" => value.is_string(),
            "COMBO" => !value.is_boolean() && !value.is_object(),
            _ => true,
        };
        let named = self.node.names.get(&input.name).map(as_the_editor_holds);
        let as_saved = editor::submitted(&input.kind) == Submitted::AsSaved;
        !fits || (as_saved && named.is_some_and(|named| named != *value))
    }

    fn read_free_options(&mut self) {
        let mut name = "index".to_owned();
        let mut option = 0;
        while let Some(value) = self.saved.next(&name) {
            if option == 0 && !value.is_number() {
                self.widgets.misplaced.push(name.clone());
            }
            self.widgets.put(name, Some(as_the_editor_holds(value)));
            option += 1;
            name = format!("option{option}");
        }
    }
}

/// The editor is JavaScript: it holds every number as a double, and writes one with as few digits as tell it
/// from its neighbours. So of a whole number beyond 2^53 the last digits become zeros.
pub(super) fn as_the_editor_holds(value: &Value) -> Value {
    const EXACT: u64 = 1 << 53;
    let beyond = value.as_u64().is_some_and(|number| number > EXACT)
        || value.as_i64().is_some_and(|number| number.unsigned_abs() > EXACT);
    let Some(double) = value.as_f64().filter(|_| beyond) else { return value.clone() };
    let digits = double.to_string();
    let whole = digits.parse::<u64>().map(Number::from).or_else(|_| digits.parse::<i64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(double)).map_or_else(|| value.clone(), Value::Number)
}

impl Input {
    fn has_upload(&self) -> bool {
        matches!(&self.form, Form::Widget(widget) if widget.upload)
    }
}
