//! What the jobs make: images, or other files.

use comfycheck_sdk::outputs::Kind;
use comfycheck_sdk::samples::Sample;

/// What costs and times are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Product {
    #[default]
    Image,
    Video,
    Audio,
    Model,
    /// Texts only.
    Text,
    /// Files of several kinds, or of none that is known.
    File,
}

impl Product {
    /// Of the files of all samples. Texts beside other files do not count: they describe them.
    #[must_use]
    pub fn of(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let (mut found, mut has_text): (Option<Self>, bool) = (None, false);
        for kind in kinds {
            let product = match kind {
                Kind::Image => Self::Image,
                Kind::Video => Self::Video,
                Kind::Audio => Self::Audio,
                Kind::Model => Self::Model,
                Kind::Other => Self::File,
                Kind::Text => {
                    has_text = true;
                    continue;
                }
            };
            found = Some(found.filter(|known| *known != product).map_or(product, |_| Self::File));
        }
        found.unwrap_or(if has_text { Self::Text } else { Self::Image })
    }

    /// Whether a file counts.
    #[must_use]
    pub fn counts(self, kind: Kind) -> bool {
        (self == Self::Text) == (kind == Kind::Text)
    }

    /// `video`, for counts.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio file",
            Self::Model => "3D model",
            Self::Text => "text",
            Self::File => "file",
        }
    }

    /// `a video`, for messages.
    #[must_use]
    pub fn one(self) -> String {
        let article = if matches!(self, Self::Image | Self::Audio) { "an" } else { "a" };
        format!("{article} {}", self.noun())
    }
}

/// The samples with the number of files that count as their images, and what these are. `kinds` are the kinds of a sample's
/// files, by its index.
#[must_use]
pub fn counted(mut samples: Vec<Sample>, kinds: impl Fn(u32) -> Vec<Kind>) -> (Product, Vec<Sample>) {
    let kinds: Vec<Vec<Kind>> = samples.iter().map(|sample| kinds(sample.index)).collect();
    let product = Product::of(kinds.iter().flatten().copied());
    if product != Product::Image {
        for (sample, kinds) in samples.iter_mut().zip(kinds) {
            let counted = kinds.into_iter().filter(|kind| product.counts(*kind)).count();
            sample.image_count = u32::try_from(counted).unwrap_or(u32::MAX);
        }
    }
    (product, samples)
}
