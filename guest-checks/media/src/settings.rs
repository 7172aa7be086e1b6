//! What a suite expects of files.

use serde::Deserialize;

/// The settings of the check; their schema is `schema.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The width of every video in pixels.
    pub width: Option<u32>,
    /// The height of every video in pixels.
    pub height: Option<u32>,
    /// The number of frames of every video.
    pub frames: Option<u64>,
    /// The least time of every video and audio, in seconds.
    pub min_duration_s: Option<f64>,
    /// The greatest time of every video and audio, in seconds.
    pub max_duration_s: Option<f64>,
    /// Whether every text must be JSON.
    pub json_text: bool,
    /// The most memory for a file that is read as a whole, in MiB.
    pub decode_memory_mib: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            frames: None,
            min_duration_s: None,
            max_duration_s: None,
            json_text: false,
            decode_memory_mib: 128,
        }
    }
}

impl Settings {
    /// The most bytes of a file that is read as a whole.
    #[must_use]
    pub fn limit(&self) -> u64 {
        u64::from(self.decode_memory_mib) << 20
    }
}
