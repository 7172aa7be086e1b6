//! `comfycheck convert`: converts a workflow of ComfyUI's editor to API format.

use super::validate::{Validator, read};
use crate::args::ConvertArguments;
use crate::checks::Checks;
use crate::conversion::converted;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::report::ExitCode;
use comfycheck_core::workflow::is_editor_format;

/// Converts a file. Reports only conversion problems: `validate` reports the rest. Media that hold the workflow in API format need no
/// conversion: it is taken out unchanged.
pub(crate) fn convert(arguments: &ConvertArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let ConvertArguments { file, inventory: source, out } = arguments;
    if let Some(out) = out {
        write::spare(out, [file.as_path()])?;
    }
    let validator = Validator::of(source, None, checks, terminal)?;
    let files = read(std::slice::from_ref(file), terminal)?;
    if files.len() > 1 {
        let what = format!("`{}` has {} workflows, and `convert` takes one", file.display(), files.len());
        return Err(Diagnostic::new(what).help("name a file with one workflow").into());
    }
    if let [(_, only)] = files.as_slice()
        && only.is_media
        && !is_editor_format(&only.workflow)
    {
        let text = only.workflow.text.trim();
        write::json(out.as_deref(), &(text.to_owned() + "\n"), terminal)?;
        return Ok(ExitCode::Passed);
    }
    let validations = validator.validate(files)?;
    let api = converted(&file.display().to_string(), &validations, terminal)?;
    // A JSON value can always be serialized.
    let text = serde_json::to_string_pretty(api).unwrap_or_default() + "\n";
    write::json(out.as_deref(), &text, terminal)?;
    Ok(ExitCode::Passed)
}
