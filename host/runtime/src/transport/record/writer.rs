//! Writes a cassette on a thread of its own, so that nobody who waits for an answer waits for the disk.

use super::entry::{Asked, Entries};
use super::folder::{Folder, RecordError};
use crate::transport::cassette_v1::{CassetteV1, SourceV1, VERSION, VolumeV1};
use crate::transport::exchange::{Api, Method, Round};
use comfycheck_core::secret::{Secret, redact};
use comfycheck_core::suite::RUNPOD;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a cassette says of the run as a whole.
#[derive(Clone, Debug)]
pub struct Head {
    /// The date of the run, `YYYY-MM-DD`.
    pub recorded: String,
    /// The run seed.
    pub seed: u64,
    /// Whether the run asks a `ComfyUI` server.
    pub server: bool,
    /// Whether a worker outside RunPod is asked instead of an endpoint.
    pub local_worker: bool,
    /// The network volumes of the run, in order.
    pub volumes: Vec<VolumeV1>,
    /// The base of the job API that is asked.
    pub base_url: String,
    /// What must not get onto the disk.
    pub secrets: Vec<Secret>,
}

/// Writes a cassette.
///
/// Its folder holds a valid cassette at any time: of all that was done once [`Recorder::finish`] returns, and before that
/// of all but the last second, with a note that says so.
pub struct Recorder(Mutex<Option<Running>>);

struct Running {
    sender: SyncSender<Asked>,
    thread: JoinHandle<Writer>,
}

/// So many exchanges wait for the disk at most, with their bodies.
const WAITING: usize = 16;
/// The cassette is saved when nothing was added to it for so long…
const QUIET: Duration = Duration::from_millis(100);
/// …and at the latest so long after it was saved before.
const LONGEST_UNSAVED: Duration = Duration::from_secs(1);

const CUT_OFF: &str = "cut off: the recorded run did not come to its end";

impl Recorder {
    /// Begins a cassette in a folder that is empty or does not exist yet.
    pub fn create(folder: &Path, head: Head) -> Result<Self, RecordError> {
        let Head { recorded, seed, server, local_worker, volumes, base_url, secrets } = head;
        let base_url = Some(redact(&base_url, &secrets)).filter(|base| base != RUNPOD);
        let folder = Folder::create(folder)?;
        let cassette = CassetteV1 {
            version: VERSION.to_owned(),
            recorded,
            note: Some(CUT_OFF.to_owned()),
            seed,
            base_url,
            local_worker,
            volumes,
            sources: if server { vec![SourceV1::Server] } else { Vec::new() },
            exchanges: Vec::new(),
        };
        let entries = Entries { folder, secrets, environment: Vec::new(), created: BTreeMap::new() };
        let mut writer = Writer { cassette, places: Vec::new(), entries, failed: None };
        writer.save();
        if let Some(error) = writer.failed {
            return Err(error);
        }
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::spawn(move || writer.run(&receiver));
        Ok(Self(Mutex::new(Some(Running { sender, thread }))))
    }

    /// Adds an exchange. What goes wrong is told at the end, so that no job is lost for it.
    pub(in crate::transport) fn write(&self, asked: Asked) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &*running {
            // It waits as long as there is anything to be told, unless it panicked, which `finish` tells.
            let _ = running.sender.send(asked);
        }
    }

    /// Ends the cassette, and returns how many exchanges it holds. `note` is what a reader of a report should know of it. An
    /// error says what could not be written; what could is a valid cassette.
    pub fn finish(&self, note: Option<String>) -> Result<usize, RecordError> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Running { sender, thread } = running.ok_or(RecordError::Ended)?;
        drop(sender);
        let mut writer = thread.join().map_err(|_panicked| RecordError::Ended)?;
        writer.cassette.note = note;
        writer.save();
        match writer.failed {
            Some(error) => Err(error),
            None => Ok(writer.cassette.exchanges.len()),
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

struct Writer {
    cassette: CassetteV1,
    /// Of each of its exchanges, in their order.
    places: Vec<Place>,
    entries: Entries,
    /// What first went wrong. Nothing is written from then on.
    failed: Option<RecordError>,
}

/// The place of an exchange in the file: by round and time, then by the order in which tasks wake, in which equal POSTs are
/// replayed. Whose answer came first does not matter.
type Place = (Round, Duration, u32, Api, Method, String);

impl Writer {
    /// Writes down what is sent to it, until nobody is left who could send anything.
    fn run(mut self, receiver: &Receiver<Asked>) -> Self {
        let mut saved = Instant::now();
        let mut unsaved = false;
        loop {
            let quiet = if unsaved { QUIET } else { Duration::MAX };
            match receiver.recv_timeout(quiet) {
                Ok(asked) => {
                    self.add(&asked);
                    unsaved = true;
                    if saved.elapsed() < LONGEST_UNSAVED {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self,
            }
            self.save();
            saved = Instant::now();
            unsaved = false;
        }
    }

    fn add(&mut self, asked: &Asked) {
        if self.failed.is_some() {
            return;
        }
        match self.entries.entry(asked) {
            Ok(Some(exchange)) => {
                let Asked { round, sent, order, request, .. } = asked;
                let place = (*round, *sent, *order, request.api(), request.method, request.path());
                let at = self.places.partition_point(|before| *before <= place);
                self.places.insert(at, place);
                self.cassette.exchanges.insert(at, exchange);
            }
            Ok(None) => {}
            Err(error) => self.failed = Some(error),
        }
    }

    fn save(&mut self) {
        if self.failed.is_none() {
            // What it holds can be written as JSON.
            let mut text = serde_json::to_vec_pretty(&self.cassette).unwrap_or_default();
            text.push(b'\n');
            self.failed = self.entries.folder.cassette(&text).err();
        }
    }
}
