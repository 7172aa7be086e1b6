//! `runpod/dry-run`: ComfyUI's response to a job that it must refuse.

use super::contract::comfycheck::runpod::dry_run::{
    Asked, Choice, Error, Host, MissingClass, RefusedValue, ToldValues, Verdict,
};
use super::guest::{Guest, HostError, convert_error};
use crate::facts;

impl Host for Guest {
    convert_error!(Error);

    async fn workflow(&mut self) -> Result<Verdict, HostError> {
        let call = self.host_call("runpod/dry-run.workflow")?;
        Ok(verdict(&*self.wait_for_run(call.capabilities.dry_run()).await?))
    }
}

fn verdict(facts: &facts::DryRunFacts) -> Verdict {
    let facts::DryRunFacts { jobs, missing, classes, values } = facts.clone();
    let missing = missing.into_iter().map(missing_class).collect();
    Verdict { jobs, missing, classes, values: values.map(loader_values) }
}

fn missing_class(missing: facts::MissingClass) -> MissingClass {
    let facts::MissingClass { class, worker } = missing;
    MissingClass { class, worker }
}

fn loader_values(values: facts::LoaderValues) -> ToldValues {
    let facts::LoaderValues { worker, refused, accepted, choices } = values;
    let choice = |facts::Choice { class, input, names }| Choice { class, input, names };
    ToldValues {
        worker,
        refused: refused.into_iter().map(refused_value).collect(),
        accepted: accepted.into_iter().map(|(node, input)| Asked { node, input }).collect(),
        choices: choices.into_iter().map(choice).collect(),
    }
}

fn refused_value(value: facts::RefusedValue) -> RefusedValue {
    let facts::RefusedValue { node, error } = value;
    let accepted_count = error.accepted_count();
    let received = error.received.map(|value| value.to_string());
    let (input, kind, accepted) = (error.input, error.kind, error.accepted);
    RefusedValue {
        node,
        input,
        kind,
        message: error.message,
        details: error.details,
        received,
        accepted,
        accepted_count,
    }
}
