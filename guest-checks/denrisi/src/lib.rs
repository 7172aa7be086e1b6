//! The denrisi check of comfycheck.
