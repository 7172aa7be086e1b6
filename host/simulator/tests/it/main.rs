//! What the simulator answers when.

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
