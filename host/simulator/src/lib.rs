//! A RunPod endpoint, its workers, ComfyUI and a volume, as a state machine over virtual time.
//!
//! [`Simulator::answer`] is a function of the state, the time and the request; it does no I/O, reads no clock and draws
//! only from seeds. A [`Simulator`] is a value: a clone of it goes on by itself, so that questions can be asked of a copy
//! that change nothing for others.
//!
//! ```
//! use comfycheck_simulator::{Api, Method, Outcome, Reply, Request, Simulator, scenario};
//! use std::time::Duration;
//!
//! let mut simulator = Simulator::new(scenario::bundled("healthy").unwrap());
//! let mut run = Request::new(Api::Jobs, Method::Post, "/run");
//! run.body = r#"{"input": {"workflow": {}}}"#.into();
//! let Reply::Now(exchange) = simulator.answer(Duration::ZERO, &run) else { panic!("/run holds nobody") };
//! let Outcome::Answered(response) = exchange.outcome else { panic!("the scenario has no faults") };
//! assert_eq!(response.status, 200);
//! // The answer is there at `exchange.took`; by itself, something happens next at:
//! assert!(simulator.next_event() > Some(Duration::ZERO));
//! ```
//!
//! A client in virtual time sends with [`Simulator::answer`] at the time on its clock, and goes on at that time plus
//! [`Exchange::took`]. [`Reply::Held`] comes only of `/runsync` and `/status-sync`: [`Simulator::wait`] passes the time
//! until there is an answer. Where others ask at the same time, the client asks [`Simulator::held`] again at
//! [`Simulator::look_at`] instead, until there is one. Times never go back: a request at an earlier time than the latest
//! is answered as of the latest.
//!
//! With the feature `server`, `server::serve` puts a simulator behind HTTP on loopback, in real or accelerated time.

mod chance;
mod comfyui;
mod exchange;
mod faults;
mod handler;
mod inventory;
mod jobs_api;
mod limits;
mod management;
mod picture;
mod platform;
mod simulator;
mod volume;

mod classes;
pub mod scenario;
#[cfg(feature = "server")]
pub mod server;

pub use exchange::{Api, Exchange, Held, Key, Method, Outcome, Reply, Request, Response};
pub use inventory::NOWHERE;
pub use simulator::Simulator;
