//! ComfyUI's errors about nodes, with its messages.

use crate::class::Spec;
use crate::json::Value;
use crate::python::{repr, to_str};
use std::rc::Rc;

#[derive(Clone, Debug)]
pub struct NodeError {
    /// The input that ComfyUI names, if any. For [`Problem::ExceptionDuringInnerValidation`] it is an input of the node
    /// that links to this one.
    pub input: Option<Rc<str>>,
    /// The declaration of the input.
    pub spec: Option<Rc<Spec>>,
    pub problem: Problem,
}

/// A variant for each of ComfyUI's types of error.
#[derive(Clone, Debug)]
pub enum Problem {
    RequiredInputMissing,
    /// An array that does not have two elements.
    BadLinkedInput {
        received: Value,
    },
    ReturnTypeMismatch {
        /// The type of the output.
        received: Value,
        node: Rc<str>,
    },
    /// A value that Python cannot convert to the type of the input.
    InvalidInputType {
        received: Value,
        expected: &'static str,
        /// Python's error message.
        why: String,
    },
    ValueSmallerThanMin {
        /// After conversion.
        received: Value,
        bound: Value,
    },
    ValueBiggerThanMax {
        /// After conversion.
        received: Value,
        bound: Value,
    },
    ValueNotInList {
        received: Value,
    },
    /// A value that the validator of the class refuses.
    CustomValidationFailed {
        received: Value,
    },
    /// Python raises while ComfyUI validates an output node.
    ExceptionDuringValidation(Exception),
    /// Python raises while ComfyUI validates another node.
    ExceptionDuringInnerValidation {
        exception: Exception,
        /// The node whose link led here. The input of the error belongs to it.
        parent: Rc<str>,
    },
    DependencyCycle(Cycle),
}

/// Nodes whose links lead back to them.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// The nodes with their classes, at most 20, each linked to the next. The first is repeated at the end.
    pub path: Rc<[(Rc<str>, Rc<str>)]>,
    /// The number of nodes.
    pub length: usize,
}

/// The most nodes in the path of a cycle.
pub(super) const MOST_IN_CYCLE: usize = 20;

/// What Python raises during validation. It hides the other errors of the node.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The Python class, such as `KeyError`.
    pub kind: &'static str,
    /// The Python message.
    pub text: String,
    /// None if it concerns the node as a whole.
    pub input: Option<Rc<str>>,
    pub cause: Box<Cause>,
}

/// The cause of an exception.
#[derive(Clone, Debug)]
pub enum Cause {
    NoInputs,
    /// A link to a node that does not exist, with the id as written.
    NoSuchNode(Value),
    /// A link to an output that does not exist.
    NoSuchOutput {
        node: Rc<str>,
        /// The index as written.
        slot: Value,
        /// The number of outputs of the linked node.
        outputs: usize,
    },
    SlotNotAnInteger(Value),
    NotComparable {
        received: Value,
        bound: Value,
    },
    /// The validator of the class needs an input that is absent.
    RequiredByValidator,
    /// The validator of the class expects a file name and gets this.
    NotAFileName(Value),
}

impl NodeError {
    /// ComfyUI's `type`.
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
            Problem::DependencyCycle(_) => "dependency_cycle",
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
            Problem::InvalidInputType { expected, .. } => {
                format!("Failed to convert an input value to a {expected} value")
            }
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
            Problem::DependencyCycle(_) => "Dependency cycle detected".into(),
        }
    }

    /// ComfyUI's `details`.
    #[must_use]
    pub fn details(&self) -> String {
        let input = self.input.as_deref().unwrap_or_default();
        match &self.problem {
            // ComfyUI prints only the last part of the name of a dynamic input.
            Problem::RequiredInputMissing => input.rsplit('.').next().unwrap_or_default().to_owned(),
            Problem::BadLinkedInput { .. }
            | Problem::ValueSmallerThanMin { .. }
            | Problem::ValueBiggerThanMax { .. }
            | Problem::CustomValidationFailed { .. } => input.to_owned(),
            Problem::ReturnTypeMismatch { received, .. } => {
                let expected = self.spec.as_ref().map(|spec| to_str(&spec.kind)).unwrap_or_default();
                format!("{input}, received_type({}) mismatch input_type({expected})", to_str(received))
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
            Problem::DependencyCycle(Cycle { path, .. }) => {
                let nodes: Vec<_> = path.iter().map(|(id, class)| format!("{id} ({class})")).collect();
                nodes.join(" -> ")
            }
        }
    }
}

/// The most values that ComfyUI lists.
const LISTED: usize = 20;
