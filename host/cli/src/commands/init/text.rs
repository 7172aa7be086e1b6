//! The text that `init` writes and prints.

use super::inputs::Input;
use crate::prepare::SUITE;

/// A suite. The arguments are TOML strings.
pub(super) fn suite(name: &str, workflow: &str, endpoint: Option<&str>, inputs: &[Input]) -> String {
    let line = |Input { name, path }: &Input| match path {
        Some(path) => format!("{name} = {path}\n"),
        None => format!(
            "# {name} = \"PATH\"   # the workflow loads it: put it into this folder, unless the worker has it\n"
        ),
    };
    let files: String = inputs.iter().map(line).collect();
    let inputs = if files.is_empty() {
        String::new()
    } else {
        format!("[inputs.files]      # sent with each job, by the name that the workflow uses\n{files}\n")
    };
    let endpoint = endpoint.map_or_else(
        || {
            "# endpoint = \"ID\"                     # default: RUNPOD_ENDPOINT_COMFYUI or RUNPOD_ENDPOINT_ID"
                .to_owned()
        },
        |id| format!("endpoint = {id}"),
    );
    format!(
        r#"# What comfycheck checks. Node classes, model files and image sizes come from the workflow.
name = {name}
workflow = {workflow}

samples = 3         # jobs to submit, one at a time; each costs money

[deployment]        # set the key as RUNPOD_API_KEY, never in this file
{endpoint}
# comfyui = "http://127.0.0.1:8188"   # a ComfyUI with the same image: checks nodes, models and versions before the first job
# gpu = "ADA_24"                      # for the price, if the key cannot read RunPod's catalog

[budget]            # limits of `run` and `bench`
# max-jobs = 3      # a benchmark needs about 30 for each load
# max-cost = 0.5    # in USD; needs a known price

{inputs}[checks.endpoint]
[checks.nodes]
[checks.models]
[checks.workflow]
[checks.image]
[checks.media]
[checks.performance]
# settings = {{ max-cold-start-s = 120, max-generation-s = 60, max-cost-per-image = 0.02 }}
"#
    )
}

/// A GitHub workflow for a suite at the root of the repository or in a folder, which is a YAML string.
pub(super) fn github(folder: Option<&str>) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    let version = env!("CARGO_PKG_VERSION");
    let folder =
        folder.map(|folder| format!("        with:\n          working-directory: {folder}\n")).unwrap_or_default();
    format!(
        r"# Checks the deployment on demand only: its jobs cost money.
name: comfycheck

on:
  workflow_dispatch:

permissions: {{}}

concurrency:
  group: comfycheck

jobs:
  comfycheck:
    runs-on: ubuntu-latest
    timeout-minutes: 60 # 3 samples take at most 45: 5 minutes in the queue and 10 on a worker each
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0
        with:
          persist-credentials: false
      # Runs comfycheck.toml. If you pin other actions by commit, pin the commit of this release, too.
      - uses: {repository}@v{version}
{folder}        env:
          RUNPOD_API_KEY: ${{{{ secrets.RUNPOD_API_KEY }}}}
          RUNPOD_ENDPOINT_ID: ${{{{ vars.RUNPOD_ENDPOINT_ID }}}} # ignored if the suite names the endpoint
"
    )
}

/// What to do next.
pub(super) fn next(names_endpoint: bool) -> String {
    let mut steps = vec![
        ["comfycheck demo", "see a run of a recording; free"],
        ["comfycheck run --simulate healthy", "try the suite without an account; free"],
        ["export RUNPOD_API_KEY=…", "set a key that can use the endpoint"],
        ["export RUNPOD_ENDPOINT_ID=…", "name the endpoint, unless the suite does"],
        ["comfycheck doctor", "show what is missing; free"],
        ["comfycheck list", "show what a run would do; sends nothing"],
        ["comfycheck run", "run the samples; costs money"],
    ];
    if names_endpoint {
        steps.remove(3);
    }
    let lines: Vec<_> = steps.iter().map(|[step, about]| format!("  {step:33}  {about}")).collect();
    format!("\nNext:\n{}\n", lines.join("\n"))
}

/// The lines about an existing suite, with what to set for these arguments, which are TOML strings.
pub(super) fn kept(workflow: Option<&str>, endpoint: Option<&str>) -> String {
    let workflow =
        workflow.map(|workflow| format!("       to use the workflow, set at the top: workflow = {workflow}\n"));
    let endpoint = endpoint.map(|id| format!("       to use the endpoint, set in [deployment]: endpoint = {id}\n"));
    let lines: String = [workflow, endpoint].into_iter().flatten().collect();
    format!("kept   {SUITE} (already exists)\n{lines}")
}
