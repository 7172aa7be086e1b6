//! The answers of the check, on the real workflow and the inventory of a real ComfyUI: facts in
//! the tests, words in snapshots.

/// Compares the facts of answers with the test, and their words with a snapshot.
macro_rules! assert_answers {
    ($cases:expr) => {{
        let answers = comfycheck_sdk::testing::table(&$cases, &comfycheck_check_denrisi::rules::RULES);
        insta::assert_snapshot!(answers);
    }};
}

mod after;
mod before;
mod deployment;
mod readme;
