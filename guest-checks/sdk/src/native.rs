//! What answers a check in a test: a [`Host`] in memory instead of comfycheck.

mod endpoint_facts;
mod installed;
mod sample_files;
mod sample_pictures;
mod suite_files;

pub(crate) use endpoint_facts::{dry_run, endpoint, volume};
pub(crate) use installed::{http, inventory};
pub(crate) use sample_files::{inputs, outputs, samples};
pub(crate) use sample_pictures::pictures;
pub(crate) use suite_files::files;

use crate::bindings::comfycheck::check::log::Level;
use crate::testing::Host;
use std::cell::RefCell;

thread_local! {
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// Calls a function of a check with a host.
pub(crate) fn with_host<T>(host: Host, check: impl FnOnce() -> T) -> T {
    struct Reset(Option<Host>);
    impl Drop for Reset {
        fn drop(&mut self) {
            HOST.with_borrow_mut(|host| *host = self.0.take());
        }
    }
    let _reset = Reset(HOST.with_borrow_mut(|current| current.replace(host)));
    check()
}

/// An answer of the host.
///
/// # Panics
///
/// Outside [`Host::run`].
fn ask<T>(function: &str, answer: impl FnOnce(&Host) -> T) -> T {
    HOST.with_borrow(|host| {
        let host = host.as_ref();
        answer(host.unwrap_or_else(|| {
            panic!("`{function}` is a function of the host: call the check in `comfycheck_sdk::testing::Host::run`")
        }))
    })
}

/// Lines of the log are dropped: a test compares answers.
pub(crate) fn log(_: Level, _: &str) {}

pub(crate) mod workflow_source {
    //! The text of the suite's workflow.
    use super::ask;

    #[must_use]
    pub fn source() -> String {
        ask("workflow.source", |host| host.workflow.clone().unwrap_or_default())
    }

    #[must_use]
    pub fn api_json() -> Option<String> {
        ask("workflow.api-json", |host| host.workflow.clone())
    }
}
