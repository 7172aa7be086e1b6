//! 3D models, by their structure.

pub mod glb;
mod lines;
pub mod obj;
pub mod ply;
pub mod stl;
