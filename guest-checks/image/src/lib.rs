//! The image check of comfycheck.
