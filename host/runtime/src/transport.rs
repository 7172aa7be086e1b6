//! The only way out, and it keeps time: no client sleeps or reads a clock by itself.

pub mod cassette;
pub mod cassette_v1;
pub mod exchange;
pub mod live;
pub mod replay;
pub mod timeline;

mod address;
mod clock;
mod key;
mod miss;

use live::Live;
use replay::Replay;

/// Where responses come from.
#[derive(Debug)]
pub enum Transport {
    /// The network, in real time.
    Live(Live),
    /// A cassette, in virtual time.
    Replay(Replay),
}
