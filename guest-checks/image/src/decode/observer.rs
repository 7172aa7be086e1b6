//! What is learned of the pixels while they are decoded.

use super::{Header, Picture};
use crate::pixels::{Extremes, Layout};
use comfycheck_likeness::{Channels, Sketcher};

/// Takes pixels in the order of the image, in pieces of any size.
pub(super) struct Observer {
    pub(super) extremes: Extremes,
    sketcher: Option<Sketcher>,
}

impl Observer {
    pub(super) fn new(header: Header, layout: Layout, with_sketch: bool) -> Self {
        let channels = match layout {
            Layout::Grey => Channels::Grey,
            Layout::GreyAlpha => Channels::GreyAlpha,
            Layout::Rgb => Channels::Rgb,
            Layout::Rgba => Channels::Rgba,
        };
        let sketcher = with_sketch.then(|| Sketcher::new(header.width, header.height, channels)).flatten();
        Self { extremes: Extremes::new(layout), sketcher }
    }

    /// Adds whole pixels.
    pub(super) fn add(&mut self, pixels: &[u8]) {
        self.extremes.add(pixels);
        if let Some(sketcher) = &mut self.sketcher {
            sketcher.add(pixels);
        }
    }

    pub(super) fn finish(self, header: Header, frames: u32, frames_in_all: u32) -> Picture {
        let sketch = self.sketcher.and_then(Sketcher::finish);
        Picture { header, frames, frames_in_all, extremes: self.extremes, sketch }
    }
}
