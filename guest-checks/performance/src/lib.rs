//! The performance check of comfycheck.
