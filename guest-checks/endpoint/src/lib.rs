//! The endpoint check of comfycheck.
