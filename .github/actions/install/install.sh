#!/usr/bin/env bash
# Installs comfycheck for the steps that follow: a release, whose checksum must be right, or the action's own source, built.
# Both actions run it. Their inputs are in INPUT_VERSION and INPUT_CHECKSUM.
set -euo pipefail

# The repository at the action's commit.
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
bin=$RUNNER_TEMP/comfycheck-bin
case $(uname -s) in
  MINGW* | MSYS*) program=comfycheck.exe ;;
  *) program=comfycheck ;;
esac

main() {
  mkdir -p "$bin"
  case ${INPUT_VERSION:-} in
    source) build ;;
    "") install "$(of_manifest version)" ;;
    *) install "${INPUT_VERSION#v}" ;;
  esac
  echo "$bin" >>"$GITHUB_PATH"
  echo "digest=$(sha256 "$bin/$program")" >>"$GITHUB_OUTPUT"
  "$bin/$program" --version
}

# Installs a release.
install() {
  local version=$1 target archive base expected actual
  if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
    fail 2 "\`$version\` is no version of a release: give one such as \`0.1.0\`, or \`source\`"
  fi
  case $(uname -sm) in
    "Linux x86_64") target=x86_64-unknown-linux-musl ;;
    "Linux aarch64" | "Linux arm64") target=aarch64-unknown-linux-musl ;;
    "Darwin arm64") target=aarch64-apple-darwin ;;
    "Darwin x86_64") target=x86_64-apple-darwin ;;
    MINGW*" x86_64" | MSYS*" x86_64") target=x86_64-pc-windows-msvc ;;
    *) fail 2 "there is no release for $(uname -sm): build it with \`version: source\`" ;;
  esac
  archive=comfycheck-$version-$target.tar.gz
  base=$(of_manifest repository)/releases/download/v$version
  download "$base/$archive" "$bin/$archive"
  expected=${INPUT_CHECKSUM:-}
  if [[ -z $expected ]]; then
    download "$base/SHA256SUMS" "$bin/SHA256SUMS"
    expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$bin/SHA256SUMS")
  fi
  # Some tools write it in upper case.
  expected=$(tr 'A-F' 'a-f' <<<"$expected")
  actual=$(sha256 "$bin/$archive")
  if [[ $actual != "$expected" ]]; then
    fail 2 "the checksum of \`$archive\` is $actual, and should be ${expected:-in SHA256SUMS}: nothing of it was run"
  fi
  # By its name in a folder: `tar` takes what precedes a colon for another machine.
  (cd -- "$bin" && tar -xzf "$archive" "$program")
}

# Builds the action's own commit.
build() {
  "$root/scripts/wasm-target"
  (cd -- "$root" && cargo build --release --locked --package comfycheck --target-dir "$RUNNER_TEMP/comfycheck-target")
  cp "$RUNNER_TEMP/comfycheck-target/release/$program" "$bin/$program"
}

# What the manifest of the action's own commit says.
of_manifest() {
  sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$root/Cargo.toml" | head -n 1
}

download() {
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$2" "$1" ||
    fail 3 "cannot download \`$1\`: is there such a release?"
}

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

# Ends the step: the exit code, and why.
fail() {
  local text=$2
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  echo "exit-code=$1" >>"$GITHUB_OUTPUT"
  echo "::error title=comfycheck is not installed::$text" >&2
  echo "❌ comfycheck is not installed, and nothing was run: the log of this step says why" >>"$GITHUB_STEP_SUMMARY"
  exit "$1"
}

main
