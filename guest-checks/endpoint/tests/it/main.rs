//! The pure core of the check: which facts give which findings and open questions.

/// Asserts the rules of every row of a table, and the wording of all rows by a snapshot.
macro_rules! assert_table {
    ($rows:expr) => {{
        let table = crate::answer::table($rows);
        insta::assert_snapshot!(table);
    }};
}

mod after;
mod answer;
mod before;
mod causes;
mod configured;
mod diagnoses;
mod evidence;
mod exits;
mod facts;
mod families;
mod others;
mod queue;
mod readme;
mod situations;
mod spending;
mod starting;
mod startup;
mod watch;
