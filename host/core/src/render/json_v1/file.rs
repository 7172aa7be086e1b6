//! A file of a sample, in JSON.

use crate::media::FileKind;
use crate::sample::{Encoding, FileFacts, LostImage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A file, without its bytes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct FileV1<'a> {
    /// The name in the output; empty if it has none.
    name: Cow<'a, str>,
    /// The id of the node that saved it, if the output names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<Cow<'a, str>>,
    /// Absent for an image.
    #[serde(default, skip_serializing_if = "KindV1::is_image")]
    kind: KindV1,
    /// The media type that the output declares; not verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<Cow<'a, str>>,
    /// How the output holds it. Absent for base64 as strict decoders read it.
    #[serde(default, skip_serializing_if = "EncodingV1::is_base64")]
    encoding: EncodingV1,
    /// In bytes.
    size: u64,
    /// In lower-case hex.
    sha256: Cow<'a, str>,
}

impl<'a> From<&'a FileFacts> for FileV1<'a> {
    fn from(FileFacts { name, node, kind, media_type, encoding, size, sha256 }: &'a FileFacts) -> Self {
        Self {
            name: name.into(),
            node: node.as_deref().map(Into::into),
            kind: (*kind).into(),
            media_type: media_type.as_deref().map(Into::into),
            encoding: (*encoding).into(),
            size: *size,
            sha256: sha256.into(),
        }
    }
}

impl From<FileV1<'_>> for FileFacts {
    fn from(FileV1 { name, node, kind, media_type, encoding, size, sha256 }: FileV1<'_>) -> Self {
        Self {
            name: name.into(),
            node: node.map(Into::into),
            kind: kind.into(),
            media_type: media_type.map(Into::into),
            encoding: encoding.into(),
            size,
            sha256: sha256.into(),
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum KindV1 {
    #[default]
    Image,
    Video,
    Audio,
    /// A 3D model.
    Model,
    Text,
    /// None of these, or unknown.
    Other,
}

impl KindV1 {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
    fn is_image(&self) -> bool {
        *self == Self::Image
    }
}

impl From<FileKind> for KindV1 {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Image => Self::Image,
            FileKind::Video => Self::Video,
            FileKind::Audio => Self::Audio,
            FileKind::Model => Self::Model,
            FileKind::Text => Self::Text,
            FileKind::Other => Self::Other,
        }
    }
}

impl From<KindV1> for FileKind {
    fn from(kind: KindV1) -> Self {
        match kind {
            KindV1::Image => Self::Image,
            KindV1::Video => Self::Video,
            KindV1::Audio => Self::Audio,
            KindV1::Model => Self::Model,
            KindV1::Text => Self::Text,
            KindV1::Other => Self::Other,
        }
    }
}

/// How an output holds a file.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EncodingV1 {
    #[default]
    Base64,
    /// With white space, without padding or URL-safe: strict decoders refuse it.
    Base64Lenient,
    Url,
    /// A text in the output.
    Text,
}

impl EncodingV1 {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
    fn is_base64(&self) -> bool {
        *self == Self::Base64
    }
}

impl From<Encoding> for EncodingV1 {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Base64 => Self::Base64,
            Encoding::Base64Lenient => Self::Base64Lenient,
            Encoding::Url => Self::Url,
            Encoding::Text => Self::Text,
        }
    }
}

impl From<EncodingV1> for Encoding {
    fn from(encoding: EncodingV1) -> Self {
        match encoding {
            EncodingV1::Base64 => Self::Base64,
            EncodingV1::Base64Lenient => Self::Base64Lenient,
            EncodingV1::Url => Self::Url,
            EncodingV1::Text => Self::Text,
        }
    }
}

/// A file of the output that is not available.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct LostImageV1<'a> {
    /// The name in the output; empty if it has none.
    name: Cow<'a, str>,
    /// Why. One line.
    reason: Cow<'a, str>,
}

impl<'a> From<&'a LostImage> for LostImageV1<'a> {
    fn from(LostImage { name, reason }: &'a LostImage) -> Self {
        Self { name: name.into(), reason: reason.into() }
    }
}

impl From<LostImageV1<'_>> for LostImage {
    fn from(LostImageV1 { name, reason }: LostImageV1<'_>) -> Self {
        Self { name: name.into(), reason: reason.into() }
    }
}
