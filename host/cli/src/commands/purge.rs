//! `comfycheck purge`: removes the queued jobs of an endpoint.

use crate::answers::{Answers, answers};
use crate::args::PurgeArguments;
use crate::failure::{Failure, chain};
use crate::prepare::{self, ParsedSuite};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::report::ExitCode;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Overrides;
use comfycheck_core::wording::count;
use comfycheck_runtime::facts::QueryError;
use comfycheck_runtime::runpod::{PurgeResult, purge_queue};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use comfycheck_runtime::transport::simulate::Simulate;
use std::sync::Arc;

/// Removes them if the user confirms with `--yes`.
pub(crate) fn purge(arguments: &PurgeArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    if !arguments.yes {
        let what =
            "`purge` removes all queued jobs of the endpoint, including those of other clients; nothing was removed";
        return Err(Diagnostic::new(what).help("add `--yes` to confirm").into());
    }
    let tokio = crate::executor::tokio()?;
    let mut secrets = Secrets::default();
    let transport = match answers(None, arguments.simulate.as_deref())? {
        Answers::Scenario(name, scenario) => Transport::Simulate(Simulate::new(name, *scenario)),
        Answers::Cassette(_) | Answers::Network => {
            let overrides = Overrides { endpoint: arguments.endpoint.clone(), ..Overrides::default() };
            let ParsedSuite { suite, warnings, .. } =
                prepare::suite_of_endpoint(arguments.suite.as_deref(), overrides)?;
            for warning in warnings {
                terminal.say(warning.render_warning(terminal.stderr_color()));
            }
            if suite.deployment.endpoint.is_none() {
                let help = "add `--endpoint ID`, or set `RUNPOD_ENDPOINT_ID`";
                return Err(Diagnostic::new("no endpoint is named").help(help).into());
            }
            secrets = suite.secrets;
            let live = Live::new(&suite.deployment, secrets.clone(), tokio.handle().clone(), ExchangeLimits::default());
            Transport::Live(live.map_err(|error| Failure::invalid("cannot connect to the deployment", &error))?)
        }
    };
    let purged = tokio.block_on(purge_queue(&Arc::new(transport), &secrets)).map_err(|error| {
        let denied = matches!(error, QueryError::AccessDenied);
        let what =
            if denied { "the queue was not emptied" } else { "could not determine whether the queue was emptied" };
        let mut diagnostic = chain(what.to_owned(), Some(&error));
        if denied {
            diagnostic =
                diagnostic.help("set `RUNPOD_API_KEY` to a key that can submit and cancel jobs of this endpoint");
        }
        // As for the other commands, a refused key is wrong: a retry does not help.
        if denied { Failure::Wrong(diagnostic.into()) } else { Failure::Machine(diagnostic.into()) }
    })?;
    terminal.print(&summary(purged))?;
    Ok(ExitCode::Passed)
}

fn summary(PurgeResult { removed, answer_lost }: PurgeResult) -> String {
    let jobs = count(removed, "job");
    if answer_lost {
        return format!(
            "removed at least {jobs} from the queue (a lost response was retried: the exact number is unknown); running \
             jobs continue\n"
        );
    }
    format!("removed {jobs} from the queue; running jobs continue\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_a_lower_bound_if_a_response_was_lost() {
        for (removed, answer_lost, expected) in
            [(0, false, "removed 0 jobs "), (1, false, "removed 1 job "), (0, true, "removed at least 0 jobs ")]
        {
            let summary = summary(PurgeResult { removed, answer_lost });
            assert!(summary.starts_with(expected), "{summary}");
        }
    }
}
