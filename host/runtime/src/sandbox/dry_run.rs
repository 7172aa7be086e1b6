//! `runpod/dry-run`: what ComfyUI said of a job that it refused.

use super::contract::comfycheck::runpod::dry_run::{Error, Host, MissingClass, RefusedValue, Verdict};
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
    let capabilities::DryRunFacts { workers, jobs, missing, refused, validated, incomplete } = facts.clone();
    let missing = missing.into_iter().map(missing_class).collect();
    let refused = refused.into_iter().map(refused_value).collect();
    Verdict { workers, jobs, missing, refused, validated, incomplete }
}

fn missing_class(missing: capabilities::MissingClass) -> MissingClass {
    let capabilities::MissingClass { class, node, worker } = missing;
    MissingClass { class, node, worker }
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
