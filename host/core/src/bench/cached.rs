//! Jobs that ComfyUI answered from its cache.

use crate::sample::Sample;
use comfycheck_statistics::repeats::{Evidence, Job, repeated};
use std::collections::BTreeSet;

/// Which of the samples ComfyUI answered from its cache, by the files that they returned.
pub fn cached<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> BTreeSet<u32> {
    let job = |sample: &'a Sample| Job {
        sample: sample.index,
        worker: sample.worker.as_deref(),
        at: sample.finished.map(|finished| u64::try_from(finished.as_millis()).unwrap_or(u64::MAX)),
        succeeded: true,
        evidence: Evidence::Files(sample.all_files().map(|file| (file.name.as_str(), file.sha256.as_str())).collect()),
    };
    repeated(samples.into_iter().filter(|sample| sample.delivered()).map(job))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Ending, FileFacts};

    #[test]
    fn a_sample_without_files_is_never_from_the_cache() {
        let sample = |index, files: &[&str]| Sample {
            ending: Ending::Succeeded,
            images: files.iter().map(|name| FileFacts { name: (*name).into(), ..FileFacts::default() }).collect(),
            ..Sample::not_submitted(index, None, String::new(), "")
        };
        let samples = [sample(0, &[]), sample(1, &[]), sample(2, &["a.png"]), sample(3, &["a.png"])];
        assert_eq!(cached(&samples).into_iter().collect::<Vec<_>>(), [3]);
    }
}
