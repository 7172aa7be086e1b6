//! ComfyUI's errors about nodes, and its words for them.

use crate::class::Spec;
use crate::json::Value;
use crate::python::{repr, to_str};
use std::rc::Rc;

/// One of ComfyUI's errors about a node.
#[derive(Clone, Debug)]
pub struct NodeError {
    /// The input that ComfyUI names; none if it names none. Where the node is broken from within (see
    /// [`Problem::ExceptionDuringInnerValidation`]), it is the input of another node: the one that links to this.
    pub input: Option<Rc<str>>,
    /// What its class declares for the input.
    pub spec: Option<Rc<Spec>>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong, with a variant for each of ComfyUI's types of error.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A required input is absent.
    RequiredInputMissing,
    /// An array that is no link: not two elements.
    BadLinkedInput {
        /// The array.
        received: Value,
    },
    /// An output is linked to an input of another type.
    ReturnTypeMismatch {
        /// The output's type.
        received: Value,
        /// The node whose output is linked.
        node: Rc<str>,
    },
    /// A value that Python does not convert to the input's type.
    InvalidInputType {
        /// The value.
        received: Value,
        /// The input's type.
        wanted: &'static str,
        /// Why, in Python's words.
        why: String,
    },
    /// A value below the input's bound.
    ValueSmallerThanMin {
        /// The value, converted.
        received: Value,
        /// The bound.
        bound: Value,
    },
    /// A value above the input's bound.
    ValueBiggerThanMax {
        /// The value, converted.
        received: Value,
        /// The bound.
        bound: Value,
    },
    /// A value that is not among those of a choice.
    ValueNotInList {
        /// The value.
        received: Value,
    },
    /// A value that the class's own validator refuses.
    CustomValidationFailed {
        /// The value.
        received: Value,
    },
    /// ComfyUI's check of an output node raises.
    ExceptionDuringValidation(Exception),
    /// ComfyUI's check of another node raises.
    ExceptionDuringInnerValidation {
        /// What was raised.
        exception: Exception,
        /// The node whose link was followed; the error's input is its.
        parent: Rc<str>,
    },
    /// The node depends on itself.
    DependencyCycle {
        /// The nodes of the cycle with their classes, each linked to the next, the first one again at the end. Cut
        /// after 20 nodes.
        path: Rc<[(Rc<str>, Rc<str>)]>,
        /// How many nodes the cycle has.
        length: usize,
    },
}

/// How many nodes of a cycle are named.
pub(super) const MOST_IN_CYCLE: usize = 20;

/// What Python raises while a node is checked. The node's other errors are lost by it.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Python's type, such as `KeyError`.
    pub kind: &'static str,
    /// Python's text.
    pub text: String,
    /// The input of the node that it is about; none if it is about the node as a whole.
    pub input: Option<Rc<str>>,
    /// What it really means.
    pub cause: Box<Cause>,
}

/// What an exception really means.
#[derive(Clone, Debug)]
pub enum Cause {
    /// The node has no `inputs`.
    NoInputs,
    /// A link to a node that does not exist; the id as it is written.
    NoSuchNode(Value),
    /// A link to an output that does not exist, of a node with so many outputs.
    NoSuchOutput {
        /// The other node.
        node: Rc<str>,
        /// The index as it is written.
        slot: Value,
        /// How many outputs the other node's class has.
        outputs: usize,
    },
    /// A link whose output is not an integer.
    SlotNotAnInteger(Value),
    /// A value that cannot be compared with the input's bound.
    NotComparable {
        /// The value.
        received: Value,
        /// The bound.
        bound: Value,
    },
    /// The class's own validator needs an input that is absent.
    ValidatorNeeds,
    /// The class's own validator is given something else than the name of a file.
    NoFileName(Value),
}

impl NodeError {
    /// ComfyUI's word for it.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self.problem {
            Problem::RequiredInputMissing => "required_input_missing",
            Problem::BadLinkedInput { .. } => "bad_linked_input",
            Problem::ReturnTypeMismatch { .. } => "return_type_mismatch",
            Problem::InvalidInputType { .. } => "invalid_input_type",
            Problem::ValueSmallerThanMin { .. } => "value_smaller_than_min",
            Problem::ValueBiggerThanMax { .. } => "value_bigger_than_max",
            Problem::ValueNotInList { .. } => "value_not_in_list",
            Problem::CustomValidationFailed { .. } => "custom_validation_failed",
            Problem::ExceptionDuringValidation(_) => "exception_during_validation",
            Problem::ExceptionDuringInnerValidation { .. } => "exception_during_inner_validation",
            Problem::DependencyCycle { .. } => "dependency_cycle",
        }
    }

    /// ComfyUI's `message`.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.problem {
            Problem::RequiredInputMissing => "Required input is missing".into(),
            Problem::BadLinkedInput { .. } => {
                "Bad linked input, must be a length-2 list of [node_id, slot_index]".into()
            }
            Problem::ReturnTypeMismatch { .. } => "Return type mismatch between linked nodes".into(),
            Problem::InvalidInputType { wanted, .. } => format!("Failed to convert an input value to a {wanted} value"),
            Problem::ValueSmallerThanMin { received, bound } => {
                format!("Value {} smaller than min of {}", to_str(received), to_str(bound))
            }
            Problem::ValueBiggerThanMax { received, bound } => {
                format!("Value {} bigger than max of {}", to_str(received), to_str(bound))
            }
            Problem::ValueNotInList { .. } => "Value not in list".into(),
            Problem::CustomValidationFailed { .. } => "Custom validation failed for node".into(),
            Problem::ExceptionDuringValidation(_) => "Exception when validating node".into(),
            Problem::ExceptionDuringInnerValidation { .. } => "Exception when validating inner node".into(),
            Problem::DependencyCycle { .. } => "Dependency cycle detected".into(),
        }
    }

    /// ComfyUI's `details`.
    #[must_use]
    pub fn details(&self) -> String {
        let input = self.input.as_deref().unwrap_or_default();
        match &self.problem {
            // Of a dynamic input, ComfyUI prints the last part of the name only.
            Problem::RequiredInputMissing => input.rsplit('.').next().unwrap_or_default().to_owned(),
            Problem::BadLinkedInput { .. }
            | Problem::ValueSmallerThanMin { .. }
            | Problem::ValueBiggerThanMax { .. }
            | Problem::CustomValidationFailed { .. } => input.to_owned(),
            Problem::ReturnTypeMismatch { received, .. } => {
                let wanted = self.spec.as_ref().map(|spec| to_str(&spec.kind)).unwrap_or_default();
                format!("{input}, received_type({}) mismatch input_type({wanted})", to_str(received))
            }
            Problem::InvalidInputType { received, why, .. } => format!("{input}, {}, {why}", to_str(received)),
            Problem::ValueNotInList { received } => {
                let choices = self.spec.as_ref().and_then(|spec| spec.choices()).unwrap_or_default();
                let list = match choices {
                    few if few.len() <= LISTED => repr(&Value::List(few.into())),
                    many => format!("(list of length {})", many.len()),
                };
                format!("{input}: {} not in {list}", repr(received))
            }
            Problem::ExceptionDuringValidation(exception)
            | Problem::ExceptionDuringInnerValidation { exception, .. } => exception.text.clone(),
            Problem::DependencyCycle { path, .. } => {
                let nodes: Vec<_> = path.iter().map(|(id, class)| format!("{id} ({class})")).collect();
                nodes.join(" -> ")
            }
        }
    }
}

/// Up to how many values ComfyUI lists.
const LISTED: usize = 20;
