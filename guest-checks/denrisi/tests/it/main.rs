//! The pure core of the check, on the real workflow and what a real ComfyUI says of its nodes.

mod after;
mod before;
mod deployment;
mod readme;
