//! `comfycheck purge`: removes the jobs that wait in an endpoint's queue.

use crate::args::PurgeArguments;
use crate::failure::{Failure, chain};
use crate::prepare::{self, Answers};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::Overrides;
use comfycheck_runtime::runpod::purge_queue;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{Limits, Live};
use comfycheck_runtime::transport::simulate::Simulate;
use std::sync::Arc;

/// Removes them, if the user says so.
pub(crate) fn purge(arguments: &PurgeArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    if !arguments.yes {
        let what = "`purge` removes every job that waits in the endpoint's queue, whoever submitted it";
        return Err(Diagnostic::new(what).help("add `--yes` if that is what you want; nothing was removed.").into());
    }
    let tokio = super::tokio()?;
    let transport = match prepare::answers(None, arguments.simulate.as_deref())? {
        Answers::Scenario(name, scenario) => Transport::Simulate(Simulate::new(name, *scenario)),
        Answers::Cassette(_) | Answers::Network => {
            let overrides = Overrides { endpoint: arguments.endpoint.clone(), ..Overrides::default() };
            let (suite, _, warnings) = prepare::suite(arguments.suite.as_deref(), &overrides, false)?;
            for warning in warnings {
                terminal.say(format!("warning: {warning}"));
            }
            if suite.deployment.endpoint.is_none() {
                let help = "give `--endpoint ID`, or set `RUNPOD_ENDPOINT_ID`.";
                return Err(Diagnostic::new("the suite names no endpoint whose queue there could be")
                    .help(help)
                    .into());
            }
            let live = Live::new(&suite.deployment, tokio.handle().clone(), Limits::default());
            Transport::Live(live.map_err(|error| Failure::invalid("the deployment cannot be reached", &error))?)
        }
    };
    let removed = tokio.block_on(purge_queue(&Arc::new(transport))).map_err(|error| {
        Failure::Machine(chain("cannot tell whether the queue was emptied".to_owned(), Some(&error)).into())
    })?;
    let plural = if removed == 1 { "" } else { "s" };
    terminal.print(&format!("removed {removed} job{plural} from the queue; jobs that run go on\n"))?;
    Ok(ExitCode::Passed)
}
