//! Variables of the environment. Any of them may be a secret.

use comfycheck_core::secret::Secret;

/// The value of an environment variable.
pub(crate) fn environment(name: &str) -> Option<Secret> {
    std::env::var(name).ok().map(Secret::new)
}
