//! The index of a folder of golden images: `index.json`.

use crate::{Look, PerceptualHash, Sketch, seeds::Nearest};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use std::collections::BTreeMap;

/// The name of the index in its folder.
pub const INDEX: &str = "index.json";
/// The format and its version.
const FORMAT: &str = "comfycheck.golden/1";
/// The largest index, in bytes.
pub const INDEX_BYTES: u64 = 8 << 20;
/// The most images of a folder.
pub const MOST_IMAGES: usize = 2_000;

/// The images of a folder. Keys are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    format: String,
    pub images: Vec<GoldenImage>,
}

/// An accepted image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GoldenImage {
    /// Its file in the folder.
    pub file: String,
    /// Of the file, in lower-case hex.
    pub sha256: String,
    #[serde(flatten)]
    pub source: Source,
    /// A text of the workflow, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// A [`PerceptualHash`].
    pub hash: String,
    /// A [`Look`].
    pub look: String,
    /// The nearest golden image of the same workflow with another seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// What made an image. Equal jobs have equal sources, whichever worker runs them and in whatever order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// SHA-256 of what reaches the image, with its prompts and without its seeds, in lower-case hex.
    pub workflow: String,
    /// The seeds by `node.input`.
    #[serde(serialize_with = "numbers", deserialize_with = "texts")]
    pub seeds: BTreeMap<String, String>,
    /// The node that saved it; none if it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Which one it is among the images of its node, from 0.
    pub position: u32,
}

impl Source {
    /// Whether two images differ in nothing but their seeds.
    #[must_use]
    pub fn differs_in_seed_only(&self, other: &Self) -> bool {
        (&self.workflow, &self.node, self.position) == (&other.workflow, &other.node, other.position)
    }
}

impl Index {
    #[must_use]
    pub fn new(images: Vec<GoldenImage>) -> Self {
        Self { format: FORMAT.to_owned(), images }
    }

    /// Reads an index. An error is a clause that follows its name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let index: Self = serde_json::from_str(text).map_err(|error| format!("is not an index: {error}"))?;
        if index.format != FORMAT {
            return Err(format!("has another format than `{FORMAT}`"));
        }
        if index.images.len() > MOST_IMAGES {
            return Err(format!("has more than {MOST_IMAGES} images"));
        }
        let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_possible = |Nearest { ssim, look }: &Nearest| (-1.0..=1.0).contains(ssim) && (0.0..=1.0).contains(look);
        if !index.images.iter().filter_map(|image| image.nearest.as_ref()).all(is_possible) {
            return Err("has distances that no images have".to_owned());
        }
        match index.images.iter().find(|image| !is_plain(&image.file) || !is_digest(&image.sha256)) {
            Some(_) => Err("names a file outside of its folder, or has no SHA-256 of it".to_owned()),
            None => Ok(index),
        }
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        // All of its content can be serialized.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Finds the nearest other seed of every image again, after images were added or removed. `sketch` has the sketch of an
    /// image; none where its file cannot be decoded.
    pub fn find_nearest(&mut self, sketch: impl Fn(&GoldenImage) -> Option<Sketch>) {
        let mut groups: BTreeMap<Source, Vec<usize>> = BTreeMap::new();
        for (at, image) in self.images.iter().enumerate() {
            groups.entry(Source { seeds: BTreeMap::new(), ..image.source.clone() }).or_default().push(at);
        }
        for group in groups.into_values() {
            let sketches: Vec<_> = group.iter().map(|at| sketch(&self.images[*at])).collect();
            for (own, at) in sketches.iter().zip(&group) {
                let others = sketches.iter().zip(&group).filter(|(_, other)| *other != at);
                let pairs = others.filter_map(|(other, _)| {
                    let (own, other) = (own.as_ref()?, other.as_ref()?);
                    Some((crate::ssim(own, other)?, Look::of(own).distance(&Look::of(other))))
                });
                self.images[*at].nearest = pairs
                    .map(|(ssim, look)| Nearest { ssim, look })
                    .reduce(|a, b| Nearest { ssim: a.ssim.max(b.ssim), look: a.look.min(b.look) });
            }
        }
    }
}

impl GoldenImage {
    #[must_use]
    pub fn new(file: String, sha256: String, source: Source, sketch: &Sketch) -> Self {
        Self {
            file,
            sha256,
            source,
            prompt: None,
            width: sketch.image.0,
            height: sketch.image.1,
            hash: PerceptualHash::of(sketch).to_string(),
            look: Look::of(sketch).to_string(),
            nearest: None,
        }
    }
}

/// Whether a text is the name of a file, and leads to no other folder.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=200).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}

/// Seeds are numbers in the file. As text they keep all their digits, and can be compared.
fn numbers<S: serde::Serializer>(seeds: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    let number = |seed: &String| seed.parse::<Number>().unwrap_or_else(|_| 0.into());
    serializer.collect_map(seeds.iter().map(|(name, seed)| (name, number(seed))))
}

fn texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let seeds = BTreeMap::<String, Number>::deserialize(deserializer)?;
    Ok(seeds.into_iter().map(|(name, seed)| (name, seed.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channels, Sketcher};

    fn sketch(value: u8) -> Sketch {
        let mut sketcher = Sketcher::new(32, 32, Channels::Grey).expect("a size");
        sketcher.add(&(0..32 * 32).map(|at| if at % 7 < 3 { value } else { 90 }).collect::<Vec<u8>>());
        sketcher.finish().expect("all rows")
    }

    fn image(file: &str, workflow: &str, seed: u64, value: u8) -> GoldenImage {
        let seeds = [("3.seed".to_owned(), seed.to_string())].into();
        let source = Source { workflow: workflow.into(), seeds, node: Some("9".into()), position: 0 };
        GoldenImage::new(file.into(), "ab".repeat(32), source, &sketch(value))
    }

    #[test]
    fn an_index_is_read_as_it_was_written() {
        let index = Index::new(vec![image("a.png", "w", u64::MAX, 10), image("b.png", "w", 2, 20)]);
        let text = index.to_json();
        assert!(text.contains(": 18446744073709551615"), "{text}");
        assert_eq!(Index::parse(&text), Ok(index));
    }

    #[test]
    fn an_index_that_leads_elsewhere_is_refused() {
        for file in ["../a.png", "a/b.png", ".hidden", "", "C:a.png"] {
            let text = Index::new(vec![image(file, "w", 1, 10)]).to_json();
            assert!(Index::parse(&text).is_err(), "{file}");
        }
        let short = Index::new(vec![GoldenImage { sha256: "ab".into(), ..image("a.png", "w", 1, 10) }]);
        for text in ["", "{}", "[]", r#"{"format": "comfycheck.golden/2", "images": []}"#, &short.to_json()] {
            assert!(Index::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_nearest_seed_is_one_of_the_same_workflow() {
        let images =
            vec![image("10", "w", 1, 10), image("20", "w", 2, 20), image("200", "w", 3, 200), image("10", "v", 4, 10)];
        let mut index = Index::new(images);
        index.find_nearest(|image| image.file.parse().ok().map(sketch));
        let nearest: Vec<_> = index.images.iter().map(|image| image.nearest).collect();
        let expected = crate::ssim(&sketch(10), &sketch(20)).expect("equal sizes");
        assert_eq!(nearest[0].map(|near| near.ssim), Some(expected));
        assert_eq!(nearest[0], nearest[1]);
        assert!(nearest[2].is_some_and(|near| near.ssim < expected), "{nearest:?}");
        assert_eq!(nearest[3], None);
    }
}
