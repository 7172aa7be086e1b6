//! Which lines of a worker's log are of which job.

use std::ops::Range;

/// What RunPod's SDK writes beside the id of a job.
const STARTED: &str = "Started.";

/// The starts of jobs that a log reports. A worker of ComfyUI runs one job after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs {
    /// The number of each line, and the line.
    starts: Vec<(usize, String)>,
}

impl Jobs {
    pub(crate) fn read(&mut self, number: usize, text: &str) {
        if text.contains(STARTED) {
            self.starts.push((number, text.to_owned()));
        }
    }

    /// The numbers of the lines of a job. None if the log does not report its start.
    pub(crate) fn lines(&self, job: &str) -> Option<Range<usize>> {
        let at = self.starts.iter().rposition(|(_, text)| text.contains(job))?;
        let end = self.starts.get(at + 1).map_or(usize::MAX, |(number, _)| *number);
        Some(self.starts[at].0..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_job_end_where_the_next_starts() {
        let mut jobs = Jobs::default();
        let lines = [
            "INFO   | a-e1 | Started.",
            "got prompt",
            r#"{"requestId": "b-e1", "message": "Started.", "level": "INFO"}"#,
            "got prompt",
        ];
        for (number, line) in lines.into_iter().enumerate() {
            jobs.read(number, line);
        }
        assert_eq!(jobs.lines("a-e1"), Some(0..2));
        assert_eq!(jobs.lines("b-e1"), Some(2..usize::MAX));
        assert_eq!(jobs.lines("c-e1"), None);
    }
}
