//! Runs comfycheck's plans: sandbox, transports, clients, sampler.

mod backoff;
pub mod capabilities;
pub mod comfyui;
pub mod distribution;
pub mod dry_run;
pub mod event;
pub mod facts;
pub mod file;
pub mod interruption;
pub mod management;
pub mod rollout;
pub mod run;
pub mod runpod;
pub mod sampler;
pub mod sandbox;
pub mod schedule;
pub mod shard;
pub mod suite_files;
pub mod transport;
pub mod volume;

mod platform;
mod retry;
#[cfg(test)]
mod testing;
