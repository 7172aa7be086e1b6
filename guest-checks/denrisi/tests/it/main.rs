//! The answers of the check, on the real workflow and the inventory of a real ComfyUI: facts in
//! the tests, words in snapshots.

mod after;
mod before;
mod deployment;
mod readme;

use comfycheck_check_denrisi::rules::RULES;
use comfycheck_sdk::testing::{self, Case};

/// Compares facts, and returns words for a snapshot.
#[track_caller]
fn table(cases: &[Case<'_>]) -> String {
    testing::table(cases, &RULES)
}
