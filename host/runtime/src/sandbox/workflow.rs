//! `workflow`: the suite's workflow.

use super::contract::comfycheck::check::workflow::Host;
use super::guest::Guest;

impl Host for Guest {
    fn source(&mut self) -> wasmtime::Result<String> {
        let text = self.host_call("workflow.source")?.capabilities.workflow_source().to_owned();
        self.audit.add(text.len());
        Ok(text)
    }

    fn api_json(&mut self) -> wasmtime::Result<Option<String>> {
        let text = self.host_call("workflow.api-json")?.capabilities.workflow_api().map(str::to_owned);
        self.audit.add(text.as_ref().map_or(0, String::len));
        Ok(text)
    }
}
