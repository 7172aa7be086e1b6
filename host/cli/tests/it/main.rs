//! Tests of the whole: of the house, and of the binary where a folder of files does not suffice.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test that looks for it")]

mod action;
mod bench;
mod binary;
mod book;
mod check_project;
mod compile_bombs;
mod completions;
mod distribution;
mod distribution_refusals;
mod doctor;
mod dry_run;
mod endpoint;
mod first_steps;
mod fixes;
mod fleet;
mod forecast;
mod github;
mod golden;
mod history;
mod hub;
mod init;
mod json;
mod live_shares;
mod manifests;
mod media;
mod mistakes;
mod mock;
mod names;
mod notifications;
mod otlp;
mod outputs;
mod page;
mod partition;
mod promises;
mod prose;
mod record;
mod registry;
mod replay;
mod requests;
mod rollout;
mod rooms;
mod runner;
#[expect(dead_code, reason = "the tests of the transport need more of it")]
#[path = "../../../runtime/tests/net/server.rs"]
mod server;
mod signal;
mod third_party;
mod tidy;
mod time_limit;
mod unending;
mod upgrade;
mod waivers;
mod wording;
mod worker_secrets;
mod workflows;
