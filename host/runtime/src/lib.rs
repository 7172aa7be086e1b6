//! How comfycheck's things happen: sandbox, transports, clients, sampler.

pub mod capabilities;
