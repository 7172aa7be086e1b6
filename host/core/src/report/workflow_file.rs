//! The workflow of a run as its report holds it.

use crate::text::TextFile;
use crate::workflow::Workflow;
use std::sync::{Arc, OnceLock};

/// The workflow's file. It is parsed once, however many formats ask for the places of its nodes.
#[derive(Clone, Debug)]
pub struct WorkflowFile {
    file: TextFile,
    parsed: OnceLock<Option<Arc<Workflow>>>,
}

impl WorkflowFile {
    pub fn file(&self) -> &TextFile {
        &self.file
    }

    /// The path, as the suite or the command line names it.
    pub fn path(&self) -> &str {
        &self.file.path
    }

    pub fn text(&self) -> &str {
        &self.file.text
    }

    /// The workflow; none if the file is not in API format.
    pub fn parsed(&self) -> Option<&Arc<Workflow>> {
        self.parsed.get_or_init(|| Workflow::parse(self.file.clone()).ok().map(Arc::new)).as_ref()
    }
}

impl From<TextFile> for WorkflowFile {
    fn from(file: TextFile) -> Self {
        Self { file, parsed: OnceLock::new() }
    }
}

impl PartialEq for WorkflowFile {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}
