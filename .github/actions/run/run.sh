#!/usr/bin/env bash
# Runs comfycheck as a step of a job: waits for a rollout if that is asked for, runs the suite, and keeps every report.
# Ends with comfycheck's exit code, after the outputs are written. What the action was given stands in INPUT_… variables.
#
# In GitHub Actions comfycheck itself writes annotations, the step's summary and the outputs of the verdict, and so it does where
# it ends without a report.
set -euo pipefail

reports=$(mktemp -d "$RUNNER_TEMP/comfycheck-report.XXXXXX")
echo "reports=$reports" >>"$GITHUB_OUTPUT"

# Ends the step.
end() {
  if [[ -f $reports/report.sarif ]]; then
    echo "sarif=$reports/report.sarif" >>"$GITHUB_OUTPUT"
  fi
  echo "exit-code=$1" >>"$GITHUB_OUTPUT"
  exit "$1"
}

# What bash would say of the folder is left out: the name may hold a line that the runner takes for a command. `cd -` would go
# elsewhere.
folder=${INPUT_WORKING_DIRECTORY:-.}
if [[ $folder != /* ]]; then
  folder=./$folder
fi
if ! CDPATH='' cd -- "$folder" 2>/dev/null; then
  echo "::error title=nothing was run::there is no such working-directory in the workspace" >&2
  echo "❌ comfycheck was not run: there is no such \`working-directory\` in the workspace" >>"$GITHUB_STEP_SUMMARY"
  end 2
fi

if [[ -n ${INPUT_API_KEY:-} ]]; then
  export RUNPOD_API_KEY=$INPUT_API_KEY
fi
unset INPUT_API_KEY

# Adds `--name=value` to the array `arguments`, where there is a value. So written, no value is taken for an option.
option() {
  if [[ -n $2 ]]; then
    arguments+=("$1=$2")
  fi
}

# Runs comfycheck, with what else is to be run in place of the suite's own. Ends the step where that does not pass.
comfycheck_or_end() {
  local code=0
  option --replay "${INPUT_REPLAY:-}"
  option --simulate "${INPUT_SIMULATE:-}"
  option --endpoint "${INPUT_ENDPOINT:-}"
  if [[ -n ${INPUT_SUITE:-} ]]; then
    arguments+=(-- "$INPUT_SUITE")
  fi
  # In the background, since bash passes no signal on to what it waits for: a job that is cancelled must cancel what it
  # submitted, and that takes a moment.
  trap '[[ -z $(jobs -p) ]] || kill -TERM $(jobs -p)' INT TERM
  comfycheck "${arguments[@]}" &
  wait "$!" || code=$?
  while [[ -n $(jobs -pr) ]]; do
    code=0
    wait "$!" || code=$?
  done
  trap - INT TERM
  if [[ $code != 0 || $1 == last ]]; then
    end "$code"
  fi
}

if [[ -n ${INPUT_WAIT_ROLLOUT:-} ]]; then
  arguments=(wait-rollout)
  option --release "$INPUT_WAIT_ROLLOUT"
  option --image "${INPUT_WAIT_IMAGE:-}"
  option --timeout "${INPUT_WAIT_TIMEOUT:-}"
  comfycheck_or_end first
fi

arguments=(run --format human)
for report in json:report.json junit:report.xml ctrf:report.ctrf.json sarif:report.sarif markdown:report.md; do
  arguments+=("--format=${report%%:*}:$reports/${report#*:}")
done
option --name "${INPUT_NAME:-}"
option --workflow "${INPUT_WORKFLOW:-}"
option --samples "${INPUT_SAMPLES:-}"
while IFS= read -r line; do
  line=${line%$'\r'}
  if [[ -n $line ]]; then
    arguments+=("$line")
  fi
done <<<"${INPUT_ARGUMENTS:-}"
comfycheck_or_end last
