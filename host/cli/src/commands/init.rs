//! `comfycheck init`: writes what a repository needs to check its deployment. Asks nothing, overwrites nothing.

mod here;
mod step;
mod suite;
mod text;

use crate::args::InitArguments;
use crate::failure::Failure;
use crate::prepare::SUITE;
use crate::terminal::Terminal;
use comfycheck_core::report::ExitCode;
use here::Here;
use std::path::Path;
use step::Step;
use suite::quoted;

/// Where GitHub looks for workflows, seen from the root of the repository.
const GITHUB: &str = ".github/workflows/comfycheck.yml";

/// Writes a suite, a GitHub workflow and an entry of .gitignore. What is there stays as it is, and that is told.
pub(crate) fn init(arguments: &InitArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let here = Here::find()?;
    // All that can be refused is refused before anything is written.
    let suite = if step::is_there(Path::new(SUITE)) {
        Step::Keep(kept(arguments))
    } else {
        Step::create(Path::new(SUITE), suite::suite(arguments, &here)?)?
    };
    let names_endpoint = arguments.endpoint.is_some() && !matches!(suite, Step::Keep(_));
    let folder = Some(here.inside().to_string_lossy()).filter(|folder| !folder.is_empty());
    let folder = folder.map(|folder| quoted(&folder)).transpose()?;
    let github = Step::create(&here.below_root(GITHUB), text::github(folder.as_deref()))?;
    let steps = [suite, github, Step::ignore()?];
    let mut told = String::new();
    let done = steps.into_iter().try_for_each(|step| step.carry_out().map(|line| told.push_str(&line)));
    if done.is_ok() {
        told.push_str(&text::next(names_endpoint));
    }
    // Also where one could not be carried out: what the others wrote is there.
    terminal.print(&told)?;
    done.map(|()| ExitCode::Passed)
}

/// What is told of a suite that is there, and of the arguments that are for another.
fn kept(arguments: &InitArguments) -> String {
    let unused = match (&arguments.endpoint, &arguments.workflow) {
        (None, None) => "",
        (Some(_), None) => "; not used: `--endpoint`",
        (None, Some(_)) => "; not used: `--workflow`",
        (Some(_), Some(_)) => "; not used: `--endpoint` and `--workflow`",
    };
    format!("kept   {SUITE}, which is there already{unused}\n")
}
