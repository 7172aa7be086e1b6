//! Tests of the whole: of the house, and of the binary where a folder of files does not suffice.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test that looks for it")]

mod action;
mod github;
mod record;
mod replay;
mod runner;
mod third_party;
mod tidy;
mod workflows;
