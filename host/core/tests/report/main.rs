//! Reports: the summary of a run, and how each format shows it.
#![expect(clippy::unwrap_used, reason = "what is missing fails the test that looks for it")]

mod bench;
mod chat;
mod ctrf;
mod failures;
mod flaky;
mod fleet;
mod fold;
mod github;
mod hostile;
mod html;
mod human;
mod json_v1;
mod junit;
mod markdown;
mod merge;
mod notification;
mod openmetrics;
mod otlp;
mod past_runs;
mod reports;
mod sarif;
mod scene;
mod slack;
mod stored;
mod summarize;
mod validation;
mod waivers;
