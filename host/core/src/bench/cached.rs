//! Jobs that ComfyUI answered from its cache.

use crate::sample::Sample;
use std::collections::BTreeSet;

/// Which of the samples, in the order of `samples`, ComfyUI answered from its cache: their worker had returned the same files
/// before, with the same names and digests. ComfyUI gives each file that it makes a new name.
pub fn cached<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> BTreeSet<u32> {
    let mut known = BTreeSet::new();
    let mut ran: Vec<_> = samples.into_iter().filter(|sample| sample.delivered()).collect();
    ran.sort_by_key(|sample| (sample.finished, sample.index));
    let mut cached = BTreeSet::new();
    for sample in ran {
        let mut files: Vec<_> = sample.all_files().map(|file| (file.name.as_str(), file.sha256.as_str())).collect();
        files.sort_unstable();
        if !known.insert((sample.worker.as_deref(), files)) {
            cached.insert(sample.index);
        }
    }
    cached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Ending, FileFacts};
    use std::time::Duration;

    /// A sample that its worker finished in the order of the indices.
    fn sample(index: u32, worker: &str, files: &[(&str, &str)]) -> Sample {
        let file = |(name, sha256): &(&str, &str)| FileFacts {
            name: (*name).to_owned(),
            sha256: (*sha256).to_owned(),
            ..FileFacts::default()
        };
        Sample {
            ending: Ending::Succeeded,
            worker: Some(worker.to_owned()),
            finished: Some(Duration::from_secs(index.into())),
            images: files.iter().map(file).collect(),
            ..Sample::not_submitted(index, None, String::new(), "")
        }
    }

    #[test]
    fn an_answer_is_from_the_cache_if_the_worker_returned_the_same_files_before() {
        let one = [("out_1.png", "aa")];
        let samples = [
            sample(0, "a", &one),
            sample(1, "a", &one),
            // Another worker numbers its files itself.
            sample(2, "b", &one),
            // The same picture under a new name was generated again.
            sample(3, "a", &[("out_2.png", "aa")]),
            // A new picture under an old name: the worker was restarted.
            sample(4, "a", &[("out_1.png", "bb")]),
            sample(5, "b", &[("out_1.png", "aa"), ("out_2.png", "cc")]),
            sample(6, "b", &[("out_2.png", "cc"), ("out_1.png", "aa")]),
            sample(7, "b", &[]),
            sample(8, "b", &[]),
        ];
        assert_eq!(cached(&samples).into_iter().collect::<Vec<_>>(), [1, 6]);
    }
}
