//! The only way to the outside. It also keeps time: no client sleeps or reads a clock by itself.
//!
//! In replay and simulation, time is virtual. It moves only when every task waits, to the earliest
//! wake-up. A recording of minutes replays in milliseconds and still reports minutes.

pub mod cassette;
pub mod cassette_v1;
pub mod exchange;
pub mod har;
pub mod live;
pub mod notify;
pub mod otlp;
pub mod record;
pub mod replay;
pub mod simulate;
pub mod timeline;
pub mod verify;

mod address;
mod clock;
mod key;
mod miss;
mod signature;
pub(crate) mod window;

use comfycheck_core::suite::RUNPOD;
use live::Live;
use record::Record;
use replay::Replay;
use simulate::Simulate;

/// Where responses come from.
#[derive(Debug)]
pub enum Transport {
    /// The network, in real time.
    Live(Live),
    /// The network, in real time, while a cassette is written.
    Record(Record),
    /// A cassette, in virtual time.
    Replay(Replay),
    /// A simulated endpoint, in virtual time.
    Simulate(Simulate),
}

impl Transport {
    /// The network, if responses come from it.
    pub fn live(&self) -> Option<&Live> {
        match self {
            Self::Live(live) => Some(live),
            Self::Record(record) => Some(record.live()),
            Self::Replay(_) | Self::Simulate(_) => None,
        }
    }

    /// Whether a round can be queried. A replay has the recorded ones.
    pub(crate) fn has_round(&self, round: exchange::Round) -> bool {
        match self {
            Self::Replay(replay) => replay.cassette().has_round(round),
            Self::Live(_) | Self::Record(_) | Self::Simulate(_) => true,
        }
    }

    /// The name of the job API in messages.
    pub fn server_name(&self) -> String {
        let address = match self {
            Self::Live(live) => live.local_worker(),
            Self::Record(record) => record.live().local_worker(),
            Self::Replay(replay) => {
                let cassette = replay.cassette();
                cassette.local_worker.then_some(cassette.base_url.as_str())
            }
            Self::Simulate(_) => None,
        };
        match address {
            None => "RunPod".to_owned(),
            // The cassette does not name the address.
            Some(RUNPOD) => "the local worker".to_owned(),
            Some(address) => format!("the local worker at {address}"),
        }
    }

    /// Whether jobs run on a worker outside RunPod, under the test server of RunPod's SDK.
    pub fn is_local_worker(&self) -> bool {
        match self {
            Self::Live(live) => live.local_worker().is_some(),
            Self::Record(record) => record.live().local_worker().is_some(),
            Self::Replay(replay) => replay.cassette().local_worker,
            Self::Simulate(_) => false,
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Cassettes that tests write down.

    use super::cassette::Cassette;
    use super::replay::Replay;
    use bytes::Bytes;
    use serde_json::{Value, json};
    use std::path::Path;

    /// A replay of these exchanges, with a ComfyUI server.
    pub(crate) fn replay(exchanges: &Value) -> Replay {
        replay_of(exchanges, false)
    }

    /// The same, optionally with a local worker.
    pub(crate) fn replay_of(exchanges: &Value, local_worker: bool) -> Replay {
        replay_with(&json!({"local-worker": local_worker, "exchanges": exchanges}))
    }

    /// A replay of a cassette with these fields.
    pub(crate) fn replay_with(fields: &Value) -> Replay {
        let mut cassette = json!({
            "version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": ["server"],
        });
        cassette.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let text = cassette.to_string();
        let bodies = &mut |_: &str| Ok(Bytes::new());
        Replay::new(Cassette::parse(text.as_bytes(), Path::new("cassette.json"), "test".to_owned(), bodies).unwrap())
    }

    /// `request` is a method and a path.
    pub(crate) fn exchange(api: &str, phase: &str, request: &str, times_ms: [u64; 2], outcome: &Value) -> Value {
        let (method, path) = request.split_once(' ').unwrap();
        let mut exchange = json!({"api": api, "phase": phase, "request": {"method": method, "path": path},
                                  "sent-ms": times_ms[0], "answered-ms": times_ms[1]});
        match outcome.as_str() {
            Some(failure) => exchange["failure"] = json!(failure),
            None => exchange["response"] = outcome.clone(),
        }
        exchange
    }

    pub(crate) fn ok(body: &Value) -> Value {
        json!({"status": 200, "body": {"json": body}})
    }
}
