//! `comfycheck check`: for authors of checks, and for users of checks of others.

mod add;
mod bench;
mod build;
mod case;
pub(crate) mod inspect;
mod new;
mod project;
mod properties;
mod publish;
mod suite_and_lock;
mod suite_edit;
mod test;
mod toolchain;
mod trial;
mod update;

use crate::args::CheckCommand;
use crate::checks::Checks;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::report::ExitCode;

pub(crate) fn check(
    command: &CheckCommand,
    checks: impl Fn() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    match command {
        CheckCommand::New(arguments) => new::new(arguments, terminal),
        CheckCommand::Build(arguments) => build::build(arguments, &checks()?, terminal),
        CheckCommand::Test(arguments) => test::test(arguments, &checks()?, terminal),
        CheckCommand::Inspect(arguments) => inspect::inspect(arguments, &checks()?, terminal),
        CheckCommand::Add(arguments) => add::add(arguments, &checks()?, terminal),
        CheckCommand::Update(arguments) => update::update(arguments, &checks()?, terminal),
        CheckCommand::Publish(arguments) => publish::publish(arguments, &checks()?, terminal),
        CheckCommand::Bench(arguments) => bench::bench(arguments, checks, terminal),
    }
}
