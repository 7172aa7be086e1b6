//! How alike two images are, for the host and for checks.
//!
//! A [`Sketch`] is a small copy of an image, made while the image is decoded. Three measures compare sketches:
//!
//! | Measure | Question | Range |
//! | --- | --- | --- |
//! | [`ssim`] | do both show the same thing in the same place? | -1 to 1; 1 for equal images |
//! | [`hash::PerceptualHash`] | is one a near copy of the other? | 0 to 64 differing bits |
//! | [`look::Look`] | do they have the same colors and the same sharpness? | 0 to 1; 0 for equal images |
//!
//! Everything here is pure and gives the same numbers natively and in the sandbox.

pub mod golden;
pub mod hash;
pub mod look;
pub mod seeds;
pub mod sketch;
pub mod ssim;
pub mod thumbnail;

pub use hash::PerceptualHash;
pub use look::Look;
pub use sketch::{Channels, Sketch, Sketcher};
pub use ssim::ssim;
pub use thumbnail::thumbnail;
