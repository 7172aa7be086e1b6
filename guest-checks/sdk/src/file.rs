//! Files of samples.

use crate::outputs::File;

impl File {
    /// Whether it is in base64 that strict decoders refuse. A call of the host.
    #[must_use]
    pub fn is_lenient(&self) -> bool {
        self.encoding() == "base64-lenient"
    }
}
