//! Sends the notifications of the suite after a run. They never change the verdict.

use crate::args::NotificationArguments;
use crate::failure::Failure;
use crate::files;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::due::{PreviousRun, history, notification_is_due, previous_run, run_state};
use comfycheck_core::notification::{Channel, WebhookBody};
use comfycheck_core::render::{self, ReportContext};
use comfycheck_core::report::{History, Origin, Report, Verdict};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Suite, SuiteNotification, WebhookUrl};
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::transport::notify::{NotifyError, NotifyTimeouts, Signing, notify, ping};
use comfycheck_runtime::transport::otlp::{Collector, CollectorError};
use futures_util::future::{join, join_all};
use jiff::Timestamp;
use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::path::Path;

/// The notifications of a run. By default, none.
#[derive(Default)]
pub(crate) struct Notifications {
    recipients: Vec<SuiteNotification>,
    /// The previous run, if known.
    previous: Option<PreviousRun>,
    /// Whether the command line names a previous report, which may not exist yet.
    has_series: bool,
    /// Whether the command line asks for an export of the metrics.
    has_export: bool,
    /// Gets the metrics of a live run.
    collector: Option<Collector>,
    /// Masked in every message.
    secrets: Secrets,
}

impl Notifications {
    /// Call it before the run: the new report may replace the previous one. Warns about unusable webhooks. Refuses an unusable
    /// collector, which the command line asks for.
    pub(crate) fn begin(
        arguments: &NotificationArguments,
        suite: &Suite,
        origin: &Origin,
        terminal: Terminal,
    ) -> Result<Self, Failure> {
        // A replay reads no environment.
        let is_live = matches!(origin, Origin::Live { .. });
        let collector = (arguments.otlp && is_live).then(collector).transpose()?;
        let mut recipients = if arguments.no_notify { Vec::new() } else { suite.notifications.clone() };
        let has_series = arguments.previous.is_some();
        for SuiteNotification { to, url, after, .. } in &mut recipients {
            if let WebhookUrl::Unusable(why) = url {
                terminal.say(format!("warning: cannot notify {}: {why}", to.words()));
            }
            if after.get() > 1 && !has_series {
                let what = format!("`after = {after}` needs `--previous`");
                terminal.say(format!("warning: {what}: {} is notified of the first failure", to.words()));
                *after = NonZeroU32::MIN;
            }
        }
        let previous = arguments.previous.as_deref().filter(|_| !recipients.is_empty());
        let previous = previous.and_then(|path| before(path, suite, origin, terminal));
        let secrets = suite.secrets.clone();
        Ok(Self { recipients, previous, has_series, has_export: arguments.otlp, collector, secrets })
    }

    /// The notifications of a live run, decided before its reports are written: they store what is sent.
    pub(crate) fn decide(&self, report: &mut Report, now: Timestamp) -> DueNotifications<'_> {
        let due = self.due(report, Some(now));
        let before = history(report, self.previous.as_ref());
        if self.has_series && !self.recipients.is_empty() {
            let mut stored = before.clone();
            for SuiteNotification { recipient, .. } in &due {
                stored.notify(recipient, run_state(report), now);
            }
            report.history = Some(stored);
        }
        DueNotifications { all: self, due, before, now }
    }

    /// Prints the notifications that a live run would have sent.
    pub(crate) fn rehearse(&self, report: &Report, terminal: Terminal) {
        for SuiteNotification { to, .. } in self.due(report, None) {
            terminal.say(format!("not sent: a live run would notify {}: {}", to.words(), self.what(report)));
        }
        if self.has_export {
            terminal.say("not sent: a live run would send its metrics to the OpenTelemetry collector");
        }
    }

    fn due(&self, report: &Report, now: Option<Timestamp>) -> Vec<&SuiteNotification> {
        let previous = self.previous.as_ref();
        self.recipients.iter().filter(|recipient| notification_is_due(recipient, report, previous, now)).collect()
    }

    fn verdict_before(&self) -> Option<Verdict> {
        self.previous.as_ref().map(|previous| previous.state.verdict)
    }

    fn what(&self, report: &Report) -> String {
        let verdict = report.summary.verdict;
        let before = self.verdict_before().filter(|before| *before != verdict);
        let before = before.map(|before| format!(" (previous run: {})", before.word())).unwrap_or_default();
        match verdict {
            Verdict::Passed => format!("the run passed{before}"),
            Verdict::Failed => format!("the run failed{before}"),
            Verdict::Inconclusive => format!("the run was inconclusive{before}"),
        }
    }
}

/// The notifications of a run that are due.
pub(crate) struct DueNotifications<'a> {
    all: &'a Notifications,
    due: Vec<&'a SuiteNotification>,
    /// The history without these notifications.
    before: History,
    now: Timestamp,
}

impl DueNotifications<'_> {
    /// Sends them in parallel. An interruption stops waiting for responses. The report forgets those that failed, so the next
    /// run sends them again. Returns whether there are any.
    pub(crate) async fn send(
        &self,
        report: &mut Report,
        context: &ReportContext<'_>,
        interruption: &Interruption,
        terminal: Terminal,
    ) -> bool {
        let shared: &Report = report;
        let sent = self.due.iter().map(|to| self.notify(to, (shared, context), interruption.clone()));
        let (sent, exported) = join(join_all(sent), self.export(shared, interruption.clone())).await;
        let mut failed = false;
        // In the order of the suite, not of the responses.
        for (to, (line, is_sent)) in self.due.iter().zip(sent) {
            if let Some(line) = line {
                terminal.say(line);
            }
            if let Some(history) = report.history.as_mut().filter(|_| !is_sent) {
                failed = true;
                history.notified.retain(|last| last.to != to.recipient);
                history.notified.extend(self.before.notified.iter().filter(|last| last.to == to.recipient).cloned());
            }
        }
        if let Some(line) = exported {
            terminal.say(line);
        }
        failed
    }

    /// Sends the metrics to the collector, if there is one. Returns a line about it.
    async fn export(&self, report: &Report, mut interruption: Interruption) -> Option<String> {
        let collector = self.all.collector.as_ref().filter(|_| report.interrupted.is_none())?;
        let metrics = render::otlp(report);
        tokio::select! {
            sent = collector.send(&metrics, &self.all.secrets, NotifyTimeouts::default()) => Some(match sent {
                Ok(()) => "sent the metrics to the OpenTelemetry collector".to_owned(),
                Err(error) => inert(&format!("warning: could not send the metrics to the OpenTelemetry collector: {error}")),
            }),
            _ = interruption.received() => {
                Some("warning: the OpenTelemetry collector may not have received the metrics: interrupted before it responded".to_owned())
            }
        }
    }

    /// Sends one notification. Returns a line about it, if it has a usable webhook, and whether it was sent.
    async fn notify(
        &self,
        SuiteNotification { to, url, body, signing_key, .. }: &SuiteNotification,
        (report, context): (&Report, &ReportContext<'_>),
        mut interruption: Interruption,
    ) -> (Option<String>, bool) {
        let WebhookUrl::Known { variable, url } = url else { return (None, false) };
        let before = self.all.verdict_before();
        let json = match (to, body) {
            (Channel::Slack, _) => Some(render::slack(report, before, context)),
            (Channel::Teams, _) => Some(render::teams(report, before, context)),
            (Channel::Discord, _) => Some(render::discord(report, before, context)),
            (Channel::Webhook, WebhookBody::Summary) => Some(render::json_notification(report, before, context)),
            (Channel::Webhook, WebhookBody::Report) => Some(render::json(report)),
            (Channel::Heartbeat, _) => None,
        };
        let signing = signing_key.as_ref().map(|key| Signing { key, timestamp: self.now.as_second() });
        let (who, what) = (to.words(), self.all.what(report));
        let timeouts = NotifyTimeouts::default();
        let request = async {
            match json {
                Some(json) => notify(url, &json, signing, &self.all.secrets, timeouts).await,
                None => ping(url, timeouts).await,
            }
        };
        tokio::select! {
            sent = request => match sent {
                Ok(()) => (Some(format!("notified {who}: {what}")), true),
                Err(error) => (Some(refusal(&error, who, &what, variable)), false),
            },
            _ = interruption.received() => {
                let why = "interrupted before it responded";
                (Some(format!("warning: {who} may not have received \"{what}\": {why}")), false)
            }
        }
    }
}

fn refusal(error: &NotifyError, who: &str, what: &str, variable: &str) -> String {
    let help = if error.is_of_url() { format!("; check the webhook URL in `{variable}`") } else { String::new() };
    inert(&format!("warning: could not notify {who} ({what}): {error}{help}"))
}

/// The collector that the environment names.
fn collector() -> Result<Collector, Failure> {
    Collector::named(&|name| std::env::var(name).ok()).map_err(|error| {
        let help = match error {
            CollectorError::NoEndpoint => "set it to the base URL of the collector, such as `http://localhost:4318`",
            CollectorError::Endpoint { .. } => "use `https`, or a collector on this machine",
            CollectorError::Headers { .. } => "percent-encode commas and spaces in values",
        };
        Diagnostic::new(format!("cannot send metrics: {error}")).help(help).into()
    })
}

/// The previous run. If it is unknown, prints why.
fn before(path: &Path, suite: &Suite, origin: &Origin, terminal: Terminal) -> Option<PreviousRun> {
    let shown = path.display();
    let previous = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            terminal.say(inert(&format!("the result of the previous run is unknown: there is no `{shown}` yet")));
            return None;
        }
        Err(error) => Err(format!("cannot read `{shown}`: {error}")),
        // A pipe or a device may never end.
        Ok(file) if !file.is_file() => Err(format!("`{shown}` is not a file")),
        Ok(_) => match files::report(path) {
            Ok(previous) => {
                let names = (suite.name.as_str(), suite.run_name.as_str());
                previous_run(&previous, names, origin).map_err(|why| format!("`{shown}` is ignored: {why}"))
            }
            Err(Failure::Invalid(refusal) | Failure::Wrong(refusal) | Failure::Machine(refusal)) => {
                Err(refusal.to_string())
            }
        },
    };
    match previous {
        Ok(previous) => Some(previous),
        Err(why) => {
            terminal.say(inert(&format!("warning: the result of the previous run is unknown: {why}")));
            None
        }
    }
}
