//! What a guest holds by a handle.

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
