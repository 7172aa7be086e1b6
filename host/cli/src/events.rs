//! Writes the events of a run as JSON lines while it runs.

use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::write::make_folder_of;
use comfycheck_core::execution::CheckInstance;
use comfycheck_core::report::{PromptMask, Report};
use comfycheck_runtime::event::{RunEvent, json_v1};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// Writes on its own thread. No event is lost, and a slow disk does not delay the run.
pub(crate) struct Events {
    sender: Sender<String>,
    /// The prompts to leave out.
    mask: PromptMask,
    order: Option<Order>,
    writer: JoinHandle<io::Result<()>>,
}

/// Sorts events in a replay: they are written when their phase ends, in the order of the plan or of time.
struct Order {
    position: BTreeMap<CheckInstance, usize>,
    phase: std::sync::Mutex<Vec<RunEvent>>,
}

impl Events {
    /// Starts writing to a file or to stdout. With a plan, the lines of each phase follow its order.
    pub(crate) fn begin(
        path: Option<&Path>,
        suite: &str,
        plan: Option<Vec<CheckInstance>>,
        mask: PromptMask,
        terminal: Terminal,
    ) -> Result<Self, Failure> {
        let file = path.map(create).transpose().map_err(|error| Failure::machine("cannot write the events", &error))?;
        let (sender, lines) = channel();
        let writer = spawn(move || write(&lines, file, terminal));
        let order = plan.map(|plan| Order { position: plan.into_iter().zip(0..).collect(), phase: Vec::new().into() });
        let events = Self { sender, mask, order, writer };
        events.send(&json_v1::begin(suite));
        Ok(events)
    }

    /// Writes an event of the run.
    pub(crate) fn listen(&self, event: &RunEvent) {
        let Some(order) = &self.order else { return self.send(&json_v1::event(event)) };
        let mut phase = order.phase.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            RunEvent::PhaseStarted { .. } => self.send(&json_v1::event(event)),
            RunEvent::PhaseEnded { .. } => {
                phase.sort_by_key(|event| order.key(event));
                phase.drain(..).for_each(|event| self.send(&json_v1::event(&event)));
                self.send(&json_v1::event(event));
            }
            other => phase.push(other.clone()),
        }
    }

    /// Writes the last line and waits until everything is written.
    pub(crate) fn end(self, report: &Report) -> Result<(), Failure> {
        self.send(&json_v1::end(report));
        drop(self.sender);
        let written = self.writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.map_err(|error| Failure::machine("cannot write the events", &error))
    }

    fn send(&self, line: &str) {
        // The writer ends when it cannot write. `end` reports why.
        let _ = self.sender.send(self.mask.text(&self.mask.json(line)));
    }
}

impl Order {
    /// The position of an event in its phase: by time, then by instance or sample.
    fn key(&self, event: &RunEvent) -> (Duration, usize, Option<u32>) {
        match event {
            RunEvent::InstanceEnded { execution } | RunEvent::InstanceSkipped { execution } => {
                let position = self.position.get(&execution.instance);
                (Duration::ZERO, position.copied().unwrap_or(usize::MAX), None)
            }
            RunEvent::SampleSeen { index, at, .. } | RunEvent::DryRunSeen { job: index, at, .. } => {
                (*at, 0, Some(*index))
            }
            RunEvent::HealthRead(observation) => (observation.at, 1, None),
            RunEvent::PhaseStarted { .. } | RunEvent::PhaseEnded { .. } | RunEvent::Priced { .. } => {
                (Duration::ZERO, 0, None)
            }
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    make_folder_of(path)?;
    File::create(path)
}

fn write(lines: &Receiver<String>, mut file: Option<File>, terminal: Terminal) -> io::Result<()> {
    for line in lines {
        match &mut file {
            Some(file) => file.write_all(line.as_bytes())?,
            None => terminal.result(&line)?,
        }
    }
    Ok(())
}
