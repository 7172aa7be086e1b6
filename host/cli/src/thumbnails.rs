//! Small copies of a run's images, made on all cores when a page is written.

use crate::args::{Destination, Format};
use comfycheck_core::media::FileKind;
use comfycheck_core::report::Report;
use comfycheck_core::sample::FileFacts;
use comfycheck_core::thumbnail::{PER_SAMPLE, Thumbnails, duration, side, thumbnail};
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
            // Of a video, the first frame if it is a GIF, an APNG or a WebP.
            for (index, file) in shown.filter(|(_, file)| matches!(file.kind, FileKind::Image | FileKind::Video)) {
                wanted.entry(&file.sha256).or_insert((sample, index, file));
            }
        }
        let side = side(wanted.len());
        let queue = Mutex::new(wanted.into_iter());
        let done = Mutex::new(Thumbnails::default());
        let work = || {
            while let Some((digest, (sample, index, file))) =
                { queue.lock().unwrap_or_else(PoisonError::into_inner).next() }
            {
                let Some(bytes) = bytes(sample, index, file) else { continue };
                // A decoder that panics costs its copy, and not the report.
                let decode = || thumbnail(bytes.as_ref(), side);
                let copy = catch_unwind(AssertUnwindSafe(decode)).ok().flatten();
                let length = duration(bytes.as_ref());
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.copies.extend(copy.map(|copy| (digest.to_owned(), copy)));
                done.durations.extend(length.map(|length| (digest.to_owned(), length)));
            }
        };
        let threads = available_parallelism().map_or(1, usize::from);
        scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    })
}
