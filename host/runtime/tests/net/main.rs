//! The network: the live transport and recordings, over real sockets on loopback.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test that looks for it")]

mod faults;
mod notify;
mod record;
mod sampling;
#[expect(dead_code, reason = "the tests of the binary use it, too")]
mod server;
mod volume;
mod words;
