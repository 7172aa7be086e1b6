//! `comfyui/http`: GET requests to the ComfyUI server.

use super::contract::comfycheck::comfyui::http::{Error, Host, Response};
use super::guest::{Guest, HostError, convert_error};

impl Host for Guest {
    convert_error!(Error);

    async fn get(&mut self, path: String) -> Result<Response, HostError> {
        const NAME: &str = "comfyui/http.get";
        let call = self.host_call(NAME)?;
        let page = self.wait(NAME, call.capabilities.http(&path)).await?;
        self.audit.add(page.body.len());
        Ok(Response { status: page.status, content_type: page.content_type.clone(), body: page.body.to_vec() })
    }
}
