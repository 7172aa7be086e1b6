//! Notifications: which runs are reported, and where. `runtime/transport/notify.rs` sends them.
//!
//! The previous run counts if it was live and of the same suite and endpoint. The report of an interrupted run never replaces it.
//! A replay reads no environment and prints whom a live run would have notified.

/// Where a notification goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A message to an incoming webhook of Slack.
    Slack,
    /// The JSON report to any webhook.
    Webhook,
}

impl Channel {
    /// The words for the recipient.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Webhook => "the webhook",
        }
    }

    /// The environment variable that holds the URL if the suite names none.
    pub fn default_variable(self) -> &'static str {
        match self {
            Self::Slack => "COMFYCHECK_SLACK_WEBHOOK",
            Self::Webhook => "COMFYCHECK_WEBHOOK",
        }
    }
}

/// Which runs are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occasion {
    /// Each run that does not pass, and the first that passes again.
    #[default]
    Failure,
    /// Each run whose verdict differs from the previous one. Without a previous one, each run that does not pass.
    Change,
    /// Every run.
    Always,
}
