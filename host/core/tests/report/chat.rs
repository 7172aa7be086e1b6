//! Messages to Teams, Discord and any webhook: their bytes, that they keep to limits, and that nothing in them acts.

use crate::reports::{failed, hostile, inconclusive, passed};
use crate::scene::{Scene, With, error, found};
use comfycheck_core::manifest::Scope::Run;
use comfycheck_core::render::{CiRun, ReportContext, discord, json_notification, json_notification_schema, teams};
use comfycheck_core::report::{Report, Verdict};
use insta::assert_snapshot;
use serde_json::Value;
use std::path::Path;

type Format = fn(&Report, Option<Verdict>, &ReportContext<'_>) -> String;

fn message(format: Format, report: &Report) -> Value {
    let ci_run = CiRun::new("GitLab", "https://gitlab.com/a/b/-/jobs/7");
    let context = ReportContext { ci_run: ci_run.as_ref(), ..ReportContext::default() };
    serde_json::from_str(&format(report, Some(Verdict::Passed), &context)).expect("JSON")
}

/// Every text of a message.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_failed_run_in_teams_discord_and_json() {
    for (name, format) in [("teams", teams as Format), ("discord", discord), ("json", json_notification)] {
        assert_snapshot!(name, format!("{:#}", message(format, &failed())));
    }
}

/// Many long findings of hostile text.
fn crowded() -> Report {
    let long = "](http://evil) ``` @everyone <at>x</at> **b**\n".repeat(200);
    let finding = |at: usize| error("broken", &format!("{at}{long}")).help(&long);
    let mut scene = Scene::new().check("nodes", &[Run]).with("nodes", Run, found((0..60).map(finding)));
    scene.suite.run_name.clone_from(&long);
    scene.report()
}

#[test]
fn messages_keep_to_the_limits_of_their_system() {
    for report in [passed(), failed(), inconclusive(), hostile(), crowded()] {
        let units = |value: &Value| value.as_str().unwrap().encode_utf16().count();
        let card = message(teams, &report);
        assert!(card.to_string().len() < 28 << 10, "{}", card.to_string().len());
        let embed = &message(discord, &report)["embeds"][0];
        assert!(units(&embed["title"]) <= 256 && units(&embed["description"]) <= 4_096);
        assert!(units(&embed["title"]) + units(&embed["description"]) + units(&embed["footer"]["text"]) <= 6_000);
        assert!(message(json_notification, &report).to_string().len() < 64 << 10);
    }
    let left_out = texts(&message(teams, &crowded())).concat() + &texts(&message(discord, &crowded())).concat();
    assert_eq!(left_out.matches(" more findings in the JSON report").count(), 2);
    assert!(message(json_notification, &crowded())["more-findings"].as_u64().unwrap() > 0);
}

#[test]
fn a_guests_words_stay_words() {
    for report in [hostile(), crowded()] {
        let description = message(discord, &report)["embeds"][0]["description"].as_str().unwrap().to_owned();
        assert_eq!(description.matches("```").count(), 2, "only ours: {description}");
        assert_eq!(message(discord, &report)["allowed_mentions"]["parse"], Value::Array(Vec::new()));
        let card = message(teams, &report);
        let content = &card["attachments"][0]["content"];
        for block in content["body"].as_array().unwrap() {
            assert_eq!((&block["type"], &block["inlines"][0]["type"]), (&"RichTextBlock".into(), &"TextRun".into()));
        }
        assert_eq!(content["actions"][0]["url"], "https://gitlab.com/a/b/-/jobs/7");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is a file of the repository")]
fn the_schema_fits_and_is_published() {
    let schema = json_notification_schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for report in [passed(), failed(), inconclusive(), hostile()] {
        let value = message(json_notification, &report);
        assert!(validator.is_valid(&value), "{value}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/notification.schema.json");
    let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == generated, "schemas/notification.schema.json is out of date: run the tests with BLESS=1");
}
