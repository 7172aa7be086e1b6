//! The nodes check of comfycheck.
