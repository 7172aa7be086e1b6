//! The sandbox: `guests/` has a guest for each kind of misbehavior.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test that looks for it")]

mod answer;
mod audit;
mod built_in;
mod bundled;
mod cache;
mod cassette_0_1_0;
mod contract;
mod guest;
mod hostile;
mod http;
mod interrupt;
mod limits;
mod load;
mod offer;
mod pictures;
mod run;
mod samples;
mod trap;
mod wait;
mod watch;
