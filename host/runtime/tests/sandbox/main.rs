//! The sandbox, by what guests do in it: `guests/` has one for each way to misbehave.

mod answer;
mod bundled;
mod cache;
mod contract;
mod guest;
mod interrupt;
mod limits;
mod load;
mod offer;
mod samples;
mod trap;
mod wait;
