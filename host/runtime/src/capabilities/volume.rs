//! Network volumes in one round: each query is sent once, for all instances.

use super::query::{InstanceWaits, Query};
use super::{TimedAnswer, unanswered};
use crate::facts::{FileFacts, FolderEntry, QueryError, VolumeRef};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use crate::transport::timeline::Timeline;
use crate::volume::{self, Part};
use bytes::Bytes;
use comfycheck_core::suite::Deployment;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most reads of an instance. Their bytes are kept until the phase ends.
const READS: usize = 128;
/// The most files that an instance can inspect, and the most folders that it can list.
const LOOKS: usize = 2_000;

/// The network volumes in one round, or why there are none.
pub(super) struct Volumes(Result<Api, &'static str>);

struct Api {
    transport: Arc<Transport>,
    round: Round,
    volumes: Vec<VolumeRef>,
    stats: Queries<Place, Option<FileFacts>>,
    lists: Queries<Place, Arc<Vec<(String, FolderEntry)>>>,
    reads: Queries<(Place, Part), Bytes>,
}

/// A volume's id, and a path on it.
type Place = (String, String);

/// Queries by their subject.
struct Queries<K, T>(Mutex<BTreeMap<K, Arc<Query<T>>>>);

impl<K, T> Default for Queries<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, T> Queries<K, T> {
    fn query(&self, key: K) -> Arc<Query<T>> {
        let mut queries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queries.entry(key).or_default())
    }
}

const NO_VOLUME: &str = "the suite names no network volume: add `[[deployment.volumes]]` with `id` and `data-center`";

impl Volumes {
    /// Without a network.
    pub(super) fn offline() -> Self {
        Self(Err(NO_VOLUME))
    }

    /// Sends nothing yet. A simulation has the scenario's volumes and a replay the recorded ones,
    /// whatever the suite names.
    pub(super) fn new(transport: &Arc<Transport>, round: Round, deployment: &Deployment) -> Self {
        const NOT_RECORDED: &str = "the recording has no network volumes: record a run whose suite has \
                                    `[[deployment.volumes]]`";
        let of = |(id, data_center)| VolumeRef { id, data_center };
        let named = || deployment.volumes.iter().map(|volume| (volume.id.clone(), volume.data_center.clone()));
        let (volumes, missing): (Vec<_>, _) = match &**transport {
            Transport::Live(_) => (named().map(of).collect(), NO_VOLUME),
            // A recording must get the answers that its replay will get.
            Transport::Record(_) => (named().map(of).collect(), NOT_RECORDED),
            Transport::Replay(replay) => {
                let volumes = replay.cassette().volumes.iter();
                (volumes.map(|volume| of((volume.id.clone(), volume.data_center.clone()))).collect(), NOT_RECORDED)
            }
            Transport::Simulate(simulate) => {
                (simulate.volumes().into_iter().map(of).collect(), "the scenario has no network volumes")
            }
        };
        if volumes.is_empty() {
            return Self(Err(missing));
        }
        let transport = Arc::clone(transport);
        let (stats, lists, reads) = (Queries::default(), Queries::default(), Queries::default());
        Self(Ok(Api { transport, round, volumes, stats, lists, reads }))
    }

    pub(super) fn volumes(&self) -> Result<&[VolumeRef], QueryError> {
        match &self.0 {
            Ok(api) => Ok(&api.volumes),
            Err(reason) => Err(QueryError::NotOffered((*reason).to_owned())),
        }
    }

    pub(super) async fn stat(&self, waits: &InstanceWaits, volume: &str, path: &str) -> TimedAnswer<Option<FileFacts>> {
        let api = match self.api(waits, "volume/stat/", LOOKS, volume) {
            Ok(api) => api,
            Err(error) => return unanswered(error),
        };
        let query = api.stats.query((volume.to_owned(), path.to_owned()));
        let send = async |time: &mut Timeline| Box::pin(volume::stat(time, volume, path)).await;
        waits.record(&format!("volume/stat/{volume}/{path}"), query.get(&api.transport, api.round, send).await)
    }

    pub(super) async fn list(
        &self,
        waits: &InstanceWaits,
        volume: &str,
        path: &str,
    ) -> TimedAnswer<Arc<Vec<(String, FolderEntry)>>> {
        let api = match self.api(waits, "volume/list/", LOOKS, volume) {
            Ok(api) => api,
            Err(error) => return unanswered(error),
        };
        let query = api.lists.query((volume.to_owned(), path.to_owned()));
        let send = async |time: &mut Timeline| Box::pin(volume::list(time, volume, path)).await.map(Arc::new);
        waits.record(&format!("volume/list/{volume}/{path}"), query.get(&api.transport, api.round, send).await)
    }

    pub(super) async fn read(
        &self,
        waits: &InstanceWaits,
        volume: &str,
        path: &str,
        offset: u64,
        length: u32,
    ) -> TimedAnswer<Bytes> {
        let api = match self.api(waits, "volume/read/", READS, volume) {
            Ok(api) => api,
            Err(error) => return unanswered(error),
        };
        let place = (volume.to_owned(), path.to_owned());
        // The read must return bytes of the file whose size is known. Query the size here, so the
        // answer does not depend on other instances.
        let stat = async |time: &mut Timeline| Box::pin(volume::stat(time, volume, path)).await;
        let facts = api.stats.query(place.clone()).get(&api.transport, api.round, stat).await.answer;
        let size = facts.ok().flatten().map(|facts| facts.size);
        let part = Part { offset, length };
        let query = api.reads.query((place, part));
        let send = async |time: &mut Timeline| Box::pin(volume::read(time, volume, path, size, part)).await;
        let name = format!("volume/read/{volume}/{path}/{offset}/{length}");
        waits.record(&name, query.get(&api.transport, api.round, send).await)
    }

    /// The API, if it has the volume and the instance has queries left.
    fn api(&self, waits: &InstanceWaits, kind: &str, most: usize, volume: &str) -> Result<&Api, QueryError> {
        let api = self.0.as_ref().map_err(|reason| QueryError::NotOffered((*reason).to_owned()))?;
        if !api.volumes.iter().any(|known| known.id == volume) {
            return Err(QueryError::Other("not one of the volumes that `volumes` lists".to_owned()));
        }
        if waits.count(kind) >= most {
            return Err(QueryError::Other(format!("volume request limit reached: {most} per check")));
        }
        Ok(api)
    }
}
