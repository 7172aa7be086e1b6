//! Sends the notifications of the suite after a run. They never change the verdict.

use crate::args::NotificationArguments;
use crate::commands::report::read;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::notification::Channel;
use comfycheck_core::render;
use comfycheck_core::report::{Origin, Report, Verdict};
use comfycheck_core::report::{notification_is_due, verdict_before};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Suite, SuiteNotification, WebhookUrl};
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::transport::notify::{NotifyError, NotifyTimeouts, notify};
use futures_util::future::join_all;
use std::io::ErrorKind;
use std::path::Path;

/// The notifications of a run. By default, none.
#[derive(Default)]
pub(crate) struct Notifications {
    recipients: Vec<SuiteNotification>,
    /// The verdict of the previous run, if known.
    before: Option<Verdict>,
    /// Masked in every message.
    secrets: Secrets,
}

impl Notifications {
    /// Call it before the run: the new report may replace the previous one. Warns about unusable webhooks.
    pub(crate) fn begin(arguments: &NotificationArguments, suite: &Suite, origin: &Origin, terminal: Terminal) -> Self {
        let recipients = if arguments.no_notify { Vec::new() } else { suite.notifications.clone() };
        for SuiteNotification { to, url, .. } in &recipients {
            if let WebhookUrl::Unusable(why) = url {
                terminal.say(format!("warning: cannot notify {}: {why}", to.words()));
            }
        }
        let previous = arguments.previous.as_deref().filter(|_| !recipients.is_empty());
        let before = previous.and_then(|path| before(path, suite, origin, terminal));
        let secrets = suite.secrets.clone();
        Self { recipients, before, secrets }
    }

    /// Sends all notifications of this run in parallel. An interruption stops waiting for responses.
    pub(crate) async fn send(&self, report: &Report, interruption: &Interruption, terminal: Terminal) {
        let lines = self.of(report).map(|recipient| self.notify(recipient, report, interruption.clone()));
        // In the order of the suite, not of the responses.
        for line in join_all(lines).await.into_iter().flatten() {
            terminal.say(line);
        }
    }

    /// Sends one notification and returns a line about it. None without a usable webhook.
    async fn notify(
        &self,
        SuiteNotification { to, url, .. }: &SuiteNotification,
        report: &Report,
        mut interruption: Interruption,
    ) -> Option<String> {
        let WebhookUrl::Known { variable, url } = url else { return None };
        let json = match to {
            Channel::Slack => render::slack(report, self.before),
            Channel::Webhook => render::json(report),
        };
        let (who, what) = (to.words(), self.what(report));
        Some(tokio::select! {
            sent = notify(url, &json, &self.secrets, NotifyTimeouts::default()) => match sent {
                Ok(()) => format!("notified {who}: {what}"),
                Err(error) => refusal(&error, who, &what, variable),
            },
            _ = interruption.received() => {
                format!("warning: {who} may not have received \"{what}\": interrupted before it responded")
            }
        })
    }

    /// Prints the notifications that a live run would have sent.
    pub(crate) fn rehearse(&self, report: &Report, terminal: Terminal) {
        for SuiteNotification { to, .. } in self.of(report) {
            terminal.say(format!("not sent: a live run would notify {}: {}", to.words(), self.what(report)));
        }
    }

    fn of<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = &'a SuiteNotification> {
        self.recipients.iter().filter(|recipient| notification_is_due(recipient.on, report, self.before))
    }

    fn what(&self, report: &Report) -> String {
        let verdict = report.summary.verdict;
        let before = self.before.filter(|before| *before != verdict);
        let before = before.map(|before| format!(" (previous run: {})", before.word())).unwrap_or_default();
        match verdict {
            Verdict::Passed => format!("the run passed{before}"),
            Verdict::Failed => format!("the run failed{before}"),
            Verdict::Inconclusive => format!("the run was inconclusive{before}"),
        }
    }
}

fn refusal(error: &NotifyError, who: &str, what: &str, variable: &str) -> String {
    let help = if error.is_of_url() { format!("; check the webhook URL in `{variable}`") } else { String::new() };
    inert(&format!("warning: could not notify {who} ({what}): {error}{help}"))
}

/// The verdict of the previous run. If it is unknown, prints why.
fn before(path: &Path, suite: &Suite, origin: &Origin, terminal: Terminal) -> Option<Verdict> {
    let shown = path.display();
    let verdict = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            terminal.say(inert(&format!("the result of the previous run is unknown: there is no `{shown}` yet")));
            return None;
        }
        Err(error) => Err(format!("cannot read `{shown}`: {error}")),
        // A pipe or a device may never end.
        Ok(file) if !file.is_file() => Err(format!("`{shown}` is not a file")),
        Ok(_) => match read(path) {
            Ok(previous) => {
                verdict_before(&previous, &suite.name, origin).map_err(|why| format!("`{shown}` is ignored: {why}"))
            }
            Err(Failure::Invalid(refusal) | Failure::Wrong(refusal) | Failure::Machine(refusal)) => {
                Err(refusal.to_string())
            }
        },
    };
    match verdict {
        Ok(verdict) => Some(verdict),
        Err(why) => {
            terminal.say(inert(&format!("warning: the result of the previous run is unknown: {why}")));
            None
        }
    }
}
