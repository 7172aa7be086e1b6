//! What network volumes tell a round: each question is asked once, whoever asks it.

use super::question::{Charged, Question};
use super::{Answered, AskError, FileFacts, FolderEntry, VolumeRef, unanswered};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use crate::transport::timeline::Timeline;
use crate::volume::{self, Part};
use bytes::Bytes;
use comfycheck_core::suite::Deployment;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most parts of files that an instance may read. They are kept for the length of a phase.
const READS: usize = 128;
/// The most files that an instance may look at, and the most folders that it may list.
const LOOKS: usize = 2_000;

/// The network volumes in one round, or why there are none.
pub(super) struct Volumes(Result<Api, &'static str>);

struct Api {
    transport: Arc<Transport>,
    round: Round,
    volumes: Vec<VolumeRef>,
    stats: Asked<Place, Option<FileFacts>>,
    lists: Asked<Place, Arc<Vec<(String, FolderEntry)>>>,
    reads: Asked<(Place, Part), Bytes>,
}

/// A volume's id, and a path on it.
type Place = (String, String);

/// Questions by what is asked for.
struct Asked<K, T>(Mutex<BTreeMap<K, Arc<Question<T>>>>);

impl<K, T> Default for Asked<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, T> Asked<K, T> {
    fn question(&self, key: K) -> Arc<Question<T>> {
        let mut questions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(questions.entry(key).or_default())
    }
}

const NAME_ONE: &str = "the suite names no network volume: name one as `[[deployment.volumes]]`, with its `id` and \
                        `data-center`";

impl Volumes {
    /// Of a run that asks nobody.
    pub(super) fn offline() -> Self {
        Self(Err(NAME_ONE))
    }

    /// Asks nobody yet. A simulation has the scenario's volumes and a replay the recorded run's, whatever the suite names.
    pub(super) fn new(transport: &Arc<Transport>, round: Round, deployment: &Deployment) -> Self {
        const NOT_RECORDED: &str = "the recorded run had no network volumes; record one whose suite names them as \
                                    `[[deployment.volumes]]`, with `id` and `data-center`";
        let of = |(id, data_center)| VolumeRef { id, data_center };
        let named = || deployment.volumes.iter().map(|volume| (volume.id.clone(), volume.data_center.clone()));
        let (volumes, missing): (Vec<_>, _) = match &**transport {
            Transport::Live(_) => (named().map(of).collect(), NAME_ONE),
            // What is told while recording is told in replay, too.
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
        let (stats, lists, reads) = (Asked::default(), Asked::default(), Asked::default());
        Self(Ok(Api { transport, round, volumes, stats, lists, reads }))
    }

    pub(super) fn volumes(&self) -> Result<&[VolumeRef], AskError> {
        match &self.0 {
            Ok(api) => Ok(&api.volumes),
            Err(reason) => Err(AskError::NotOffered((*reason).to_owned())),
        }
    }

    pub(super) async fn stat(&self, charged: &Charged, volume: &str, path: &str) -> Answered<Option<FileFacts>> {
        let api = match self.api(charged, "volume/stat/", LOOKS, volume) {
            Ok(api) => api,
            Err(error) => return unanswered(error),
        };
        let question = api.stats.question((volume.to_owned(), path.to_owned()));
        let ask = async |time: &mut Timeline| Box::pin(volume::stat(time, volume, path)).await;
        charged.charge(&format!("volume/stat/{volume}/{path}"), question.ask(&api.transport, api.round, ask).await)
    }

    pub(super) async fn list(
        &self,
        charged: &Charged,
        volume: &str,
        path: &str,
    ) -> Answered<Arc<Vec<(String, FolderEntry)>>> {
        let api = match self.api(charged, "volume/list/", LOOKS, volume) {
            Ok(api) => api,
            Err(error) => return unanswered(error),
        };
        let question = api.lists.question((volume.to_owned(), path.to_owned()));
        let ask = async |time: &mut Timeline| Box::pin(volume::list(time, volume, path)).await.map(Arc::new);
        charged.charge(&format!("volume/list/{volume}/{path}"), question.ask(&api.transport, api.round, ask).await)
    }

    pub(super) async fn read(
        &self,
        charged: &Charged,
        volume: &str,
        path: &str,
        offset: u64,
        length: u32,
    ) -> Answered<Bytes> {
        let api = match self.api(charged, "volume/read/", READS, volume) {
            Ok(api) => api,
            Err(error) => return unanswered(error),
        };
        let place = (volume.to_owned(), path.to_owned());
        // Whoever reads wants bytes of the file that was looked at. Asked here, so that an answer does not depend on who else asked.
        let look = async |time: &mut Timeline| Box::pin(volume::stat(time, volume, path)).await;
        let looked = api.stats.question(place.clone()).ask(&api.transport, api.round, look).await.answer;
        let size = looked.ok().flatten().map(|facts| facts.size);
        let part = Part { offset, length };
        let question = api.reads.question((place, part));
        let ask = async |time: &mut Timeline| Box::pin(volume::read(time, volume, path, size, part)).await;
        let name = format!("volume/read/{volume}/{path}/{offset}/{length}");
        charged.charge(&name, question.ask(&api.transport, api.round, ask).await)
    }

    /// The API, if there is one, it has the volume, and the instance may ask it so often.
    fn api(&self, charged: &Charged, kind: &str, most: usize, volume: &str) -> Result<&Api, AskError> {
        let api = self.0.as_ref().map_err(|reason| AskError::NotOffered((*reason).to_owned()))?;
        if !api.volumes.iter().any(|known| known.id == volume) {
            return Err(AskError::Other("it is none of the volumes that `volumes` lists".to_owned()));
        }
        if charged.count(kind) >= most {
            return Err(AskError::Other(format!("a check may ask a volume {most} such questions")));
        }
        Ok(api)
    }
}
