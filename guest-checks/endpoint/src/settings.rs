//! What a suite can set.

use serde::Deserialize;

/// The settings of the check. All have defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The limit for a response of `/health`, in seconds.
    pub max_response_s: f64,
    /// A worker that initializes for longer is stuck, in seconds. RunPod gives up after seven minutes.
    pub stuck_initializing_s: u64,
    /// How long workers must stay in one state before it counts as a cause, in seconds.
    pub persist_s: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_response_s: 5.0, stuck_initializing_s: 420, persist_s: 60 }
    }
}

impl Settings {
    pub(crate) fn persist_ms(&self) -> u64 {
        self.persist_s.saturating_mul(1000)
    }

    pub(crate) fn stuck_initializing_ms(&self) -> u64 {
        self.stuck_initializing_s.saturating_mul(1000)
    }
}
