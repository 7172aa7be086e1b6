//! Reports: what a run comes to, and what each format makes of it.

mod ctrf;
mod flaky;
mod fold;
mod github;
mod hostile;
mod human;
mod json_v1;
mod junit;
mod markdown;
mod merge;
mod notification;
mod reports;
mod sarif;
mod scene;
mod slack;
mod stored;
mod summarize;
mod validation;
mod waivers;
