//! The tests of the RunPod Hub in place of a suite: a run for each test.

use crate::args::{Choices, Selection};
use crate::checks::Checks;
use crate::failure::Failure;
use crate::prepare::{Demands, Prepared, prepare_as};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::fleet::{Fleet, FleetPair};
use comfycheck_core::hub::{HubTest, HubTests};

/// Prepares a run for each test, in order. Refuses whatever can be refused before the first job.
pub(crate) fn prepare(
    tests: &HubTests,
    selection: &Selection,
    demands: Demands<'_>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(Fleet, Vec<Prepared>), Failure> {
    let choices = &selection.choices;
    if choices.workflow.is_some() {
        let what = format!("`{}` has its own workflows", tests.path);
        return Err(Diagnostic::new(what).help("remove `--workflow`").into());
    }
    let fleet = HubTests { name: choices.name.clone().unwrap_or_else(|| tests.name.clone()), ..tests.clone() }.fleet();
    let prepare = |(FleetPair { name, slug, .. }, test): (&FleetPair, &HubTest)| {
        let replay = choices.replay.as_ref().map(|folder| folder.join(slug));
        let choices = Choices { name: Some(name.clone()), replay, ..choices.clone() };
        let selection = Selection { suite: None, no_suite: true, choices };
        prepare_as(&selection, Demands { test: Some(test), ..demands }, checks, terminal)
    };
    let prepared = fleet.pairs.iter().zip(&tests.tests).map(prepare).collect::<Result<_, _>>()?;
    Ok((fleet, prepared))
}
