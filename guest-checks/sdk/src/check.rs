//! The trait that a check implements, and its export as a component.

use crate::{Answer, Error, Finding, Manifest, Scope};
use serde::de::DeserializeOwned;

/// A check: a manifest, and a function that answers its questions.
pub trait Check {
    /// The settings that the manifest's schema describes.
    type Settings: DeserializeOwned;

    /// Name, scopes, rules and settings of the check. Calls no import, and returns the same
    /// value every time.
    fn manifest() -> Manifest;

    /// Runs the check in one of the manifest's scopes.
    fn run(scope: Scope, settings: Self::Settings) -> Result<Answer, Error>;

    /// Why waiting for samples cannot help, as of `now` (milliseconds since the start of the
    /// first sample); none if it may. Asked every 30 s while samples wait or run, if the feature
    /// `watch` is on and the manifest has the scope `run`.
    ///
    /// An error that is not waived ends the samples.
    fn watch(settings: Self::Settings, now: u64, waiting: &[WaitingSample]) -> Option<Finding> {
        let _ = (settings, now, waiting);
        None
    }
}

/// A sample that was submitted and has not ended. Times count from the start of the first
/// sample, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSample {
    pub index: u32,
    /// RunPod's last status; none before the first poll.
    pub status: Option<String>,
    pub submitted: u64,
    /// When the host first saw it running.
    pub first_running: Option<u64>,
}

/// Exports a type that implements [`Check`] as the component's check. With the feature
/// `watch`, its watcher too.
///
/// Call it once in a crate. If other crates link it, put it behind a feature that only the build of the component
/// switches on: the exported symbols of two checks do not link together.
#[macro_export]
macro_rules! export_check {
    ($check:ty) => {
        const _: () = {
            struct Export;

            impl $crate::bindings::exports::comfycheck::check::checker::Guest for Export {
                fn describe() -> $crate::Manifest {
                    $crate::describe::<$check>()
                }

                fn run(
                    scope: $crate::Scope,
                    settings: ::std::string::String,
                ) -> ::std::result::Result<$crate::Answer, $crate::Error> {
                    $crate::run::<$check>(scope, &settings)
                }
            }

            $crate::export_watcher!(Export, $check);
    $crate::bindings::export_component!(Export with_types_in $crate::bindings);
        };
    };
}

#[cfg(feature = "watch")]
#[doc(hidden)]
#[macro_export]
macro_rules! export_watcher {
    ($export:ty, $check:ty) => {
        impl $crate::bindings::exports::comfycheck::check::watcher::Guest for $export {
            fn watch(
                settings: ::std::string::String,
                now: u64,
                waiting: ::std::vec::Vec<$crate::bindings::exports::comfycheck::check::watcher::WaitingSample>,
            ) -> ::std::option::Option<$crate::Finding> {
                $crate::watch::<$check>(&settings, now, waiting)
            }
        }
    };
}

#[cfg(not(feature = "watch"))]
#[doc(hidden)]
#[macro_export]
macro_rules! export_watcher {
    ($export:ty, $check:ty) => {};
}

/// Describes the check. The message of a panic goes to the log, as in [`run`].
#[must_use]
pub fn describe<C: Check>() -> Manifest {
    log_panics();
    C::manifest()
}

/// Parses the settings and runs the check. Invalid settings are an error in every scope,
/// before the check asks the host anything.
pub fn run<C: Check>(scope: Scope, settings: &str) -> Result<Answer, Error> {
    log_panics();
    let settings = serde_json::from_str(settings).map_err(|err| Error::InvalidSettings(err.to_string()))?;
    C::run(scope, settings)
}

/// Parses the settings and asks the watcher. Invalid settings are an error of `run`.
#[cfg(feature = "watch")]
pub fn watch<C: Check>(
    settings: &str,
    now: u64,
    waiting: Vec<crate::bindings::exports::comfycheck::check::watcher::WaitingSample>,
) -> Option<Finding> {
    use crate::bindings::exports::comfycheck::check::watcher;
    log_panics();
    let sample = |watcher::WaitingSample { index, status, submitted, first_running }| WaitingSample {
        index,
        status,
        submitted,
        first_running,
    };
    let waiting: Vec<_> = waiting.into_iter().map(sample).collect();
    C::watch(serde_json::from_str(settings).ok()?, now, &waiting)
}

/// A trap has no text of its own, so a panic's message goes to the log first. Natively nothing can
/// be logged, and tests print panics themselves.
fn log_panics() {
    if cfg!(target_family = "wasm") {
        std::panic::set_hook(Box::new(|panic| crate::log::error(panic)));
    }
}
