//! The workflow check of comfycheck: what would ComfyUI answer to the workflow, and what would it not say?

pub mod class;
pub mod convert;
pub mod graph;
pub mod json;
pub mod python;
pub mod replacement;
pub mod validators;
pub mod verdict;
