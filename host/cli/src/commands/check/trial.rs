//! One run of a check on a scenario or a recording, without a report.

use crate::answers::Answers;
use crate::answers::origin;
use crate::checks::Checks;
use crate::executor::threads;
use crate::failure::Failure;
use crate::files;
use crate::prepare::{ParsedSuite, Prepared, bundled_checks, plan_suite};
use crate::session::log;
use crate::terminal::Terminal;
use comfycheck_core::execution::Execution;
use comfycheck_core::sample::Sample;
use comfycheck_core::suite::{Needs, Overrides, Suite, Surroundings, UnsetVariables};
use comfycheck_core::text::TextFile;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{Retries, RunError, RunRequest, run};
use comfycheck_runtime::sandbox::Interface;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use toml::Table;

/// What a check answered in one run.
pub(super) struct Trial {
    pub(super) executions: Vec<Execution>,
    pub(super) samples: Vec<Sample>,
    /// The nodes of the workflow.
    pub(super) nodes: BTreeSet<String>,
    /// Why the check rejects its settings.
    pub(super) rejected: Vec<String>,
}

/// Runs trials, one after the other.
pub(super) struct Trials<'a> {
    pub(super) checks: &'a Checks,
    pub(super) tokio: tokio::runtime::Runtime,
    pub(super) terminal: Terminal,
    pub(super) verbose: bool,
}

impl Trials<'_> {
    /// Runs a suite in a folder. Needs a scenario or a cassette.
    pub(super) fn run(&self, suite: TextFile, folder: &Path, answers: Answers) -> Result<Trial, Failure> {
        let surroundings = Surroundings {
            environment: &|_| None,
            read: &|request| files::of_suite(folder, request),
            read_inventory: &|request| files::inventory_of_suite(folder, request),
            unset: UnsetVariables::Tolerated,
            needs: if matches!(answers, Answers::Cassette(_)) { Needs::NoJobs } else { Needs::Everything },
            bundled: &bundled_checks(),
        };
        let (suite, warnings) = Suite::parse(suite, &surroundings, &Overrides::default())?;
        let parsed = ParsedSuite { suite, folder: folder.to_owned(), warnings };
        let prepared = plan_suite(parsed, answers, UnsetVariables::Tolerated, self.checks, self.terminal)?;
        let Prepared { suite, plan, components, saved, answers, .. } = prepared;
        let (_, date) = origin(&suite, &answers, Timestamp::UNIX_EPOCH);
        let network = || unreachable!("a trial has a scenario or a cassette");
        let transport = Arc::new(answers.transport(network)?);
        let request = RunRequest {
            suite: &suite,
            plan: &plan,
            components: &components,
            saved,
            date: date.parse().ok(),
            transport,
            threads: threads(None),
            retries: Retries::default(),
            log: log(self.verbose, self.terminal),
        };
        let (_, interruption) = Interruption::new();
        let nodes = nodes(plan.samples.first().map(|sample| sample.workflow.to_string()));
        match self.tokio.block_on(run(request, interruption, &|_| ())) {
            Ok(done) => {
                let samples = done.samples.samples;
                Ok(Trial { executions: done.executions, samples, nodes, rejected: Vec::new() })
            }
            Err(RunError::NotGranted(error)) => Err(Failure::invalid("the plan does not fit its component", &error)),
            Err(RunError::Settings(rejected)) => {
                let rejected = rejected.into_iter().map(|settings| settings.reason).collect();
                Ok(Trial { executions: Vec::new(), samples: Vec::new(), nodes, rejected })
            }
        }
    }
}

/// A suite with the check alone. Paths are relative to the folder of the trial.
pub(super) fn suite_of(component: &Path, grants: &[&str], settings: Table, workflow: &str, samples: u32) -> Table {
    let component = std::path::absolute(component).unwrap_or_else(|_| component.to_owned());
    let mut check = Table::new();
    check.insert("use".to_owned(), component.display().to_string().into());
    if !grants.is_empty() {
        check.insert("grants".to_owned(), grants.to_vec().into());
    }
    if grants.contains(&Interface::Http.name()) {
        // Nothing but a scenario or a recording answers.
        check.insert("http-paths".to_owned(), vec!["/*"].into());
    }
    check.insert("settings".to_owned(), settings.into());
    let mut suite = Table::new();
    suite.insert("workflow".to_owned(), workflow.into());
    suite.insert("samples".to_owned(), i64::from(samples).into());
    suite.insert("checks".to_owned(), Table::from_iter([("check".to_owned(), check.into())]).into());
    suite
}

/// The ids of a workflow's nodes.
fn nodes(workflow: Option<String>) -> BTreeSet<String> {
    let parsed = workflow.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let nodes = parsed.as_ref().and_then(serde_json::Value::as_object);
    nodes.into_iter().flat_map(|nodes| nodes.keys().cloned()).collect()
}
