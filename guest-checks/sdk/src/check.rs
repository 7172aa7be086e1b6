//! The trait that a check implements, and how it becomes a component.

use crate::{Answer, Error, Manifest, Scope};
use serde::de::DeserializeOwned;

/// A check: what it says of itself, and how it is carried out.
pub trait Check {
    /// The settings, as the manifest's schema allows them.
    type Settings: DeserializeOwned;

    /// What the check says of itself. Calls no import, and is the same every time.
    fn manifest() -> Manifest;

    /// Carries out the check in one of the manifest's scopes.
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

/// Parses the settings and carries out the check. A panic's message goes to the log
/// before the component traps, since a trap has no text of its own.
pub fn run<C: Check>(scope: Scope, settings: &str) -> Result<Answer, Error> {
    std::panic::set_hook(Box::new(|panic| crate::log::error(panic)));
    let settings = serde_json::from_str(settings).map_err(|err| Error::InvalidSettings(err.to_string()))?;
    C::run(scope, settings)
}
