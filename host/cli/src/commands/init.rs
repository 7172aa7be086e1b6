//! `comfycheck init`: writes what a repository needs to check its deployment. Asks nothing, overwrites nothing.

use crate::args::InitArguments;
use crate::failure::{Failure, chain};
use crate::files;
use crate::prepare::SUITE;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::nearest::in_words;
use comfycheck_core::report::ExitCode;
use comfycheck_core::suite::{Overrides, ReadError, Suite, Surroundings, Unset};
use comfycheck_core::workflow::{LARGEST, Workflow};
use serde_json::Value;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const GITHUB: &str = ".github/workflows/comfycheck.yml";
const GITIGNORE: &str = ".gitignore";
/// Where the suite's reports go, as .gitignore names it.
const REPORTS: &str = "/report";

/// Writes a suite, a GitHub workflow and an entry of .gitignore. What is there stays as it is, and that is told.
pub(crate) fn init(arguments: &InitArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut told = Vec::new();
    // All that can be refused is refused before anything is written.
    let suite = if is_there(Path::new(SUITE)) { None } else { Some(suite(arguments)?) };
    told.push(match suite {
        Some(text) => create(SUITE, &text)?,
        None => kept(SUITE),
    });
    told.push(create(GITHUB, &github())?);
    told.push(ignore()?);
    let endpoint = if arguments.endpoint.is_some() {
        ""
    } else {
        "  export RUNPOD_ENDPOINT_ID=…   the endpoint's id, unless the suite names it\n"
    };
    terminal.print(&format!(
        "{}\nNext:\n  export RUNPOD_API_KEY=…       a key that may use the endpoint\n{endpoint}  \
         comfycheck doctor             tells what is missing; free\n  \
         comfycheck list               shows what a run would do; sends nothing\n  \
         comfycheck run                takes the samples, which are paid for\n",
        told.concat()
    ))?;
    Ok(ExitCode::Passed)
}

/// Whether anything has this name, a link that leads nowhere among it.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn kept(name: &str) -> String {
    format!("kept   {name}, which is there already\n")
}

/// Writes a file that is not there, as a whole or not at all, and tells what came of it.
fn create(name: &str, text: &str) -> Result<String, Failure> {
    let path = Path::new(name);
    let failed = |error: io::Error| Failure::machine(format!("cannot write `{name}`"), &error);
    if is_there(path) {
        return Ok(kept(name));
    }
    write::make_folder_of(path).map_err(failed)?;
    match create_new(path, text) {
        Ok(()) => Ok(format!("wrote  {name}\n")),
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(kept(name)),
        Err(error) => Err(failed(error)),
    }
}

fn create_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = new_file().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// A temporary file with the permissions that any other new file has.
fn new_file() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o666));
    builder
}

/// Adds the folder of reports to .gitignore, unless it stands there.
fn ignore() -> Result<String, Failure> {
    let text = match std::fs::read_to_string(GITIGNORE) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::machine(format!("cannot read `{GITIGNORE}`"), &error)),
    };
    let name = |line: &str| line.trim().trim_start_matches('/').trim_end_matches('/').to_owned();
    if text.lines().any(|line| name(line) == name(REPORTS)) {
        return Ok(format!("kept   {GITIGNORE}, which names {REPORTS} already\n"));
    }
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    write::file(Path::new(GITIGNORE), &format!("{text}{end}{REPORTS}\n"))?;
    Ok(format!("wrote  {GITIGNORE}: {REPORTS}\n"))
}

/// The suite's text. The workflow and the endpoint's id are looked at as a run would.
fn suite(arguments: &InitArguments) -> Result<String, Failure> {
    let workflow = match &arguments.workflow {
        Some(path) => path.clone(),
        None => only_workflow()?,
    };
    let file = files::named(&workflow)?;
    let overrides =
        Overrides { endpoint: arguments.endpoint.clone(), workflow: Some(file.clone()), ..Overrides::default() };
    let surroundings = Surroundings {
        environment: &|_| None,
        read: &|_| Err(ReadError::Missing),
        unset: Unset::Tolerated,
        bundled: &[],
    };
    Suite::of_arguments(&surroundings, &overrides)?;
    Workflow::parse(file)?;
    let endpoint = match &arguments.endpoint {
        Some(id) => format!("endpoint = {}", quoted(id)?),
        None => {
            "# endpoint = \"ID\"                     # else RUNPOD_ENDPOINT_COMFYUI or RUNPOD_ENDPOINT_ID has it".into()
        }
    };
    Ok(SUITE_TEXT.replace("{workflow}", &quoted(&workflow.to_string_lossy())?).replace("{endpoint}", &endpoint))
}

/// A text as TOML writes it, which is as JSON does where it has no control characters.
fn quoted(text: &str) -> Result<String, Failure> {
    if text.contains(char::is_control) || text.contains('\u{fffd}') {
        let what = format!("`{text}` has a character that cannot be written into a suite");
        return Err(Diagnostic::new(what).help("give the file another name.").into());
    }
    Ok(Value::from(text).to_string())
}

/// The only workflow in API format in this folder.
fn only_workflow() -> Result<PathBuf, Failure> {
    const HELP: &str = "export it from ComfyUI with Workflow → Export (API), or name it with `--workflow FILE`; \
                        `comfycheck convert` makes it of what the editor saved.";
    let failed = |error: io::Error| Failure::from(chain("cannot look for a workflow".to_owned(), Some(&error)));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(".").map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = PathBuf::from(entry.file_name());
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let is_small = || path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LARGEST as u64);
        if is_json && is_small() && is_workflow(&path) {
            found.push(path);
        }
    }
    found.sort();
    match found.as_slice() {
        [] => Err(Diagnostic::new("this folder has no workflow in ComfyUI's API format").help(HELP).into()),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.to_string_lossy()).collect();
            let names: Vec<_> = names.iter().map(|name| &**name).collect();
            let what = format!("this folder has {} workflows in API format: {}", names.len(), in_words(&names, "and"));
            Err(Diagnostic::new(what).help("name one with `--workflow FILE`.").into())
        }
    }
}

/// Whether it can be run, and has a node: any object of objects could be a workflow.
fn is_workflow(path: &Path) -> bool {
    let workflow = files::named(path).ok().and_then(|file| Workflow::parse(file).ok());
    workflow.is_some_and(|workflow| workflow.nodes().values().any(|node| node["class_type"].is_string()))
}

fn github() -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    GITHUB_TEXT.replace("{repository}", repository).replace("{version}", env!("CARGO_PKG_VERSION"))
}

const SUITE_TEXT: &str = r#"# What comfycheck checks. Node classes, model files and image sizes are taken from the workflow itself.
workflow = {workflow}

samples = 3         # jobs that are submitted, one at a time, and paid for

[deployment]        # the key is never written here: it is taken from RUNPOD_API_KEY
{endpoint}
# comfyui = "http://127.0.0.1:8188"   # a ComfyUI that runs the same image shows nodes, models and versions before a job does
# gpu = "ADA_24"                      # for the price, where the key may not read RunPod's catalog

[budget]
max-jobs = 3
# max-cost = 0.5    # in USD; needs a price

[checks.endpoint]
[checks.nodes]
[checks.models]
[checks.workflow]
[checks.image]
[checks.performance]
# settings = { max-cold-start-s = 120, max-generation-s = 60, max-cost-per-image = 0.02 }
"#;

const GITHUB_TEXT: &str = r"# Checks the deployment when somebody asks for it: the samples are paid for.
name: comfycheck

on:
  workflow_dispatch:

permissions: {}

concurrency:
  group: comfycheck

jobs:
  comfycheck:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0
        with:
          persist-credentials: false
      # Runs comfycheck.toml. Pin the commit of the release instead of its tag where you do so with other actions.
      - uses: {repository}/.github/actions/run@v{version}
        env:
          RUNPOD_API_KEY: ${{ secrets.RUNPOD_API_KEY }}
          RUNPOD_ENDPOINT_ID: ${{ vars.RUNPOD_ENDPOINT_ID }} # not used where the suite names the endpoint
";
