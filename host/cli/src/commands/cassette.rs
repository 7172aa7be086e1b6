//! `comfycheck cassette`: verifies recordings, and converts them from and to HAR.

use crate::args::CassetteCommand;
use crate::environment::environment;
use crate::failure::{Failure, chain};
use crate::terminal::Terminal;
use crate::{cassettes, clock, files, write};
use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::ExitCode;
use comfycheck_core::secret::Secrets;
use comfycheck_core::wording::count;
use comfycheck_runtime::transport::har::{self, HarError, ImportSummary};
use comfycheck_runtime::transport::record::RecordError;
use comfycheck_runtime::transport::verify::{Flaw, Verification, verify};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) fn cassette(command: &CassetteCommand, terminal: Terminal) -> Result<ExitCode, Failure> {
    match command {
        CassetteCommand::Verify { folders } => verify_all(folders, terminal),
        CassetteCommand::ToHar { folder, out } => {
            let har = har::export(&cassettes::load(folder)?);
            write::json(out.as_deref(), &har, terminal)?;
            Ok(ExitCode::Passed)
        }
        CassetteCommand::FromHar { file, folder, endpoint } => {
            let ImportSummary { exchanges, left_out, bad_urls } = from_har(file, folder, endpoint.as_deref())?;
            let folder = inert(&folder.display().to_string());
            terminal.say(format!(
                "wrote {folder}: {}; {left_out} other entries of the file skipped",
                count(exchanges, "exchange")
            ));
            for url in bad_urls {
                terminal.say(format!("warning: skipped an entry: `{}` is not a URL", inert(&url)));
            }
            Ok(ExitCode::Passed)
        }
    }
}

/// The environment variables that a cassette must not contain.
const SECRETS: [&str; 6] = [
    "RUNPOD_API_KEY",
    "COMFY_ORG_API_KEY",
    "RUNPOD_S3_ACCESS_KEY",
    "RUNPOD_S3_SECRET_KEY",
    "COMFYCHECK_SLACK_WEBHOOK",
    "COMFYCHECK_WEBHOOK",
];

fn verify_all(folders: &[PathBuf], terminal: Terminal) -> Result<ExitCode, Failure> {
    let secrets = Secrets::new(SECRETS.iter().filter_map(|name| Some(environment(name)?.trimmed())));
    let today = clock::now()?.to_zoned(TimeZone::system()).date();
    let mut text = String::new();
    let mut good = true;
    for folder in folders {
        let verified = verified(folder, &secrets, today)?;
        good &= verified.is_good();
        text.push_str(&describe(folder, &verified));
    }
    terminal.print(&text)?;
    Ok(if good { ExitCode::Passed } else { ExitCode::Failed })
}

fn verified(folder: &Path, secrets: &Secrets, today: Date) -> Result<Verification, Failure> {
    verify(folder, secrets, today).map_err(|error| {
        let what = format!("`{}` is not the folder of a cassette", folder.display());
        chain(what, Some(&error)).help("name a folder with a `cassette.json`").into()
    })
}

/// One line per problem, and a summary line.
fn describe(folder: &Path, verified: &Verification) -> String {
    let mut text = String::new();
    for Flaw { file, what, is_error } in &verified.flaws {
        let level = if *is_error { "error" } else { "warning" };
        let place = folder.join(file);
        // The names and texts of a cassette are untrusted. Writing to a string does not fail.
        let _ = writeln!(text, "{level}: {}: {}", inert(&place.display().to_string()), inert(what));
    }
    let exchanges =
        verified.exchanges.map_or_else(|| "cannot be replayed".to_owned(), |number| count(number, "exchange"));
    let problems = match verified.flaws.len() {
        0 => "no problems".to_owned(),
        number => count(number, "problem"),
    };
    let _ = writeln!(text, "{}: {exchanges}, {problems}", inert(&folder.display().to_string()));
    text
}

fn from_har(file: &Path, folder: &Path, endpoint: Option<&str>) -> Result<ImportSummary, Failure> {
    let text = files::har(file)?.text;
    har::import(&text, endpoint, folder).map_err(|error| {
        let what = format!("cannot convert `{}` to a cassette", file.display());
        let diagnostic = chain(what, Some(&error));
        match error {
            HarError::Json(_) | HarError::Invalid(_) => diagnostic.into(),
            HarError::NoEndpoint => diagnostic.help("add `--endpoint ID`").into(),
            HarError::NoJobs { .. } => diagnostic.help("set `--endpoint` to the endpoint of these requests").into(),
            HarError::Record(RecordError::NotEmpty { .. }) => {
                diagnostic.help("name a folder that does not exist yet").into()
            }
            HarError::Record(_) => Failure::Machine(diagnostic.into()),
        }
    })
}
