//! `runpod/dry-run`: what ComfyUI said of a job that it refused.

use super::contract::comfycheck::runpod::dry_run::{
    Asked, Choice, Error, Host, MissingClass, RefusedValue, ToldValues, Verdict,
};
use super::guest::{Guest, Refusal, convert_error};
use crate::capabilities;

impl Host for Guest {
    convert_error!(Error);

    async fn workflow(&mut self) -> Result<Verdict, Refusal> {
        let asking = self.called("runpod/dry-run.workflow")?;
        Ok(verdict(&*self.wait_for_run(asking.capabilities.dry_run()).await?))
    }
}

fn verdict(facts: &capabilities::DryRunFacts) -> Verdict {
    let capabilities::DryRunFacts { jobs, missing, classes, values } = facts.clone();
    let missing = missing.into_iter().map(missing_class).collect();
    Verdict { jobs, missing, classes, values: values.map(told_values) }
}

fn missing_class(missing: capabilities::MissingClass) -> MissingClass {
    let capabilities::MissingClass { class, worker } = missing;
    MissingClass { class, worker }
}

fn told_values(values: capabilities::ToldValues) -> ToldValues {
    let capabilities::ToldValues { worker, refused, accepted, choices } = values;
    let choice = |capabilities::Choice { class, input, names }| Choice { class, input, names };
    ToldValues {
        worker,
        refused: refused.into_iter().map(refused_value).collect(),
        accepted: accepted.into_iter().map(|(node, input)| Asked { node, input }).collect(),
        choices: choices.into_iter().map(choice).collect(),
    }
}

fn refused_value(value: capabilities::RefusedValue) -> RefusedValue {
    let capabilities::RefusedValue { node, error } = value;
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
