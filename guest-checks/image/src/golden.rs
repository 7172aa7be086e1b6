//! Reads golden images, and compares images with them.

use crate::decode::{Limits, decode_sketched};
use crate::gather::gather;
use crate::rules::golden::{Comparison, Measures};
use comfycheck_likeness::golden::{GoldenImage, INDEX, INDEX_BYTES, Index, Source};
use comfycheck_likeness::seeds::{Nearest, Tolerance};
use comfycheck_likeness::{Look, Sketch, ssim};
use comfycheck_sdk::files::{self, Error, File};
use comfycheck_sdk::wording::{self, one_line};

/// The folder of golden images that the settings name.
pub(crate) struct Folder {
    index: Index,
    files: Vec<File>,
}

impl Folder {
    /// None if there is no index. An error is the reason why the folder cannot be used.
    pub(crate) fn open(path: &str) -> Result<Option<Self>, String> {
        let files = files::at(path).map_err(|error| match error {
            Error::AccessDenied => "the folder of golden images is outside of the suite's folder".to_owned(),
            Error::NotOffered(reason) | Error::Other(reason) => one_line(&reason, 200),
        })?;
        let Some(file) = files.iter().find(|file| file.path() == INDEX) else { return Ok(None) };
        if file.size() > INDEX_BYTES {
            let limit = wording::bytes(INDEX_BYTES);
            return Err(format!("`{INDEX}` of the golden images is larger than {limit}"));
        }
        let bytes = read(file);
        if bytes.is_empty() {
            return Err(format!("`{INDEX}` of the golden images is empty or cannot be read"));
        }
        let text = String::from_utf8_lossy(&bytes);
        let index = Index::parse(&text).map_err(|reason| format!("`{INDEX}` {}", one_line(&reason, 200)))?;
        Ok(Some(Self { index, files }))
    }

    /// Whether an image can be compared.
    pub(crate) fn has(&self, source: &Source) -> bool {
        let group = self.group(source);
        group.iter().any(|image| image.source.seeds == source.seeds)
            || Tolerance::of(&nearest(&group)).look_of_another_seed.is_some()
    }

    /// The golden images that differ from an image in nothing but their seed.
    fn group(&self, source: &Source) -> Vec<&GoldenImage> {
        self.index.images.iter().filter(|image| image.source.differs_in_seed_only(source)).collect()
    }

    /// Compares a decoded image. `sha256` is that of its file.
    pub(crate) fn compare(
        &self,
        source: &Source,
        sha256: &str,
        sketch: Option<&Sketch>,
        limits: &Limits,
    ) -> Comparison {
        let group = self.group(source);
        let tolerance = Tolerance::of(&nearest(&group));
        let Some(golden) = group.iter().find(|image| image.source.seeds == source.seeds) else {
            return other_seeds(&group, sketch, &tolerance);
        };
        let of = |ssim, look| Comparison::SameSeed {
            file: golden.file.clone(),
            measures: Measures { ssim, look },
            tolerance,
        };
        if golden.sha256 == sha256 {
            return of(1.0, 0.0);
        }
        let Some(sketch) = sketch else { return interlaced() };
        if sketch.image != (golden.width, golden.height) {
            return Comparison::OtherSize {
                file: golden.file.clone(),
                image: sketch.image,
                golden: (golden.width, golden.height),
            };
        }
        let unknown = |what: &str| Comparison::Unknown {
            file: Some(golden.file.clone()),
            reason: format!("the golden image `{}` {what}", golden.file),
        };
        let Some(file) = self.files.iter().find(|file| file.path() == golden.file) else {
            return unknown("is missing");
        };
        let sha256 = file.sha256();
        if sha256.is_empty() {
            return unknown("cannot be read");
        }
        if sha256 != golden.sha256 {
            return unknown("was changed after it was accepted");
        }
        let bytes = if file.size() <= limits.memory { read(file) } else { Vec::new() };
        if bytes.is_empty() {
            return unknown("is not available");
        }
        let decoded = decode_sketched(&bytes, limits).ok().and_then(|picture| picture.sketch);
        let Some(decoded) = decoded else { return unknown("cannot be decoded") };
        match ssim(sketch, &decoded) {
            Some(ssim) => of(ssim, Look::of(sketch).distance(&Look::of(&decoded))),
            None => unknown("has another size than its index says"),
        }
    }
}

fn other_seeds(group: &[&GoldenImage], sketch: Option<&Sketch>, tolerance: &Tolerance) -> Comparison {
    let Some(limit) = tolerance.look_of_another_seed else { return Comparison::Missing { other_seeds: group.len() } };
    let Some(sketch) = sketch else { return interlaced() };
    let look = Look::of(sketch);
    let looks = group.iter().filter_map(|image| image.look.parse::<Look>().ok());
    match looks.map(|golden| golden.distance(&look)).reduce(f64::min) {
        Some(look) => Comparison::OtherSeeds { number: group.len(), look, limit },
        None => Comparison::Unknown { file: None, reason: format!("`{INDEX}` of the golden images has no looks") },
    }
}

fn interlaced() -> Comparison {
    let reason = "an interlaced PNG is not compared with golden images".to_owned();
    Comparison::Unknown { file: None, reason }
}

fn nearest(group: &[&GoldenImage]) -> Vec<Nearest> {
    group.iter().filter_map(|image| image.nearest).collect()
}

fn read(file: &File) -> Vec<u8> {
    gather(file.size(), |offset, length| file.read(offset, length))
}
