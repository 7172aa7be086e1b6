//! Tells whoever the suite names of a run that is over. Whatever becomes of it, the verdict stays.

use crate::args::Telling;
use crate::commands::report::read;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::notification::{Channel, is_told, verdict_before};
use comfycheck_core::render;
use comfycheck_core::report::{Origin, Report, Verdict};
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Suite, SuiteNotification, WebhookUrl};
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::transport::notify::{NotifyError, NotifyTimeouts, notify};
use futures_util::future::join_all;
use std::io::ErrorKind;
use std::path::Path;

/// Who is to be told of a run; by default, nobody.
#[derive(Default)]
pub(crate) struct Notifications {
    wanted: Vec<SuiteNotification>,
    /// What the run before came to, if it is known.
    before: Option<Verdict>,
    /// What no message holds.
    secrets: Vec<Secret>,
}

impl Notifications {
    /// Before the run: what is written later may take the place of the report of the run before. Says who cannot be told.
    pub(crate) fn begin(telling: &Telling, suite: &Suite, origin: &Origin, terminal: Terminal) -> Self {
        let wanted = if telling.no_notify { Vec::new() } else { suite.notifications.clone() };
        for SuiteNotification { to, url, .. } in &wanted {
            if let WebhookUrl::Unusable(why) = url {
                terminal.say(format!("warning: {} cannot be told of this run: {why}", to.words()));
            }
        }
        let previous = telling.previous.as_deref().filter(|_| !wanted.is_empty());
        let before = previous.and_then(|path| before(path, suite, origin, terminal));
        let secrets = suite.deployment.secrets().into_iter().chain(suite.webhooks()).collect();
        Self { wanted, before, secrets }
    }

    /// Tells everybody who is to be told of this run, all at once. An interruption ends the waiting for their answers.
    pub(crate) async fn send(&self, report: &Report, interruption: &Interruption, terminal: Terminal) {
        let told = self.of(report).map(|wanted| self.told(wanted, report, interruption.clone()));
        // In the order of the suite, whoever is the first to answer.
        for line in join_all(told).await.into_iter().flatten() {
            terminal.say(line);
        }
    }

    /// What came of telling one of them; none where nobody can be told.
    async fn told(
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
                Ok(()) => format!("told {who} that {what}"),
                Err(error) => refusal(&error, who, &what, variable),
            },
            _ = interruption.received() => {
                format!("warning: {who} may not know that {what}: its answer was not waited for any longer")
            }
        })
    }

    /// Says whom a live run would have told.
    pub(crate) fn rehearse(&self, report: &Report, terminal: Terminal) {
        for SuiteNotification { to, .. } in self.of(report) {
            terminal.say(format!("not sent: a live run would tell {} that {}", to.words(), self.what(report)));
        }
    }

    fn of<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = &'a SuiteNotification> {
        self.wanted.iter().filter(|wanted| is_told(wanted.on, report, self.before))
    }

    fn what(&self, report: &Report) -> String {
        let verdict = report.summary.verdict;
        let before = self.before.filter(|before| *before != verdict);
        let before = before.map(|before| format!(" (before: {})", before.word())).unwrap_or_default();
        match verdict {
            Verdict::Passed => format!("the run passed{before}"),
            Verdict::Failed => format!("the run failed{before}"),
            Verdict::Inconclusive => format!("the run was inconclusive{before}"),
        }
    }
}

fn refusal(error: &NotifyError, who: &str, what: &str, variable: &str) -> String {
    let help = if error.is_of_url() { format!("; is `{variable}` still the URL of a webhook?") } else { String::new() };
    inert(&format!("warning: {who} could not be told that {what}: {error}{help}"))
}

/// What the run before came to; none, and a line that says why, where that is not known.
fn before(path: &Path, suite: &Suite, origin: &Origin, terminal: Terminal) -> Option<Verdict> {
    let shown = path.display();
    let verdict = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            terminal.say(inert(&format!("what the run before came to is not known: there is no `{shown}` yet")));
            return None;
        }
        Err(error) => Err(format!("cannot read `{shown}`: {error}")),
        // Of a pipe or a device nobody knows when it ends.
        Ok(file) if !file.is_file() => Err(format!("`{shown}` is no file")),
        Ok(_) => match read(path) {
            Ok(previous) => verdict_before(&previous, &suite.name, origin)
                .map_err(|why| format!("`{shown}` does not count, since {why}")),
            Err(Failure::Invalid(refusal) | Failure::Wrong(refusal) | Failure::Machine(refusal)) => {
                Err(refusal.to_string())
            }
        },
    };
    match verdict {
        Ok(verdict) => Some(verdict),
        Err(why) => {
            terminal.say(inert(&format!("warning: what the run before came to is not known: {why}")));
            None
        }
    }
}
