//! What the simulator answers when.

mod bundled;
mod invariants;
mod jobs;
mod scene;
mod workers;
