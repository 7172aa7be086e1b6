//! Validates every node that an output depends on: depth first along the links, each node once.

use super::ResolvedWorkflow;
use super::error::{Cause, Cycle, Exception, MOST_IN_CYCLE, NodeError, Problem};
use super::link::{self, LinkTarget};
use super::literal;
use crate::class::{Input, Spec, declared};
use crate::json::{Object, Value};
use crate::python::type_name;
use comfycheck_packs::{Acceptance, Validator, Version};
use std::collections::BTreeSet;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub(super) struct WalkResult {
    /// See [`super::Verdict::good_outputs`].
    pub good_outputs: Vec<Rc<str>>,
    /// See [`super::Verdict::node_errors`].
    pub node_errors: Vec<(Rc<str>, Vec<NodeError>)>,
    /// See [`super::Verdict::deepest`].
    pub deepest: usize,
    /// See [`super::Verdict::unnamed_cycles`].
    pub unnamed_cycles: Vec<Cycle>,
}

/// Checks every output and the nodes that it depends on.
pub(super) fn check(resolved: &ResolvedWorkflow) -> WalkResult {
    let count = resolved.graph.nodes().len();
    let mut walk = Walk {
        resolved,
        state: vec![NodeState::New; count],
        errors: vec![Vec::new(); count],
        stack: Vec::new(),
        unmarked: Vec::new(),
        deepest: 0,
        unnamed_cycles: Vec::new(),
    };
    for &output in &resolved.outputs {
        walk.follow(output);
    }
    let id = |place: usize| Rc::clone(&resolved.graph.nodes()[place].id);
    let is_good = |place: &usize| walk.state[*place] == NodeState::Done { is_good: true };
    WalkResult {
        good_outputs: resolved.outputs.iter().copied().filter(is_good).map(id).collect(),
        deepest: walk.deepest,
        unnamed_cycles: walk.unnamed_cycles,
        node_errors: walk
            .errors
            .into_iter()
            .enumerate()
            .filter(|(_, errors)| !errors.is_empty())
            .map(|(place, errors)| (id(place), errors))
            .collect(),
    }
}

/// The state of a node in the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeState {
    New,
    /// On the stack, at this place.
    Open(usize),
    /// On the stack and part of a cycle: a further link to it is bad.
    OpenInCycle,
    Done {
        is_good: bool,
    },
}

struct Walk<'a> {
    resolved: &'a ResolvedWorkflow,
    state: Vec<NodeState>,
    errors: Vec<Vec<NodeError>>,
    /// The nodes from an output to the current one.
    stack: Vec<Frame<'a>>,
    /// The places on the stack that are not part of a cycle yet.
    unmarked: Vec<usize>,
    deepest: usize,
    unnamed_cycles: Vec<Cycle>,
}

/// A node that is being checked.
struct Frame<'a> {
    node: usize,
    given: &'a Object,
    declared: Rc<[Input]>,
    /// How many of the declared inputs are checked.
    checked: usize,
    is_good: bool,
    errors: Vec<NodeError>,
    validator: Option<&'a Validator>,
}

/// The next step in the check of a node.
enum Next {
    Input,
    Node(usize),
    Done,
}

impl<'a> Walk<'a> {
    /// Checks a node and everything that it depends on.
    fn follow(&mut self, output: usize) {
        if self.state[output] == NodeState::New
            && let Err(exception) = self.enter(output)
        {
            self.leave_raising(output, exception);
        }
        while let Some(frame) = self.stack.last_mut() {
            let node = frame.node;
            match frame.step(self.resolved) {
                Ok(Next::Input) => {}
                Ok(Next::Done) => self.leave(),
                Ok(Next::Node(linked)) => self.visit(linked),
                Err(exception) => {
                    self.pop();
                    self.leave_raising(node, exception);
                }
            }
        }
    }

    /// Follows a link of the node on top of the stack.
    fn visit(&mut self, linked: usize) {
        match self.state[linked] {
            NodeState::New => {
                if let Err(exception) = self.enter(linked) {
                    self.leave_raising(linked, exception);
                }
                return;
            }
            NodeState::Done { is_good: true } => return,
            NodeState::Done { is_good: false } | NodeState::OpenInCycle => {}
            NodeState::Open(bottom) => self.mark_cycle(bottom),
        }
        self.parent_is_bad();
    }

    fn enter(&mut self, node: usize) -> Result<(), Exception> {
        let resolved = self.resolved;
        let class = &resolved.classes[node];
        let given = given(resolved, node)?;
        self.state[node] = NodeState::Open(self.stack.len());
        self.unmarked.push(self.stack.len());
        self.stack.push(Frame {
            node,
            given,
            declared: declared(class, given),
            checked: 0,
            is_good: true,
            errors: Vec::new(),
            validator: class.facts.validator(resolved.version),
        });
        self.deepest = self.deepest.max(self.stack.len());
        Ok(())
    }

    /// Ends the check of the node on top of the stack.
    fn leave(&mut self) {
        let Some(frame) = self.pop() else { return };
        let is_good = frame.is_good && frame.errors.is_empty() && self.state[frame.node] != NodeState::OpenInCycle;
        self.state[frame.node] = NodeState::Done { is_good };
        self.errors[frame.node].extend(frame.errors);
        if !is_good {
            self.parent_is_bad();
        }
    }

    /// Ends the check of a node for which Python raises.
    fn leave_raising(&mut self, node: usize, exception: Exception) {
        self.state[node] = NodeState::Done { is_good: false };
        let error = match self.stack.last_mut() {
            None => NodeError { input: None, spec: None, problem: Problem::ExceptionDuringValidation(exception) },
            Some(parent) => {
                let link = parent.current();
                let input = link.map(|input| Rc::clone(&input.name));
                let spec = link.map(|input| Rc::clone(&input.spec));
                let parent = Rc::clone(&self.resolved.graph.nodes()[parent.node].id);
                NodeError { input, spec, problem: Problem::ExceptionDuringInnerValidation { exception, parent } }
            }
        };
        // ComfyUI drops the errors that it found before.
        self.errors[node] = vec![error];
        self.parent_is_bad();
    }

    fn parent_is_bad(&mut self) {
        if let Some(parent) = self.stack.last_mut() {
            parent.is_good = false;
        }
    }

    fn pop(&mut self) -> Option<Frame<'a>> {
        let frame = self.stack.pop()?;
        if self.unmarked.last() == Some(&self.stack.len()) {
            self.unmarked.pop();
        }
        Some(frame)
    }

    /// Marks the nodes from a place of the stack to its top as a cycle.
    fn mark_cycle(&mut self, bottom: usize) {
        let nodes = self.resolved.graph.nodes();
        let cycle = &self.stack[bottom..];
        let named =
            |frame: &Frame<'_>| (Rc::clone(&nodes[frame.node].id), Rc::clone(&self.resolved.classes[frame.node].name));
        let path: Rc<[_]> = cycle.iter().take(MOST_IN_CYCLE).chain(&cycle[..1]).map(named).collect();
        let cycle = Cycle { path, length: cycle.len() };
        let is_named = self.resolved.version >= NAMES_CYCLES;
        while let Some(place) = self.unmarked.pop_if(|place| *place >= bottom) {
            let node = self.stack[place].node;
            self.state[node] = NodeState::OpenInCycle;
            if is_named {
                let problem = Problem::DependencyCycle(cycle.clone());
                self.errors[node].push(NodeError { input: None, spec: None, problem });
            }
        }
        if !is_named {
            self.unnamed_cycles.push(cycle);
        }
    }
}

/// The first version that reports the nodes of a cycle. Older ones refuse the outputs without a reason.
const NAMES_CYCLES: Version = Version(0, 20, 0);

/// The inputs of a node that is checked. Fails with what Python raises.
fn given(resolved: &ResolvedWorkflow, node: usize) -> Result<&Object, Exception> {
    let (class, node) = (&resolved.classes[node], &resolved.graph.nodes()[node]);
    if let Some(inputs) = &node.inputs {
        return Ok(inputs);
    }
    let raised = |kind, text: String| Exception { kind, text, input: None, cause: Box::new(Cause::NoInputs) };
    match &node.odd_inputs {
        None => Err(raised("KeyError", "'inputs'".to_owned())),
        // Python finds no name in a list or a text, and nothing is looked up if the class declares no inputs.
        Some(Value::List(_) | Value::Text(_)) => Ok(resolved.graph.nothing()),
        Some(_) if class.inputs.is_empty() => Ok(resolved.graph.nothing()),
        Some(odd) => Err(raised("TypeError", format!("argument of type '{}' is not iterable", type_name(odd)))),
    }
}

impl Frame<'_> {
    /// The input that is being checked.
    fn current(&self) -> Option<&Input> {
        self.declared.get(self.checked.checked_sub(1)?)
    }

    /// Checks the next input.
    fn step(&mut self, resolved: &ResolvedWorkflow) -> Result<Next, Exception> {
        let Some(input) = self.declared.get(self.checked) else {
            self.run_validator()?;
            return Ok(Next::Done);
        };
        self.checked += 1;
        let problem = match self.given.get(&input.name) {
            None if input.is_required => Problem::RequiredInputMissing,
            None => return Ok(Next::Input),
            Some(Value::List(array)) => {
                match link::read(resolved, &resolved.classes[self.node], input, array, self.validator)? {
                    LinkTarget::Node(linked) => return Ok(Next::Node(linked)),
                    LinkTarget::Invalid(problem) => problem,
                }
            }
            Some(value) => {
                match literal::check(&resolved.classes[self.node], input, value, self.validator, resolved.version)? {
                    Ok(()) => return Ok(Next::Input),
                    Err(problem) => problem,
                }
            }
        };
        let (name, spec) = (Rc::clone(&input.name), Rc::clone(&input.spec));
        self.error(name, spec, problem);
        Ok(Next::Input)
    }

    /// Applies the validator of the class, if it has one.
    fn run_validator(&mut self) -> Result<(), Exception> {
        let Some(by) = self.validator else { return Ok(()) };
        if let Some(name) = by.needs().find(|name| self.given.get(name).is_none()) {
            return Err(Exception {
                kind: "TypeError",
                text: format!("missing 1 required positional argument: '{name}'"),
                input: Some(name.into()),
                cause: Box::new(Cause::RequiredByValidator),
            });
        }
        let declared = Rc::clone(&self.declared);
        let mut refused = BTreeSet::new();
        for input in declared.iter().filter(|input| by.judges(&input.name)) {
            let Some(given) = self.given.get(&input.name).filter(|given| given.list().is_none()) else { continue };
            let received = literal::unwrapped(given);
            if by.accepts == Acceptance::Files && input.spec.is_listed() && received.text().is_none() {
                return Err(Exception {
                    kind: "AttributeError",
                    text: format!("'{}' object has no attribute 'endswith'", type_name(received)),
                    input: Some(Rc::clone(&input.name)),
                    cause: Box::new(Cause::NotAFileName(received.clone())),
                });
            }
            // A list that the inventory leaves out refuses nothing.
            if !input.spec.lists_unknown_files() && literal::is_refused(by, &input.spec, received) {
                refused.insert(Rc::clone(&input.name));
            }
        }
        // ComfyUI blames every input that the validator takes.
        for input in
            declared.iter().filter(|input| refused.contains(&input.name) || (by.takes_all && !refused.is_empty()))
        {
            let Some(given) = self.given.get(&input.name).filter(|given| given.list().is_none()) else { continue };
            let problem = Problem::CustomValidationFailed { received: literal::unwrapped(given).clone() };
            self.error(Rc::clone(&input.name), Rc::clone(&input.spec), problem);
        }
        Ok(())
    }

    fn error(&mut self, input: Rc<str>, spec: Rc<Spec>, problem: Problem) {
        self.errors.push(NodeError { input: Some(input), spec: Some(spec), problem });
    }
}
