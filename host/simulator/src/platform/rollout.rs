//! Rollouts: an outdated worker is replaced, after its job if it has one.

use super::{Platform, WorkerState};

impl Platform {
    /// Replaces the outdated workers without a job.
    pub(super) fn replace_outdated(&mut self) {
        let now = self.now;
        // `FlashBoot` does not restore older versions.
        self.parked.retain(|worker| !worker.kind.is_outdated(now));
        let without_job = self.workers.values().filter(|worker| worker.state != WorkerState::Running);
        let numbers: Vec<u32> = without_job.map(|worker| worker.number).collect();
        for number in numbers {
            self.replace_if_outdated(number);
        }
    }

    /// Replaces a worker without a job if it is outdated. Returns whether it was.
    pub(super) fn replace_if_outdated(&mut self, number: u32) -> bool {
        let now = self.now;
        if !self.workers.get(&number).is_some_and(|worker| worker.kind.is_outdated(now)) {
            return false;
        }
        self.stop_worker(number);
        self.parked.retain(|worker| worker.number != number);
        self.add_worker();
        true
    }
}
