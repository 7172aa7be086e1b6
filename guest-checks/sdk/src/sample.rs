//! Samples for the tests of checks.

use crate::samples::{Ending, Sample, Start};

impl Sample {
    /// A sample of which only the result is known. Its workflow has no nodes.
    ///
    /// A check's tests change what matters to them: `Sample { cost, ..Sample::new(0, ending) }`.
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
