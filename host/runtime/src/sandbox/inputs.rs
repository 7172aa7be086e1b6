//! `runpod/inputs`: the files that are sent with jobs, without their bytes.

use super::contract::comfycheck::runpod::inputs::{Host, InputFile};
use super::guest::Guest;
use comfycheck_core::request::InputFacts;
use serde_json::Value;

impl Host for Guest {
    fn of_suite(&mut self) -> wasmtime::Result<Vec<InputFile>> {
        let call = self.host_call("runpod/inputs.of-suite")?;
        Ok(call.capabilities.inputs().iter().map(input).collect())
    }

    fn of_sample(&mut self, index: u32) -> wasmtime::Result<Vec<InputFile>> {
        let call = self.host_call("runpod/inputs.of-sample")?;
        let Some(sample) = call.samples().iter().find(|sample| sample.index == index) else { return Ok(Vec::new()) };
        let workflow: Value = serde_json::from_str(&sample.workflow.to_string()).unwrap_or_default();
        Ok(call.capabilities.inputs().iter().filter(|facts| facts.goes_with(&workflow)).map(input).collect())
    }
}

fn input(facts: &InputFacts) -> InputFile {
    let InputFacts { name, media_type, size, sha256, of_request: _ } = facts.clone();
    InputFile { name, media_type, size, sha256 }
}
