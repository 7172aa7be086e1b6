//! One file per verb.

pub(crate) mod bench;
pub(crate) mod cassette;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod golden;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod inventory;
pub(crate) mod list;
pub(crate) mod mock;
pub(crate) mod purge;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod upgrade;
pub(crate) mod validate;
pub(crate) mod wait_rollout;
