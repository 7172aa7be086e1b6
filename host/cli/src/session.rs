//! What every command that runs checks needs: its connection, retries, the log and signals.

use crate::checks::Checks;
use crate::executor::tokio;
use crate::failure::Failure;
use crate::platform::next_signal;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::plan::rejected_settings;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::Suite;
use comfycheck_runtime::interruption::Interrupter;
use comfycheck_runtime::run::{CheckLog, Retries, RunError};
use comfycheck_runtime::sandbox::LogLevel;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::exchange::BETWEEN_ATTEMPTS;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The speed of a simulated endpoint on this machine, as `comfycheck mock` sets it.
pub(crate) const MOCK_SPEED: &str = "COMFYCHECK_MOCK_SPEED";

/// The live transport to the suite's deployment. It shares limits with other processes through the folder of the checks.
pub(crate) fn live(
    suite: &Suite,
    tokio: &Runtime,
    mut limits: ExchangeLimits,
    checks: &Checks,
) -> Result<Live, Failure> {
    if suite.deployment.local_worker {
        // It responds when its handler is done.
        limits.sync = suite.sampling.patience.in_progress;
    }
    let speed = std::env::var(MOCK_SPEED).ok().and_then(|speed| speed.parse().ok()).unwrap_or(1.0);
    Live::new(&suite.deployment, suite.secrets.clone(), tokio.handle().clone(), limits)
        .map(|live| live.accelerated(speed))
        .map(|live| match checks.private_folder() {
            Some(folder) => live.sharing_limits(folder),
            None => live,
        })
        .map_err(|error| Failure::invalid("cannot connect to the deployment", &error))
}

/// How often a check without a response is retried. A replay repeats the recorded attempts, unless fewer are requested.
pub(crate) fn retries(wanted: Option<u32>, transport: &Transport) -> Retries {
    let times = match transport {
        Transport::Replay(_) => u32::MAX,
        Transport::Live(_) | Transport::Record(_) | Transport::Simulate(_) => 0,
    };
    Retries { times: wanted.unwrap_or(times), pause: BETWEEN_ATTEMPTS }
}

/// Logs the messages of checks for their authors.
pub(crate) fn log(verbose: bool, terminal: Terminal) -> CheckLog {
    Arc::new(move |check, level, line| {
        if verbose || level >= LogLevel::Error {
            // A guest's message must not move the cursor or imitate another line.
            terminal.say(format!("[{check}] {}", inert(line)));
        }
    })
}

/// Interrupts the run at the first signal, and exits at once at the second. On a thread of its own: the others may be busy.
pub(crate) fn listen(interrupter: Interrupter, terminal: Terminal) -> Result<(), Failure> {
    let tokio = tokio()?;
    let listen = move || {
        let first = tokio.block_on(next_signal());
        terminal
            .say("interrupted: cancelling queued jobs and writing the reports; interrupt again to stop immediately");
        interrupter.interrupt(first);
        let second = tokio.block_on(next_signal());
        terminal.say("stopped: jobs that were submitted may still run and be billed; RunPod's console shows them");
        let code = ExitCode::Interrupted(second).number();
        #[expect(clippy::exit, reason = "the second interruption stops at once")]
        std::process::exit(code.into());
    };
    let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(listen);
    thread.map(drop).map_err(|error| Failure::machine("cannot start threads", &error))
}

/// Why no job was submitted.
pub(crate) fn not_run(error: RunError, suite: &Suite) -> Failure {
    match error {
        RunError::NotGranted(error) => Failure::invalid("the plan does not fit its components", &error),
        RunError::Settings(rejected) => {
            let rejected = rejected.iter().map(|settings| (settings.check.as_str(), settings.reason.as_str()));
            rejected_settings(suite, rejected).into()
        }
    }
}
