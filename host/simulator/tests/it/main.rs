//! The simulator's responses over time.

#![expect(clippy::unwrap_used, reason = "a missing value fails the test")]

mod bundled;
mod comfyui;
mod faults;
mod handler;
mod invariants;
mod jobs;
mod management;
mod parse;
mod scene;
mod volume;
mod workers;
