//! Reads the files that `comfycheck validate` names, also where some cannot be read.

use crate::examination::CHECK;
use crate::failure::Failure;
use crate::files;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::execution::CheckInstance;
use comfycheck_core::manifest::Scope;
use comfycheck_core::validation::{Validation, Validations};
use comfycheck_core::workflow::RequestFile;
use std::path::PathBuf;

/// Reads the workflows of files, with the path of each. Prints warnings about them. Fails if a file cannot be read.
pub(in crate::commands) fn read(paths: &[PathBuf], terminal: Terminal) -> Result<Vec<(PathBuf, RequestFile)>, Failure> {
    let ReadFiles { files, unreadable } = read_all(paths)?;
    if let Some(failure) = failure_of(unreadable) {
        return Err(failure);
    }
    for warning in files.iter().flat_map(|(_, file)| said_of(file)) {
        terminal.say(warning.render_warning(terminal.stderr_color()));
    }
    Ok(files)
}

/// What to say about the request of a file.
pub(super) fn said_of(file: &RequestFile) -> impl Iterator<Item = &Diagnostic> {
    file.warnings.iter().chain(&file.problems)
}

/// Files of which some cannot be read.
pub(super) struct ReadFiles {
    /// The others, with the path of each.
    pub(super) files: Vec<(PathBuf, RequestFile)>,
    pub(super) unreadable: Vec<UnreadableFile>,
}

pub(super) struct UnreadableFile {
    path: PathBuf,
    failure: Failure,
    /// How many workflows come before it.
    position: usize,
}

/// Fails if no file can be read.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<ReadFiles, Failure> {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        match files::workflows(path) {
            Ok(files) => read.extend(files.into_iter().map(|file| (path.clone(), file))),
            Err(failure) => {
                let position = read.len() + unreadable.len();
                unreadable.push(UnreadableFile { path: path.clone(), failure, position });
            }
        }
    }
    if read.is_empty()
        && let Some(failure) = failure_of(std::mem::take(&mut unreadable))
    {
        return Err(failure);
    }
    Ok(ReadFiles { files: read, unreadable })
}

pub(super) fn failure_of(unreadable: Vec<UnreadableFile>) -> Option<Failure> {
    unreadable.into_iter().map(|file| file.failure).reduce(Failure::and)
}

/// Adds the files that could not be read where the command line names them.
pub(super) fn add_unreadable(validations: &mut Validations, unreadable: &[UnreadableFile]) {
    for UnreadableFile { path, failure, position } in unreadable {
        let instance = CheckInstance { check: CHECK.to_owned(), scope: Scope::Deployment, sample: None };
        let validation = Validation::unreadable(path.display().to_string(), instance, failure.line());
        validations.files.insert(*position, validation);
    }
}
