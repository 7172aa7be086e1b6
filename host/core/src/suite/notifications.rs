//! Who a suite wants to be told of its runs.

use super::file::{ChannelFile, FromEnv, Names, NotificationFile, OccasionFile, TextOrEnv};
use super::problems::Problems;
use super::surroundings::{Surroundings, Unset};
use super::{SuiteNotification, WebhookUrl};
use crate::address::may_be_asked;
use crate::diagnostic::{Diagnostic, Kind, inert};
use crate::nearest::in_words;
use crate::notification::{Channel, Occasion};
use crate::secret::{Secret, redact};
use url::Url;

/// The notifications, in the order of the file; without any there, one for each of the two variables that is set. Adds a
/// problem for each URL that is written down. One that cannot be had is no problem: it keeps nobody from running the suite.
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
            Some(TextOrEnv::Env(FromEnv { env: Names::One(name) })) => vec![name],
            Some(TextOrEnv::Env(FromEnv { env: Names::Several(names) })) => names,
            Some(TextOrEnv::Text(_)) => Vec::new(),
        };
        if names.is_empty() || !names.iter().all(|name| is_name(name)) {
            let what = "`url` must name the environment variable that holds the webhook's URL";
            let variable = to.default_variable();
            let help = format!(
                "write `url = {{ env = \"{variable}\" }}`, or leave it out; renew a URL that was committed: whoever has it \
                 can write there."
            );
            problems.key(&["notifications", &index.to_string(), "url"], Diagnostic::of(Kind::Secret, what).help(help));
            continue;
        }
        notifications.push(SuiteNotification { to, on, url: url_of(&names, surroundings) });
    }
    notifications
}

fn of_environment(surroundings: &Surroundings<'_>) -> Vec<SuiteNotification> {
    let set = [Channel::Slack, Channel::Webhook].map(|to| {
        let name = to.default_variable().to_owned();
        let url = value(&name, surroundings).map(|value| checked(name, value));
        url.map(|url| SuiteNotification { to, on: Occasion::default(), url })
    });
    set.into_iter().flatten().collect()
}

/// The URL in the first variable that is set.
fn url_of(names: &[String], surroundings: &Surroundings<'_>) -> WebhookUrl {
    if surroundings.unset == Unset::Tolerated {
        return WebhookUrl::NotSought;
    }
    let set = names.iter().find_map(|name| value(name, surroundings).map(|value| (name.clone(), value)));
    match (set, names) {
        (Some((name, value)), _) => checked(name, value),
        (None, [name]) => WebhookUrl::Unusable(format!("environment variable `{name}` is not set")),
        (None, _) => {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            WebhookUrl::Unusable(format!("none of the environment variables {} is set", in_words(&names, "and")))
        }
    }
}

/// The value of a variable, if it is looked at, set and not empty.
fn value(name: &str, surroundings: &Surroundings<'_>) -> Option<String> {
    if surroundings.unset == Unset::Tolerated {
        return None;
    }
    let value = (surroundings.environment)(name)?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn checked(variable: String, value: String) -> WebhookUrl {
    let url = Url::parse(&value).map_err(|_| crate::address::AddressError::NotUrl);
    match url.and_then(|url| may_be_asked(&url)) {
        Ok(()) => WebhookUrl::Known { variable, url: Secret::new(value) },
        Err(error) => WebhookUrl::Unusable(inert(&format!("what `{variable}` holds is {error}"))),
    }
}

/// Whether a text may be the name of a variable, and is no secret that was written there by mistake.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_part) && redact(text, &[]) == text
}
