//! What the simulator answers when.

#![expect(clippy::unwrap_used, reason = "a helper of a test ends it where something is not there")]

mod bundled;
mod comfyui;
mod faults;
mod handler;
mod invariants;
mod jobs;
mod management;
mod scene;
mod volume;
mod workers;
