//! The trait that a check implements, and its export as a component.

use crate::{Answer, Error, Manifest, Scope};
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
}

/// Exports a type that implements [`Check`] as the component's check.
///
/// Call it once in a crate, behind a feature that only the build of the component
/// switches on: the exported symbols do not link natively.
#[macro_export]
macro_rules! export_check {
    ($check:ty) => {
        const _: () = {
            struct Export;

            impl $crate::bindings::exports::comfycheck::check::checker::Guest for Export {
                fn describe() -> $crate::Manifest {
                    <$check as $crate::Check>::manifest()
                }

                fn run(
                    scope: $crate::Scope,
                    settings: ::std::string::String,
                ) -> ::std::result::Result<$crate::Answer, $crate::Error> {
                    $crate::run::<$check>(scope, &settings)
                }
            }

    $crate::bindings::export_component!(Export with_types_in $crate::bindings);
        };
    };
}

/// Parses the settings and runs the check. Invalid settings are an error in every scope,
/// before the check asks the host anything.
pub fn run<C: Check>(scope: Scope, settings: &str) -> Result<Answer, Error> {
    // A trap has no text of its own, so a panic's message goes to the log first. Natively
    // nothing can be logged, and tests print panics themselves.
    if cfg!(target_family = "wasm") {
        std::panic::set_hook(Box::new(|panic| crate::log::error(panic)));
    }
    let settings = serde_json::from_str(settings).map_err(|err| Error::InvalidSettings(err.to_string()))?;
    C::run(scope, settings)
}
