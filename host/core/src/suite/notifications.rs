//! The notifications of a suite.

use super::file::{BodyFile, ChannelFile, NotificationFile, OccasionFile, TextOrEnv};
use super::problems::Problems;
use super::surroundings::{Surroundings, UnsetVariables};
use super::variables::Variable;
use super::{SuiteNotification, WebhookUrl};
use crate::address::{AddressError, may_be_asked};
use crate::diagnostic::{Diagnostic, Kind, inert};
use crate::notification::{Channel, Occasion, WebhookBody};
use crate::secret::{Secret, is_suspicious};
use std::num::NonZeroU32;
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
    for (index, file) in files.into_iter().enumerate() {
        let NotificationFile { to, url, on, after, remind_h, body, secret } = file;
        let to = channel(to);
        let index = index.to_string();
        let place = |key: &'static str| ["notifications", index.as_str(), key];
        let on = match on {
            None if to == Channel::Heartbeat => Occasion::Always,
            None | Some(OccasionFile::Failure) => Occasion::Failure,
            Some(OccasionFile::Change) => Occasion::Change,
            Some(OccasionFile::Always) => Occasion::Always,
        };
        let conflicts = [
            ("on", to == Channel::Heartbeat && on != Occasion::Always, "a heartbeat reports every run"),
            (
                "after",
                after.is_some() && on == Occasion::Always,
                "`after` needs `on = \"failure\"` or `on = \"change\"`",
            ),
            ("remind-h", remind_h.is_some() && on != Occasion::Change, "`remind-h` needs `on = \"change\"`"),
            ("body", body.is_some() && to != Channel::Webhook, "`body` needs `to = \"webhook\"`"),
            ("secret", secret.is_some() && to != Channel::Webhook, "`secret` needs `to = \"webhook\"`"),
        ];
        for (key, _, what) in conflicts.into_iter().filter(|(_, conflicts, _)| *conflicts) {
            problems.key(&place(key), Diagnostic::of(Kind::Conflict, what).help(format!("remove `{key}`")));
        }
        let what = "`url` must name the environment variable that holds the webhook's URL";
        let names = named(url, to.default_variable(), (&place("url"), what), problems);
        let what = "`secret` must name the environment variable that holds the signing key";
        let secret =
            if to == Channel::Webhook { named(secret, SIGNING_KEY, (&place("secret"), what), problems) } else { None };
        let Some(names) = names else { continue };
        notifications.push(SuiteNotification {
            to,
            on,
            after: after.unwrap_or(NonZeroU32::MIN),
            remind: remind_h,
            body: match body {
                None | Some(BodyFile::Summary) => WebhookBody::Summary,
                Some(BodyFile::Report) => WebhookBody::Report,
            },
            recipient: format!("{} {}", to.word(), names.join(" ")),
            signing_key: secret.and_then(|names| signing_key(&names, surroundings)),
            url: url_of(&names, surroundings),
        });
    }
    notifications
}

/// The variable of the key that signs what a webhook gets.
const SIGNING_KEY: &str = "COMFYCHECK_WEBHOOK_SECRET";

fn channel(file: ChannelFile) -> Channel {
    match file {
        ChannelFile::Slack => Channel::Slack,
        ChannelFile::Teams => Channel::Teams,
        ChannelFile::Discord => Channel::Discord,
        ChannelFile::Webhook => Channel::Webhook,
        ChannelFile::Heartbeat => Channel::Heartbeat,
    }
}

/// The variables that a value names. A value that names none is a problem at this place.
fn named(
    value: Option<TextOrEnv>,
    default: &str,
    (place, what): (&[&str], &str),
    problems: &mut Problems<'_>,
) -> Option<Vec<String>> {
    let names = match value {
        None => vec![default.to_owned()],
        Some(TextOrEnv::Env(env)) => env.into_names(),
        Some(TextOrEnv::Text(_)) => Vec::new(),
    };
    if !names.is_empty() && names.iter().all(|name| is_name(name)) {
        return Some(names);
    }
    let key = place.last().copied().unwrap_or_default();
    let help = format!("write `{key} = {{ env = \"{default}\" }}`; renew a value that was committed");
    problems.key(place, Diagnostic::of(Kind::Secret, what).help(help));
    None
}

fn of_environment(surroundings: &Surroundings<'_>) -> Vec<SuiteNotification> {
    let set = Channel::ALL.map(|to| {
        let variable = to.default_variable().to_owned();
        let mut variables = surroundings.variables(std::slice::from_ref(&variable)).ok()?;
        let signing_key = (to == Channel::Webhook).then(|| signing_key(&[SIGNING_KEY.to_owned()], surroundings));
        Some(SuiteNotification {
            to,
            on: if to == Channel::Heartbeat { Occasion::Always } else { Occasion::default() },
            after: NonZeroU32::MIN,
            remind: None,
            body: WebhookBody::default(),
            recipient: format!("{} {variable}", to.word()),
            signing_key: signing_key.flatten(),
            url: checked(variables.remove(0)),
        })
    });
    set.into_iter().flatten().collect()
}

fn signing_key(names: &[String], surroundings: &Surroundings<'_>) -> Option<Secret> {
    Some(surroundings.variables(names).ok()?.remove(0).value)
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
