//! The notifications of a suite.

use super::file::{ChannelFile, NotificationFile, OccasionFile, TextOrEnv};
use super::problems::Problems;
use super::surroundings::{Surroundings, UnsetVariables};
use super::variables::Variable;
use super::{SuiteNotification, WebhookUrl};
use crate::address::{AddressError, may_be_asked};
use crate::diagnostic::{Diagnostic, Kind, inert};
use crate::notification::{Channel, Occasion};
use crate::secret::is_suspicious;
use url::Url;

/// The notifications in the order of the file; without any there, one for each default variable that has a value.
///
/// Adds a problem for each URL in the file. A variable without a usable URL does not keep the suite from running.
pub(super) fn notifications(
    files: Option<Vec<NotificationFile>>,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Vec<SuiteNotification> {
    let Some(files) = files else { return of_environment(surroundings) };
    let mut notifications = Vec::new();
    for (index, NotificationFile { to, url, on }) in files.into_iter().enumerate() {
        let to = match to {
            ChannelFile::Slack => Channel::Slack,
            ChannelFile::Webhook => Channel::Webhook,
        };
        let on = match on {
            None | Some(OccasionFile::Failure) => Occasion::Failure,
            Some(OccasionFile::Change) => Occasion::Change,
            Some(OccasionFile::Always) => Occasion::Always,
        };
        let names = match url {
            None => vec![to.default_variable().to_owned()],
            Some(TextOrEnv::Env(env)) => env.into_names(),
            Some(TextOrEnv::Text(_)) => Vec::new(),
        };
        if names.is_empty() || !names.iter().all(|name| is_name(name)) {
            let what = "`url` must name the environment variable that holds the webhook's URL";
            let variable = to.default_variable();
            let help = format!("write `url = {{ env = \"{variable}\" }}`; renew a URL that was committed");
            problems.key(&["notifications", &index.to_string(), "url"], Diagnostic::of(Kind::Secret, what).help(help));
            continue;
        }
        notifications.push(SuiteNotification { to, on, url: url_of(&names, surroundings) });
    }
    notifications
}

fn of_environment(surroundings: &Surroundings<'_>) -> Vec<SuiteNotification> {
    let set = [Channel::Slack, Channel::Webhook].map(|to| {
        let mut variables = surroundings.variables(&[to.default_variable().to_owned()]).ok()?;
        Some(SuiteNotification { to, on: Occasion::default(), url: checked(variables.remove(0)) })
    });
    set.into_iter().flatten().collect()
}

/// The URL in the first variable that has a value.
fn url_of(names: &[String], surroundings: &Surroundings<'_>) -> WebhookUrl {
    if surroundings.unset == UnsetVariables::Tolerated {
        return WebhookUrl::NotSought;
    }
    match surroundings.variables(names) {
        Ok(mut variables) => checked(variables.remove(0)),
        Err(missing) => WebhookUrl::Unusable(inert(&missing.describe())),
    }
}

fn checked(Variable { name, value }: Variable) -> WebhookUrl {
    let url = Url::parse(value.expose()).map_err(|_| AddressError::NotUrl);
    match url.and_then(|url| may_be_asked(&url)) {
        Ok(()) => WebhookUrl::Known { variable: name, url: value },
        Err(error) => WebhookUrl::Unusable(inert(&format!("`{name}` is {error}"))),
    }
}

/// Whether a text can be the name of a variable, and not a secret that was written there by mistake.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_part) && !is_suspicious(text)
}
