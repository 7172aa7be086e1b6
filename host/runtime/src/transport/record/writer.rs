//! Writes a cassette on a thread of its own, so no request waits for the disk.

use super::entry::{Entries, ExchangeRecord};
use super::folder::{Folder, RecordError};
use crate::transport::cassette_v1::{CUT_OFF, CassetteV1, InputV1, SourceV1, SuiteFileV1, VERSION, VolumeV1};
use crate::transport::exchange::{Api, Method, Round};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::RUNPOD;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The fields of a cassette beside its exchanges.
#[derive(Clone, Debug)]
pub struct CassetteHead {
    /// `YYYY-MM-DD`.
    pub recorded: String,
    pub seed: u64,
    /// Whether the run has a `ComfyUI` server.
    pub server: bool,
    /// Whether jobs run on a worker outside RunPod.
    pub local_worker: bool,
    /// In order.
    pub volumes: Vec<VolumeV1>,
    /// The files that are sent with jobs, in order.
    pub inputs: Vec<InputV1>,
    /// The base URL of the job API.
    pub base_url: String,
    /// Redacted from the cassette.
    pub secrets: Secrets,
}

/// Writes a cassette.
///
/// Its folder is a valid cassette at any time. After [`Recorder::finish`] it is complete. Before
/// that it lacks at most the last second, and a note says that it was cut off.
pub struct Recorder {
    running: Mutex<Option<WriterThread>>,
    suite_files: Mutex<Vec<SuiteFileV1>>,
}

struct WriterThread {
    sender: SyncSender<ExchangeRecord>,
    thread: JoinHandle<Writer>,
}

/// The most exchanges, with their bodies, that wait for the disk.
const WAITING: usize = 16;
/// The cassette is saved when nothing was added for this long.
const QUIET: Duration = Duration::from_millis(100);
/// It is saved at least this often.
const LONGEST_UNSAVED: Duration = Duration::from_secs(1);

impl Recorder {
    /// Starts a cassette in a folder that is empty or does not exist yet.
    pub fn create(folder: &Path, head: CassetteHead) -> Result<Self, RecordError> {
        let CassetteHead { recorded, seed, server, local_worker, volumes, inputs, base_url, secrets } = head;
        let base_url = Some(secrets.redact(&base_url)).filter(|base| base != RUNPOD);
        let folder = Folder::create(folder)?;
        let cassette = CassetteV1 {
            version: VERSION.to_owned(),
            recorded,
            note: Some(CUT_OFF.to_owned()),
            seed,
            base_url,
            local_worker,
            volumes,
            inputs,
            suite_files: Vec::new(),
            sources: if server { vec![SourceV1::Server] } else { Vec::new() },
            exchanges: Vec::new(),
        };
        let entries = Entries { folder, secrets, environment: Secrets::default(), created: BTreeMap::new() };
        let mut writer = Writer { cassette, places: Vec::new(), entries, failed: None };
        writer.save();
        if let Some(error) = writer.failed {
            return Err(error);
        }
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::spawn(move || writer.run(&receiver));
        Ok(Self { running: Mutex::new(Some(WriterThread { sender, thread })), suite_files: Mutex::default() })
    }

    /// Adds an exchange. `finish` returns errors, so no job is lost because of them.
    pub(in crate::transport) fn write(&self, record: ExchangeRecord) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &*running {
            // It fails only if the thread panicked, which `finish` reports.
            let _ = running.sender.send(record);
        }
    }

    /// Sets the files of the suite's folder that checks asked for. They are written at the end.
    pub(crate) fn suite_files(&self, files: Vec<SuiteFileV1>) {
        *self.suite_files.lock().unwrap_or_else(PoisonError::into_inner) = files;
    }

    /// Ends the cassette, and returns its number of exchanges. `note` is for readers of reports.
    /// After an error, what could be written is still a valid cassette.
    pub fn finish(&self, note: Option<String>) -> Result<usize, RecordError> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let WriterThread { sender, thread } = running.ok_or(RecordError::Ended)?;
        drop(sender);
        let mut writer = thread.join().map_err(|_panicked| RecordError::Ended)?;
        writer.cassette.note = note;
        writer.cassette.suite_files =
            std::mem::take(&mut self.suite_files.lock().unwrap_or_else(PoisonError::into_inner));
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
    /// Of the exchanges, in their order.
    places: Vec<Place>,
    entries: Entries,
    /// The first error. Nothing is written after it.
    failed: Option<RecordError>,
}

/// The place of an exchange in the file: by round and time, then by the order in which tasks wake,
/// which is the order of equal POSTs in a replay. The order of the responses does not matter.
type Place = (Round, Duration, u32, Api, Method, String);

impl Writer {
    /// Writes exchanges until the recorder ends.
    fn run(mut self, receiver: &Receiver<ExchangeRecord>) -> Self {
        let mut saved = Instant::now();
        let mut unsaved = false;
        loop {
            let quiet = if unsaved { QUIET } else { Duration::MAX };
            match receiver.recv_timeout(quiet) {
                Ok(record) => {
                    self.add(&record);
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

    fn add(&mut self, record: &ExchangeRecord) {
        if self.failed.is_some() {
            return;
        }
        match self.entries.entry(record) {
            Ok(Some(exchange)) => {
                let ExchangeRecord { round, sent, order, request, .. } = record;
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
            // All of its content can be serialized.
            let mut text = serde_json::to_vec_pretty(&self.cassette).unwrap_or_default();
            text.push(b'\n');
            self.failed = self.entries.folder.cassette(&text).err();
        }
    }
}
