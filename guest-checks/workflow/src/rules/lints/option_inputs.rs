//! Inputs that an option of another input declares, such as the quality of a video format. ComfyUI does not check them.

use super::inputs::UsedNode;
use crate::class::{Input, Spec};
use crate::json::{Object, Value};
use crate::rules::{Findings, OPTION_VALUE, node_errors};
use crate::verdict::{NodeError, check_literal};
use comfycheck_sdk::Finding;
use std::collections::BTreeSet;
use std::rc::Rc;

impl UsedNode<'_> {
    /// The names of inputs that the options of another input declare, whatever its value is.
    pub(super) fn option_inputs(&self) -> BTreeSet<&str> {
        let lists = self.options().into_iter().flat_map(Object::entries).filter_map(|(_, list)| list.list());
        lists.flatten().filter_map(|input| input.list()?.first()?.text()).collect()
    }

    /// Values that the chosen option does not allow.
    pub(super) fn option_values(&self, findings: &mut Findings) {
        for input in self.chosen_inputs().iter().filter(|input| !self.declares(&input.name)) {
            let Some(value) = self.given.get(&input.name).filter(|value| value.list().is_none()) else { continue };
            // What raises in Python would raise nowhere: ComfyUI does not compare it.
            let Ok(Err(problem)) = check_literal(self.class, input, value, None, self.resolved.version) else {
                continue;
            };
            let (name, spec) = (Some(Rc::clone(&input.name)), Some(Rc::clone(&input.spec)));
            let error = NodeError { input: name, spec, problem };
            findings.add_with(OPTION_VALUE, || Finding {
                rule: OPTION_VALUE.into(),
                ..node_errors::finding(self.node, &error, self.resolved)
            });
        }
    }

    fn declares(&self, input: &str) -> bool {
        self.declared.iter().any(|declared| *declared.name == *input)
    }

    /// The declared inputs of the value that the node has. None if a link decides.
    fn chosen_inputs(&self) -> Vec<Input> {
        let chosen = || {
            let by = self.class.facts.option_inputs()?;
            self.options()?.get(self.given.get(&by.input)?.text()?)?.list()
        };
        let read = |declared: &Value| {
            let (name, spec) = declared.list()?.split_first()?;
            let (kind, options) = spec.split_first()?;
            let options = options.first().cloned().unwrap_or(Value::Null);
            let spec = Rc::new(Spec { kind: kind.clone(), options });
            Some(Input { name: name.text()?.into(), is_required: false, spec })
        };
        chosen().unwrap_or_default().iter().filter_map(read).collect()
    }

    /// The lists of inputs by the value of the input that chooses.
    fn options(&self) -> Option<&Object> {
        let by = self.class.facts.option_inputs()?;
        let chooser = self.class.inputs.iter().find(|input| *input.name == *by.input)?;
        chooser.spec.options.get(&by.option)?.object()
    }
}
