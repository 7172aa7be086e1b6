//! The request for a dry run. The run itself submits its jobs.

#[cfg(test)]
mod tests;

use crate::facts::{DryRunFacts, QueryError};
use std::sync::Arc;
use tokio::sync::watch;

/// The dry run of a run, shared by its checks.
#[derive(Debug)]
pub struct DryRun {
    stage: watch::Sender<Stage>,
    /// How many guests can run at once.
    places: usize,
}

#[derive(Clone, Debug)]
enum Stage {
    /// No job was submitted yet.
    Open(Instances),
    /// Its jobs are being submitted and watched.
    Running,
    Answered(Result<Arc<DryRunFacts>, QueryError>),
}

/// The check instances before the dry run.
#[derive(Clone, Copy, Debug, Default)]
struct Instances {
    /// Those that have neither ended nor wait for the dry run.
    running: usize,
    waiting: usize,
}

impl Instances {
    /// Whether the dry run can start. An instance that still runs may refuse its settings, and then no job is submitted.
    /// But if all places for guests are taken by waiting ones, no other can start.
    fn let_it_start(self, places: usize) -> bool {
        self.waiting > 0 && (self.running == 0 || self.waiting >= places)
    }
}

impl Default for DryRun {
    /// No dry run.
    fn default() -> Self {
        Self::not_offered("this run has no dry run")
    }
}

impl DryRun {
    /// A run without a dry run, and why.
    pub(crate) fn not_offered(reason: impl Into<String>) -> Self {
        Self { stage: watch::Sender::new(Stage::Answered(Err(QueryError::NotOffered(reason.into())))), places: 0 }
    }

    /// One that a check can request, where so many guests can run at once.
    pub(crate) fn open(places: usize) -> Self {
        Self { stage: watch::Sender::new(Stage::Open(Instances::default())), places }
    }

    /// Check instances start to run, any of which may request the dry run.
    pub(crate) fn begin(&self, instances: usize) {
        self.update(|known| known.running = instances);
    }

    /// A check instance ended that does not wait for the dry run.
    pub(crate) fn ended(&self, refused_settings: bool) {
        if refused_settings {
            self.refuse("a check rejected its settings");
        } else {
            self.update(|known| known.running = known.running.saturating_sub(1));
        }
    }

    fn update(&self, update: impl FnOnce(&mut Instances)) {
        self.stage.send_if_modified(|stage| match stage {
            Stage::Open(instances) => {
                update(instances);
                true
            }
            Stage::Running | Stage::Answered(_) => false,
        });
    }

    /// Requests the dry run, and waits for its result.
    pub(crate) async fn request(&self) -> Result<Arc<DryRunFacts>, QueryError> {
        self.update(|known| {
            known.running = known.running.saturating_sub(1);
            known.waiting += 1;
        });
        let mut stages = self.stage.subscribe();
        let stage = stages.wait_for(|stage| matches!(stage, Stage::Answered(_))).await.map(|stage| stage.clone());
        match stage {
            Ok(Stage::Answered(answer)) => answer,
            // This value owns the sender, so the channel stays open.
            Ok(Stage::Open(_) | Stage::Running) | Err(_) => {
                Err(QueryError::Other("the dry run did not finish".to_owned()))
            }
        }
    }

    /// Waits until the dry run can start, forever if it cannot.
    pub(crate) async fn start(&self) {
        let mut stages = self.stage.subscribe();
        loop {
            let can_start =
                |stage: &Stage| matches!(stage, Stage::Open(instances) if instances.let_it_start(self.places));
            if stages.wait_for(can_start).await.is_err() {
                std::future::pending::<()>().await;
            }
            let starts = self.stage.send_if_modified(|stage| {
                let starts = can_start(stage);
                if starts {
                    *stage = Stage::Running;
                }
                starts
            });
            if starts {
                return;
            }
        }
    }

    pub(crate) fn answer(&self, answer: Result<DryRunFacts, QueryError>) {
        self.stage.send_replace(Stage::Answered(answer.map(Arc::new)));
    }

    /// Refuses later requests. False if its jobs are being submitted.
    pub(crate) fn close(&self) -> bool {
        self.refuse("no check requested the dry run before the samples");
        !matches!(*self.stage.borrow(), Stage::Running)
    }

    /// Ends it, unless its jobs are being submitted.
    fn refuse(&self, reason: &str) {
        self.stage.send_if_modified(|stage| {
            let is_open = matches!(stage, Stage::Open(_));
            if is_open {
                *stage = Stage::Answered(Err(QueryError::NotOffered(reason.to_owned())));
            }
            is_open
        });
    }
}
