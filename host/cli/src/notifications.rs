//! Tells whoever the suite names of a run that is over. Whatever becomes of it, the verdict stays.

use crate::args::Telling;
use crate::commands::report::read;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::notification::{Channel, is_told, verdict_before};
use comfycheck_core::render;
use comfycheck_core::report::{Report, Verdict};
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Suite, SuiteNotification, WebhookUrl};
use comfycheck_runtime::transport::notify::{NotifyError, Patience, notify};
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
    pub(crate) fn begin(telling: &Telling, suite: &Suite, terminal: Terminal) -> Self {
        let wanted = if telling.no_notify { Vec::new() } else { suite.notifications.clone() };
        for SuiteNotification { to, url, .. } in &wanted {
            if let WebhookUrl::Unusable(why) = url {
                terminal.say(format!("warning: {} cannot be told of this run: {why}", to.words()));
            }
        }
        let previous = telling.previous.as_deref().filter(|_| !wanted.is_empty());
        let before = previous.and_then(|path| before(path, &suite.name, terminal));
        let secrets = suite.deployment.secrets().into_iter().chain(suite.webhooks()).collect();
        Self { wanted, before, secrets }
    }

    /// Tells everybody who is to be told of this run, one after the other.
    pub(crate) async fn send(&self, report: &Report, terminal: Terminal) {
        for SuiteNotification { to, url, .. } in self.of(report) {
            let WebhookUrl::Known { variable, url } = url else { continue };
            let json = match to {
                Channel::Slack => render::slack(report, self.before),
                Channel::Webhook => render::json(report),
            };
            let (who, what) = (to.words(), self.what(report));
            match notify(url, &json, &self.secrets, Patience::default()).await {
                Ok(()) => terminal.say(format!("told {who} that {what}")),
                Err(error) => terminal.say(refusal(&error, who, &what, variable)),
            }
        }
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
fn before(path: &Path, suite: &str, terminal: Terminal) -> Option<Verdict> {
    let shown = path.display();
    if !path.exists() {
        terminal.say(inert(&format!("what the run before came to is not known: there is no `{shown}` yet")));
        return None;
    }
    let verdict = match read(path) {
        Ok(previous) => {
            verdict_before(&previous, suite).map_err(|why| format!("`{shown}` does not count, since {why}"))
        }
        Err(Failure::Invalid(refusal) | Failure::Wrong(refusal) | Failure::Machine(refusal)) => {
            Err(refusal.to_string())
        }
    };
    match verdict {
        Ok(verdict) => Some(verdict),
        Err(why) => {
            terminal.say(inert(&format!("warning: what the run before came to is not known: {why}")));
            None
        }
    }
}
