//! `comfycheck demo`: the Denrisi suite on a recording inside the binary. Needs no checkout, no account and no network.

mod recordings;

use super::run::execute;
use crate::answers::Answers;
use crate::args::{DemoArguments, DemoRecording, RunArguments};
use crate::checks::Checks;
use crate::failure::Failure;
use crate::prepare::plan_suite;
use crate::reports;
use crate::terminal::Terminal;
use comfycheck_core::render::wrap;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::UnsetVariables;
use comfycheck_runtime::transport::replay::Replay;

/// Replays a recording. The exit code is the report's.
pub(crate) fn demo(
    DemoArguments { recording, formats, progress }: DemoArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    reports::check(&formats.formats)?;
    let answers = Answers::Cassette(Box::new(Replay::new(recordings::bundled(recording)?)));
    let prepared = plan_suite(recordings::suite()?, answers, UnsetVariables::Tolerated, checks, terminal)?;
    let arguments = RunArguments { formats, progress, ..RunArguments::default() };
    let (code, _) = execute(prepared, None, &arguments, checks, terminal)?;
    let next = match recording {
        DemoRecording::Healthy => {
            "`comfycheck demo no-worker` shows an endpoint that fails; `comfycheck init` writes a suite for your workflow"
        }
        _ => "`comfycheck init` writes a suite for your workflow; `comfycheck run --simulate healthy` tries it",
    };
    terminal.say(wrap("next: ", 2, next, terminal.width()).join("\n"));
    Ok(code)
}
