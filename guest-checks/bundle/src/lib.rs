//! The first-party checks of comfycheck, compiled and embedded.
