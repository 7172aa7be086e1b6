//! Notifications: which runs are reported, and where. `runtime/transport/notify.rs` sends them.
//!
//! The previous run counts if it was live and of the same suite and endpoint. The report of an interrupted run never replaces it.
//! A replay reads no environment and prints whom a live run would have notified.

/// Where a notification goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A message to an incoming webhook of Slack.
    Slack,
    /// An adaptive card to a webhook of a Teams workflow.
    Teams,
    /// A message to a webhook of Discord.
    Discord,
    /// JSON to any webhook.
    Webhook,
    /// A request without content: this run took place.
    Heartbeat,
}

/// What a webhook gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookBody {
    /// The verdict and the findings that matter most, `comfycheck.notification/1`.
    #[default]
    Summary,
    /// The whole JSON report.
    Report,
}

impl Channel {
    /// In the order in which default variables are looked up.
    pub const ALL: [Self; 5] = [Self::Slack, Self::Teams, Self::Discord, Self::Webhook, Self::Heartbeat];

    /// The word for it in suites and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Discord => "discord",
            Self::Webhook => "webhook",
            Self::Heartbeat => "heartbeat",
        }
    }

    /// The words for the recipient.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Teams => "Teams",
            Self::Discord => "Discord",
            Self::Webhook => "the webhook",
            Self::Heartbeat => "the heartbeat monitor",
        }
    }

    /// The environment variable that holds the URL if the suite names none.
    pub fn default_variable(self) -> &'static str {
        match self {
            Self::Slack => "COMFYCHECK_SLACK_WEBHOOK",
            Self::Teams => "COMFYCHECK_TEAMS_WEBHOOK",
            Self::Discord => "COMFYCHECK_DISCORD_WEBHOOK",
            Self::Webhook => "COMFYCHECK_WEBHOOK",
            Self::Heartbeat => "COMFYCHECK_HEARTBEAT_URL",
        }
    }
}

/// Which runs are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occasion {
    /// Each run that does not pass, and the first that passes again.
    #[default]
    Failure,
    /// Each run whose failures differ from those of the last notification: their rules and subjects, not their messages.
    /// Without a previous run, each run that does not pass.
    Change,
    /// Every run.
    Always,
}
