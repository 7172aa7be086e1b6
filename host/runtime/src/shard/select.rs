//! Finds the shards of a run among the folders in one place, where some may be unfinished, repeated, or of another run.

use super::folder::subfolders;
use super::{Identity, Shard, ShardError};
use crate::sampler::MOST_IMAGE_BYTES;
use std::collections::BTreeMap;
use std::path::Path;

/// The shards of a run, and the folders that are not used.
#[derive(Debug, Default)]
pub struct SelectedShards {
    /// With the names of their folders, in the order of their numbers.
    pub shards: Vec<(String, Shard)>,
    /// With the reason, in the order of their names.
    pub left_out: Vec<(String, String)>,
}

/// Selects one folder for each shard. A complete one precedes an interrupted one. Of two complete ones, the first by name counts.
pub fn select(place: &Path, run: &Identity) -> Result<SelectedShards, ShardError> {
    let mut selected: BTreeMap<u32, (String, Shard, u64)> = BTreeMap::new();
    let (mut left_out, mut room) = (Vec::new(), MOST_IMAGE_BYTES);
    for folder in subfolders(place)? {
        let name = folder.display().to_string();
        let mut left = room;
        let shard = match Shard::read(&folder, &mut left) {
            Ok(shard) => shard,
            Err(ShardError::Incomplete { .. }) => {
                left_out.push((name, "it is unfinished".to_owned()));
                continue;
            }
            Err(error @ ShardError::TooLarge) => return Err(error),
            Err(error) => {
                left_out.push((name, error.to_string()));
                continue;
            }
        };
        if let Some(what) = run.difference(&shard.of) {
            left_out.push((name, format!("it is a shard of another run: {what} differs")));
            continue;
        }
        let (index, images) = (shard.partition.index(), room - left);
        let is_better = |known: &Shard| known.report.interrupted.is_some() && shard.report.interrupted.is_none();
        let twice = |other: &str| format!("shard {} is in `{other}`", shard.partition);
        match selected.get(&index) {
            Some((other, known, _)) if !is_better(known) => left_out.push((name, twice(other))),
            previous => {
                if let Some((other, _, freed)) = previous {
                    left_out.push((other.clone(), twice(&name)));
                    room += freed;
                }
                room -= images;
                selected.insert(index, (name, shard, images));
            }
        }
    }
    left_out.sort();
    Ok(SelectedShards { shards: selected.into_values().map(|(name, shard, _)| (name, shard)).collect(), left_out })
}
