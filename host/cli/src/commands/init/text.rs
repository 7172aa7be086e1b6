//! The texts that `init` writes and prints.

/// A suite. What is inserted is written as TOML writes it.
pub(super) fn suite(name: &str, workflow: &str, endpoint: Option<&str>) -> String {
    let endpoint = endpoint.map_or_else(
        || {
            "# endpoint = \"ID\"                     # else RUNPOD_ENDPOINT_COMFYUI or RUNPOD_ENDPOINT_ID has it"
                .to_owned()
        },
        |id| format!("endpoint = {id}"),
    );
    format!(
        r#"# What comfycheck checks. Node classes, model files and image sizes are taken from the workflow itself.
name = {name}
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
# settings = {{ max-cold-start-s = 120, max-generation-s = 60, max-cost-per-image = 0.02 }}
"#
    )
}

/// A workflow of GitHub for a suite at the root of the repository, or in a folder, which is written as YAML writes it.
pub(super) fn github(folder: Option<&str>) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    let version = env!("CARGO_PKG_VERSION");
    let folder =
        folder.map(|folder| format!("        with:\n          working-directory: {folder}\n")).unwrap_or_default();
    format!(
        r"# Checks the deployment when somebody asks for it: the samples are paid for.
name: comfycheck

on:
  workflow_dispatch:

permissions: {{}}

concurrency:
  group: comfycheck

jobs:
  comfycheck:
    runs-on: ubuntu-latest
    timeout-minutes: 60 # three samples, each with 5 minutes in the queue and 10 on a worker, take 45 at most
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0
        with:
          persist-credentials: false
      # Runs comfycheck.toml. Pin the commit of the release instead of its tag where you do so with other actions.
      - uses: {repository}/.github/actions/run@v{version}
{folder}        env:
          RUNPOD_API_KEY: ${{{{ secrets.RUNPOD_API_KEY }}}}
          RUNPOD_ENDPOINT_ID: ${{{{ vars.RUNPOD_ENDPOINT_ID }}}} # not used where the suite names the endpoint
"
    )
}

/// What to do next.
pub(super) fn next(names_endpoint: bool) -> String {
    let endpoint = if names_endpoint {
        ""
    } else {
        "  export RUNPOD_ENDPOINT_ID=…   the endpoint's id, unless the suite names it\n"
    };
    format!(
        "\nNext:\n  export RUNPOD_API_KEY=…       a key that may use the endpoint\n{endpoint}  \
         comfycheck doctor             tells what is missing; free\n  \
         comfycheck list               shows what a run would do; sends nothing\n  \
         comfycheck run                takes the samples, which are paid for\n"
    )
}
