//! An endpoint over HTTP: a scenario on which time goes by a hundred times as fast.

use comfycheck_simulator::Simulator;
use comfycheck_simulator::scenario::Scenario;
use comfycheck_simulator::server::serve;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// It serves until it is dropped.
pub(crate) struct Endpoint {
    /// The address of its job API.
    pub(crate) base: String,
    _runtime: Runtime,
}

impl Endpoint {
    pub(crate) fn serve(scenario: Scenario) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}/v2", listener.local_addr().unwrap());
        runtime.spawn(serve(listener, Simulator::new(scenario), 100.0, std::future::pending()));
        Self { base, _runtime: runtime }
    }
}
