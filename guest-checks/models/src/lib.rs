//! The models check of comfycheck.
