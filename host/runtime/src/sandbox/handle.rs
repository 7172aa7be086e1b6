//! What a guest holds by a handle.

use crate::suite_files::SuiteFile;
use bytes::Bytes;
use comfycheck_core::sample::FileFacts;

/// A file that a guest holds. The bytes are not copied.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct File {
    pub(super) facts: FileFacts,
    pub(super) bytes: Bytes,
}

/// An image that a guest holds. The bytes are not copied.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct Image {
    pub(super) facts: FileFacts,
    pub(super) bytes: Bytes,
}

/// A file of the suite's folder that a guest holds. Its bytes are read when the guest first asks for them.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct NamedFile {
    pub(super) file: SuiteFile,
    pub(super) bytes: Option<Bytes>,
}
