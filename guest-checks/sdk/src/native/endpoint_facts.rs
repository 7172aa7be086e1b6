//! An endpoint, its volumes and its dry run.

pub(crate) mod endpoint {
    //! `runpod/endpoint`.
    use crate::bindings::comfycheck::runpod::endpoint as contract;
    use crate::native::ask;
    use crate::testing::Endpoint;
    use contract::{
        Build, ConfigurationFacts, Error, GpuStock, HealthFacts, LogLine, NetworkVolume, Observation, ReachFacts,
        ReleaseFacts, Worker,
    };

    fn offered<T>(function: &str, answer: impl FnOnce(&Endpoint) -> Option<T>) -> Result<T, Error> {
        let missing = || Error::NotOffered(format!("the test's host has no `{function}`"));
        ask(function, |host| answer(&host.endpoint)).ok_or_else(missing)
    }

    pub fn reach() -> Result<ReachFacts, Error> {
        offered("endpoint.reach", |endpoint| endpoint.reach.clone())
    }

    pub fn health() -> Result<HealthFacts, Error> {
        offered("endpoint.health", |endpoint| endpoint.health)
    }

    #[must_use]
    pub fn observations() -> Vec<Observation> {
        ask("endpoint.observations", |host| host.endpoint.observations.clone())
    }

    pub fn configuration() -> Result<ConfigurationFacts, Error> {
        offered("endpoint.configuration", |endpoint| endpoint.configuration.clone())
    }

    pub fn workers() -> Result<Vec<Worker>, Error> {
        offered("endpoint.workers", |endpoint| endpoint.workers.clone())
    }

    pub fn stock() -> Result<Vec<GpuStock>, Error> {
        offered("endpoint.stock", |endpoint| endpoint.stock.clone())
    }

    pub fn environment() -> Result<Vec<String>, Error> {
        offered("endpoint.environment", |endpoint| endpoint.environment.clone())
    }

    pub fn network_volumes() -> Result<Vec<NetworkVolume>, Error> {
        offered("endpoint.network-volumes", |endpoint| endpoint.network_volumes.clone())
    }

    pub fn releases() -> Result<ReleaseFacts, Error> {
        offered("endpoint.releases", |endpoint| endpoint.releases.clone())
    }

    pub fn worker_logs(worker: &str, source: &str, tail: u32) -> Result<Vec<LogLine>, Error> {
        let lines = whole_log(worker, source)?;
        let skipped = lines.len().saturating_sub(tail as usize);
        Ok(lines.into_iter().skip(skipped).collect())
    }

    pub fn whole_log(worker: &str, _source: &str) -> Result<Vec<LogLine>, Error> {
        offered("endpoint.whole-log", |endpoint| endpoint.logs.get(worker).cloned())
    }

    pub fn builds() -> Result<Vec<Build>, Error> {
        offered("endpoint.builds", |endpoint| endpoint.builds.clone())
    }
}

pub(crate) mod volume {
    //! `runpod/volume`.
    use crate::bindings::comfycheck::runpod::volume::{Entry, Error, FileFacts, VolumeRef};
    use crate::native::ask;
    use crate::testing::Host;
    use std::collections::BTreeMap;

    type Files = BTreeMap<String, Vec<u8>>;

    fn files<T>(volume: &str, answer: impl FnOnce(&Files) -> T) -> Result<T, Error> {
        let missing = || Error::NotOffered(format!("the test's host has no volume `{volume}`"));
        ask("volume", |host: &Host| host.volumes.get(volume).map(answer)).ok_or_else(missing)
    }

    fn facts(bytes: &[u8]) -> FileFacts {
        FileFacts { size: bytes.len() as u64, modified: None }
    }

    pub fn volumes() -> Result<Vec<VolumeRef>, Error> {
        let volume = |id: &String| VolumeRef { id: id.clone(), data_center: String::new() };
        Ok(ask("volume.volumes", |host| host.volumes.keys().map(volume).collect()))
    }

    pub fn stat(volume: &str, path: &str) -> Result<Option<FileFacts>, Error> {
        files(volume, |files| files.get(path).map(|bytes| facts(bytes)))
    }

    pub fn list(volume: &str, path: &str) -> Result<Vec<Entry>, Error> {
        files(volume, |files| {
            let prefix = if path.is_empty() { String::new() } else { format!("{}/", path.trim_end_matches('/')) };
            let below = files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes)));
            let mut entries: Vec<_> = below
                .map(|(path, bytes)| match path.split_once('/') {
                    Some((folder, _)) => Entry::Folder(folder.to_owned()),
                    None => Entry::File((path.to_owned(), facts(bytes))),
                })
                .collect();
            entries.dedup();
            entries
        })
    }

    pub fn read(volume: &str, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        files(volume, |files| files.get(path).map(|bytes| crate::testing::part(bytes, offset, length)))?
            .ok_or_else(|| Error::Other(format!("there is no file `{path}`")))
    }
}

pub(crate) mod dry_run {
    //! `runpod/dry-run`.
    use crate::bindings::comfycheck::runpod::dry_run::{Error, Verdict};
    use crate::native::ask;

    pub fn workflow() -> Result<Verdict, Error> {
        let missing = || Error::NotOffered("the test's host has no `dry-run.workflow`".to_owned());
        ask("dry-run.workflow", |host| host.dry_run.clone()).ok_or_else(missing)
    }
}
