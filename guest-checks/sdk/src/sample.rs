//! How samples are made, for tests.

use crate::samples::{Ending, Sample, Start};

impl Sample {
    /// A sample of which nothing is known but how it ended. Its workflow has no nodes.
    ///
    /// The host hands out samples; a check's tests make their own, and say with `..` only
    /// what matters to them.
    #[must_use]
    pub fn new(index: u32, ending: Ending) -> Self {
        Self {
            index,
            workflow: "{}".into(),
            job: None,
            status: None,
            ending,
            reason: None,
            error: None,
            output: None,
            worker: None,
            gpu: None,
            retries: 0,
            start: Start::Unclear,
            delay: None,
            execution: None,
            submitted: None,
            first_running: None,
            finished: None,
            cost: None,
            image_count: 0,
            lost_images: Vec::new(),
        }
    }
}
