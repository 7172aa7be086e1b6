//! Who a suite wants to be told: what is taken, and what is refused without a URL being shown.

use crate::surroundings::complete;
use comfycheck_core::suite::{SuiteNotification, Unset, WebhookUrl};
use insta::assert_snapshot;

const SLACK: (&str, &str) = ("COMFYCHECK_SLACK_WEBHOOK", " https://hooks.slack.com/services/T0/B0/s3cret \n");
const WEBHOOK: (&str, &str) = ("COMFYCHECK_WEBHOOK", "http://127.0.0.1:8000/hook?token=s3cret");

#[track_caller]
fn check(environment: &[(&'static str, &'static str)], unset: Unset, suite: &str, expected: &[&str]) {
    let mut world = complete();
    world.environment.extend(environment);
    world.unset = unset;
    let (suite, warnings) = world.parse(suite).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(warnings, [""; 0]);
    let line = |SuiteNotification { to, on, url }: &SuiteNotification| {
        let url = match url {
            WebhookUrl::Known { variable, url } => format!("{} of {variable}", url.expose()),
            WebhookUrl::Unusable(why) => why.clone(),
            WebhookUrl::NotSought => "not sought".to_owned(),
        };
        format!("{to:?} {on:?} {url}")
    };
    assert_eq!(suite.notifications.iter().map(line).collect::<Vec<_>>(), expected);
    assert!(!format!("{suite:?}").contains("s3cret"));
}

#[test]
fn without_any_in_the_suite_the_environment_names_them() {
    let slack = "Slack Failure https://hooks.slack.com/services/T0/B0/s3cret of COMFYCHECK_SLACK_WEBHOOK";
    let webhook = "Webhook Failure http://127.0.0.1:8000/hook?token=s3cret of COMFYCHECK_WEBHOOK";
    check(&[], Unset::Refused, "", &[]);
    check(&[("COMFYCHECK_WEBHOOK", " ")], Unset::Refused, "", &[]);
    check(&[WEBHOOK, SLACK], Unset::Refused, "", &[slack, webhook]);
    check(&[WEBHOOK, SLACK], Unset::Refused, "notifications = []", &[]);
    check(&[WEBHOOK, SLACK], Unset::Refused, "[[notifications]]\nto = \"slack\"", &[slack]);
}

#[test]
fn offline_the_environment_is_not_looked_at() {
    check(&[WEBHOOK, SLACK], Unset::Tolerated, "", &[]);
    check(&[SLACK], Unset::Tolerated, "[[notifications]]\nto = \"slack\"", &["Slack Failure not sought"]);
}

#[test]
fn the_suite_names_variables_and_occasions() {
    let of = |text: &str| format!("[[notifications]]\nto = \"webhook\"\n{text}");
    let known = "https://example.org/s3cret of OURS";
    let ours = [("OURS", "https://example.org/s3cret")];
    check(&ours, Unset::Refused, &of("url = { env = \"OURS\" }"), &[&format!("Webhook Failure {known}")]);
    let several = of("on = \"change\"\nurl = { env = [\"UNSET\", \"OURS\"] }");
    check(&ours, Unset::Refused, &several, &[&format!("Webhook Change {known}")]);
    let always = of("on = \"always\"\nurl.env = \"OURS\"");
    check(&ours, Unset::Refused, &always, &[&format!("Webhook Always {known}")]);
}

#[test]
fn a_url_that_cannot_be_had_keeps_nobody_from_running_the_suite() {
    let suite = "[[notifications]]\nto = \"webhook\"";
    for (value, why) in [
        ("", "environment variable `COMFYCHECK_WEBHOOK` is not set"),
        ("s3cret", "what `COMFYCHECK_WEBHOOK` holds is not a URL"),
        ("http://example.org/s3cret", "what `COMFYCHECK_WEBHOOK` holds is not encrypted"),
        ("ftp://example.org/s3cret", "what `COMFYCHECK_WEBHOOK` holds is neither `http` nor `https`"),
    ] {
        check(&[("COMFYCHECK_WEBHOOK", value)], Unset::Refused, suite, &[&format!("Webhook Failure {why}")]);
    }
    let suite = "[[notifications]]\nto = \"slack\"\nurl = { env = [\"A\", \"B\"] }";
    check(&[], Unset::Refused, suite, &["Slack Failure none of the environment variables `A` and `B` is set"]);
}

#[track_caller]
fn refused(suite: &str) -> String {
    let refusal = complete().parse(suite).expect_err("a refusal");
    assert!(!refusal.contains("s3cret"), "{refusal}");
    refusal
}

#[test]
fn a_url_in_the_suite_is_refused_and_not_shown() {
    assert_snapshot!(refused("[[notifications]]\nto = \"webhook\"\nurl = \"https://example.org/s3cret\""), @r#"
    error: `url` must name the environment variable that holds the webhook's URL
    --> suite.toml:3:1
     = help: write `url = { env = "COMFYCHECK_WEBHOOK" }`, or leave it out; renew a URL that was committed: whoever has it can write there.
    "#);
    for suite in [
        "[[notifications]]\nto = \"slack\"\nurl = \"https://hooks.slack.com/services/T0/B0/s3cret\"",
        "[[notifications]]\nto = \"slack\"\nurl = { env = \"https://hooks.slack.com/services/T0/B0/s3cret\" }",
        "[[notifications]]\nto = \"slack\"\nurl = { env = [\"A\", \"https://example.org/s3cret\"] }",
        "[[notifications]]\nto = \"slack\"\nurl = [\"https://example.org/s3cret\"]",
        "[[notifications]]\nto = \"slack\"\nurl = { envs = \"https://example.org/s3cret\" }",
        "[[notifications]]\nto = \"slack\"\nwebhook = \"https://example.org/s3cret\"",
        "[[notifications]]\nto = \"https://example.org/s3cret\"",
        "notifications = [{ to = \"slac\", url = \"https://example.org/s3cret\" }]",
        "notifications = [{ to = \"slack\", on = 1, url = \"https://example.org/s3cret\" }]",
        "[[notifications]]\nto = \"slack\"\nurl = \"https://example.org/s3cret\" nonsense",
    ] {
        refused(suite);
    }
}

#[test]
fn what_is_not_known_is_explained() {
    assert_snapshot!(refused("[[notifications]]\nto = \"email\"\non = \"recovery\""), @r#"
    error: `to` cannot be `email`
     --> suite.toml:2:6
      |
    2 | to = "email"
      |      ^^^^^^^
      |
      = help: there are `slack` and `webhook`.

    error: `on` cannot be `recovery`
     --> suite.toml:3:6
      |
    3 | on = "recovery"
      |      ^^^^^^^^^^
      |
      = help: there are `failure`, `change` and `always`.
    "#);
}
