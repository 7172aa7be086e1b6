//! `comfycheck init`: writes a suite and a GitHub workflow. Never prompts and never overwrites a file.

mod here;
mod inputs;
mod step;
mod suite;
mod text;

use crate::args::InitArguments;
use crate::failure::Failure;
use crate::prepare::SUITE;
use crate::terminal::Terminal;
use comfycheck_core::report::ExitCode;
use here::Here;
use inputs::quoted;
use std::path::Path;
use step::Step;
pub(crate) use suite::has_workflow;

/// The GitHub workflow, relative to the root of the repository.
const GITHUB: &str = ".github/workflows/comfycheck.yml";

/// Writes a suite, a GitHub workflow and an entry in .gitignore. Reports existing files and leaves them unchanged.
pub(crate) fn init(arguments: &InitArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let here = Here::find()?;
    // Validate everything before writing anything.
    let suite = if step::is_there(Path::new(SUITE)) {
        Step::Keep(suite::kept(arguments, &here)?)
    } else {
        Step::create(Path::new(SUITE), suite::suite(arguments, &here)?)?
    };
    let names_endpoint = arguments.endpoint.is_some() && !matches!(suite, Step::Keep(_));
    let folder = Some(here.inside().to_string_lossy()).filter(|folder| !folder.is_empty());
    let folder = folder.map(|folder| quoted(&folder)).transpose()?;
    let github = Step::create(&here.below_root(GITHUB), text::github(folder.as_deref()))?;
    let steps = [suite, github, Step::ignore()?];
    let mut output = String::new();
    let done = steps.into_iter().try_for_each(|step| step.apply().map(|line| output.push_str(&line)));
    if done.is_ok() {
        output.push_str(&text::next(names_endpoint));
    }
    // Also after a failed step: it lists the files that were written.
    terminal.print(&output)?;
    done.map(|()| ExitCode::Passed)
}
