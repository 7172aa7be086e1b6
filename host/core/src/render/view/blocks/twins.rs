//! Blocks of different checks about one defect.

use super::{Block, Twin};
use crate::waiver::are_twins;

/// Blocks of different checks about one defect become one: the first, which is the most severe that counts. A block of several
/// findings stands for all their twins of its kind.
pub(super) fn twins_once(all: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for mut block in all {
        let twins: Vec<usize> = (0..blocks.len()).filter(|at| share_defect(&blocks[*at], &block)).collect();
        let Some(&first) = twins.first() else {
            blocks.push(block);
            continue;
        };
        if block.leads.len() == 1 || blocks[first].kind != block.kind {
            blocks[first].absorb(block);
            continue;
        }
        for at in twins.into_iter().rev().filter(|at| blocks[*at].kind == block.kind).collect::<Vec<_>>() {
            block.absorb(blocks.remove(at));
        }
        blocks.insert(first, block);
    }
    blocks
}

fn share_defect(one: &Block<'_>, other: &Block<'_>) -> bool {
    other.leads.iter().any(|other| one.leads.iter().any(|one| are_twins(*one, *other)))
}

impl<'a> Block<'a> {
    /// Takes in a block about the same defect.
    fn absorb(&mut self, other: Block<'a>) {
        let is_waived = other.kind.is_waived() && !self.kind.is_waived();
        let new = other.ids.into_iter().map(|id| Twin { id, is_waived }).chain(other.also);
        for twin in new {
            if !self.also.contains(&twin) {
                self.also.push(twin);
            }
        }
        self.findings.extend(other.findings);
        self.add_subjects(other.subjects);
        if self.help.is_none() {
            self.help = other.help;
        }
    }
}
