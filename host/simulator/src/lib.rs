//! A RunPod endpoint, its workers, ComfyUI and a volume, as a state machine over virtual time.
//!
//! [`Simulator::answer`] is a function of the state, the time and the request. It does no I/O, reads no clock and draws
//! only from seeds. A [`Simulator`] is a value: requests to a clone change nothing for the original.
//!
//! ```
//! use comfycheck_simulator::{Api, Method, Outcome, Reply, Request, Simulator, scenario};
//! use std::time::Duration;
//!
//! let mut simulator = Simulator::new(scenario::bundled("healthy").unwrap());
//! let mut run = Request::new(Api::Jobs, Method::Post, "/run");
//! run.body = r#"{"input": {"workflow": {}}}"#.into();
//! let Reply::Now(exchange) = simulator.answer(Duration::ZERO, &run) else { panic!("/run never waits") };
//! let Outcome::Answered(response) = exchange.outcome else { panic!("the scenario has no faults") };
//! assert_eq!(response.status, 200);
//! // The response arrives at `exchange.took`. The next event of the simulation is at:
//! assert!(simulator.next_event() > Some(Duration::ZERO));
//! ```
//!
//! A client in virtual time calls [`Simulator::answer`] with the time on its clock, and continues at that time plus
//! [`Exchange::took`].
//!
//! Only `/runsync` and `/status-sync` return [`Reply::Held`]. A single client then calls [`Simulator::wait`]. Where several
//! clients send at the same time, it polls [`Simulator::held`] at [`Simulator::look_at`] until there is a response.
//!
//! Time never goes back: a request at an earlier time than the latest is answered as of the latest.
//!
//! With the feature `server`, `server::serve` puts a simulator behind HTTP on loopback, in real or accelerated time.

mod chance;
mod classes;
mod comfyui;
mod exchange;
mod faults;
mod handler;
mod inventory;
mod jobs_api;
mod limits;
mod management;
mod media;
mod platform;
mod simulator;
mod volume;

pub mod scenario;
#[cfg(feature = "server")]
pub mod server;

pub use exchange::{Api, Exchange, HeldRequest, Key, Method, Outcome, Reply, Request, Response};
pub use inventory::NOWHERE;
pub use simulator::Simulator;
