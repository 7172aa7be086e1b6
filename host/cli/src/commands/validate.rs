//! `comfycheck validate`: validates workflow files the way ComfyUI does, and lints them.

mod editable_file;
mod fix;
mod read_files;
mod server;
mod unmeasured;

use crate::args::{InventorySource, ValidateArguments, ValidationFormat};
use crate::checks::Checks;
use crate::examination::{WithInputs, examine};
use crate::failure::Failure;
use crate::github::in_workspace;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::render;
use comfycheck_core::render::{Detail, LocatedFindings};
use comfycheck_core::report::ExitCode;
use comfycheck_core::request::InputFile;
use comfycheck_core::validation::{Validation, Validations};
use comfycheck_core::wording;
use comfycheck_core::workflow::RequestFile;
use comfycheck_runtime::capabilities::SavedInventory;
use fix::FixedFile;
pub(super) use read_files::read;
use read_files::{ReadFiles, add_unreadable, failure_of, read_all, said_of};
use serde_json::{Value, json};
pub(super) use server::Server;
use std::path::PathBuf;
use std::sync::Arc;
use unmeasured::Unmeasured;

/// Its rule about inventories that lack classes of every ComfyUI.
const PARTIAL: &str = "partial-inventory";

/// Validates workflow files, and fixes them on request. The exit code depends on the findings about the files on disk.
pub(crate) fn validate(
    arguments: &ValidateArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let ValidateArguments { workflows, inventory: source, targets, format, fix, diff, unsafe_fixes } = arguments;
    let validator = Validator::of(source, targets.as_deref(), checks, terminal)?;
    let ReadFiles { files: read, unreadable } = read_all(workflows)?;
    let paths: Vec<PathBuf> = read.iter().map(|(path, _)| path.clone()).collect();
    let said: Vec<Vec<Diagnostic>> = read.iter().map(|(_, file)| said_of(file).cloned().collect()).collect();
    let mut validations = validator.validate(read)?;
    add_requests(&mut validations, &said);
    let before = validations.exit_code();
    let mut is_written = true;
    if *fix || *diff {
        let examine = |files| validator.examine(files);
        let fixed = fix::fix(&mut validations, &paths, *unsafe_fixes, &examine, terminal)?;
        // A file that is examined again has lost them.
        add_requests(&mut validations, &said);
        if *diff {
            let problems: usize = fixed.iter().map(FixedFile::count).sum();
            terminal.print(&fix::diff(&fixed, terminal.is_page()))?;
            terminal.say(would_be_fixed(fixed.len(), problems, &validations, *unsafe_fixes));
            return failure_of(unreadable).map_or(Ok(before), Err);
        }
        is_written = fix::write(&mut validations, fixed, terminal);
    }
    if *format != ValidationFormat::Human {
        // A page stands beside the error on stderr.
        add_unreadable(&mut validations, &unreadable);
    }
    print(&validations, *format, terminal)?;
    if let Some(failure) = failure_of(unreadable) {
        return Err(failure);
    }
    Ok(match validations.exit_code() {
        ExitCode::Passed if !is_written => ExitCode::Inconclusive,
        code => code,
    })
}

/// Adds what is said about the request of each file.
fn add_requests(validations: &mut Validations, said: &[Vec<Diagnostic>]) {
    for (index, said) in said.iter().enumerate() {
        validations.add_request(index, said);
    }
}

/// What `--fix` would do. After the fixes in memory, only guesses are left.
fn would_be_fixed(files: usize, problems: usize, after: &Validations, unsafe_fixes: bool) -> String {
    let guesses = after.files.iter().flat_map(Validation::fixes).filter(|fix| !fix.is_safe).count();
    let more = match guesses {
        guesses if unsafe_fixes || guesses == 0 => String::new(),
        guesses => format!("; {guesses} more with `--unsafe-fixes`"),
    };
    if problems == 0 {
        return format!("no fixes available{more}");
    }
    let (files, problems) = (wording::count(files, "file"), wording::count(problems, "problem"));
    let options = if unsafe_fixes { "--fix --unsafe-fixes" } else { "--fix" };
    format!("{problems} in {files} would be fixed: `{options}`{more}")
}

fn print(validations: &Validations, format: ValidationFormat, terminal: Terminal) -> Result<(), Failure> {
    let text = match format {
        ValidationFormat::Human => render::human_validation(validations, terminal.page(Detail::Normal)),
        ValidationFormat::Json => render::json_validation(validations),
        ValidationFormat::Github => render::github(&in_workspace(LocatedFindings::of_validations(validations)), None),
        ValidationFormat::Junit => render::junit_validation(validations),
        ValidationFormat::Ctrf => render::ctrf_validation(validations),
        ValidationFormat::Markdown => render::markdown_validation(validations),
        ValidationFormat::Gitlab => render::code_quality(&in_workspace(LocatedFindings::of_validations(validations))),
        ValidationFormat::Sarif => render::sarif(&in_workspace(LocatedFindings::of_validations(validations))),
    };
    match format {
        ValidationFormat::Github => terminal.print_commands(&text),
        _ => terminal.print(&text),
    }
}

fn with_inputs(file: RequestFile) -> WithInputs {
    let inputs = file.inputs.iter().map(InputFile::facts).collect();
    (file.workflow, inputs)
}

/// The check with an inventory and settings.
pub(super) struct Validator<'c> {
    saved: Arc<SavedInventory>,
    settings: Value,
    /// The file of the inventory, if it is one.
    inventory_file: Option<String>,
    /// None for an inventory that the arguments name.
    unmeasured: Option<Unmeasured>,
    checks: &'c Checks,
}

impl<'c> Validator<'c> {
    /// For all output nodes, or for the targets. Says which classes it uses. Fails if the inventory cannot be read.
    pub(super) fn of(
        source: &InventorySource,
        targets: Option<&[String]>,
        checks: &'c Checks,
        terminal: Terminal,
    ) -> Result<Self, Failure> {
        let server = Server::of(source, &crate::executor::tokio()?)?;
        if let Some(note) = &server.note {
            terminal.say(note);
        }
        Ok(Self::with(server, targets, checks))
    }

    /// The same for an inventory that was read.
    pub(super) fn with(server: Server, targets: Option<&[String]>, checks: &'c Checks) -> Self {
        let Server { saved, mut settings, file, note: _, unmeasured } = server;
        if let Some(targets) = targets {
            settings["targets"] = json!(targets);
        }
        Self { saved: Arc::new(saved), settings, inventory_file: file, unmeasured, checks }
    }

    /// Examines files that were read.
    pub(super) fn validate(&self, read: Vec<(PathBuf, RequestFile)>) -> Result<Validations, Failure> {
        let of_file = |file: &RequestFile| (file.uneditable.is_none(), file.test.clone());
        let files: Vec<_> = read.iter().map(|(_, file)| of_file(file)).collect();
        let mut validations = self.examine(read.into_iter().map(|(_, file)| with_inputs(file)).collect())?;
        for (validation, (is_editable, test)) in validations.files.iter_mut().zip(files) {
            (validation.is_editable, validation.test) = (is_editable, test);
        }
        Ok(validations)
    }

    /// Examines workflows.
    pub(super) fn examine(&self, files: Vec<WithInputs>) -> Result<Validations, Failure> {
        let mut validations = examine(files, Arc::clone(&self.saved), &self.settings, self.checks)?;
        if let Some(unmeasured) = &self.unmeasured {
            unmeasured.doubt(&mut validations, &self.settings, self.checks)?;
        }
        let is_partial = |validation: &Validation| validation.execution.open().iter().any(|open| open.rule == PARTIAL);
        match &self.inventory_file {
            // A server is asked as a whole, so only a file can be cut.
            Some(file) if validations.files.iter().any(is_partial) => {
                let what = format!("`{file}` is a partial inventory: it lacks classes that every ComfyUI has");
                let help = "save the whole inventory: `comfycheck inventory save FILE --comfyui URL`";
                Err(Diagnostic::new(what).help(help).into())
            }
            _ => Ok(validations),
        }
    }
}
