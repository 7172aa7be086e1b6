//! Small copies of a run's images, made on all cores when a page is written.

use crate::args::{Destination, Format};
use comfycheck_core::media::FileKind;
use comfycheck_core::report::Report;
use comfycheck_core::sample::FileFacts;
use comfycheck_core::thumbnail::{PER_SAMPLE, Thumbnails, side, thumbnail};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

/// The copies for a page. None if no page is written. `bytes` has the content of a sample's file: by the index of the
/// sample among the samples, and of the file in it.
pub(crate) fn of<B: AsRef<[u8]>>(
    report: &Report,
    formats: &[Destination],
    bytes: impl Fn(usize, usize, &FileFacts) -> Option<B> + Sync,
) -> Option<Thumbnails> {
    formats.iter().any(|destination| destination.format == Format::Html).then(|| {
        let mut wanted: BTreeMap<&str, (usize, usize, &FileFacts)> = BTreeMap::new();
        for (sample, files) in report.samples.iter().enumerate() {
            let shown = files.all_files().enumerate().take(PER_SAMPLE);
            for (index, file) in shown.filter(|(_, file)| file.kind == FileKind::Image) {
                wanted.entry(&file.sha256).or_insert((sample, index, file));
            }
        }
        let side = side(wanted.len());
        let queue = Mutex::new(wanted.into_iter());
        let done = Mutex::new(Thumbnails::new());
        let work = || {
            while let Some((digest, (sample, index, file))) =
                { queue.lock().unwrap_or_else(PoisonError::into_inner).next() }
            {
                let copy = bytes(sample, index, file).and_then(|bytes| {
                    // A decoder that panics costs its copy, and not the report.
                    catch_unwind(AssertUnwindSafe(|| thumbnail(bytes.as_ref(), side))).ok().flatten()
                });
                if let Some(copy) = copy {
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(digest.to_owned(), copy);
                }
            }
        };
        let threads = available_parallelism().map_or(1, usize::from);
        scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    })
}
