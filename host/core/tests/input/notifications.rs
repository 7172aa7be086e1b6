//! Notifications of a suite: what is accepted, and what is refused without showing a URL.

use crate::surroundings::complete;
use crate::wording::{problems, wording};
use comfycheck_core::suite::{SuiteNotification, UnsetVariables, WebhookUrl};
use insta::assert_snapshot;

const SLACK: (&str, &str) = ("COMFYCHECK_SLACK_WEBHOOK", " https://hooks.slack.com/services/T0/B0/s3cret \n");
const WEBHOOK: (&str, &str) = ("COMFYCHECK_WEBHOOK", "http://127.0.0.1:8000/hook?token=s3cret");

#[track_caller]
fn check(environment: &[(&'static str, &'static str)], unset: UnsetVariables, suite: &str, expected: &[&str]) {
    let mut world = complete();
    world.environment.extend(environment);
    world.unset = unset;
    let (suite, warnings) = world.parse(suite).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(warnings, []);
    let line = |SuiteNotification { to, on, url, .. }: &SuiteNotification| {
        let url = match url {
            WebhookUrl::Known { variable, url } => format!("{} of {variable}", url.expose()),
            WebhookUrl::Unusable(_) => "unusable".to_owned(),
            WebhookUrl::NotSought => "not sought".to_owned(),
        };
        format!("{to:?} {on:?} {url}")
    };
    assert_eq!(suite.notifications.iter().map(line).collect::<Vec<_>>(), expected);
    assert!(!format!("{suite:?}").contains("s3cret"));
}

#[test]
fn without_notifications_in_the_suite_the_environment_names_them() {
    let slack = "Slack Failure https://hooks.slack.com/services/T0/B0/s3cret of COMFYCHECK_SLACK_WEBHOOK";
    let webhook = "Webhook Failure http://127.0.0.1:8000/hook?token=s3cret of COMFYCHECK_WEBHOOK";
    check(&[], UnsetVariables::Refused, "", &[]);
    check(&[("COMFYCHECK_WEBHOOK", " ")], UnsetVariables::Refused, "", &[]);
    check(&[WEBHOOK, SLACK], UnsetVariables::Refused, "", &[slack, webhook]);
    check(&[WEBHOOK, SLACK], UnsetVariables::Refused, "notifications = []", &[]);
    check(&[WEBHOOK, SLACK], UnsetVariables::Refused, "[[notifications]]\nto = \"slack\"", &[slack]);
}

#[test]
fn offline_the_environment_is_not_read() {
    check(&[WEBHOOK, SLACK], UnsetVariables::Tolerated, "", &[]);
    check(&[SLACK], UnsetVariables::Tolerated, "[[notifications]]\nto = \"slack\"", &["Slack Failure not sought"]);
}

#[test]
fn the_suite_names_variables_and_occasions() {
    let of = |text: &str| format!("[[notifications]]\nto = \"webhook\"\n{text}");
    let known = "https://example.org/s3cret of OURS";
    let ours = [("OURS", "https://example.org/s3cret")];
    check(&ours, UnsetVariables::Refused, &of("url = { env = \"OURS\" }"), &[&format!("Webhook Failure {known}")]);
    let several = of("on = \"change\"\nurl = { env = [\"UNSET\", \"OURS\"] }");
    check(&ours, UnsetVariables::Refused, &several, &[&format!("Webhook Change {known}")]);
    let always = of("on = \"always\"\nurl.env = \"OURS\"");
    check(&ours, UnsetVariables::Refused, &always, &[&format!("Webhook Always {known}")]);
}

#[test]
fn an_unusable_url_does_not_keep_the_suite_from_running() {
    let one = "[[notifications]]\nto = \"webhook\"";
    let two = "[[notifications]]\nto = \"slack\"\nurl = { env = [\"A\", \"B\"] }";
    let mut text = String::new();
    for (name, suite, value) in [
        ("empty", one, ""),
        ("no URL", one, "s3cret"),
        ("in clear text", one, "http://example.org/s3cret"),
        ("of another scheme", one, "ftp://example.org/s3cret"),
        ("of two variables, neither set", two, ""),
    ] {
        let mut world = complete();
        world.environment.push(("COMFYCHECK_WEBHOOK", value));
        let (suite, warnings) = world.parse(suite).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(warnings, []);
        let [SuiteNotification { url: WebhookUrl::Unusable(why), .. }] = &suite.notifications[..] else {
            panic!("{:?}", suite.notifications)
        };
        assert!(!why.contains("s3cret"), "{why}");
        text += &[name, ": ", why, "\n"].concat();
    }
    assert_snapshot!(text);
}

/// The problems of a suite, none of which shows a URL, and their wording.
#[track_caller]
fn refused(suite: &str) -> (Vec<String>, String) {
    let refusal = complete().parse(suite).expect_err("a refusal");
    let text = wording(&refusal);
    assert!(!text.contains("s3cret"), "{text}");
    (problems(&refusal, suite), text)
}

#[test]
fn a_url_in_the_suite_is_refused_and_not_shown() {
    let (problems, text) = refused("[[notifications]]\nto = \"webhook\"\nurl = \"https://example.org/s3cret\"");
    assert_eq!(problems, ["secret 3:1 url"]);
    assert_snapshot!(text);
    let kinds = |suite: &str| {
        let (problems, _) = refused(suite);
        problems
            .iter()
            .filter_map(|problem| problem.split(' ').next().map(str::to_owned))
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (suite, expected) in [
        ("[[notifications]]\nto = \"slack\"\nurl = \"https://hooks.slack.com/services/T0/B0/s3cret\"", "secret"),
        (
            "[[notifications]]\nto = \"slack\"\nurl = { env = \"https://hooks.slack.com/services/T0/B0/s3cret\" }",
            "secret",
        ),
        ("[[notifications]]\nto = \"slack\"\nurl = { env = [\"A\", \"https://example.org/s3cret\"] }", "secret"),
        ("[[notifications]]\nto = \"slack\"\nurl = [\"https://example.org/s3cret\"]", "secret"),
        ("[[notifications]]\nto = \"slack\"\nurl = { envs = \"https://example.org/s3cret\" }", "missing-key, secret"),
        ("[[notifications]]\nto = \"slack\"\nwebhook = \"https://example.org/s3cret\"", "secret"),
        ("[[notifications]]\nto = \"https://example.org/s3cret\"", "invalid-value"),
        ("notifications = [{ to = \"slac\", url = \"https://example.org/s3cret\" }]", "invalid-value, wrong-type"),
        (
            "notifications = [{ to = \"slack\", on = 1, url = \"https://example.org/s3cret\" }]",
            "wrong-type, wrong-type",
        ),
        ("[[notifications]]\nto = \"slack\"\nurl = \"https://example.org/s3cret\" nonsense", "syntax"),
    ] {
        assert_eq!(kinds(suite), expected, "{suite}");
    }
}

#[test]
fn what_does_not_fit_the_channel_or_the_occasion_is_refused() {
    let kinds = |table: &str| refused(&format!("[[notifications]]\n{table}")).0.join(", ");
    for (table, expected) in [
        ("to = \"slack\"\nbody = \"report\"", "conflict 3:1 body"),
        ("to = \"slack\"\nsecret = { env = \"KEY\" }", "conflict 3:1 secret"),
        ("to = \"slack\"\nremind-h = 24", "conflict 3:1 remind-h"),
        ("to = \"slack\"\non = \"always\"\nafter = 2", "conflict 4:1 after"),
        ("to = \"heartbeat\"\non = \"change\"", "conflict 3:1 on"),
        ("to = \"webhook\"\nsecret = \"whsec_s3cret\"", "secret 3:1 secret"),
        ("to = \"slack\"\nafter = 0", "out-of-range 3:9 0"),
    ] {
        assert_eq!(kinds(table), expected, "{table}");
    }
}

#[test]
fn a_suite_can_wait_remind_and_sign() {
    let mut world = complete();
    world.environment.extend([("COMFYCHECK_WEBHOOK", "https://example.org/s3cret"), ("KEY", "s3cret-of-ours")]);
    let text = "[[notifications]]\nto = \"webhook\"\non = \"change\"\nafter = 3\nremind-h = 24\nbody = \"report\"\nsecret = { env = \"KEY\" }";
    let (suite, _) = world.parse(text).unwrap_or_else(|refusal| panic!("{refusal}"));
    let [notification] = &suite.notifications[..] else { panic!("{:?}", suite.notifications) };
    assert_eq!((notification.after.get(), notification.remind.map(std::num::NonZeroU32::get)), (3, Some(24)));
    assert_eq!(notification.body, comfycheck_core::notification::WebhookBody::Report);
    assert_eq!(notification.signing_key.as_ref().map(comfycheck_core::secret::Secret::expose), Some("s3cret-of-ours"));
    assert_eq!(notification.recipient, "webhook COMFYCHECK_WEBHOOK");
    assert!(!format!("{suite:?}").contains("s3cret"));
}

#[test]
fn an_unknown_channel_or_occasion_is_refused_with_the_known_ones() {
    let (problems, text) = refused("[[notifications]]\nto = \"email\"\non = \"recovery\"");
    assert_eq!(problems, ["invalid-value 2:6 email", "invalid-value 3:6 recovery"]);
    assert_snapshot!(text);
}
