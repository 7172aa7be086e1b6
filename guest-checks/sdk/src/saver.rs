//! Nodes whose images worker-comfyui returns.

use crate::Node;

/// How a node saves its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saver {
    /// Each in a file of its own.
    EachImage,
    /// All in one file.
    Animation,
}

impl Node {
    /// How the node saves its input `images` so that worker-comfyui returns them; none if
    /// its class is not known to do so. Previews are not returned.
    #[must_use]
    pub fn saver(&self) -> Option<Saver> {
        match self.class.as_deref()? {
            "SaveImage" | "SaveImageAdvanced" => Some(Saver::EachImage),
            "SaveAnimatedWEBP" | "SaveAnimatedPNG" => Some(Saver::Animation),
            _ => None,
        }
    }
}
